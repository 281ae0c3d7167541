"""What the pages of workspaces show: where their files lie, in words, and how many they are."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from files.totals import Totals, totals_of
from pages.forms.workspaces import BROKERS
from pages.navigation import url_of
from seed import broker_of, credentials_of
from workspaces.selectors import get_workspace
from workspaces.serializers import WorkspaceDetailsSerializer

# How many files are counted: of each workspace in a list, and of a single one.
MOST_OF_EACH = 1_000
MOST_OF_ONE = 10_000

_MEMBERS = {
    "host_path": "Host path",
    "nfs_path": "NFS path",
    "bucket_name": "Bucket",
    "region_name": "Region",
}


class Fact(NamedTuple):
    """A fact about a broker."""

    name: str
    value: str


class WorkspaceRow(TypedDict):
    """A workspace as the API shows it, its broker in a few words, and its files; ``files_url`` lists those."""

    workspace: Mapping[str, Any]
    place: str
    totals: Totals
    files_url: str


class WorkspacePage(WorkspaceRow):
    """A workspace, and all that is known of its broker, but for the values of its credentials."""

    kind: str
    broker: list[Fact]


def shown_workspaces(rows: Sequence[Mapping[str, Any]], *, most: int) -> list[WorkspaceRow]:
    """Return rows with the columns of details as pages show them: one query, none without rows."""
    totals = totals_of([row["id"] for row in rows], most=most)
    return [
        {
            "workspace": row,
            "place": _place(_broker(row)),
            "totals": totals[row["id"]],
            "files_url": url_of("files", query={"workspace": row["name"], "is_deleted": "false"}),
        }
        for row in rows
        if row["id"] in totals  # it may be gone meanwhile
    ]


def workspace_page(name: str) -> WorkspacePage:
    """Return the page of a workspace: two queries. Raises Missing."""
    row = get_workspace(key=name, columns=WorkspaceDetailsSerializer.Meta.fields)
    (shown,) = shown_workspaces([row], most=MOST_OF_ONE)
    broker = _broker(row)
    return {**shown, "kind": BROKERS.get(broker.get("type", ""), ""), "broker": _facts(row, broker)}


def _broker(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return broker_of(row["configuration"])


def _place(broker: Mapping[str, Any]) -> str:
    """Return where the files of a broker lie, as a URL or a path; empty without one."""
    if broker.get("type") == "s3":
        return f"s3://{broker.get('bucket_name', '')}"
    return str(broker.get("nfs_path") or broker.get("host_path", ""))


def _facts(row: Mapping[str, Any], broker: Mapping[str, Any]) -> list[Fact]:
    facts = [Fact(title, broker[name]) for name, title in _MEMBERS.items() if name in broker]
    if broker.get("type") == "s3":
        stored = credentials_of(row["configuration"])
        facts.append(Fact("Credentials", "set, and never shown" if stored else "none: as the nodes are set up"))
    return facts

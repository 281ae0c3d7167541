"""What jobs need that are handed out, beside their own documents: secrets, input files, and workspaces."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db.models import QuerySet

from core.models.columns import array_of
from core.reads.prepared import prepared
from files.models import File
from jobs.inputs import inputs_of
from jobs.secrets import Row, pause_without_key, read_secrets
from seed import overlay_configuration
from workspaces.selectors import OpenWorkspace, open_workspaces

# The column with the configuration of the job type that the job of a row runs with.
FROZEN = "job_type_configuration__configuration"


class InputFile(TypedDict):
    """A file that a job reads, as claims show it."""

    id: int
    file_name: str
    media_type: str
    file_size: int
    sha256: str
    workspace: str
    file_path: str
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Supply:
    """What a job is handed out with: ``files`` by input, ``secrets`` and ``workspaces`` by name, all in clear."""

    configuration: dict[str, Any]
    secrets: dict[str, str]
    files: dict[str, list[InputFile]]
    workspaces: dict[str, OpenWorkspace]


def read_supplies(rows: Collection[Row]) -> dict[int, Supply]:
    """Return job id -> what each of the jobs in ``rows`` (see ``claim_rows``) needs, if all of it can be read.

    The workspaces are those of its input files, and those that its configuration names for its outputs. Files and
    workspaces that do not exist are left out. Three queries at most: one if a job type has secrets, one if a job
    reads files, and one if a workspace is named.

    If no key decrypts a secret or a credential, the jobs that need it are left out, and their job types are paused
    when the transaction is committed, so that they do not stand in the way of others.
    """
    secrets, files = read_secrets(rows), _read_files(rows)
    supplies: dict[int, Supply] = {}
    named: dict[int, set[str]] = {}
    for row in rows:
        inputs = {name: [files[pk] for pk in ids if pk in files] for name, ids in inputs_of(row["input"])}
        configuration = overlay_configuration(row[FROZEN], row["configuration"])
        spaces = configuration["output_workspaces"]
        named[row["id"]] = {file["workspace"] for some in inputs.values() for file in some}
        named[row["id"]] |= {spaces["default"], *spaces["outputs"].values()} - {""}
        supplies[row["id"]] = Supply(configuration, secrets.get(row["id"], {}), inputs, {})
    names = set().union(*named.values())
    workspaces, closed = open_workspaces(names) if names else ({}, frozenset())
    if closed:
        pause_without_key((row for row in rows if named[row["id"]] & closed), "workspace credentials")
    for pk, supply in supplies.items():
        supply.workspaces.update((name, workspaces[name]) for name in sorted(named[pk]) if name in workspaces)
    return {pk: supply for pk, supply in supplies.items() if pk in secrets and not named[pk] & closed}


def number_of_inputs(row: Row) -> int:
    """Return how many files the job in ``row`` reads."""
    return sum(len(ids) for _, ids in inputs_of(row["input"]))


def _read_files(rows: Iterable[Row]) -> dict[int, InputFile]:
    ids = {pk for row in rows for _, some in inputs_of(row["input"]) for pk in some}
    found = _files(ids=array_of(ids)) if ids else []
    return {
        row["id"]: {
            "id": row["id"],
            "file_name": row["file_name"],
            "media_type": row["media_type"],
            "file_size": row["file_size"],
            "sha256": row["sha256"],
            "workspace": row["workspace__name"],
            "file_path": row["file_path"],
            "is_deleted": row["is_deleted"],
        }
        for row in found
    }


@prepared
def _files(*, ids: str) -> QuerySet[File, Row]:
    columns = ("id", "file_name", "media_type", "file_size", "sha256", "file_path", "is_deleted")
    return File.objects.filter(pk__any_of=ids).values(*columns, "workspace__name")

"""What the pages of takeovers show: what arrived, what differs, and what a person has to do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from core.services import Missing
from pages.navigation import url_of
from takeover.models import Kind, Takeover
from takeover.report import Outcome
from takeover.selectors import (
    MOST_COUNTED,
    CredentialToEnter,
    Named,
    PartOfJobType,
    SecretToEnter,
    arrived,
    credentials_to_enter,
    names_of,
    parts_of_job_types,
    secrets_to_enter,
)

_MOST_DUTIES = 200
_MOST_FAULTS = 100
_MOST_SENTENCES = 10  # of an object


class Duties(NamedTuple):
    """Things to do: the first of them, those to be done first, how many others, and how many are to be done.

    Each has the URL where it is done, and that of the job type or workspace that it is about, or "".
    """

    rows: Sequence[tuple[Any, str, str]]
    more: int
    left: int


class KindRow(TypedDict):
    """How many objects of a kind have arrived in all, and what the last run made of those that it saw."""

    kind: str
    count: int
    is_more: bool
    outcomes: list[int]


class DifferenceRow(TypedDict):
    """An object that arrived otherwise than it was: its URL here (or empty), and sentences on what differs."""

    kind: str
    source_id: int
    name: str
    url: str
    is_whole: bool
    remarks: list[str]
    findings: list[Mapping[str, str]]
    more: int


def get_takeover(pk: int) -> Takeover:
    """Return a takeover: one query. Raises Missing."""
    takeover = Takeover.objects.filter(pk=pk).first()
    if takeover is None:
        raise Missing(f"There is no takeover {pk}; /takeovers/ lists all.")
    return takeover


def takeover_content(pk: int) -> dict[str, Any]:
    """Return what the page of a takeover shows: 14 queries, whatever has arrived. Raises Missing."""
    takeover = get_takeover(pk)
    report = takeover.report
    faults = report.get("faults", {"count": 0, "first": []})
    return {
        "takeover": takeover,
        "options": [name.replace("_", " ") for name, value in takeover.options.items() if value],
        "outcomes": [outcome.value for outcome in Outcome],
        "kinds": list(_kinds(arrived(pk), report.get("counts", {}))),
        "secrets": _duties(secrets_to_enter(pk), _url_of_secret),
        "credentials": _duties(credentials_to_enter(pk), _url_of_credential),
        "parts": _duties(parts_of_job_types(pk), _url_of_object),
        "faults": faults["first"][:_MOST_FAULTS],
        "more_faults": max(0, faults["count"] - _MOST_FAULTS),
    }


def difference_rows(rows: Sequence[Mapping[str, Any]]) -> list[DifferenceRow]:
    """Return what arrived otherwise, in words: a query for each kind."""
    names = names_of(rows)
    return [_difference(row, names.get((row["kind"], row["object_id"]))) for row in rows]


def _kinds(counts: Mapping[str, int], last: Mapping[str, Mapping[str, int]]) -> Iterable[KindRow]:
    for kind in Kind:
        count, outcomes = counts.get(kind, 0), last.get(kind, {})
        if count or outcomes:
            yield {
                "kind": kind.label,
                "count": min(count, MOST_COUNTED),
                "is_more": count > MOST_COUNTED,
                "outcomes": [outcomes.get(outcome, 0) for outcome in Outcome],
            }


def _duties(found: Sequence[Any], url: Callable[[Any], str]) -> Duties:
    rows = [(one, url(one), _url_of_object(one)) for one in found[:_MOST_DUTIES]]
    left = sum(not (one.is_mended if isinstance(one, PartOfJobType) else one.is_entered) for one in found)
    return Duties(rows, len(found) - len(rows), left)


def _url_of_secret(one: SecretToEnter) -> str:
    return url_of("replace-secret", name=one.name, version=one.version, setting=one.setting)


def _url_of_credential(one: CredentialToEnter) -> str:
    return url_of("edit-workspace", name=one.workspace)


def _url_of_object(one: SecretToEnter | CredentialToEnter | PartOfJobType) -> str:
    if isinstance(one, CredentialToEnter):
        return url_of("workspace", name=one.workspace)
    return url_of("job-type", name=one.name, version=one.version)


def _difference(row: Mapping[str, Any], name: Named | None) -> DifferenceRow:
    findings, remarks = row["findings"][:_MOST_SENTENCES], row["remarks"][:_MOST_SENTENCES]
    return {
        "kind": Kind(row["kind"]).label,
        "source_id": row["source_id"],
        "name": "no longer here" if name is None else " ".join(map(str, name)),
        "url": "" if name is None else _url(row["kind"], name),
        "is_whole": row["is_whole"],
        "remarks": remarks,
        "findings": findings,
        "more": len(row["findings"]) - len(findings) + len(row["remarks"]) - len(remarks),
    }


def _url(kind: str, name: Named) -> str:
    match kind, name:
        case Kind.WORKSPACE, (name,):
            return url_of("workspace", name=name)
        case Kind.ERROR, (name,):
            return url_of("known-errors", query={"name": name})
        case Kind.JOB_TYPE, (name, version):
            return url_of("job-type", name=name, version=version)
        case Kind.JOB_TYPE_REVISION, (name, version, number):
            return url_of("job-type-revision", name=name, version=version, revision_num=number)
        case Kind.RECIPE_TYPE, (name,):
            return url_of("recipe", name=name)
        case Kind.RECIPE_TYPE_REVISION, (name, number):
            return url_of("recipe-revision", name=name, revision_num=number)
    return ""

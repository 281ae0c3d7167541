"""What the page of the audit shows: who changed what, from what to what, in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from audit.models import Action, Kind
from core.actors import Source
from pages.navigation import url_of
from seed import shortened

_SOURCES = {Source.API: "through the API or a page", Source.ADMIN: "in the admin", Source.COMMAND: "by a command"}


class Change(NamedTuple):
    """A field before and after; of what is recorded without its values, both are empty."""

    field: str
    before: str
    after: str


class RecordRow(TypedDict):
    """A record in words, and the URL of what was changed (empty where that has no page)."""

    record: Mapping[str, Any]
    what: str
    url: str
    action: str
    where: str
    changes: list[Change]


def record_rows(records: Sequence[Mapping[str, Any]]) -> list[RecordRow]:
    """Return records in words: no query."""
    return [
        {
            "record": record,
            "what": _what(record),
            "url": _url(record),
            "action": Action(record["action"]).label.lower(),
            "where": " ".join(filter(None, (_SOURCES[record["source"]], record["command"]))),
            "changes": list(_changes(record)),
        }
        for record in records
    ]


def _what(record: Mapping[str, Any]) -> str:
    if record["kind"] == Kind.JOB and not record["name"]:
        return "A selection of jobs"
    words = (Kind(record["kind"]).label.capitalize(), record["name"], record["version"])
    return " ".join(filter(None, words))


def _url(record: Mapping[str, Any]) -> str:
    name = record["name"]
    match record["kind"]:
        case Kind.JOB_TYPE:
            return url_of("job-type", name=name, version=record["version"])
        case Kind.WORKSPACE:
            return url_of("workspace", name=name)
        case Kind.FILE:
            return url_of("file", pk=int(name))
        case Kind.RECIPE_TYPE:
            return url_of("recipe", name=name)
        case Kind.JOB if name:
            return url_of("job", pk=int(name))
        case Kind.NODE:
            return url_of("nodes", query={"hostname": name})
    return ""


def _changes(record: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what was changed; of what was created, what it has, since it was nothing before."""
    is_new = record["action"] == Action.CREATED
    for field, change in record["changes"].items():
        if "new" not in change:
            yield Change(field, "", "")
        elif not is_new:
            yield Change(field, _word(change["old"]) if "old" in change else "", _word(change["new"]))
        elif change["new"] not in (None, "", {}):
            yield Change(field, "", _word(change["new"]))


def _word(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

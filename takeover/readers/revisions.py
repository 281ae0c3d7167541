"""Revisions: those of the other system are added to those that are here, or found among them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Manager, Model

from core.marks import Mark
from takeover.models import Imported, Kind
from takeover.readers.fields import number_of
from takeover.readers.settling import UNSETTLED
from takeover.report import Outcome
from takeover.run import Run, digest
from takeover.source import BadAnswer, Source

_MOST_READINGS = 3
_UNSHOWN = "the other system does not show it, so that it has what is current"
_RENUMBERED = "it is revision {} here, where its number was taken"
_STANDS_FOR = "revision {} stands for it here, where there was another history"


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of the other system: ``content`` are the columns that it is to have here, but for the times.

    ``pk`` is its id there, None where that was not shown. One that is not whole has the content of the current one.
    """

    pk: int | None
    number: int
    created: Any
    content: Mapping[str, Any]
    is_whole: bool = True


def shown_with_revisions(source: Source, path: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Return the details at ``path`` and the list of their revisions, by number; None if the details are a 404.

    Both are read again while they do not fit, as when something is edited meanwhile. Raises BadAnswer.
    """
    for number in range(1, _MOST_READINGS + 1):
        if (details := source.get(path)) is None:
            break
        listed = source.all_rows(f"{path}revisions/")
        listed.sort(key=lambda one: number_of(one, "revision_num"))
        fits = listed and number_of(listed[-1], "revision_num") == details.get("revision_num")
        if fits or number == _MOST_READINGS:
            return details, listed
    return None


def shown_revision(source: Source, path: str, number: int) -> dict[str, Any]:
    """Return the details of a revision that is listed. Raises BadAnswer if they are a 404."""
    if (shown := source.get(f"{path}revisions/{number}/")) is None:
        raise BadAnswer(f"Its revision {number} is listed, and its details are a 404.")
    return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The revisions ``here`` of an object called ``name``.

    ``add`` writes a revision with a number and an id, or any id, and ``find`` returns the marks of one.
    """

    kind: Kind
    name: str
    here: Manager[Any]
    add: Callable[[Revision, int, int | None], Model]
    find: Callable[[Revision], list[Mark]]


@dataclass(frozen=True, slots=True)
class _Here:
    pk: int
    content: Mapping[str, Any]


def bring_revisions(run: Run, history: History, revisions: Sequence[Revision], *, adds: bool) -> int:
    """Record which revision here is, or stands for, each of those that have not arrived. Return the last number.

    With ``adds``, those that are not here are added, with their own numbers where these are free. Without, as for
    what was here before, one of the same content stands for each, or else the current one.
    """
    ids = [one.pk for one in revisions if one.pk is not None]
    known = run.known(history.kind, ids)
    names = list(revisions[0].content) if revisions else []
    rows = history.here.order_by("revision_num").values("revision_num", "pk", *names)
    here = {row.pop("revision_num"): _Here(row.pop("pk"), row) for row in rows}
    free = run.free_ids(history.here.model, [pk for pk in ids if pk not in known]) if adds else set()
    for revision in revisions:
        imported = known.get(revision.pk) if revision.pk is not None else None
        if imported and (imported.digest != UNSETTLED or not adds):
            continue
        number = _place(revision, here, adds=adds)
        is_new = number not in here
        if is_new:
            row = history.add(revision, number, revision.pk if revision.pk in free else None)
            here[number] = _Here(row.pk, revision.content)
        _record(run, history, revision, number, here[number], imported, is_new=is_new)
    return max(here, default=0)


def _place(revision: Revision, here: Mapping[int, _Here], *, adds: bool) -> int:
    """Return the number of the revision that is to stand for one; if none here has it, it is to be made."""
    own = here.get(revision.number)
    if own and own.content == revision.content:
        return revision.number
    last = max(here, default=0)
    if adds:
        return max(revision.number, last + 1)
    return next((number for number, one in here.items() if one.content == revision.content), last)


def _record(
    run: Run,
    history: History,
    revision: Revision,
    number: int,
    row: _Here,
    imported: Imported | None,
    *,
    is_new: bool,
) -> None:
    remarks = [] if revision.is_whole else [_UNSHOWN]
    if number != revision.number:
        remarks.append((_RENUMBERED if is_new else _STANDS_FOR).format(number))
    if revision.pk is not None:
        run.record(
            history.kind,
            revision.pk,
            row.pk,
            # What only stands for it gives way when the revision itself is taken.
            digest(revision.number, revision.content) if row.content == revision.content else UNSETTLED,
            findings=history.find(revision) if is_new else (),
            remarks=remarks,
            is_whole=revision.is_whole,
            imported=imported,
        )
    outcome = Outcome.CREATED if is_new else Outcome.MATCHED
    run.note(history.kind, f"{history.name} revision {revision.number}", outcome, remarks)

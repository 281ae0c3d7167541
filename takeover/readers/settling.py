"""What becomes of an object: it is created, updated, found as it is, or kept as it was changed here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.marks import Mark
from errors.models import Error
from job_types.models import JobType
from recipes.models import RecipeType
from takeover.models import Imported, Kind
from takeover.report import Outcome
from takeover.run import Run, digest
from workspaces.models import Workspace

UNSETTLED = ""
"""The digest of what differs from the other system, so that each run looks at it again."""

ON_WHAT_COMES_BEFORE = frozenset(
    {"INVALID_WORKSPACE", "UNKNOWN_JOB_TYPE", "UNKNOWN_RECIPE_TYPE", "UNKNOWN_REVISION"}
)
"""The names of findings on what a document names, which comes before it, or with a later run."""

Current = TypeVar("Current", Workspace, Error, JobType, RecipeType)
Marked = TypeVar("Marked", JobType, RecipeType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Generic[Current]):
    """An object of the other system, and ``current``, what it is here.

    ``differs`` names the columns that are another here. ``imported`` is what has arrived of it before, and
    ``digest`` that of what was read now. ``is_ours`` stands for what is part of this service, and stays as it is.
    """

    kind: Kind
    source_id: int
    name: str
    digest: str
    current: Current | None
    differs: Sequence[str]
    imported: Imported | None
    findings: Sequence[Mark] = ()
    remarks: Sequence[str] = ()
    is_whole: bool = True
    is_ours: bool = False


def skip(run: Run, imported: Imported | None, digest: str, name: str) -> bool:
    """Return whether an object is in the other system as it was when it arrived, and report it if so."""
    if imported is None or imported.digest != digest:
        return False
    run.note(Kind(imported.kind), name, Outcome.UNCHANGED, imported.remarks)
    return True


def changed_rows(
    run: Run,
    kind: Kind,
    rows: Iterable[dict[str, Any]],
    known: Mapping[int, Imported],
    name_of: Callable[[Mapping[str, Any]], str],
) -> list[dict[str, Any]]:
    """Return the rows of a list that are another one in the other system now, or new. The others are reported."""
    changed = []
    for row in rows:
        try:
            read = digest(row)
        except RecursionError:
            run.report.fail(kind, name_of(row), "its row of the list is nested too deeply")
            continue
        if not skip(run, known.get(row["id"]), read, name_of(row)):
            changed.append(row)
    return changed


def settle(
    run: Run, wanted: Wanted[Current], write: Callable[[Outcome], Current]
) -> tuple[Outcome, Current | None]:
    """Let ``write`` create or update the object if it is to be, and record and report what became of it.

    Return that, and the row here: None for one that a dry run would create. What was changed here, or was never
    brought by this takeover, is kept unless the run overwrites it.
    """
    outcome = _decide(run, wanted)
    row, digest = wanted.current, wanted.digest
    remarks: Sequence[str] = wanted.remarks
    if outcome in (Outcome.CREATED, Outcome.UPDATED) and not run.options.is_dry:
        row = write(outcome)
    if outcome is Outcome.KEPT:
        remarks, digest = [*remarks, _kept(wanted.differs)], UNSETTLED
    if row is not None and not run.options.is_dry:
        run.record(
            wanted.kind,
            wanted.source_id,
            row.pk,
            digest,
            written=None if outcome is Outcome.KEPT or wanted.is_ours else row.last_modified,
            findings=wanted.findings,
            remarks=remarks,
            is_whole=wanted.is_whole,
            imported=wanted.imported,
        )
    run.note(wanted.kind, wanted.name, outcome, remarks)
    return outcome, row


def differing(row: object | None, columns: Mapping[str, Any]) -> list[str]:
    """Return the names of those ``columns`` for which ``row`` has another value; none if there is no row."""
    return [name for name, value in columns.items() if getattr(row, name) != value] if row else []


def refused_today(run: Run, findings: Sequence[Mark]) -> list[str]:
    """Return the remark on an object that stands with ``findings``, if there are any.

    A dry run does not count those on what would have come by then.
    """
    found = [one for one in findings if not (run.options.is_dry and one["name"] in ON_WHAT_COMES_BEFORE)]
    return [f"it stands, although the rules of today refuse it: {found[0]['description']}"] if found else []


def mark_again(
    run: Run,
    kind: Kind,
    model: type[Marked],
    find: Callable[[Marked], list[Mark]],
    *,
    then: Callable[[Marked], object] | None = None,
) -> None:
    """Mark anew what came before something that it names, if that has come since, and do ``then`` with it.

    ``find`` returns the marks that a row is to have.
    """
    if run.options.is_dry:
        return
    known = run.known(kind, run.arrived(kind)).values()
    brought = {imported.object_id: imported for imported in known if imported.written}
    for row in model.objects.filter(pk__in=brought).only("name", "findings"):
        if not ON_WHAT_COMES_BEFORE.isdisjoint(one["name"] for one in row.findings):
            with run.writing(kind, row.name):
                locked = model.objects.select_for_update(no_key=True).get(pk=row.pk)
                _mark(run, locked, brought[row.pk], find(locked), then)


def _mark(
    run: Run,
    row: Marked,
    imported: Imported,
    found: Sequence[Mark],
    then: Callable[[Marked], object] | None,
) -> None:
    refused = refused_today(run, imported.findings)
    if found == row.findings:
        return
    row.findings = found
    row.save(update_fields=["findings"])
    if then is not None:
        then(row)
    others: list[str] = [one for one in imported.remarks if one not in refused]
    remarks = [*others, *refused_today(run, found)]
    Imported.objects.filter(pk=imported.pk).update(findings=found, remarks=remarks)


def _decide(run: Run, wanted: Wanted[Current]) -> Outcome:
    current, imported = wanted.current, wanted.imported
    if current is None:
        return Outcome.CREATED
    if wanted.is_ours or not wanted.differs:
        return Outcome.UNCHANGED if imported else Outcome.MATCHED
    is_as_written = imported is not None and imported.written == current.last_modified
    return Outcome.UPDATED if is_as_written or run.options.overwrites else Outcome.KEPT


def _kept(names: Sequence[str]) -> str:
    return f"kept as it is here, where it is another: {', '.join(names)}; --overwrite takes what is there"

"""Errors: those that manifests declare, and those that are built into the other system."""

from typing import Any

from errors.models import Category, Error
from takeover.models import Imported, Kind
from takeover.readers.fields import Document, is_true, moment_of, require_fit, text_of, text_or_empty
from takeover.readers.settling import Wanted, differing, settle, skip
from takeover.report import Outcome
from takeover.run import Run, digest
from takeover.source import BadAnswer

_NAMELESS = "it belongs to no job type, so that it counts as built in here"


def bring_errors(run: Run) -> None:
    """Bring all errors. Those that are built in here stay as this release has them."""
    rows = run.read_list(Kind.ERROR, "errors/")
    known, free = run.prepare(Kind.ERROR, Error, rows)
    for row in run.over("Errors", rows):
        with run.writing(Kind.ERROR, str(row.get("name"))):
            _bring(run, row, known.get(row["id"]), row["id"] if row["id"] in free else None)


def _bring(run: Run, row: Document, imported: Imported | None, own_id: int | None) -> None:
    name, read = text_of(row, "name"), digest(row)
    if skip(run, imported, read, name):
        return
    job_type_name = text_or_empty(row, "job_type_name") or None
    same: dict[str, Any] = (
        {"pk": imported.object_id} if imported else {"job_type_name": job_type_name, "name": name}
    )
    current = Error.objects.select_for_update().filter(**same).first()
    columns = _columns(row)

    def write(_: Outcome) -> Error:
        error = current or Error(
            pk=own_id,
            name=name,
            job_type_name=job_type_name,
            is_builtin=job_type_name is None,
            created=moment_of(row, "created"),
        )
        for column, value in columns.items():
            setattr(error, column, value)
        error.last_modified = moment_of(row, "last_modified")
        require_fit(error)
        error.save()
        return error

    wanted = Wanted(
        kind=Kind.ERROR,
        source_id=row["id"],
        name=name,
        digest=read,
        current=current,
        differs=differing(current, columns),
        imported=imported,
        is_ours=current is not None and current.is_builtin and not (imported and imported.written),
        remarks=[] if job_type_name or is_true(row, "is_builtin") else [_NAMELESS],
    )
    settle(run, wanted, write)


def _columns(row: Document) -> dict[str, Any]:
    category = text_of(row, "category")
    if category not in Category.values:
        raise BadAnswer(f"Its category is {category!r}, and none of {', '.join(Category.values)}.")
    return {
        "title": text_or_empty(row, "title"),
        "description": text_or_empty(row, "description"),
        "category": category,
        "should_be_retried": is_true(row, "should_be_retried"),
    }

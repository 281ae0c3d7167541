"""Job types, with their configurations, tags and all their revisions."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from core.marks import Mark
from job_types.models import JobType
from job_types.validation import find_marks
from seed import Manifest
from takeover.duties import job_type_to_register, secrets_to_enter
from takeover.models import Imported, Kind
from takeover.readers.configurations import read_configuration
from takeover.readers.fields import is_true, number_of, object_of, text_of, text_or_empty
from takeover.readers.job_type_documents import Others, Shown, has_own_url, read_job_type
from takeover.readers.job_type_rows import history_of, write_job_type
from takeover.readers.revisions import bring_revisions
from takeover.readers.settling import (
    ON_WHAT_COMES_BEFORE,
    Wanted,
    changed_rows,
    differing,
    mark_again,
    refused_today,
    settle,
)
from takeover.report import Entry, Outcome
from takeover.run import Run, digest
from takeover.source import BadAnswer

_OURS = "it is part of this service, and stays as its release has it"


def bring_job_types(run: Run) -> None:
    """Bring all job types with all their revisions, each in a transaction."""
    mark_again(run, Kind.JOB_TYPE, JobType, _marks_that_stand)
    rows = run.read_list(Kind.JOB_TYPE, "job-types/")
    known, free = run.prepare(Kind.JOB_TYPE, JobType, rows)
    changed = changed_rows(run, Kind.JOB_TYPE, rows, known, _name)
    # Last those that come without the ids of their revisions, so that these take none that another one is to keep.
    changed.sort(key=has_own_url, reverse=True)
    others = Others(run.source)
    answers = run.source.map(lambda row: read_job_type(run.source, row), changed)
    for row in run.over("Job types", changed):
        shown = next(answers)
        with run.writing(Kind.JOB_TYPE, _name(row)):
            if isinstance(shown, BadAnswer):
                raise shown
            own_id = row["id"] if row["id"] in free else None
            _bring(run, row, shown or others.tell(row), known.get(row["id"]), own_id)


def _bring(run: Run, row: Mapping[str, Any], shown: Shown, imported: Imported | None, own_id: int | None) -> None:
    current = _find(row, imported)
    details = shown.details
    manifest = Manifest.read(object_of(details, "manifest"))
    configuration = read_configuration(object_of(details, "configuration"), manifest)
    findings = _findings(details)
    columns = {**_columns(details), "configuration": configuration.document, "findings": findings}

    def write(_: Outcome) -> JobType:
        return write_job_type(run, shown, columns, configuration.secrets, current, own_id)

    is_ours = current is not None and current.is_system and not (imported and imported.written)
    refused = refused_today(run, findings)
    if run.options.is_dry and not is_ours:
        stored = {secret.name for secret in current.secrets.all()} if current else set()
        secrets = manifest.secret_settings - configuration.secrets.keys() - stored
        run.report.duties.extend(_duties(row, shown, secrets, is_refused=bool(refused)))
    wanted = Wanted(
        kind=Kind.JOB_TYPE,
        source_id=row["id"],
        name=_name(row),
        digest=digest(row),
        current=current,
        differs=_differences(current, columns),
        imported=imported,
        findings=findings,
        remarks=[_OURS] if is_ours else [*shown.remarks, *configuration.remarks, *refused],
        is_whole=shown.is_whole,
        is_ours=is_ours,
    )
    outcome, job_type = settle(run, wanted, write)
    if job_type is not None and not run.options.is_dry and outcome not in (Outcome.CREATED, Outcome.UPDATED):
        bring_revisions(run, history_of(job_type), shown.revisions, adds=False)


def _duties(row: Mapping[str, Any], shown: Shown, secrets: Collection[str], *, is_refused: bool) -> Iterator[Entry]:
    """Yield what a person will have to do for a job type once it has come."""
    if is_refused and not shown.is_whole:
        yield job_type_to_register(_name(row))
    if is_true(shown.details, "is_active"):
        yield from secrets_to_enter(_name(row), secrets)


def _find(row: Mapping[str, Any], imported: Imported | None) -> JobType | None:
    """Return the job type here, locked. Those of the system are found by their names, as versions differ."""
    job_types = JobType.objects.select_for_update(no_key=True)
    if imported is not None and (found := job_types.filter(pk=imported.object_id).first()):
        return found
    name, version = text_of(row, "name"), text_of(row, "version")
    found = job_types.filter(name=name, version=version).first()
    if found is None and is_true(row, "is_system"):
        found = job_types.filter(name=name, is_system=True).order_by("-version_key").first()
    return found


def _columns(details: Mapping[str, Any]) -> dict[str, Any]:
    max_scheduled = details.get("max_scheduled")
    return {
        "title": text_or_empty(details, "title"),
        "description": text_or_empty(details, "description"),
        "icon_code": text_or_empty(details, "icon_code") or None,
        "is_published": is_true(details, "is_published"),
        "is_active": is_true(details, "is_active"),
        "is_paused": is_true(details, "is_paused"),
        "is_system": is_true(details, "is_system"),
        "max_scheduled": number_of(details, "max_scheduled") if max_scheduled else None,
        "max_tries": number_of(details, "max_tries"),
        "docker_image": text_or_empty(details, "docker_image"),
        "manifest": object_of(details, "manifest"),
    }


def _differences(current: JobType | None, columns: Mapping[str, Any]) -> list[str]:
    """Return the columns that differ; findings are none, as edits of workspaces change them."""
    return [name for name in differing(current, columns) if name != "findings"]


def _findings(details: Mapping[str, Any]) -> list[Mark]:
    image = text_or_empty(details, "docker_image")
    return find_marks(
        manifest=details.get("manifest"),
        configuration=details.get("configuration") or {},
        **({"docker_image": image} if image else {}),
    )


def _marks_that_stand(job_type: JobType) -> list[Mark]:
    """Return the marks of a job type without those on workspaces that have come since."""
    found = _findings(vars(job_type))
    return [one for one in job_type.findings if one["name"] not in ON_WHAT_COMES_BEFORE or one in found]


def _name(row: Mapping[str, Any]) -> str:
    return f"{row.get('name')} {row.get('version')}"

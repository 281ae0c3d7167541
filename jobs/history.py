"""Jobs that were over before they came here, in another system: stored as if they had run here.

Triggers count them as they count others, in the hours in which they ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Model

from core.models.bulk import insert_rows
from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.states import ENDED, End
from seed import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTry:
    """A try that has ended; its attributes are those of ``JobExecution``. ``id`` is None for any."""

    id: int | None = None
    job_type_rev_id: int
    exe_num: int
    status: str
    end: End
    error_id: int | None
    node: str | None
    queued: datetime | None
    started: datetime
    ended: datetime
    times_out: datetime | None
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastJob:
    """A job that is over, with the tries that are known of it; its attributes are those of ``Job``.

    ``id`` is None for any. ``configuration`` is what it configured differently from the configuration with the
    number ``configuration_num`` of its job type.
    """

    id: int | None = None
    job_type_id: int
    job_type_rev_id: int
    configuration_num: int
    status: str
    error_id: int | None
    priority: int
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    configuration: Mapping[str, Any]
    node: str | None
    max_tries: int
    num_exes: int
    created: datetime
    queued: datetime | None
    started: datetime | None
    ended: datetime
    last_status_change: datetime
    last_modified: datetime
    tries: Sequence[PastTry] = ()


_JOB_COLUMNS = tuple(field.name for field in fields(PastJob) if field.name not in ("id", "tries"))
_TRY_COLUMNS = tuple(field.name for field in fields(PastTry) if field.name != "id")
_job_values, _try_values = attrgetter(*_JOB_COLUMNS), attrgetter(*_TRY_COLUMNS)


@transaction.atomic
def store_past_jobs(jobs: Sequence[PastJob]) -> list[int]:
    """Store jobs that are over, with their tries. Return their ids, in the order of ``jobs``.

    At most six queries, however many they are. Settings that are secret today are left out. Raises DatabaseError
    for an id that is taken, and for what breaks a constraint of ``Job`` or ``JobExecution``.
    """
    clear = _without_secrets(jobs)
    ids = _insert(Job, [{"id": job.id, **dict(zip(_JOB_COLUMNS, _job_values(job), strict=True))} for job in clear])
    _store_tries([(pk, one) for pk, job in zip(ids, jobs, strict=True) for one in job.tries])
    return ids


@transaction.atomic
def update_past_job(pk: int, job: PastJob, *, written: datetime | None) -> bool:
    """Let the job ``pk``, which is over, be as ``job``, and add the tries that it lacks. Return whether it is now.

    It is not if it is not over here, or has changed since ``written``, the last change of it as it was stored
    here; None stands for any. Tries that have ended never change.
    """
    current = Job.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if current is None or current.status not in ENDED or written not in (None, current.last_modified):
        return False
    (clear,) = _without_secrets([job])
    Job.objects.filter(pk=pk).update(**{name: getattr(clear, name) for name in _JOB_COLUMNS})
    known = set(JobExecution.objects.filter(job_id=pk).values_list("exe_num", flat=True))
    _store_tries([(pk, one) for one in job.tries if one.exe_num not in known])
    return True


def _store_tries(tries: Iterable[tuple[int, PastTry]]) -> None:
    """Store tries, each given with the id of its job."""
    rows = [
        {"id": one.id, "job_id": job, **dict(zip(_TRY_COLUMNS, _try_values(one), strict=True))}
        for job, one in tries
    ]
    _insert(JobExecution, rows)


def _insert(model: type[Model], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows, with new ids in the place of those that are None, and return their ids: at most two queries."""
    insert_rows(model, [row for row in rows if row["id"] is not None])
    new = [{name: row[name] for name in row if name != "id"} for row in rows if row["id"] is None]
    ids = iter(insert_rows(model, new))
    return [next(ids) if row["id"] is None else row["id"] for row in rows]


def _without_secrets(jobs: Sequence[PastJob]) -> list[PastJob]:
    """Return ``jobs`` without settings that are secret now.

    The job types of those with settings are locked, so that no other setting becomes secret meanwhile.
    """
    holding = {job.job_type_id for job in jobs if job.configuration.get("settings")}
    if not holding:
        return list(jobs)
    locked = JobType.objects.filter(pk__in=holding).order_by("pk").select_for_update(no_key=True)
    secret = {pk: Manifest.read(manifest).secret_settings for pk, manifest in locked.values_list("pk", "manifest")}
    return [_without(job, secret.get(job.job_type_id, frozenset())) for job in jobs]


def _without(job: PastJob, names: frozenset[str]) -> PastJob:
    settings = job.configuration.get("settings") or {}
    if names.isdisjoint(settings):
        return job
    clear = {name: value for name, value in settings.items() if name not in names}
    return replace(job, configuration={**job.configuration, "settings": clear})

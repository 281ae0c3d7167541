"""Jobs that reports change: locked, each with its last try."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Now

from catalogue.models import as_text, columns
from core.models.clock import exact_time
from core.models.columns import array_of
from core.reads.cache import RevisionCache
from core.reads.prepared import prepared
from core.reads.rows import columns_of, instance_of, nested
from job_types.models import JobTypeRevision
from jobs.models import Job, JobExecution

_JOB = (
    *("id", "job_type_id", "job_type_rev_id", "status", "node", "max_tries", "num_exes"),
    *("queued", "started", "last_status_change"),
)
_REVISION = (
    "timeout",
    *columns_of("job_type", ("name", "version", "is_system", "configuration_num", "max_tries")),
)
_TRY = ("id", "job_id", "exe_num", "end", "ended_by", "account_id", "started", "lease_expires")


class LockedJob(NamedTuple):
    """A job without its documents, and what its next step depends on.

    Its job type and revision are shared with other jobs and threads, and have no more columns than steps need.
    ``claimer`` is the name of the account that claimed its last try, and ``now`` the time of a step that is taken
    now: never before the step before it. That may be later than the time of the database, where somebody set its
    clock back, or restored it on another host.
    """

    job: Job
    last_try: JobExecution | None
    claimer: str | None
    now: datetime


def lock_jobs(ids: Collection[int]) -> dict[int, LockedJob]:
    """Lock those of the jobs with ``ids`` that exist, and their last tries, in id order.

    One query, and one where their revisions are not cached. On SQLite, whose transactions exclude each other, three
    that lock nothing.
    """
    array = array_of(ids)
    # Tries that began while this waited for their jobs are seen by the statements that follow.
    rows = _rows.after(_lock_jobs.sql(ids=array), _lock_tries.sql(ids=array), ids=array)
    if not rows:
        return {}
    now = exact_time(rows[0]["now"])
    catalogue = as_text(rows[0]["number"], rows[0]["stamp"])
    revisions = _revisions.at(catalogue, {row["job_type_rev_id"] for row in rows})
    return {row["id"]: _locked(row, revisions[row["job_type_rev_id"]], now) for row in rows}


def _locked(row: Mapping[str, Any], revision: JobTypeRevision, now: datetime) -> LockedJob:
    columns = {name: row[name] for name in _JOB}
    job = instance_of(Job, columns, job_type_rev=revision, job_type=revision.job_type)
    last = instance_of(JobExecution, nested(row, "last", _TRY)) if row["last__id"] else None
    return LockedJob(job, last, row["last__account__username"], max(now, row["last_status_change"]))


def _read_revisions(ids: Collection[int]) -> Iterator[tuple[int, JobTypeRevision]]:
    found = JobTypeRevision.objects.filter(pk__in=ids).select_related("job_type").only(*_REVISION)
    return ((one.pk, one) for one in found)


# What reports need to know of revisions and of their job types.
_revisions = RevisionCache(_read_revisions)


@prepared
def _lock_jobs(*, ids: str) -> QuerySet[Job, tuple[int]]:
    return Job.objects.filter(pk__any_of=ids).order_by("pk").select_for_update(no_key=True).values_list("pk")


@prepared
def _lock_tries(*, ids: str) -> QuerySet[JobExecution, tuple[int]]:
    # Not by `job_id`: PostgreSQL would have to know how many tries a job has. Without statistics it expects
    # hundreds, and reads all jobs to join them. A key of a job is that of one.
    jobs = Job.objects.filter(pk__any_of=ids)
    last = JobExecution.objects.filter(job__in=jobs, exe_num=F("job__num_exes")).order_by("job_id")
    return last.select_for_update(of=("self",), no_key=True).values_list("pk")


@prepared
def _rows(*, ids: str) -> QuerySet[Job, dict[str, Any]]:
    last = FilteredRelation("executions", condition=Q(executions__exe_num=F("num_exes")))
    jobs = Job.objects.filter(pk__any_of=ids).annotate(last=last)
    number, stamp = columns()
    tries = (*columns_of("last", _TRY), "last__account__username")
    return jobs.values(*_JOB, *tries, number=number, stamp=stamp, now=Now())

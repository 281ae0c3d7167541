"""What becomes due by itself: tries whose lease has expired, and jobs that waited for their retry."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import F, QuerySet, Subquery
from django.db.models.functions import Greatest, Now

from core.models.clock import statement_time
from core.reads.prepared import prepared
from errors.models import Error
from errors.services import builtin_error
from jobs.leases import beat, lease, longest_gap
from jobs.models import Job, JobExecution, Scheduler
from jobs.states import End, Status, entering, retry_time, step_time

# How much a request does of what is due, so that it is not kept waiting.
_AT_ONCE = 100
_BATCH = 1_000
_ERRORS = {End.NODE_LOST: "node-lost", End.TIMED_OUT: "timeout"}


class _Due(TypedDict):
    """The row of the scheduler, the time of the database, and when a lease expires and a job is to be retried."""

    is_paused: bool
    last_seen: datetime
    now: datetime
    first_expiry: datetime | None
    first_retry: datetime | None


def look_after_due() -> bool:
    """Do a part of what is due, and return whether the scheduler is paused: one query where nothing is.

    For requests of nodes, which show that the service is alive.
    """
    due = _read_due()
    if due["now"] - due["last_seen"] > lease() / 12:
        beat()
    _do(due, _AT_ONCE)
    return due["is_paused"]


def rescue_due() -> int:
    """Do what is due, up to 1,000 jobs of each kind, and return how many.

    None while the service is away: then no node can renew a lease.
    """
    due = _read_due()
    return 0 if due["now"] - due["last_seen"] > longest_gap() else _do(due, _BATCH)


def _do(due: _Due, most: int) -> int:
    count = 0
    if due["first_retry"] is not None and due["first_retry"] <= due["now"]:
        count += release_retries(most)
    if due["first_expiry"] is not None and due["first_expiry"] < due["now"]:
        count += end_expired(most)
    return count


@transaction.atomic
def release_retries(most: int) -> int:
    """Let up to ``most`` jobs whose retry is due be claimed, and return how many."""
    waiting = Job.objects.filter(retry_after__lte=statement_time()).order_by("retry_after")
    ids = list(waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:most])
    return Job.objects.filter(pk__in=ids).update(retry_after=None)


@transaction.atomic
def end_expired(most: int) -> int:
    """Let up to ``most`` tries whose lease has expired fail, and return how many.

    Their jobs go back to the queue as after any failure of an error that is retried, while they have tries left.
    """
    expired = JobExecution.objects.filter(ended=None, lease_expires__lt=statement_time())
    found = list(expired.order_by("lease_expires").values_list("job_id", flat=True)[:most])
    # A job that somebody changes at this moment is looked at the next time.
    jobs = Job.objects.filter(pk__in=found).order_by("pk").select_for_update(skip_locked=True, no_key=True)
    tries_left = {job.pk: job.num_exes < job.max_tries for job in jobs.only("num_exes", "max_tries")}
    # Others may have renewed their lease meanwhile.
    locked = expired.filter(job_id__in=tries_left).order_by("job_id").select_for_update(no_key=True)
    ended: dict[End, list[JobExecution]] = {End.NODE_LOST: [], End.TIMED_OUT: []}
    for one in locked.only("job_id", "times_out", "lease_expires"):
        ended[_end_of(one)].append(one)
    for end, tries in ended.items():
        if tries:
            _fail(tries, end, builtin_error(_ERRORS[end]), tries_left)
    return sum(map(len, ended.values()))


def _end_of(expired: JobExecution) -> End:
    """Return what ended a try: its node renewed the lease beyond the timeout, or was lost before."""
    longest = expired.times_out and expired.times_out + lease()
    return End.TIMED_OUT if expired.lease_expires == longest else End.NODE_LOST


def _fail(tries: Iterable[JobExecution], end: End, error: Error, tries_left: dict[int, bool]) -> None:
    """Let the locked ``tries`` fail, and their jobs with them, but for those that are retried."""
    JobExecution.objects.filter(pk__in=[one.pk for one in tries]).update(
        status=Status.FAILED, end=end, error=error, ended=Greatest(statement_time(), F("started"))
    )
    jobs = {one.job_id for one in tries}
    retried = {pk for pk in jobs if error.should_be_retried and tries_left[pk]}
    now = {"last_modified": step_time()}
    queued = {**entering(Status.QUEUED, step_time()), "retry_after": retry_time()}
    Job.objects.filter(pk__in=retried).update(**queued, **now)
    failed = {**entering(Status.FAILED, step_time()), "error_id": error.pk}
    Job.objects.filter(pk__in=jobs - retried).update(**failed, **now)


def _read_due() -> _Due:
    for row in _due():
        return row
    # The row is there since the migration, unless somebody emptied the table.
    Scheduler.objects.bulk_create([Scheduler()], ignore_conflicts=True)
    (row,) = _due()
    return row


@prepared
def _due() -> QuerySet[Scheduler, _Due]:
    leases = JobExecution.objects.filter(ended=None, lease_expires__isnull=False).order_by("lease_expires")
    retries = Job.objects.filter(retry_after__isnull=False).order_by("retry_after")
    state = Scheduler.objects.filter(pk=1).annotate(
        now=Now(),
        first_expiry=Subquery(leases.values("lease_expires")[:1]),
        first_retry=Subquery(retries.values("retry_after")[:1]),
    )
    columns = ("is_paused", "last_seen", "now", "first_expiry", "first_retry")
    return state.values(*columns)  # type: ignore[return-value]  # the plugin of mypy does not see annotations

"""What becomes due by itself: tries whose lease has expired, and jobs that waited for their retry."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from threading import Event
from typing import Any, NamedTuple, TypedDict

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, QuerySet, Subquery
from django.db.models.functions import Greatest, Now

from core.models.clock import statement_time
from core.reads.prepared import prepared
from errors.models import Error
from errors.services import builtin_error
from jobs.leases import beat, between_beats, lease, longest_gap
from jobs.models import Job, JobExecution, Scheduler
from jobs.states import End, Status, entering, retry_time, step_time

_logger = logging.getLogger(__name__)

# How much a request does of what is due, so that it is not kept waiting.
_AT_ONCE = 100
_BATCH = 1_000
_ERRORS = {End.NODE_LOST: "node-lost", End.TIMED_OUT: "timeout"}


class _Due(TypedDict):
    """The row of the scheduler, the time of the database, and when the first lease expires and retry is due."""

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
    if due["now"] - due["last_seen"] > between_beats():
        beat()
    _do(due, _AT_ONCE)
    return due["is_paused"]


def rescue_due() -> int:
    """Do what is due, up to 1,000 jobs of each kind, and return how many: none after an outage, before a beat."""
    due = _read_due()
    return 0 if _was_away(due) else _do(due, _BATCH)


def repeat(look: Callable[[], object], *, until: Event) -> None:
    """Call ``look`` at each beat until ``until`` is set. Each outage of the database is logged once."""
    is_well = True
    while not until.is_set():
        try:
            look()
            is_well = True
        except (DatabaseError, InterfaceError) as error:
            if is_well:
                _logger.warning("the database is not available", extra={"error": type(error).__name__})
            is_well = False
            connection.close()
        until.wait(between_beats().total_seconds())


def rescued(read: Callable[[str | None], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the rows that ``read`` returns of jobs or tries, in which no try runs on whose lease has expired.

    In ``overdue`` each row has the id of the job of such a try, else None. These tries are ended, and the rows are
    read again: from the database that ``read`` is called with, since a replica does not show that at once.
    """
    rows = read(None)
    jobs = {row["overdue"] for row in rows} - {None}
    if not jobs:
        return rows
    if not _was_away(_read_due()):
        end_expired(len(jobs), jobs=jobs)
    return read(DEFAULT_DB_ALIAS)


def _was_away(due: _Due) -> bool:
    """Return whether the service was away until now, so that no node could renew a lease."""
    return due["now"] - due["last_seen"] > longest_gap()


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
def end_expired(most: int, *, jobs: Collection[int] | None = None) -> int:
    """Let up to ``most`` tries whose lease has expired fail, of ``jobs`` alone if given, and return how many.

    Their jobs go back to the queue as after any failure of an error that is retried, while they have tries left.
    """
    due = JobExecution.objects.filter(ended=None, lease_expires__lt=statement_time())
    first = (due if jobs is None else due.filter(job_id__in=jobs)).order_by("lease_expires")
    # Jobs and tries that somebody changes at this moment, as by a heartbeat, are looked at the next time.
    expired = JobExecution.objects.filter(
        pk__in=first.values("pk")[:most], ended=None, lease_expires__lt=statement_time()
    )
    locked = expired.order_by("job_id").select_for_update(skip_locked=True, no_key=True)
    columns = ("pk", "times_out", "lease_expires", "job_id", "job__num_exes", "job__max_tries")
    ended: dict[End, list[_Expired]] = {End.NODE_LOST: [], End.TIMED_OUT: []}
    for pk, times_out, lease_expires, job, number, max_tries in locked.values_list(*columns):
        # A lease that goes so far was renewed after the timeout: the node was not lost before it.
        is_late = times_out is not None and lease_expires >= times_out + lease()
        ended[End.TIMED_OUT if is_late else End.NODE_LOST].append(_Expired(pk, job, number < max_tries))
    for end, tries in ended.items():
        if tries:
            _fail(tries, end, builtin_error(_ERRORS[end]))
    return sum(map(len, ended.values()))


class _Expired(NamedTuple):
    """A try whose lease has expired, its job, and whether that has tries left."""

    id: int
    job_id: int
    has_tries_left: bool


def _fail(tries: Collection[_Expired], end: End, error: Error) -> None:
    """Let the locked ``tries`` fail, and their jobs with them, but for those that are retried."""
    JobExecution.objects.filter(pk__in=[one.id for one in tries]).update(
        status=Status.FAILED, end=end, error=error, ended=Greatest(statement_time(), F("started"))
    )
    retried = {one.job_id for one in tries if error.should_be_retried and one.has_tries_left}
    failed = {one.job_id for one in tries} - retried
    modified = {"last_modified": step_time()}
    if retried:
        queued = {**entering(Status.QUEUED, step_time()), "retry_after": retry_time()}
        Job.objects.filter(pk__in=retried).update(**queued, **modified)
    if failed:
        columns = {**entering(Status.FAILED, step_time()), "error_id": error.pk}
        Job.objects.filter(pk__in=failed).update(**columns, **modified)


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

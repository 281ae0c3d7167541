"""What becomes due by itself: tries whose lease has expired, and jobs that waited for their retry."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from threading import Event
from typing import Any, NamedTuple, TypedDict

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Expression
from django.db.models.functions import Coalesce, Greatest, Least, Now

from core.models.clock import statement_time
from core.reads.prepared import prepared
from errors.models import Error
from errors.services import builtin_error
from jobs.arrivals import announce
from jobs.leases import beat, between_beats, lease, longest_gap, whole_lease
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.states import End, Status, entering, retry_time, step_time

_logger = logging.getLogger(__name__)

# How much a request does of what is due, so that it is not kept waiting.
_AT_ONCE = 100
_BATCH = 1_000
_ERRORS = {End.NODE_LOST: "node-lost", End.TIMED_OUT: "timeout"}


class Due(TypedDict):
    """The time of the database, how the scheduler is doing, and when something is due next.

    ``next_expiry`` is when leases of a node may expire, ``next_timeout`` when a try that nobody claimed has to have
    ended, and ``next_retry`` when a job may be claimed again. ``last_beat`` is when the service was alive last.
    """

    now: datetime
    scheduler_is_paused: bool
    last_beat: datetime
    next_expiry: datetime | None
    next_timeout: datetime | None
    next_retry: datetime | None


def due_columns() -> dict[str, Any]:
    """Return the columns of ``Due``, for a query that reads them along with a row of any model."""
    scheduler = Scheduler.objects.filter(pk=1)
    nodes = Node.objects.order_by("first_expiry")
    timeouts = _unclaimed().order_by("times_out")
    retries = Job.objects.filter(retry_after__isnull=False).order_by("retry_after")
    return {
        "now": Now(),
        "scheduler_is_paused": Subquery(scheduler.values("is_paused")),
        "last_beat": Subquery(scheduler.values("last_seen")),
        "next_expiry": Subquery(nodes.values("first_expiry")[:1]),
        "next_timeout": Subquery(timeouts.values("times_out")[:1]),
        "next_retry": Subquery(retries.values("retry_after")[:1]),
    }


def read_due() -> Due:
    """Return what is due, in one query."""
    for row in _due():
        return row
    # The row is there since the migration, unless somebody emptied the table.
    Scheduler.objects.bulk_create([Scheduler()], ignore_conflicts=True)
    (row,) = _due()
    return row


@prepared
def _due() -> QuerySet[Scheduler, Due]:
    return Scheduler.objects.filter(pk=1).values(**due_columns())  # type: ignore[return-value]  # values() is typed by name


def look_after(due: Due) -> None:
    """Do a part of what is ``due``, in no query where nothing is.

    For requests of nodes and for the thread of a web process, which show that the service is alive.
    """
    if due["now"] - due["last_beat"] > between_beats():
        beat()
    _do(due, _AT_ONCE)


def rescue_due() -> int:
    """Do what is due, up to 1,000 jobs of each kind, and return how many: none after an outage, before a beat."""
    due = read_due()
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
    if not _was_away(read_due()):
        end_expired_of(jobs)
    return read(DEFAULT_DB_ALIAS)


def _was_away(due: Due) -> bool:
    """Return whether the service was away until now, so that no node could renew a lease."""
    return due["now"] - due["last_beat"] > longest_gap()


def _do(due: Due, most: int) -> int:
    count = 0
    if due["next_retry"] is not None and due["next_retry"] <= due["now"]:
        count += release_retries(most)
    timeout = due["next_timeout"]
    moments = [due["next_expiry"], timeout and timeout + lease()]
    if any(moment is not None and moment < due["now"] for moment in moments):
        count += end_expired(most)
    return count


@transaction.atomic
def release_retries(most: int) -> int:
    """Let up to ``most`` jobs whose retry is due be claimed, and return how many."""
    waiting = Job.objects.filter(retry_after__lte=statement_time()).order_by("retry_after")
    ids = list(waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:most])
    if released := Job.objects.filter(pk__in=ids).update(retry_after=None):
        announce()
    return released


@transaction.atomic
def end_expired(most: int) -> int:
    """Let up to ``most`` tries whose lease has expired fail, on up to as many nodes, and return how many.

    As many again fail that nobody claimed, and that are beyond their timeouts.
    """
    due = Node.objects.filter(first_expiry__lt=statement_time()).order_by("first_expiry")
    nodes = dict(due.values_list("pk", "hostname")[:most])
    count = 0
    if nodes:
        count = _end(_expired().filter(node__in=nodes.values()), most)
        # A node that somebody changes at this moment is looked at again.
        locked = Node.objects.filter(pk__in=nodes).select_for_update(skip_locked=True, no_key=True)
        free = list(locked.values_list("pk", flat=True))
        Node.objects.filter(pk__in=free).update(first_expiry=_next_expiry())
    timeouts = _unclaimed().filter(times_out__lt=statement_time() - lease(), lease_expires__lt=statement_time())
    return count + _end(timeouts, most)


@transaction.atomic
def end_expired_of(jobs: Collection[int]) -> int:
    """Let the tries of ``jobs`` whose lease has expired fail, and return how many."""
    return _end(_expired().filter(job_id__in=jobs), len(jobs))


def _expired() -> QuerySet[JobExecution]:
    return JobExecution.objects.filter(ended=None, lease_expires__lt=statement_time())


def _unclaimed() -> QuerySet[JobExecution]:
    """Return the tries with a timeout that run and that were reported rather than claimed."""
    return JobExecution.objects.filter(ended=None, account=None, times_out__isnull=False)


def _next_expiry() -> Expression:
    """Return when leases of a node may expire next, for a statement on nodes.

    That is no later than one lease from now: a claim that is not over yet gives its jobs no less.
    """
    leased = JobExecution.objects.filter(node=OuterRef("hostname"), ended=None, lease_expires__isnull=False)
    first = Subquery(leased.order_by("lease_expires").values("lease_expires")[:1])
    return Least(Coalesce(first, whole_lease()), whole_lease())


def _end(expired: QuerySet[JobExecution], most: int) -> int:
    """Let the first ``most`` of ``expired`` fail, and return how many.

    Their jobs go back to the queue as after any failure of an error that is retried, while they have tries left.
    """
    first = expired.order_by("lease_expires").values("pk")[:most]
    # Jobs and tries that somebody changes at this moment, as by a heartbeat, are looked at the next time.
    locked = _expired().filter(pk__in=first).order_by("job_id").select_for_update(skip_locked=True, no_key=True)
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

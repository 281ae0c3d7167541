"""The life of a job: its statuses, the legal steps between them, and the columns that each step sets."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, FloatField, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Cast, Greatest, Least, Power, Random

from core.models.clock import statement_time

# The longest wait for another try, and the seconds of the first wait are doubled at most so often.
LONGEST_WAIT = 15 * 60
_DOUBLINGS = 12


class Status(models.TextChoices):
    """The statuses of a job; the docstring of ``Job`` explains the steps between them."""

    PENDING = "PENDING"
    BLOCKED = "BLOCKED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


# Which steps are legal: status -> the statuses that may follow it.
TRANSITIONS: dict[str, tuple[Status, ...]] = {
    Status.PENDING: (Status.BLOCKED, Status.QUEUED, Status.CANCELED),
    Status.BLOCKED: (Status.PENDING, Status.QUEUED, Status.CANCELED),
    Status.QUEUED: (Status.PENDING, Status.RUNNING, Status.CANCELED),
    Status.RUNNING: (Status.QUEUED, Status.FAILED, Status.COMPLETED, Status.CANCELED),
    Status.FAILED: (Status.QUEUED, Status.CANCELED),
    Status.COMPLETED: (),
    Status.CANCELED: (Status.PENDING, Status.BLOCKED, Status.QUEUED),
}


class End(models.TextChoices):
    """What ended a try."""

    COMPLETED = "completed", "It was reported as COMPLETED."
    FAILED = "failed", "It was reported as FAILED."
    CANCELED = "canceled", "The job was canceled."
    RETURNED = "returned", "Its node gave the job back to the queue."
    NODE_LOST = "node-lost", "Its node did not renew the lease."
    TIMED_OUT = "timed-out", "It ran for longer than the timeout of its manifest."


# What ends a try when the service finds that it is over.
FOUND_ENDS = (End.NODE_LOST, End.TIMED_OUT)
# What ends a try without a report of its node, which may not know it yet.
UNREPORTED_ENDS = (End.CANCELED, *FOUND_ENDS)
# The end of a try that is reported, by the status that is.
REPORTED_ENDS = {
    Status.COMPLETED: End.COMPLETED,
    Status.FAILED: End.FAILED,
    Status.CANCELED: End.CANCELED,
    Status.QUEUED: End.RETURNED,
}
# The status of a try that ended, by what ended it.
STATUS_AFTER = {
    End.COMPLETED: Status.COMPLETED,
    End.FAILED: Status.FAILED,
    End.CANCELED: Status.CANCELED,
    End.RETURNED: Status.CANCELED,
    End.NODE_LOST: Status.FAILED,
    End.TIMED_OUT: Status.FAILED,
}
WAITING = (Status.PENDING, Status.BLOCKED, Status.QUEUED)
# Statuses of jobs that somebody holds: the queue does not have them.
HELD = (Status.PENDING, Status.BLOCKED)
ENDED = (Status.FAILED, Status.COMPLETED, Status.CANCELED)
STATUSES_OF_A_NEW_JOB = (Status.QUEUED, Status.PENDING)
STATUSES_OF_A_TRY = (Status.RUNNING, *ENDED)
# What status/ counts apart from other statuses: by far the most jobs, and those that no window bounds.
COUNTED_APART = (Status.COMPLETED, Status.RUNNING)
# How a try that runs may end: QUEUED when its node gives it back.
ENDS_OF_A_TRY = (Status.COMPLETED, Status.FAILED, Status.QUEUED)
# A job that is requeued from these gets as many tries more as its job type gives.
REQUEUED_FROM = (Status.FAILED, Status.CANCELED)


def statuses_before(status: Status) -> list[str]:
    """Return the statuses from which one step leads to ``status``."""
    return [before for before, following in TRANSITIONS.items() if status in following]


def step_time() -> Expression:
    """Return when a step of a job is that is taken now, for a statement on jobs: never before the step before it.

    That may be later than now: where somebody set the clock of the database back, or restored it on another host.
    """
    return Greatest(statement_time(), F("last_status_change"))


def retry_time() -> Expression:
    """Return when a job whose try failed now is tried again, for a statement on jobs.

    ``RETRY_SECONDS`` after its first try, twice as long after each further one, up to 15 minutes; by chance up to
    half of that is left out, so that jobs that failed together do not come back together.
    """
    doubled = settings.RETRY_SECONDS * Power(2.0, Least(F("num_exes") - 1, _DOUBLINGS), output_field=FloatField())
    seconds = Least(doubled, float(LONGEST_WAIT), output_field=FloatField()) * (1 - Random() / 2)
    # SQLite would add a number that is not whole to no time.
    wait = Cast(Value(timedelta(seconds=1)) * seconds, DurationField())
    return ExpressionWrapper(statement_time() + wait, DateTimeField())


def entering(status: Status, when: datetime | Expression) -> dict[str, Any]:
    """Return the columns that entering ``status`` at ``when`` sets, whatever the status was before.

    Callers set what belongs to one step alone: ``error`` for FAILED, ``node`` and ``num_exes`` for RUNNING,
    ``retry_after`` for QUEUED.
    """
    columns: dict[str, Any] = {"status": status, "last_status_change": when}
    if status in ENDED:
        columns["ended"] = when
    elif status == Status.RUNNING:
        columns |= {"started": when, "ended": None}
    else:
        columns |= {"started": None, "ended": None, "node": None}
    columns["retry_after"] = None
    if status == Status.QUEUED:
        columns["queued"] = when
    if status != Status.FAILED:
        columns["error_id"] = None
    return columns

"""The life of a job: its statuses, every legal step between them, and what each step does to the times."""

from datetime import datetime
from typing import Any

from django.db import models


class Status(models.TextChoices):
    """Where a job is in its life; see Job for the steps between them."""

    PENDING = "PENDING"
    BLOCKED = "BLOCKED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


# The one place that says which step is legal: status -> the statuses that may follow it.
TRANSITIONS: dict[str, tuple[Status, ...]] = {
    Status.PENDING: (Status.BLOCKED, Status.QUEUED, Status.CANCELED),
    Status.BLOCKED: (Status.PENDING, Status.QUEUED, Status.CANCELED),
    Status.QUEUED: (Status.PENDING, Status.RUNNING, Status.CANCELED),
    Status.RUNNING: (Status.QUEUED, Status.FAILED, Status.COMPLETED, Status.CANCELED),
    Status.FAILED: (Status.QUEUED, Status.CANCELED),
    Status.COMPLETED: (),
    Status.CANCELED: (Status.QUEUED,),
}
# What waits for its turn, and what is over.
WAITING = (Status.PENDING, Status.QUEUED)
ENDED = (Status.FAILED, Status.COMPLETED, Status.CANCELED)
# What the status service counts in indexes of their own: the most jobs by far, and those that no window bounds.
COUNTED_APART = (Status.COMPLETED, Status.RUNNING)
# Back from here into the queue is a new life, with as many tries again as the job type gives.
REQUEUED_FROM = (Status.FAILED, Status.CANCELED)


def statuses_before(status: Status) -> list[str]:
    """The statuses from which one step leads to `status`."""
    return [before for before, following in TRANSITIONS.items() if status in following]


def entering(status: Status, when: datetime) -> dict[str, Any]:
    """The columns that entering `status` at `when` sets, whatever the job was before.

    What belongs to one step alone is its caller's: `error` of FAILED, `node` and `num_exes` of RUNNING.
    """
    columns: dict[str, Any] = {"status": status, "last_status_change": when}
    if status in ENDED:
        columns["ended"] = when
    elif status == Status.RUNNING:
        columns |= {"started": when, "ended": None}
    else:
        columns |= {"started": None, "ended": None, "node": None}
    if status == Status.QUEUED:
        columns["queued"] = when
    if status != Status.FAILED:
        columns["error_id"] = None
    return columns

"""How many jobs failed of each error of late, hour by hour or day by day."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from django.db.models import Count
from django.db.models.functions import Trunc

from core.reads.prepared import fetch
from jobs.models import Job
from jobs.states import COUNTED_APART, Status

MOST_FAILURES = 50_000
"""How many of the latest failures are counted at most."""


class Failures(NamedTuple):
    """How many jobs FAILED, by error and by the start of the hour or day.

    ``since`` is the time from which on they are counted: later than asked for if there are too many.
    """

    since: datetime
    counts: dict[int, dict[datetime, int]]


def count_failures(*, since: datetime, unit: Literal["hour", "day"]) -> Failures:
    """Count the jobs that FAILED since a time and have not been requeued: two queries.

    They read the part of the index job_changed that the window has, and count at most MOST_FAILURES jobs.
    """
    # The condition of the index, which SQLite compares by its letters.
    changed = Job.objects.exclude(status__in=COUNTED_APART).filter(status=Status.FAILED)
    failed = changed.filter(last_status_change__gte=since)
    times = failed.order_by("-last_status_change").values_list("last_status_change", flat=True)
    for last in times[MOST_FAILURES : MOST_FAILURES + 1]:
        since, failed = last, changed.filter(last_status_change__gt=last)
    start = Trunc("last_status_change", unit, tzinfo=UTC)
    groups = failed.order_by().annotate(start=start).values("error_id", "start").annotate(number=Count("*"))
    counts: dict[int, dict[datetime, int]] = {}
    for error, when, number in fetch(groups.values_list("error_id", "start", "number")):
        counts.setdefault(error, {})[when] = number
    return Failures(since, counts)

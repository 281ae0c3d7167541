"""How job types are doing: how often their jobs fail, and whether they take longer than before.

All numbers are those of ``metrics.hours``, by hour and by day in UTC. Those of late are of today and yesterday,
those before of the six days before that.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, TypedDict

from django.db.models import Case, F, When

from core.models.columns import array_of
from core.reads.prepared import fetch
from jobs.states import Status
from metrics.models import DAY, HOUR, HourlyCount, HourlyDuration, Measure, Outcome
from metrics.plots import FAILED
from metrics.sums import WholeSum
from pages.charts import Sparkline
from pages.content.words import utc
from pages.navigation import url_of

_DAYS_BEFORE = 6
# Fewer jobs than these say nothing about how long they take.
_FEWEST = 5
_SLOWER = 1.25
# The job types with most jobs of late, whose durations are looked at.
_MOST_LOOKED_AT = 50
_ENDED = (Outcome.COMPLETED, *FAILED)


class FailingJobType(TypedDict):
    """A job type whose jobs fail, of late and before, and the URL of those that failed of late."""

    job_type_id: int
    failed: int
    ended: int
    rate: float
    rate_before: float | None
    url: str
    line: Sparkline


class SlowerJobType(TypedDict):
    """A job type whose jobs take longer than they did before; durations in seconds."""

    job_type_id: int
    mean: float
    mean_before: float
    line: Sparkline


def worst_job_types(
    *, job_types: Collection[int], today: datetime, most: int
) -> tuple[list[FailingJobType], list[SlowerJobType]]:
    """Return those of ``job_types`` (ids) that fail most, and that became slower, at most ``most`` of each.

    Four queries: of days for all job types, of days and hours for those that fail, and of days for the fifty that
    have most jobs.
    """
    late = today - timedelta(days=1)
    counts = _counts(job_types, late, today + timedelta(days=1))
    failed = [pk for pk in counts if counts[pk][1]]
    failing = sorted(failed, key=lambda pk: _weight(*counts[pk]), reverse=True)[:most]
    before = _counts(failing, late - timedelta(days=_DAYS_BEFORE), late)
    lines = failures_by_hour(job_types=failing, first=late, hours=48)
    busiest = sorted(counts, key=lambda pk: counts[pk][0], reverse=True)[:_MOST_LOOKED_AT]
    return [_failing(pk, counts[pk], before.get(pk), lines[pk], late) for pk in failing], _slower(
        busiest, late, most
    )


def failures_by_hour(*, job_types: Collection[int], first: datetime, hours: int) -> Mapping[int, list[int]]:
    """Return how many jobs of each of these job types failed in each of the ``hours`` from ``first``: one query."""
    found: dict[int, list[int]] = {pk: [0] * hours for pk in job_types}
    rows = HourlyCount.objects.filter(
        hours=HOUR,
        job_type_id__in=job_types,
        start__gte=first,
        start__lt=first + timedelta(hours=hours),
        outcome__in=FAILED,
    )
    for pk, start, number in fetch(rows.values_list("job_type_id", "start", "number")):
        found[pk][int((start - first) / timedelta(hours=1))] += number
    return found


def _counts(job_types: Collection[int], first: datetime, end: datetime) -> dict[int, tuple[int, int]]:
    """Return how many jobs ended, and how many of them failed, from ``first`` until ``end``, by job type."""
    rows = HourlyCount.objects.filter(
        hours=DAY, job_type_id__any_of=array_of(job_types), start__gte=first, start__lt=end, outcome__in=_ENDED
    ).order_by()
    failed = Case(When(outcome__in=FAILED, then=F("number")), default=0)
    sums = rows.values("job_type_id").annotate(ended=WholeSum("number"), failed=WholeSum(failed))
    counts = fetch(sums.values_list("job_type_id", "ended", "failed"))
    return {pk: (ended, failed) for pk, ended, failed in counts if ended > 0}


def _weight(ended: int, failed: int) -> float:
    """Return the rate of failures that is certain: one failure of one job is not worse than 50 of 100."""
    return (failed - sqrt(failed)) / ended + failed / 1e9


def _failing(
    pk: int, counts: tuple[int, int], before: tuple[int, int] | None, failures: list[int], late: datetime
) -> FailingJobType:
    ended, failed = counts
    return {
        "job_type_id": pk,
        "failed": failed,
        "ended": ended,
        "rate": failed / ended,
        "rate_before": before[1] / before[0] if before else None,
        "url": url_of("jobs", query={"status": Status.FAILED.value, "job_type_id": pk, "started": utc(late)}),
        "line": Sparkline("Failures by hour, yesterday and today", failures, "bad"),
    }


def _slower(job_types: Collection[int], late: datetime, most: int) -> list[SlowerJobType]:
    first = late - timedelta(days=_DAYS_BEFORE)
    rows = HourlyDuration.objects.filter(
        hours=DAY,
        job_type_id__in=job_types,
        start__gte=first,
        outcome=Outcome.COMPLETED,
        measure=Measure.RUN,
    ).order_by()
    sums = rows.values("job_type_id", "start").annotate(jobs=WholeSum("number"), together=WholeSum("total"))
    days: dict[int, dict[datetime, tuple[int, int]]] = defaultdict(dict)
    for pk, start, *numbers in fetch(sums.values_list("job_type_id", "start", "jobs", "together")):
        days[pk][start] = (numbers[0], numbers[1])
    found = []
    for pk, own in days.items():
        jobs, mean = _mean(numbers for start, numbers in own.items() if start >= late)
        jobs_before, mean_before = _mean(numbers for start, numbers in own.items() if start < late)
        if min(jobs, jobs_before) >= _FEWEST and mean > _SLOWER * mean_before:
            starts = [first + timedelta(days=day) for day in range(_DAYS_BEFORE + 2)]
            means = [_mean([own[start]])[1] if start in own else None for start in starts]
            line = Sparkline("Mean run in seconds by day, eight days", [mean and round(mean, 1) for mean in means])
            found.append(SlowerJobType(job_type_id=pk, mean=mean, mean_before=mean_before, line=line))
    found.sort(key=lambda one: one["mean"] / one["mean_before"], reverse=True)
    return found[:most]


def _mean(numbers: Any) -> tuple[int, float]:
    """Return how many jobs there are in ``numbers``, pairs of jobs and microseconds, and their mean in seconds."""
    pairs = list(numbers)
    jobs = sum(count for count, _ in pairs)
    return jobs, sum(total for _, total in pairs) / jobs / 1e6 if jobs else 0.0

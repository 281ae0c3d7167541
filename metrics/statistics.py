"""Statistics: how many jobs ended in each hour or day, how long they took, and when the queue will be empty."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core.reads.prepared import fetch
from metrics.durations import Bucket, summary
from metrics.models import ALL_JOB_TYPES, HOUR, HourlyCount, HourlyDuration, LoadSample, Measure, Outcome
from metrics.periods import Periods
from metrics.plots import FAILED
from metrics.sums import WholeSum

_HOUR = timedelta(hours=1)
# A sample that is older shows nothing of the queue as it is.
_LATEST = timedelta(minutes=5)
_Buckets = Mapping[str, Mapping[int, Bucket]]


def statistics(job_type: int, periods: Periods) -> dict[str, Any]:
    """Return the statistics of a job type, or of ``ALL_JOB_TYPES``: three queries, none of jobs."""
    now = timezone.now()
    counts, durations = _counts(job_type, periods), _durations(job_type, periods)
    length = timedelta(hours=periods.hours)
    shown = [
        {"datetime": start, **_numbers(counts[start], durations[start], min(length, now - start))}
        for start in periods.starts
    ]
    total: Counter[str] = Counter()
    for own in counts.values():
        total.update(own)
    buckets = _added(durations.values())
    return {
        "period": "hour" if periods.hours == HOUR else "day",
        "total": {
            "datetime": periods.first,
            **_numbers(total, buckets, min(periods.count * length, now - periods.first)),
        },
        "periods": shown,
        "queue": _queue(job_type, now),
    }


def _counts(job_type: int, periods: Periods) -> dict[datetime, Counter[str]]:
    """Return the number of jobs by outcome, for each period."""
    rows = HourlyCount.objects.filter(
        hours=periods.hours, job_type_id=job_type, start__gte=periods.first, start__lt=periods.end
    )
    counts: dict[datetime, Counter[str]] = defaultdict(Counter)
    for start, outcome, number in fetch(rows.values_list("start", "outcome", "number")):
        counts[start][outcome] = number
    return counts


def _durations(job_type: int, periods: Periods) -> dict[datetime, _Buckets]:
    """Return how long the jobs that COMPLETED or FAILED waited and ran, for each period."""
    rows = HourlyDuration.objects.filter(
        hours=periods.hours,
        job_type_id=job_type,
        start__gte=periods.first,
        start__lt=periods.end,
        outcome__in=(Outcome.COMPLETED, *FAILED),
    )
    groups = rows.order_by().values("start", "measure", "bucket")
    sums = groups.annotate(jobs=WholeSum("number"), together=WholeSum("total"))
    found: dict[datetime, Any] = defaultdict(lambda: {measure: {} for measure in Measure.values})
    for start, measure, bucket, *numbers in fetch(
        sums.values_list("start", "measure", "bucket", "jobs", "together")
    ):
        found[start][measure][bucket] = Bucket(*numbers)
    return found


def _added(all_of_them: Any) -> _Buckets:
    """Return the buckets of all periods together."""
    added: dict[str, dict[int, Bucket]] = {measure: {} for measure in Measure.values}
    for one in all_of_them:
        for measure, buckets in one.items():
            for place, bucket in buckets.items():
                number, total = added[measure].get(place, (0, 0))
                added[measure][place] = Bucket(number + bucket.number, total + bucket.total)
    return added


def _numbers(counts: Counter[str], buckets: _Buckets, length: timedelta) -> dict[str, Any]:
    """Return what is shown of the jobs that ended in a period, of which ``length`` has passed."""
    completed, failed = counts[Outcome.COMPLETED], sum(counts[outcome] for outcome in FAILED)
    tried = completed + failed
    return {
        "completed_count": completed,
        "failed_count": failed,
        "canceled_count": counts[Outcome.CANCELED],
        "error_system_count": counts[Outcome.FAILED_SYSTEM],
        "error_algorithm_count": counts[Outcome.FAILED_ALGORITHM],
        "error_data_count": counts[Outcome.FAILED_DATA],
        "throughput": tried / (length / _HOUR) if length > timedelta(0) else None,
        "failure_rate": failed / tried if tried else None,
        **{measure: summary(buckets[measure])._asdict() for measure in Measure.values},
    }


def _queue(job_type: int, now: datetime) -> dict[str, Any]:
    """Return how long the queue is, how it changed in the last hour, and when it is empty if it goes on so."""
    samples = LoadSample.objects.filter(job_type_id__in={ALL_JOB_TYPES, job_type}, time__gte=now - _HOUR - _LATEST)
    taken: dict[datetime, int] = {}
    for time, of, queued in fetch(samples.order_by("time").values_list("time", "job_type_id", "queued_count")):
        # Of a job type that had no jobs there is no row.
        taken.setdefault(time, 0)
        if of == job_type:
            taken[time] = queued
    latest = max(taken, default=None)
    if latest is None or latest < now - _LATEST:
        return {"time": None, "queued_count": None, "change_per_hour": None, "empty_in": None}
    first = min(time for time in taken if time >= latest - _HOUR)
    queued, hours = taken[latest], (latest - first) / _HOUR
    change = (queued - taken[first]) / hours if hours else None
    empty_in = 3600 * queued / -change if change is not None and change < 0 else None
    return {
        "time": latest,
        "queued_count": queued,
        "change_per_hour": change,
        "empty_in": empty_in if queued else 0,
    }

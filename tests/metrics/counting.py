"""A brute force for the hourly counts: it looks at every job, one by one, without any SQL that groups."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jobs.models import Job
from metrics.durations import LIMITS
from metrics.models import HourlyCount, HourlyDuration

Key = tuple[Any, ...]


def ended() -> list[Job]:
    """Return all jobs that have ended."""
    return list(Job.objects.exclude(ended=None).select_related("error"))


def outcome_of(job: Job) -> str:
    """Return how a job ended."""
    return f"failed-{job.error.category.lower()}" if job.error else job.status.lower()


def start_of(hours: int, moment: datetime) -> datetime:
    """Return when the hour or the day of a moment begins."""
    start = moment.replace(minute=0, second=0, microsecond=0)
    return start if hours == 1 else start.replace(hour=0)


def durations_of(job: Job) -> dict[str, int]:
    """Return how long a job waited and ran, in microseconds, as far as that is known."""
    pairs = {"wait": (job.queued, job.started), "run": (job.started, job.ended)}
    known = {name: later - earlier for name, (earlier, later) in pairs.items() if earlier and later}
    return {name: round(length.total_seconds() * 1_000_000) for name, length in known.items() if length.days >= 0}


def _periods(job: Job) -> Iterator[Key]:
    assert job.ended is not None
    for hours in (1, 24):
        for job_type in (0, job.job_type_id):
            yield hours, job_type, start_of(hours, job.ended), outcome_of(job)


def true_counts() -> dict[Key, int]:
    """Return hours, job type, start and outcome -> number of jobs."""
    return dict(Counter(period for job in ended() for period in _periods(job)))


def true_durations() -> dict[Key, tuple[int, int]]:
    """Return hours, job type, start, outcome, measure and bucket -> number and sum of the durations."""
    found: dict[Key, list[int]] = defaultdict(list)
    for job in ended():
        for period in _periods(job):
            for measure, duration in durations_of(job).items():
                found[(*period, measure, bisect_right(LIMITS, duration))].append(duration)
    return {key: (len(all_of_it), sum(all_of_it)) for key, all_of_it in found.items()}


def counts() -> dict[Key, int]:
    """Return what is stored, as ``true_counts`` does."""
    rows = HourlyCount.objects.exclude(number=0)
    columns = ("hours", "job_type_id", "start", "outcome", "number")
    return {tuple(key): number for *key, number in rows.values_list(*columns)}


def durations() -> dict[Key, tuple[int, int]]:
    """Return what is stored, as ``true_durations`` does."""
    rows = HourlyDuration.objects.exclude(number=0, total=0)
    columns = ("hours", "job_type_id", "start", "outcome", "measure", "bucket", "number", "total")
    return {tuple(key): (number, total) for *key, number, total in rows.values_list(*columns)}

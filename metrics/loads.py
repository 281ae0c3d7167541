"""Samples of the load: how many jobs of each job type are pending, queued and running, once a minute.

A sample that was not taken, as while nothing ran, is not made up for. After ``LOAD_DAYS`` only the first sample of
each hour is kept, and that for a year.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from core.models.clock import database_time
from core.reads.prepared import fetch
from metrics.models import ALL_JOB_TYPES, LoadSample
from metrics.sums import WholeSum

COUNTS = ("pending_count", "queued_count", "running_count")
_HOURLY_DAYS = 366
_MOST_DELETED = 10_000
# PostgreSQL has the numbers of the queued and the running jobs in its tally.
_LIVE = {
    "postgresql": """
        SELECT job_type_id, status, sum(change) FROM jobs_tally GROUP BY 1, 2 HAVING sum(change) > 0
        UNION ALL SELECT job_type_id, status, count(*) FROM jobs_job WHERE status = 'PENDING' GROUP BY 1, 2
    """,
    "sqlite": """
        SELECT job_type_id, status, count(*) FROM jobs_job
        WHERE status IN ('PENDING', 'QUEUED', 'RUNNING') GROUP BY 1, 2
    """,
}


@transaction.atomic
def take_sample() -> bool:
    """Store the load of this minute, unless that was done, and return whether it is new.

    For one process at a time.
    """
    time = database_time().replace(second=0, microsecond=0)
    taken = LoadSample.objects.filter(job_type_id=ALL_JOB_TYPES)
    if taken.filter(time__gte=time).exists():
        return False
    is_hourly = not taken.filter(time__gte=time.replace(minute=0)).exists()
    counts: dict[int, dict[str, int]] = {ALL_JOB_TYPES: dict.fromkeys(COUNTS, 0)}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE[connection.vendor])
        for job_type, status, number in cursor.fetchall():
            for key in (job_type, ALL_JOB_TYPES):
                own = counts.setdefault(key, dict.fromkeys(COUNTS, 0))
                own[f"{status.lower()}_count"] += number
    LoadSample.objects.bulk_create(
        LoadSample(time=time, is_hourly=is_hourly, job_type_id=job_type, **own)
        for job_type, own in counts.items()
        if job_type == ALL_JOB_TYPES or any(own.values())
    )
    return True


def delete_old() -> int:
    """Delete up to 10,000 rows of samples that are older than they are kept, and return how many."""
    now, deleted = database_time(), 0
    for is_hourly, days in ((False, settings.LOAD_DAYS), (True, max(_HOURLY_DAYS, settings.LOAD_DAYS))):
        old = LoadSample.objects.filter(is_hourly=is_hourly, time__lt=now - timedelta(days=days)).order_by("time")
        ids = list(old.values_list("pk", flat=True)[:_MOST_DELETED])
        deleted += LoadSample.objects.filter(pk__in=ids).delete()[0]
    return deleted


def loads_of(samples: Collection[dict[str, Any]], *, job_types: Collection[int] | None) -> list[dict[str, Any]]:
    """Return ``samples`` (of all job types, with their ``time``) as they are of ``job_types`` (ids) together.

    None means all: no query, else one.
    """
    if job_types is None or not samples:
        return list(samples)
    times = [sample["time"] for sample in samples]
    own = LoadSample.objects.filter(job_type_id__in=job_types, time__range=(min(times), max(times)))
    groups = own.values("time").annotate(**{f"own_{name}": WholeSum(name) for name in COUNTS}).order_by()
    sums = fetch(groups.values_list("time", *(f"own_{name}" for name in COUNTS)))
    found = {time: numbers for time, *numbers in sums}
    return [{"time": time, **dict(zip(COUNTS, found.get(time, (0, 0, 0)), strict=True))} for time in times]

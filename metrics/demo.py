"""The load of the demo: what waited and ran at each full hour, as samples would have found it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from core.models.clock import database_time
from jobs.models import Job, JobExecution
from jobs.states import Status
from metrics.models import ALL_JOB_TYPES, LoadSample

_HOUR = timedelta(hours=1)


def create_samples(*, days: int) -> None:
    """Create the first sample of each hour of the last ``days``, of the jobs and tries that there are.

    A job that is created to wait for its input is pending until it is queued for its first try. The first samples
    of these hours that a service has taken already, which knew nothing of these jobs, are replaced.
    """
    now = database_time()
    last = now.replace(minute=0, second=0, microsecond=0)
    times = [last - number * _HOUR for number in range(24 * days)]
    found: dict[datetime, dict[int, Counter[str]]] = {time: defaultdict(Counter) for time in times}
    for job_type, count, start, end in _spans(now):
        time = max(times[-1], start.replace(minute=0, second=0, microsecond=0) + _HOUR)
        while time < end:
            for key in (job_type, ALL_JOB_TYPES):
                found[time][key][count] += 1
            time += _HOUR
    LoadSample.objects.filter(is_hourly=True, time__gte=times[-1]).delete()
    LoadSample.objects.bulk_create(
        LoadSample(
            time=time,
            is_hourly=True,
            job_type_id=job_type,
            pending_count=counts["pending"],
            queued_count=counts["queued"],
            running_count=counts["running"],
        )
        for time, samples in found.items()
        for job_type, counts in {ALL_JOB_TYPES: Counter[str](), **samples}.items()
    )


def _spans(now: datetime) -> Iterator[tuple[int, str, datetime, datetime]]:
    """Yield from when until when a job of a job type (its id) was pending, queued or running."""
    tries = JobExecution.objects.values_list(
        "job__job_type_id", "exe_num", "job__created", "queued", "started", "ended"
    )
    for job_type, number, created, queued, started, ended in tries:
        # One that was reported rather than claimed may never have been queued.
        queued = queued or started
        if number == 1:
            yield job_type, "pending", created, queued
        yield job_type, "queued", queued, started
        yield job_type, "running", started, ended or now
    waiting = Job.objects.filter(status__in=(Status.PENDING, Status.QUEUED))
    for job_type, status, created, queued in waiting.values_list("job_type_id", "status", "created", "queued"):
        yield job_type, status.lower(), queued or created, now

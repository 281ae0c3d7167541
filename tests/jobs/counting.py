"""A brute force for the status services: it counts every job, one by one, without any SQL that groups."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from core.reads.renderers import FastJSONRenderer
from errors.models import Error
from errors.serializers import ErrorSerializer
from job_types.models import JobType
from job_types.serializers import JobTypeBriefSerializer
from jobs.models import Job
from tests.factories import iso

# One for all requests: each client sets the middleware up for itself.
_reader = APIClient()


def url_of(service: str) -> str:
    """Return the path of a status service."""
    return "/v6/queue/status/" if service == "queue" else f"/v6/job-types/{service}/"


def results(service: str, **query: Any) -> list[dict[str, Any]]:
    """Return the results of a status service."""
    answer = _reader.get(url_of(service), {"page_size": 1000, **query})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["count"] == len(answer.json()["results"])
    return answer.json()["results"]


def tallied() -> dict[tuple[str, int], int]:
    """Return status, revision -> number of jobs, as the tally has it; on SQLite as the jobs have it."""
    if connection.vendor != "postgresql":
        return counted()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, job_type_rev_id, sum(change) FROM jobs_tally GROUP BY 1, 2")
        return {(status, revision): jobs for status, revision, jobs in cursor.fetchall() if jobs}


def counted() -> dict[tuple[str, int], int]:
    """Return the same, counted job by job."""
    jobs = Job.objects.filter(status__in=["QUEUED", "RUNNING"])
    return dict(Counter(jobs.values_list("status", "job_type_rev_id")))


def _grouped(key: Callable[[Job], Any], chosen: Callable[[Job], bool]) -> dict[Any, list[Job]]:
    groups: dict[Any, list[Job]] = {}
    for job in Job.objects.select_related("error").order_by("pk"):
        if chosen(job):
            groups.setdefault(key(job), []).append(job)
    return groups


def _shown(pk: int) -> Any:
    return dict(JobTypeBriefSerializer(JobType.objects.get(pk=pk)).data)


def brute_force_status(
    *, started: datetime, ended: datetime, is_active: bool | None = None
) -> list[dict[str, Any]]:
    """Return the results of status/ for a window."""
    groups = _grouped(
        lambda job: (job.job_type_id, job.status, job.error.category if job.error else None),
        lambda job: job.status == "RUNNING" or started <= job.last_status_change <= ended,
    )
    statuses = ["PENDING", "BLOCKED", "QUEUED", "RUNNING", "FAILED", "COMPLETED", "CANCELED"]
    job_types = [one for one in JobType.objects.all() if is_active is None or one.is_active == is_active]
    job_types.sort(key=lambda one: (one.name, bytes(one.version_key), one.pk))
    rows = []
    for job_type in job_types:
        own = [key for key in groups if key[0] == job_type.pk]
        own.sort(key=lambda key: (statuses.index(key[1]), key[2] or ""))
        counts = [
            {
                "status": key[1],
                "count": len(groups[key]),
                "most_recent": iso(max(job.last_status_change for job in groups[key])),
                "category": key[2],
            }
            for key in own
        ]
        rows.append({"job_type": _shown(job_type.pk), "job_counts": counts})
    return rows


def brute_force_pending(*statuses: str) -> list[dict[str, Any]]:
    """Return the results of pending/ for these statuses, PENDING by default."""
    counted = statuses or ("PENDING",)

    def since(job: Job) -> datetime:
        return job.queued or job.last_status_change

    groups = _grouped(lambda job: job.job_type_id, lambda job: job.status in counted)
    rows = sorted((min(since(job) for job in jobs), pk, len(jobs)) for pk, jobs in groups.items())
    return [
        {"job_type": _shown(pk), "count": count, "longest_pending": iso(longest)} for longest, pk, count in rows
    ]


def brute_force_queue() -> list[dict[str, Any]]:
    """Return the results of queue/status/."""
    groups = _grouped(lambda job: job.job_type_id, lambda job: job.status == "QUEUED")
    rows = sorted(
        (min(job.priority for job in jobs), min(iso(job.queued) for job in jobs), pk, len(jobs))
        for pk, jobs in groups.items()
    )
    return [
        {"job_type": _shown(pk), "count": count, "longest_queued": longest, "highest_priority": priority}
        for priority, longest, pk, count in rows
    ]


def brute_force_running() -> list[dict[str, Any]]:
    """Return the results of running/."""
    groups = _grouped(lambda job: job.job_type_id, lambda job: job.status == "RUNNING")
    rows = sorted((min(iso(job.started) for job in jobs), pk, len(jobs)) for pk, jobs in groups.items())
    return [{"job_type": _shown(pk), "count": count, "longest_running": longest} for longest, pk, count in rows]


def brute_force_failures() -> list[dict[str, Any]]:
    """Return the results of system-failures/."""
    groups = _grouped(
        lambda job: (job.job_type_id, job.error_id),
        lambda job: job.error is not None and job.error.category == "SYSTEM",
    )
    times = {key: [job.last_status_change for job in jobs] for key, jobs in groups.items()}
    keys = sorted(groups)
    keys.sort(key=lambda key: max(times[key]), reverse=True)
    return [
        {
            "job_type": _shown(job_type),
            "error": json.loads(FastJSONRenderer().render(ErrorSerializer(Error.objects.get(pk=error)).data)),
            "count": len(groups[job_type, error]),
            "first_error": iso(min(times[job_type, error])),
            "last_error": iso(max(times[job_type, error])),
        }
        for job_type, error in keys
    ]

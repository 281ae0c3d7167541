"""What a worker sends in tests, and the time that passes meanwhile."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from rest_framework.test import APIClient

from jobs.models import Job, JobExecution, Node

LEASE = timedelta(seconds=60)


def claim(client: APIClient, limit: int = 10, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post("/v6/jobs/claim/", {"node": "node-01", "limit": limit, **fields}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def beat(client: APIClient, *jobs: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    body = {"node": "node-01", "jobs": list(jobs), **fields}
    answer = client.post("/v6/nodes/heartbeat/", body, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def report(client: APIClient, **change: Any) -> dict[str, Any]:
    answer = client.post("/v6/jobs/transitions/", {"changes": [change]}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"][0]


def running(claimed: dict[str, Any]) -> dict[str, Any]:
    return {"job_id": claimed["id"], "num_exes": claimed["num_exes"]}


def pass_time(by: timedelta) -> None:
    """Let what runs be as old as it would be after that time."""
    moved = {name: F(name) - by for name in ("started", "times_out", "lease_expires")}
    JobExecution.objects.filter(ended=None).update(**moved)
    Node.objects.update(first_expiry=F("first_expiry") - by)
    Job.objects.update(started=F("started") - by, last_status_change=F("last_status_change") - by)

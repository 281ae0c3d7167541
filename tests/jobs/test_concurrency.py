"""Sixteen clients that create, claim, report and step jobs at the same moment."""

import copy
from collections import Counter

import pytest
from rest_framework.test import APIClient

from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.threads import CLIENTS, at_once, send_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixteen_clients_create_a_job_each(staff: APIClient) -> None:
    make_job_type()
    body = {"job_type_name": "test", "job_type_version": "1.0.0"}
    assert send_at_once(staff, "post", "/v6/jobs/", body) == {201: 16}
    assert Job.objects.filter(status="QUEUED").count() == CLIENTS


def test_each_job_is_claimed_once(staff: APIClient) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, "QUEUED").pk for _ in range(40)]

    def claim(number: int) -> list[int]:
        body = {"node": f"node-{number}", "limit": 5, "resources": {"cpus": 9, "mem": 9999, "disk": 9999}}
        answer = copy.copy(staff).post("/v6/jobs/claim/", body, format="json")
        assert answer.status_code == 200
        return [job["id"] for job in answer.json()["results"]]

    handed_out = [pk for own in at_once(CLIENTS, claim) for pk in own]
    assert len(handed_out) == len(set(handed_out))
    assert set(handed_out) <= set(jobs)
    assert Job.objects.filter(status="RUNNING").count() == len(handed_out) > 0


def test_of_sixteen_reports_of_one_end_one_changes_the_job(staff: APIClient) -> None:
    job = make_job(make_job_type(), "RUNNING")
    body = {"changes": [{"job_id": job.pk, "status": "COMPLETED"}]}

    def report(number: int) -> str:
        answer = copy.copy(staff).post("/v6/jobs/transitions/", body, format="json")
        assert answer.status_code == 200
        return answer.json()["results"][0]["outcome"]

    assert Counter(at_once(CLIENTS, report)) == {"changed": 1, "unchanged": 15}


@pytest.mark.parametrize(
    ("path", "before", "after"), [("cancel", "QUEUED", "CANCELED"), ("requeue", "FAILED", "QUEUED")]
)
def test_sixteen_operators_step_each_job_once(staff: APIClient, path: str, before: str, after: str) -> None:
    job_type = make_job_type()
    for _ in range(20):
        make_job(job_type, before)

    def step(number: int) -> int:
        answer = copy.copy(staff).post(f"/v6/jobs/{path}/", {"status": [before]}, format="json")
        assert answer.status_code == 200
        return answer.json()["count"]

    assert sum(at_once(CLIENTS, step)) == 20
    assert Job.objects.filter(status=after).count() == 20

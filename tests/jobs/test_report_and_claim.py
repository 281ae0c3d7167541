"""POST /v6/jobs/transitions/ with a ``claim``: a worker reports and claims in one request."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from jobs.models import Job, JobExecution, Node
from tests.conftest import client_of
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db

URL = "/v6/jobs/transitions/"


@pytest.fixture
def worker(db: None) -> APIClient:
    return client_of("worker", "Workers")


def claim(client: APIClient, node: str = "a", limit: int = 1) -> list[int]:
    """Claim jobs, and return their ids."""
    answer = client.post("/v6/jobs/claim/", {"node": node, "limit": limit}, format="json")
    return [job["id"] for job in answer.json()["results"]]


def body_of(*jobs: int, **fields: Any) -> dict[str, Any]:
    """Return a report that first tries of these jobs are COMPLETED, with a claim for the node a."""
    changes = [{"job_id": pk, "num_exes": 1, "status": "COMPLETED", "node": "a"} for pk in jobs]
    return {"changes": changes, "claim": {"node": "a", "limit": 1, "claim_id": str(uuid4())}, **fields}


def test_the_jobs_that_end_make_room_for_those_that_begin(worker: APIClient) -> None:
    job_type = make_job_type(max_scheduled=1)
    first, second = (make_job(job_type).pk for _ in range(2))
    assert claim(worker) == [first]
    answer = worker.post(URL, body_of(first), format="json")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    shown = answer.json()
    claimed = shown.pop("claimed")
    outcome = {"job_id": first, "outcome": "changed", "status": "COMPLETED", "refusal": None}
    assert shown == {"results": [outcome], "changed": 1, "unchanged": 0, "refused": 0}
    assert (claimed["lease_seconds"], [job["id"] for job in claimed["results"]]) == (60, [second])
    assert JobExecution.objects.get(job=second).account == User.objects.get(username="worker")


def test_what_is_claimed_is_shown_as_a_claim_shows_it(worker: APIClient) -> None:
    job_type = make_job_type()
    make_job(job_type)
    again = body_of()
    claimed = worker.post(URL, again, format="json").json()["claimed"]
    answer = worker.post("/v6/jobs/claim/", again["claim"], format="json").json()
    renewed = {"lease_expires": answer["results"][0]["lease_expires"]}
    assert answer == {**claimed, "results": [{**claimed["results"][0], **renewed}]}


def test_a_request_that_is_sent_again_changes_nothing_and_gets_the_same_jobs(worker: APIClient) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type).pk for _ in range(3)]
    assert claim(worker) == jobs[:1]
    body = body_of(jobs[0])
    answers = [worker.post(URL, body, format="json").json() for _ in range(2)]
    assert [(one["changed"], one["unchanged"]) for one in answers] == [(1, 0), (0, 1)]
    assert [[job["id"] for job in one["claimed"]["results"]] for one in answers] == [[jobs[1]], [jobs[1]]]
    assert Job.objects.get(pk=jobs[2]).status == "QUEUED"


def test_one_job_reported_and_one_claimed_take_few_queries_and_no_document_of_the_first_is_read(
    worker: APIClient,
) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type).pk for _ in range(3)]
    claim(worker)
    worker.post(URL, body_of(jobs[0]), format="json")
    with CaptureQueriesContext(connection) as captured:
        answer = worker.post(URL, body_of(jobs[1]), format="json").json()
    assert (answer["changed"], [job["id"] for job in answer["claimed"]["results"]]) == (1, jobs[2:])
    # The account, its rights, the node; the jobs and their tries, locked and read, and what changed of them; the
    # head of the queue; the node and the job, locked, with what this claim started before, and its try; and two
    # savepoints here. SQLite takes each statement by itself.
    assert len(captured) == (13 if connection.vendor == "postgresql" else 18)
    assert sum('"jobs_job"."input"' in one["sql"] for one in captured) == 1


def test_without_a_claim_nothing_is_claimed(worker: APIClient) -> None:
    make_job(make_job_type())
    body = body_of()
    del body["claim"]
    answer = worker.post(URL, body, format="json")
    assert (answer.json()["claimed"], "no-store" in answer.get("Cache-Control", "")) == (None, False)
    assert Job.objects.get().status == "QUEUED"


def test_a_change_that_is_refused_does_not_affect_the_claim_unless_all_have_to_be_made(worker: APIClient) -> None:
    job_type = make_job_type()
    queued = [make_job(job_type).pk for _ in range(2)]
    body = body_of(queued[-1] + 1)
    answer = worker.post(URL, body, format="json").json()
    assert (answer["refused"], [job["id"] for job in answer["claimed"]["results"]]) == (1, queued[:1])
    refused = worker.post(URL, body_of(queued[-1] + 1, atomic=True), format="json")
    assert (refused.status_code, refused.json()["errors"][0]["name"]) == (400, "UNKNOWN_JOB")
    assert Job.objects.get(pk=queued[1]).status == "QUEUED"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"claim_id": None}, "/claim"),
        ({"claim_id": "1"}, "/claim/claim_id"),
        ({"limit": 0}, "/claim/limit"),
        ({"resources": {"cpus": -1}}, "/claim/resources"),
    ],
)
def test_an_invalid_claim_refuses_the_report(worker: APIClient, fields: dict[str, Any], path: str) -> None:
    job = make_job(make_job_type()).pk
    claim(worker)
    body = body_of(job)
    body["claim"] = {name: value for name, value in (body["claim"] | fields).items() if value is not None}
    answer = worker.post(URL, body, format="json")
    assert (answer.status_code, [found["path"] for found in answer.json()["errors"]]) == (400, [path])
    assert Job.objects.get().status == "RUNNING"


def test_a_claim_for_the_node_of_another_account_refuses_the_report(worker: APIClient) -> None:
    job_type = make_job_type()
    mine, _ = (make_job(job_type).pk for _ in range(2))
    assert claim(worker) == [mine]
    claim(client_of("other", "Workers"), node="b", limit=1)
    body = body_of(mine)
    body["claim"]["node"] = "b"
    answer = worker.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (403, "OTHER_ACCOUNT")
    assert Job.objects.get(pk=mine).status == "RUNNING"


def test_who_may_report_and_not_claim_claims_nothing(worker: APIClient) -> None:
    reporter = client_of("reporter")
    right = Permission.objects.get(content_type__app_label="jobs", codename="report_job")
    User.objects.get(username="reporter").user_permissions.add(right)
    make_job(make_job_type())
    answer = reporter.post(URL, body_of(), format="json")
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("`claim` needs")
    assert not Node.objects.exists()
    body = body_of()
    del body["claim"]
    assert reporter.post(URL, body, format="json").status_code == 200


def test_a_claim_without_tls_from_another_host_refuses_the_report(worker: APIClient, settings: Any) -> None:
    settings.CLAIMS_OVER_HTTP = False
    job = make_job(make_job_type()).pk
    claim(worker)
    answer = worker.post(URL, body_of(job), format="json", REMOTE_ADDR="192.0.2.1")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (403, "CLAIM_OVER_HTTP")
    assert Job.objects.get().status == "RUNNING"

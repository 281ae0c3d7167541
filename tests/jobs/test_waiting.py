"""Why a job does not run: ``waiting`` in its details, and on its page in the admin."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Job, Node, Scheduler
from tests.conftest import client_of
from tests.factories import make_job, make_job_type, make_try

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NEXT = "No job is ahead of it in the queue: the next node that asks and has room for it gets it."


@pytest.fixture
def job_type() -> JobType:
    required = [{"name": "cpus", "value": 2.5}, {"name": "mem", "value": 8192.0}, {"name": "GPUs", "value": 1.0}]
    return make_job_type(job={"resources": {"scalar": required}})


@pytest.fixture(autouse=True)
def node(db: None) -> Node:
    """A node that has enough of all."""
    return make_node("node-01", cpus=32, mem=131072, gpus=1)


def make_node(hostname: str, **capacity: float) -> Node:
    return Node.objects.create(hostname=hostname, capacity=capacity, last_seen=timezone.now())


def reasons(client: APIClient, job: Job) -> dict[str, str]:
    """The reasons why a job waits, name -> sentence, in their order."""
    shown = client.get(f"/v6/jobs/{job.pk}/").json()["waiting"]
    assert all(reason.keys() == {"name", "description"} for reason in shown)
    return {reason["name"]: reason["description"] for reason in shown}


def test_the_next_job_of_the_queue_waits_for_nothing_but_a_node(anyone: APIClient, job_type: JobType) -> None:
    assert reasons(anyone, make_job(job_type)) == {"QUEUE": NEXT}


def test_a_paused_scheduler_is_a_reason(anyone: APIClient, job_type: JobType) -> None:
    Scheduler.objects.update_or_create(defaults={"is_paused": True})
    assert reasons(anyone, make_job(job_type)) == {
        "SCHEDULER_PAUSED": "The scheduler is paused: no job is handed out before an operator resumes it."
    }


def test_a_job_type_that_is_paused_or_deprecated_is_a_reason(anyone: APIClient, job_type: JobType) -> None:
    job = make_job(job_type)
    job_type.pause(at=NOON)
    paused = "Its job type has been paused since 2026-01-01T12:00:00Z."
    assert reasons(anyone, job) == {"JOB_TYPE_PAUSED": paused}
    job_type.deprecate(at=NOON)
    deprecated = "Its job type has been deprecated since 2026-01-01T12:00:00Z."
    assert reasons(anyone, job) == {"JOB_TYPE_PAUSED": paused, "JOB_TYPE_DEPRECATED": deprecated}


def test_a_limit_that_is_reached_is_a_reason_and_one_that_is_not_is_none(anyone: APIClient) -> None:
    job_type = make_job_type(max_scheduled=2)
    job = make_job(job_type)
    make_job(job_type, "RUNNING")
    assert reasons(anyone, job).keys() == {"QUEUE"}
    make_job(job_type, "RUNNING")
    assert reasons(anyone, job) == {
        "MAX_SCHEDULED": "2 jobs of its job type run, and 2 may run at the same time (max_scheduled)."
    }


def test_what_no_node_has_enough_of_is_named_with_the_most_that_one_has(
    anyone: APIClient, job_type: JobType, node: Node
) -> None:
    job = make_job(job_type)
    Node.objects.filter(pk=node.pk).update(capacity={"cpus": 1.5, "mem": 1048576, "gpus": 0.25})
    make_node("node-02", cpus=1, mem=4096)
    assert reasons(anyone, job) == {
        "UNMET_RESOURCES": "No node has enough GPUs (it requires 1, the most that a node has is 0.25), "
        "cpus (it requires 2.5, the most that a node has is 1.5)."
    }


def test_where_no_node_has_all_together_the_closest_one_says_what_it_lacks(
    anyone: APIClient, job_type: JobType, node: Node
) -> None:
    Node.objects.filter(pk=node.pk).update(capacity={"cpus": 1, "mem": 1048576, "gpus": 1})
    make_node("node-02", cpus=32, mem=4096)
    assert reasons(anyone, make_job(job_type)) == {
        "UNMET_RESOURCES": "No node has enough of all that it requires together; the closest one lacks "
        "cpus (it requires 2.5, the most that a node has is 32)."
    }


def test_a_node_that_names_no_resources_takes_every_job(anyone: APIClient, job_type: JobType, node: Node) -> None:
    Node.objects.filter(pk=node.pk).update(capacity=None)
    make_node("node-02", cpus=1)
    assert reasons(anyone, make_job(job_type)) == {"QUEUE": NEXT}


def test_nodes_with_enough_that_get_no_jobs_are_a_reason(anyone: APIClient, job_type: JobType, node: Node) -> None:
    Node.objects.filter(pk=node.pk).update(is_paused=True)
    old = make_node("node-02", cpus=32, mem=131072, gpus=2)
    Node.objects.filter(pk=old.pk).update(is_active=False)
    make_node("node-03", cpus=1)
    assert reasons(anyone, make_job(job_type)) == {
        "NODES_PAUSED": "No node that has what it requires gets jobs: 1 paused, 1 deprecated."
    }
    Node.objects.filter(pk=node.pk).update(is_paused=False)
    assert reasons(anyone, make_job(job_type)).keys() == {"QUEUE"}


def test_without_any_node_of_the_last_hour_no_node_lacks_anything(
    anyone: APIClient, job_type: JobType, node: Node
) -> None:
    Node.objects.filter(pk=node.pk).update(capacity={}, last_seen=timezone.now() - timedelta(minutes=61))
    assert reasons(anyone, make_job(job_type)) == {
        "NO_NODES": "No node was heard of within the last hour, so that none asks for jobs."
    }


def test_a_job_that_waits_for_its_retry_says_until_when_and_of_what_it_failed(
    anyone: APIClient, job_type: JobType
) -> None:
    load_builtin_errors()
    lost = Error.objects.get(name="node-lost")
    job = make_job(job_type, num_exes=2, retry_after=NOON)
    make_try(job, exe_num=1, status="CANCELED", end="returned", started=NOON, ended=NOON)
    make_try(job, status="FAILED", end="node-lost", error=lost, started=NOON, ended=NOON)
    assert reasons(anyone, job) == {
        "RETRY": "Try 2 failed of node-lost; the next one is not due before 2026-01-01T12:00:00Z."
    }


def test_all_reasons_are_given_the_weightiest_first(anyone: APIClient, node: Node) -> None:
    Scheduler.objects.update_or_create(defaults={"is_paused": True})
    Node.objects.all().delete()
    job_type = make_job_type(max_scheduled=1)
    job_type.pause()
    job_type.deprecate()
    make_job(job_type, "RUNNING")
    job = make_job(job_type, retry_after=NOON)
    paused = ["SCHEDULER_PAUSED", "JOB_TYPE_PAUSED", "JOB_TYPE_DEPRECATED"]
    assert list(reasons(anyone, job)) == [*paused, "MAX_SCHEDULED", "RETRY", "NO_NODES"]


def test_the_jobs_ahead_are_those_that_a_claim_would_hand_out_before(anyone: APIClient, job_type: JobType) -> None:
    later, paused = NOON + timedelta(seconds=1), make_job_type("paused")
    paused.pause()
    job = make_job(job_type, priority=5, queued=NOON)
    make_job(job_type, priority=6, queued=NOON)
    make_job(job_type, priority=5, queued=later)
    make_job(job_type, priority=5, queued=NOON)
    make_job(job_type, priority=1, queued=NOON, retry_after=NOON)
    make_job(job_type, "PENDING", priority=1)
    assert reasons(anyone, job) == {"QUEUE": NEXT}
    make_job(job_type, priority=4, queued=later)
    order = "ahead of it in the queue, by priority and then by queue time"
    assert reasons(anyone, job) == {"QUEUE": f"1 job is {order}."}
    make_job(job_type, priority=5, queued=NOON - timedelta(microseconds=1))
    make_job(paused, priority=1, queued=later)
    held_up = "1 of them of job types that are paused or deprecated"
    assert reasons(anyone, job) == {"QUEUE": f"3 jobs are {order}, {held_up}."}
    with patch("jobs.waiting.MOST_COUNTED", 2):
        assert reasons(anyone, job) == {"QUEUE": f"More than 2 jobs are {order}."}


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("PENDING", "It is held, as it waits for something outside the queue."),
        ("BLOCKED", "It is held, as what it waits for will not come by itself."),
    ],
)
def test_a_job_that_is_held_says_who_can_release_it(
    anyone: APIClient, job_type: JobType, status: str, sentence: str
) -> None:
    release = "To report it as QUEUED releases it, and needs the right jobs.change_job, which the Operators have."
    job = make_job(job_type, status)
    assert reasons(anyone, job) == {status: f"{sentence} {release}"}
    body = {"changes": [{"job_id": job.pk, "status": "QUEUED"}]}
    report = client_of("operator", "Operators").post("/v6/jobs/transitions/", body, format="json")
    assert report.json()["changed"] == 1
    assert reasons(anyone, job).keys() == {"QUEUE"}


@pytest.mark.parametrize("status", ["RUNNING", "COMPLETED", "FAILED", "CANCELED"])
def test_a_job_that_does_not_wait_has_no_reason(anyone: APIClient, job_type: JobType, status: str) -> None:
    assert anyone.get(f"/v6/jobs/{make_job(job_type, status).pk}/").json()["waiting"] is None


@pytest.mark.parametrize(
    ("status", "columns", "most"),
    [
        *[(status, {}, 1) for status in ("COMPLETED", "RUNNING", "FAILED", "CANCELED", "PENDING", "BLOCKED")],
        ("QUEUED", {}, 4),
        ("QUEUED", {"retry_after": NOON}, 3),
    ],
)
def test_only_the_details_of_queued_jobs_take_more_than_one_query(
    anyone: APIClient, job_type: JobType, status: str, columns: dict[str, Any], most: int
) -> None:
    job = make_job(job_type, status, **columns)
    for number in range(3):
        make_job(job_type, queued=NOON)
        make_node(f"other-{number}", cpus=number)
    with CaptureQueriesContext(connection) as captured:
        anyone.get(f"/v6/jobs/{job.pk}/")
    assert len(captured) == most


def test_the_page_of_a_job_in_the_admin_says_why_it_waits(admin_client: Client, job_type: JobType) -> None:
    page = admin_client.get(f"/admin/jobs/job/{make_job(job_type).pk}/change/").content.decode()
    assert NEXT in page
    page = admin_client.get(f"/admin/jobs/job/{make_job(job_type, 'COMPLETED').pk}/change/").content.decode()
    assert "It does not wait." in page

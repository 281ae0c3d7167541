"""Jobs that are queued again at once, after an operator ended their tries, which their nodes do not know yet."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.claims import claim_jobs
from jobs.models import Job, JobExecution
from jobs.services import cancel_jobs, requeue_jobs
from jobs.states import Status
from jobs.transitions import Change, apply_changes
from tests.factories import make_job, make_job_type
from tests.jobs.clock import set_clock
from tests.jobs.worker import LEASE, beat, claim, report, running
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def requeue_all() -> None:
    requeue_jobs(jobs=Job.objects.all(), selection={})


def report_as_queued() -> None:
    apply_changes(changes=[Change(job_id=job.pk, status=Status.QUEUED) for job in Job.objects.all()])


def hold_and_report_as_queued() -> None:
    apply_changes(changes=[Change(job_id=job.pk, status=Status.PENDING) for job in Job.objects.all()])
    report_as_queued()


@pytest.mark.parametrize("requeue", [requeue_all, report_as_queued, hold_and_report_as_queued])
def test_a_job_that_was_canceled_while_it_ran_waits_until_its_node_has_stopped(requeue: Callable[[], None]) -> None:
    make_job(make_job_type())
    with set_clock() as clock:
        assert len(claim_jobs(node="a", limit=1)) == 1
        clock.advance(LEASE / 2)
        cancel_jobs(jobs=Job.objects.all(), selection={})
        requeue()
        job, one = Job.objects.get(), JobExecution.objects.get()
        assert (job.status, job.retry_after) == ("QUEUED", one.lease_expires)
        assert claim_jobs(node="b", limit=1) == []
        clock.advance(LEASE / 2 + timedelta(seconds=1))
        assert [one["id"] for one in claim_jobs(node="b", limit=1)] == [job.pk]


@pytest.mark.parametrize("requeue", [requeue_all, report_as_queued])
def test_a_job_whose_canceled_try_has_no_lease_any_more_may_be_claimed_at_once(requeue: Callable[[], None]) -> None:
    make_job(make_job_type())
    with set_clock() as clock:
        claim_jobs(node="a", limit=1)
        cancel_jobs(jobs=Job.objects.all(), selection={})
        clock.advance(LEASE)
        requeue()
        assert len(claim_jobs(node="b", limit=1)) == 1


def queue_at_once(staff: APIClient, job_id: int) -> None:
    report(staff, job_id=job_id, status="QUEUED")


def fail_and_retry(staff: APIClient, job_id: int) -> None:
    report(staff, job_id=job_id, status="FAILED", error="unknown")


def fail_and_requeue(staff: APIClient, job_id: int) -> None:
    report(staff, job_id=job_id, status="FAILED", error="timeout")
    staff.post("/v6/jobs/requeue/", {"job_id": job_id}, format="json")


def fail_and_report_as_queued(staff: APIClient, job_id: int) -> None:
    report(staff, job_id=job_id, status="FAILED", error="timeout")
    report(staff, job_id=job_id, status="QUEUED")


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize("end", [queue_at_once, fail_and_retry, fail_and_requeue, fail_and_report_as_queued])
def test_a_job_whose_try_an_operator_ended_waits_until_its_node_has_stopped(
    worker: APIClient, staff: APIClient, job_type: JobType, end: Callable[[APIClient, int], None]
) -> None:
    make_job(job_type)
    with set_clock() as clock:
        (claimed,) = claim(worker)
        clock.advance(LEASE / 4)
        end(staff, claimed["id"])
        clock.advance(LEASE / 2)
        assert claim(staff) == [], "its node may run it until the lease is over"
        assert beat(worker, running(claimed))[0]["action"] == "stop"
        clock.advance(LEASE / 4 + timedelta(seconds=1))
        assert [one["num_exes"] for one in claim(staff)] == [2]


@pytest.mark.usefixtures("alive")
def test_a_job_whose_try_was_reported_to_run_and_to_fail_may_be_claimed_at_once(
    staff: APIClient, job_type: JobType
) -> None:
    job = make_job(job_type)
    report(staff, job_id=job.pk, status="RUNNING", node="node-01")
    fail_and_requeue(staff, job.pk)
    assert len(claim(staff)) == 1


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/v6/jobs/cancel/", {"status": "RUNNING"}),
        ("/v6/jobs/transitions/", {"changes": [{"job_id": None, "status": "COMPLETED"}]}),
    ],
)
def test_a_heartbeat_with_logs_does_not_wait_for_who_ends_its_try(
    worker: APIClient, staff: APIClient, job_type: JobType, url: str, body: dict[str, Any]
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    for change in body.get("changes", ()):
        change["job_id"] = claimed["id"]
    beaten: list[Any] = []

    def beat_before_the_tries_are_locked(execute: Any, sql: str, *others: Any) -> Any:
        # The job is locked now, and the heartbeat locks its try: to wait for the job would be a deadlock.
        if not beaten and 'FROM "jobs_jobexecution"' in sql and "FOR NO KEY UPDATE" in sql:
            beaten.extend(at_once(1, lambda _: beat(worker, {**running(claimed), "log": {"stdout": "12 of 40"}})))
        return execute(sql, *others)

    with connection.execute_wrapper(beat_before_the_tries_are_locked):
        assert staff.post(url, body, format="json").status_code == 200
    assert [one["action"] for one in beaten[0]] == ["continue"]

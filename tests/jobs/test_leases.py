"""Leases: what becomes of tries that nobody keeps, and of jobs that wait for their retry."""

from datetime import datetime, timedelta
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.rescue import end_expired, end_expired_of, release_retries, repeat, rescue_due
from tests.factories import make_job
from tests.jobs.clock import set_clock
from tests.jobs.worker import LEASE, beat, claim, pass_time, report, running
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alive")]


def test_a_try_whose_lease_expires_fails_and_the_job_is_tried_again_later(
    worker: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    claim(worker)
    pass_time(LEASE + timedelta(seconds=1))
    assert claim(worker) == [], "its retry is not due yet"
    one, job = JobExecution.objects.get(), Job.objects.get()
    assert (one.status, one.end, one.ended_by) == ("FAILED", "node-lost", None)
    assert one.error is not None
    assert one.error.name == "node-lost"
    assert (job.status, job.num_exes, job.node) == ("QUEUED", 1, None)
    assert job.retry_after is not None
    assert timedelta(seconds=3) < job.retry_after - timezone.now() <= timedelta(seconds=10)
    Job.objects.update(retry_after=timezone.now() - timedelta(seconds=1))
    (again,) = claim(worker)
    assert again["num_exes"] == 2


def test_the_last_try_whose_lease_expires_fails_the_job(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type, max_tries=1)
    (claimed,) = claim(worker)
    pass_time(LEASE + timedelta(seconds=1))
    assert rescue_due() == 1
    job = Job.objects.select_related("error").get()
    assert job.error is not None
    assert (job.status, job.error.name, job.retry_after) == ("FAILED", "node-lost", None)
    assert report(worker, **running(claimed), status="COMPLETED")["refusal"]["name"] == "TRY_OVER"
    assert beat(worker, running(claimed))[0]["reason"] == "not-yours"


def test_a_try_beyond_its_timeout_is_stopped_and_one_lease_later_it_is_over(
    worker: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    pass_time(timedelta(seconds=3599))
    assert beat(worker, running(claimed))[0]["reason"] is None
    pass_time(timedelta(seconds=2))
    assert (beat(worker, running(claimed))[0]["action"], rescue_due()) == ("stop", 0)
    pass_time(timedelta(seconds=50))
    assert beat(worker, running(claimed))[0]["reason"] == "timed-out", "no heartbeat keeps it any longer"
    pass_time(timedelta(seconds=10))
    assert rescue_due() == 1
    job, one = Job.objects.select_related("error").get(), JobExecution.objects.get()
    assert job.error is not None
    assert (job.status, job.error.name, one.end) == ("FAILED", "timeout", "timed-out")
    assert beat(worker, running(claimed))[0]["reason"] == "timed-out"


def test_a_node_that_is_lost_shortly_before_the_timeout_is_no_timeout(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    pass_time(timedelta(seconds=3590))
    beat(worker, running(claimed))
    pass_time(2 * LEASE)
    rescue_due()
    assert JobExecution.objects.get().end == "node-lost"


def test_a_try_that_was_reported_to_run_has_no_lease_but_a_timeout(staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type)
    assert report(staff, job_id=job.pk, status="RUNNING")["outcome"] == "changed"
    pass_time(timedelta(seconds=3600) + LEASE - timedelta(seconds=5))
    assert rescue_due() == 0
    pass_time(timedelta(seconds=10))
    assert rescue_due() == 1
    assert JobExecution.objects.get().end == "timed-out"


@pytest.mark.parametrize("columns", [{"is_paused": True}, {"is_active": False}])
def test_a_node_that_is_paused_or_deprecated_gets_no_jobs_and_keeps_its_own(
    worker: APIClient, job_type: JobType, columns: dict[str, bool]
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    make_job(job_type)
    Node.objects.update(**columns)
    assert claim(worker) == []
    assert beat(worker, running(claimed))[0]["action"] == "continue"
    assert report(worker, **running(claimed), status="COMPLETED")["outcome"] == "changed"


def test_nothing_is_handed_out_while_the_scheduler_is_paused(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    Scheduler.objects.update(is_paused=True)
    assert claim(worker) == []
    Scheduler.objects.update(is_paused=False)
    assert len(claim(worker)) == 1


def test_an_outage_costs_no_try(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    JobExecution.objects.update(times_out=None)
    pass_time(timedelta(hours=2))
    Scheduler.objects.update(last_seen=timezone.now() - timedelta(hours=2))
    assert rescue_due() == 0, "while the service is away, nobody can renew a lease"
    assert claim(worker) == []
    one = JobExecution.objects.get()
    assert one.status == "RUNNING"
    assert one.lease_expires is not None
    assert LEASE - timedelta(seconds=5) < one.lease_expires - timezone.now() <= LEASE
    assert beat(worker, running(claimed))[0]["action"] == "continue"
    pass_time(LEASE + timedelta(seconds=1))
    assert rescue_due() == 1, "one lease later it is over as ever"


@pytest.mark.parametrize("change", [{"status": "COMPLETED"}, {"status": "FAILED", "error": "timeout"}])
def test_how_a_try_ended_whose_timeout_passed_in_an_outage_may_be_reported_for_a_lease(
    worker: APIClient, job_type: JobType, change: dict[str, str]
) -> None:
    make_job(job_type)
    with set_clock() as clock:
        (claimed,) = claim(worker)
        clock.advance(timedelta(hours=2))
        assert claim(worker) == []
        clock.advance(LEASE / 2)
        assert beat(worker, running(claimed))[0]["reason"] == "timed-out"
        clock.advance(LEASE / 2 - timedelta(seconds=1))
        assert rescue_due() == 0
        assert report(worker, **running(claimed), **change)["outcome"] == "changed"


def test_a_try_whose_timeout_passed_in_an_outage_is_over_one_lease_later(
    worker: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    with set_clock() as clock:
        (claimed,) = claim(worker)
        clock.advance(timedelta(hours=2))
        for _ in range(6):
            assert JobExecution.objects.get().status == "RUNNING"
            beat(worker, running(claimed))
            clock.advance(LEASE / 5)
        beat(worker)
        assert (JobExecution.objects.get().end, Job.objects.get().status) == ("timed-out", "FAILED")


def test_retries_wait_twice_as_long_each_time_up_to_a_quarter_of_an_hour(job_type: JobType) -> None:
    waits = []
    for number in (1, 2, 3, 7, 50):
        job = make_job(job_type, "RUNNING", num_exes=number, max_tries=100)
        JobExecution.objects.filter(job=job).update(lease_expires=timezone.now() - LEASE)
        end_expired_of([job.pk])
        job.refresh_from_db()
        assert job.retry_after is not None
        waits.append((job.retry_after - job.last_status_change).total_seconds())
    for wait, longest in zip(waits, (10, 20, 40, 640, 900), strict=True):
        assert longest / 2 - 1 < wait <= longest


def test_a_job_that_waits_for_its_retry_keeps_nobody_waiting(worker: APIClient, job_type: JobType) -> None:
    later = make_job(job_type, priority=1, retry_after=timezone.now() + timedelta(minutes=5))
    other = make_job(job_type, priority=200)
    assert [job["id"] for job in claim(worker)] == [other.pk]
    later.refresh_from_db()
    assert later.status == "QUEUED"


def test_a_failure_that_is_retried_leaves_a_try_with_its_error_and_log(
    worker: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    report(worker, **running(claimed), status="FAILED", error="database", exit_code=3, log={"stderr": "gone\n"})
    one, job = JobExecution.objects.select_related("error").get(), Job.objects.get()
    assert one.error is not None
    assert (one.status, one.end, one.error.name, one.exit_code) == ("FAILED", "failed", "database", 3)
    assert (one.ended_by, one.stderr, one.stdout) == ("node-01", "gone\n", "")
    assert (job.status, job.error) == ("QUEUED", None)
    assert job.retry_after is not None


def test_what_a_node_gives_back_may_be_claimed_at_once(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    assert report(worker, **running(claimed), status="QUEUED")["outcome"] == "changed"
    one = JobExecution.objects.get()
    assert (one.status, one.end) == ("CANCELED", "returned")
    assert [job["num_exes"] for job in claim(worker)] == [2]


def test_tries_that_begin_and_end_in_one_request_are_kept(staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type)
    steps = ["RUNNING", "QUEUED", "RUNNING", "COMPLETED"]
    changes = [{"job_id": job.pk, "status": status} for status in steps]
    staff.post("/v6/jobs/transitions/", {"changes": changes}, format="json")
    tries = JobExecution.objects.order_by("exe_num").values_list("exe_num", "status", "end")
    assert list(tries) == [(1, "CANCELED", "returned"), (2, "COMPLETED", "completed")]


def test_a_try_that_ended_is_never_changed(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    JobExecution.objects.update(stdout="it runs")
    report(worker, **running(claimed), status="COMPLETED")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        JobExecution.objects.update(stdout="it was otherwise")


def test_the_command_rescues_all(worker: APIClient, job_type: JobType, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        make_job(job_type)
    claim(worker)
    pass_time(LEASE + timedelta(seconds=1))
    call_command("rescue_jobs")
    assert capsys.readouterr().out == "Jobs rescued: 3.\n"
    assert set(JobExecution.objects.values_list("end", flat=True)) == {"node-lost"}


@pytest.mark.only_on("postgresql")  # SQLite has one writer at a time
@pytest.mark.django_db(transaction=True)
def test_a_job_that_somebody_changes_at_this_moment_is_left_to_them(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    claim(worker)
    pass_time(LEASE + timedelta(seconds=1))
    with transaction.atomic():
        list(Job.objects.select_for_update())
        assert at_once(1, lambda number: end_expired(10)) == [0]
    assert end_expired(10) == 1


def test_what_is_due_is_done_in_batches(worker: APIClient, job_type: JobType) -> None:
    for _ in range(5):
        make_job(job_type, retry_after=timezone.now() - timedelta(seconds=1))
    assert release_retries(2) == 2
    assert Job.objects.filter(retry_after=None).count() == 2
    for _ in range(5):
        make_job(job_type)
    claim(worker, limit=5)
    pass_time(LEASE + timedelta(seconds=1))
    assert end_expired(2) == 2
    assert JobExecution.objects.filter(end="node-lost").count() == 2


def test_a_node_is_looked_at_when_the_first_lease_of_its_tries_may_expire(
    worker: APIClient, job_type: JobType
) -> None:
    for _ in range(2):
        make_job(job_type)
    first, second = claim(worker)
    pass_time(timedelta(seconds=40))
    beat(worker, running(first))
    beat(worker, running(second))
    pass_time(timedelta(seconds=21))
    assert (rescue_due(), Node.objects.get().first_expiry) == (0, expiry(first)), "both were renewed"
    beat(worker, running(second))
    pass_time(timedelta(seconds=40))
    assert rescue_due() == 1
    assert JobExecution.objects.get(ended=None).job_id == second["id"]
    assert Node.objects.get().first_expiry == expiry(second)


def test_an_idle_node_is_looked_at_again_before_a_claim_of_this_moment_may_expire(worker: APIClient) -> None:
    assert claim(worker) == []
    pass_time(LEASE + timedelta(seconds=1))
    end_expired(10)
    assert LEASE - timedelta(seconds=5) < Node.objects.get().first_expiry - timezone.now() <= LEASE


@pytest.mark.only_on("postgresql")  # it is about the way in which PostgreSQL stores rows
def test_a_heartbeat_writes_no_index_of_tries(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    before = updates_of_tries()
    beat(worker, running(claimed))
    every, without_index = (after - one for after, one in zip(updates_of_tries(), before, strict=True))
    assert (every, without_index) == (1, 1)


def expiry(claimed: dict[str, Any]) -> datetime | None:
    return JobExecution.objects.get(job=claimed["id"]).lease_expires


def updates_of_tries() -> tuple[int, int]:
    """Return how many rows of tries this transaction changed, and how many of these without writing an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_get_xact_tuples_updated(oid), pg_stat_get_xact_tuples_hot_updated(oid)"
            " FROM pg_class WHERE relname = 'jobs_jobexecution'"
        )
        return cursor.fetchone()


def test_an_outage_of_the_database_is_logged_once_and_survived(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LEASE_SECONDS = 0
    ended = Event()
    outages = [False, True, False, True, True]

    def look() -> None:
        if outages.pop():
            raise OperationalError
        if not outages:
            ended.set()

    with patch("jobs.rescue.connection"):
        repeat(look, until=ended)
    assert caplog.messages == ["the database is not available"] * 2

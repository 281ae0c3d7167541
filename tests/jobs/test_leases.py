"""Leases: what heartbeats keep, what becomes of tries that nobody keeps, and of jobs that wait for their retry."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.rescue import end_expired, release_retries, rescue_due
from tests.conftest import client_of
from tests.factories import make_job, make_job_type
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LEASE = timedelta(seconds=60)


@pytest.fixture
def job_type() -> JobType:
    load_builtin_errors()
    return make_job_type(job={"timeout": 3600})


@pytest.fixture
def worker(db: None) -> APIClient:
    return client_of("node-01", "Workers")


@pytest.fixture(autouse=True)
def alive(db: None) -> None:
    """The service was seen alive a moment ago."""
    Scheduler.objects.update_or_create(defaults={"last_seen": timezone.now()})


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
    Job.objects.update(started=F("started") - by, last_status_change=F("last_status_change") - by)


def test_a_claimed_job_has_a_lease_that_a_heartbeat_renews(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    one = JobExecution.objects.get()
    assert one.lease_expires == one.started + LEASE
    assert one.times_out == one.started + timedelta(hours=1)
    assert claimed["timeout"] == 3600
    pass_time(timedelta(seconds=50))
    (order,) = beat(worker, running(claimed))
    one.refresh_from_db()
    assert one.lease_expires is not None
    assert order == {
        **running(claimed),
        "action": "continue",
        "reason": None,
        "lease_expires": one.lease_expires.isoformat().replace("+00:00", "Z"),
    }
    assert LEASE - timedelta(seconds=5) < one.lease_expires - timezone.now() <= LEASE


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


def test_a_heartbeat_that_comes_before_anybody_looked_keeps_an_expired_lease(
    worker: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    pass_time(LEASE + timedelta(seconds=1))
    assert beat(worker, running(claimed))[0]["action"] == "continue"
    assert rescue_due() == 0


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


def test_a_canceled_job_is_stopped_and_the_try_says_who_canceled_it(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    staff.post("/v6/jobs/cancel/", {"job_id": claimed["id"]}, format="json")
    assert beat(worker, running(claimed)) == [
        {**running(claimed), "action": "stop", "reason": "canceled", "lease_expires": None}
    ]
    one = JobExecution.objects.get()
    assert (one.status, one.end, one.ended_by) == ("CANCELED", "canceled", "staff")


def test_a_heartbeat_keeps_nothing_of_other_accounts_nodes_and_tries(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(staff, node="node-02")
    other = client_of("node-02", "Workers")
    for client, node in ((worker, "node-01"), (other, "node-02")):
        (order,) = beat(client, running(claimed), node=node)
        assert (order["action"], order["reason"]) == ("stop", "not-yours")
    next_try = {**running(claimed), "num_exes": 2}
    (unknown,) = beat(staff, next_try, node="node-02")
    assert unknown["reason"] == "not-yours"
    assert beat(staff, running(claimed), node="node-02")[0]["action"] == "continue"


def test_a_heartbeat_stores_the_last_part_of_logs(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    log = {"stdout": "x" * 70_000 + "end", "stderr": " late\n"}
    beat(worker, {**running(claimed), "log": log})
    one = JobExecution.objects.get()
    assert (len(one.stdout), one.stdout[-4:]) == (65_536, "xend")
    assert one.stderr == " late\n"
    beat(worker, {**running(claimed), "log": {"stdout": ""}})
    one.refresh_from_db()
    assert (one.stdout, one.stderr) == ("", " late\n")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"jobs": []}, ""),
        ({"node": "a"}, ""),
        ({"node": "a", "jobs": [{"job_id": 1}]}, "/jobs/0"),
        ({"node": "a", "jobs": [{"job_id": 0, "num_exes": 1}]}, "/jobs/0/job_id"),
        ({"node": "a", "jobs": [{"job_id": 1, "num_exes": 1, "log": {"stdout": 5}}]}, "/jobs/0/log/stdout"),
        ({"node": "a", "jobs": [], "labels": {"rack": 5}}, "/labels"),
        ({"node": "a", "jobs": [], "resources": {"cpus": -1}}, "/resources"),
        ({"node": "a", "jobs": [{"job_id": 1, "num_exes": 1}] * 1001}, "/jobs"),
    ],
)
def test_a_heartbeat_that_is_wrong_is_a_400(worker: APIClient, body: dict[str, Any], place: str) -> None:
    answer = worker.post("/v6/nodes/heartbeat/", body, format="json")
    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [place]
    assert not Node.objects.exists()


def test_a_heartbeat_needs_the_right_to_claim(worker: APIClient, staff: APIClient) -> None:
    body = {"node": "node-01", "jobs": [], "labels": {"rack": "7"}, "software_version": "1.2"}
    assert client_of("reader").post("/v6/nodes/heartbeat/", body, format="json").status_code == 403
    assert APIClient().post("/v6/nodes/heartbeat/", body, format="json").status_code == 401
    beat(worker, **{name: body[name] for name in ("labels", "software_version")})
    node = Node.objects.get()
    assert (node.labels, node.software_version, node.account) == (
        {"rack": "7"},
        "1.2",
        User.objects.get(username="node-01"),
    )
    assert client_of("node-02", "Workers").post("/v6/nodes/heartbeat/", body, format="json").status_code == 403


def test_a_heartbeat_says_what_the_node_has_and_without_that_it_stays(worker: APIClient, job_type: JobType) -> None:
    claim(worker, resources={"cpus": 4})
    beat(worker, resources={"cpus": 8, "mem": 100})
    beat(worker)
    assert Node.objects.get().capacity == {"cpus": 8.0, "mem": 100.0}


def test_a_heartbeat_of_a_hundred_jobs_takes_few_queries(worker: APIClient, job_type: JobType) -> None:
    for _ in range(100):
        make_job(job_type)
    claimed = claim(worker, limit=100)
    with CaptureQueriesContext(connection) as captured:
        orders = beat(worker, *map(running, claimed))
    assert {order["action"] for order in orders} == {"continue"}
    # The account and its rights, the node, the tries and their leases, what is due; and a savepoint here.
    assert len(captured) <= 12


def test_a_claim_that_is_sent_again_returns_the_same_jobs_while_they_run(
    worker: APIClient, job_type: JobType
) -> None:
    for _ in range(4):
        make_job(job_type)
    claim_id = str(uuid4())
    first = claim(worker, limit=2, claim_id=claim_id)
    pass_time(timedelta(seconds=50))
    again = claim(worker, limit=2, claim_id=claim_id)
    assert [running(one) for one in again] == [running(one) for one in first]
    for one in JobExecution.objects.all():
        assert one.lease_expires is not None
        assert one.lease_expires - timezone.now() > timedelta(seconds=55), "the node counts its lease from now"
    report(worker, **running(first[0]), status="COMPLETED")
    assert [one["id"] for one in claim(worker, limit=2, claim_id=claim_id)] == [first[1]["id"]]
    assert Job.objects.filter(status="QUEUED").count() == 2
    assert len(claim(worker, limit=2, claim_id=str(uuid4()))) == 2
    pass_time(LEASE + timedelta(seconds=1))
    assert claim(worker, limit=2, claim_id=claim_id) == [], "their leases do not last any longer"


def test_a_claim_that_is_sent_again_after_the_timeout_returns_nothing(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    claim_id = str(uuid4())
    (claimed,) = claim(worker, claim_id=claim_id)
    pass_time(timedelta(seconds=3590))
    beat(worker, running(claimed))
    pass_time(timedelta(seconds=20))
    assert claim(worker, claim_id=claim_id) == [], "the node would keep it for longer than its lease can last"


def test_a_claim_id_is_a_uuid_of_one_node_and_account(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    claim_id = str(uuid4())
    assert len(claim(worker, claim_id=claim_id)) == 1
    assert claim(staff, claim_id=claim_id) == []
    answer = worker.post("/v6/jobs/claim/", {"node": "node-01", "limit": 1, "claim_id": "x"}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/claim_id")


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_is_sent_twice_at_once_starts_its_jobs_once(worker: APIClient, job_type: JobType) -> None:
    for _ in range(8):
        make_job(job_type)
    claim_id = str(uuid4())
    answers = at_once(4, lambda number: [job["id"] for job in claim(worker, limit=3, claim_id=claim_id)])
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert Job.objects.filter(status="RUNNING").count() == 3


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
    pass_time(timedelta(hours=2))
    JobExecution.objects.update(times_out=None)
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


def test_retries_wait_twice_as_long_each_time_up_to_a_quarter_of_an_hour(job_type: JobType) -> None:
    waits = []
    for number in (1, 2, 3, 7, 50):
        job = make_job(job_type, "RUNNING", num_exes=number, max_tries=100)
        JobExecution.objects.filter(job=job).update(lease_expires=timezone.now() - LEASE)
        end_expired(10)
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

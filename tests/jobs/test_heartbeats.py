"""Heartbeats: which tries they keep, what they store, and what the node is to stop."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import JobExecution, Node
from jobs.rescue import rescue_due
from tests.conftest import client_of
from tests.factories import make_job
from tests.jobs.worker import LEASE, beat, claim, pass_time, report, running

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alive")]


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


def test_a_heartbeat_that_comes_before_anybody_looked_keeps_an_expired_lease(
    worker: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker)
    pass_time(LEASE + timedelta(seconds=1))
    assert beat(worker, running(claimed))[0]["action"] == "continue"
    assert rescue_due() == 0


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
    assert report(worker, **running(claimed), status="COMPLETED")["refusal"]["name"] == "TRY_OVER"


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
    beat(worker, *({**running(claimed), "log": {name: name}} for name in ("stdout", "stderr")))
    one.refresh_from_db()
    assert (one.stdout, one.stderr) == ("stdout", "stderr")


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
    # The account and its rights, the node with what is due, the tries and their leases; and a savepoint here.
    assert len(captured) == 7

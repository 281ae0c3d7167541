"""What an account of Workers may claim and report: for its own nodes, and the jobs that it claimed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Job
from jobs.states import Status
from tests.conftest import client_of
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def job_type() -> JobType:
    load_builtin_errors()
    return make_job_type()


def claim(client: APIClient, node: str = "node-01") -> Any:
    return client.post("/v6/jobs/claim/", {"node": node, "limit": 1}, format="json")


def report(client: APIClient, *changes: dict[str, Any], **fields: Any) -> Any:
    return client.post("/v6/jobs/transitions/", {"changes": list(changes), **fields}, format="json")


def outcome(answer: Any) -> tuple[str, str | None]:
    """Return what became of the one change that was reported, and the name of its refusal."""
    assert answer.status_code == 200, answer.json()
    (result,) = answer.json()["results"]
    return result["outcome"], result["refusal"] and result["refusal"]["name"]


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "QUEUED"])
def test_a_worker_reports_how_its_try_ended_and_may_repeat_that(
    worker: APIClient, job_type: JobType, end: str
) -> None:
    make_job(job_type, max_tries=1)
    (claimed,) = claim(worker).json()["results"]
    change = {"job_id": claimed["id"], "num_exes": claimed["num_exes"], "node": "node-01", "status": end}
    assert outcome(report(worker, change)) == ("changed", None)
    assert outcome(report(worker, change)) == ("unchanged", None)
    assert Job.objects.get().status == end


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "QUEUED", "CANCELED", "RUNNING"])
def test_a_report_of_what_another_account_claimed_is_refused(
    worker: APIClient, staff: APIClient, job_type: JobType, end: str
) -> None:
    make_job(job_type)
    (claimed,) = claim(client_of("node-02", "Workers"), "node-02").json()["results"]
    change = {"job_id": claimed["id"], "status": end}
    for named in ({}, {"num_exes": 1}, {"node": "node-01"}, {"node": "node-02"}):
        assert outcome(report(worker, change | named)) == ("refused", "OTHER_ACCOUNT")
    assert report(worker, change, atomic=True).status_code == 400
    assert Job.objects.get().status == "RUNNING"
    # An operator may report it, on whatever node it is.
    assert outcome(report(staff, {"job_id": claimed["id"], "status": "CANCELED"})) == ("changed", None)


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "QUEUED"])
def test_a_report_of_an_earlier_try_changes_nothing_when_another_account_has_the_job(
    worker: APIClient, job_type: JobType, end: str
) -> None:
    make_job(job_type)
    (claimed,) = claim(worker).json()["results"]
    change = {"job_id": claimed["id"], "num_exes": claimed["num_exes"], "node": "node-01"}
    assert outcome(report(worker, change | {"status": "QUEUED"})) == ("changed", None)
    (again,) = claim(client_of("node-02", "Workers"), "node-02").json()["results"]
    assert outcome(report(worker, change | {"status": end})) == ("unchanged", None)
    assert outcome(report(worker, change | {"status": end, "num_exes": 2})) == ("refused", "OTHER_ACCOUNT")
    assert (again["num_exes"], Job.objects.get().status) == (2, "RUNNING")


def test_a_report_of_what_an_operator_claimed_is_refused(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    make_job(job_type)
    (claimed,) = claim(staff).json()["results"]
    assert outcome(report(worker, {"job_id": claimed["id"], "status": "COMPLETED"})) == ("refused", "OTHER_ACCOUNT")


@pytest.mark.parametrize("after", ["PENDING", "BLOCKED", "QUEUED", "RUNNING", "CANCELED", "FAILED", "COMPLETED"])
@pytest.mark.parametrize("before", ["PENDING", "BLOCKED", "QUEUED", "FAILED", "CANCELED", "COMPLETED"])
def test_a_worker_changes_no_job_that_does_not_run(
    worker: APIClient, job_type: JobType, before: str, after: str
) -> None:
    ran = (
        {"node": "node-01", "account": User.objects.get(username="node-01")}
        if before in ("FAILED", "COMPLETED")
        else {}
    )
    job = make_job(job_type, before, **ran)
    wanted = ("unchanged", None) if before == after else ("refused", "MISSING_RIGHT")
    answer = report(worker, {"job_id": job.pk, "status": after})
    assert outcome(answer) == wanted
    if before != after:
        assert "jobs.change_job, which the Operators have" in answer.json()["results"][0]["refusal"]["description"]
    assert Job.objects.get().status == before


@pytest.mark.parametrize("after", ["PENDING", "BLOCKED", "CANCELED"])
def test_a_worker_neither_holds_nor_cancels_what_it_runs(worker: APIClient, job_type: JobType, after: str) -> None:
    make_job(job_type)
    (claimed,) = claim(worker).json()["results"]
    assert outcome(report(worker, {"job_id": claimed["id"], "status": after})) == ("refused", "MISSING_RIGHT")
    assert Job.objects.get().status == Status.RUNNING


def test_an_account_claims_for_its_own_nodes_alone(worker: APIClient, staff: APIClient, job_type: JobType) -> None:
    other = client_of("other", "Workers")
    assert [claim(worker).status_code, claim(worker).status_code, claim(staff).status_code] == [200, 200, 200]
    make_job(job_type)
    refused = claim(other)
    assert (refused.status_code, refused.json()["errors"][0]["name"]) == (403, "OTHER_ACCOUNT")
    assert Job.objects.get().status == "QUEUED"


def test_a_worker_reports_nothing_of_what_others_claimed_for_its_node(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    for _ in range(3):
        make_job(job_type)
    claimed = [claim(client).json()["results"][0]["id"] for client in (staff, worker, staff)]
    outcomes = [outcome(report(worker, {"job_id": pk, "status": "FAILED"})) for pk in claimed]
    assert outcomes == [("refused", "OTHER_ACCOUNT"), ("changed", None), ("refused", "OTHER_ACCOUNT")]


def test_an_account_that_claimed_a_job_can_be_deleted(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    job = make_job(job_type)
    claim(worker)
    User.objects.get(username="node-01").delete()
    assert staff.get(f"/v6/jobs/{job.pk}/").json()["status"] == "RUNNING"
    assert outcome(report(staff, {"job_id": job.pk, "status": "QUEUED"})) == ("changed", None)
    assert outcome(report(client_of("node-01", "Workers"), {"job_id": job.pk, "status": "QUEUED"})) == (
        "unchanged",
        None,
    )


def test_a_report_of_a_worker_takes_the_queries_of_one_of_an_operator_and_that_of_its_rights(
    worker: APIClient, staff: APIClient, job_type: JobType
) -> None:
    counts = {}
    # The first report reads the revision, too.
    for client, node in ((staff, "of the first"), (staff, "of the operator"), (worker, "node-01")):
        for _ in range(3):
            make_job(job_type)
        claimed = [claim(client, node).json()["results"][0]["id"] for _ in range(3)]
        with CaptureQueriesContext(connection) as captured:
            assert report(client, *({"job_id": pk, "status": "COMPLETED"} for pk in claimed)).json()["changed"] == 3
        counts[client] = len(captured)
    assert counts[worker] == counts[staff] + 1

"""Claims that are sent again with their ``claim_id``."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from job_types.models import JobType, JobTypeSecret
from jobs import claim_rows, claims
from jobs.models import Job, JobExecution
from tests.factories import make_job, make_job_type, with_settings
from tests.jobs.worker import LEASE, beat, claim, pass_time, report, running
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alive")]


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


def test_a_claim_that_is_sent_again_locks_no_job_that_others_could_have(
    worker: APIClient, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_job(job_type)
    claim_id = str(uuid4())
    (first,) = claim(worker, limit=1, claim_id=claim_id)
    locked = []

    def lock_rows(*args: Any, **options: Any) -> Any:
        locked.append(claim_rows.lock_rows(*args, **options))
        return locked[-1]

    monkeypatch.setattr(claims, "lock_rows", lock_rows)
    assert [running(one) for one in claim(worker, limit=1, claim_id=claim_id)] == [running(first)]
    assert locked == [[]]
    assert len(claim(worker, limit=1, claim_id=str(uuid4()))) == len(locked[-1]) == 1


def test_a_claim_whose_last_try_ends_as_it_is_sent_again_gets_new_jobs(
    worker: APIClient, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        make_job(job_type)
    claim_id = str(uuid4())
    (first,) = claim(worker, limit=1, claim_id=claim_id)
    earlier = claims._Claim.earlier

    def ended_before(self: claims._Claim) -> Any:
        report(worker, **running(first), status="COMPLETED")
        return earlier(self)

    monkeypatch.setattr(claims._Claim, "earlier", ended_before)
    (second,) = claim(worker, limit=1, claim_id=claim_id)
    assert second["id"] != first["id"]


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


def test_a_claim_that_is_sent_again_starts_nothing_while_no_key_decrypts_the_secrets_of_what_it_started(
    worker: APIClient, job_type: JobType
) -> None:
    secret = make_job_type(
        "secret", job=with_settings(secret=["PASSWORD"]), configuration={"settings": {"PASSWORD": "open sesame"}}
    )
    make_job(secret)
    make_job(job_type)
    claim_id = str(uuid4())
    first = claim(worker, limit=1, claim_id=claim_id)
    token = JobTypeSecret.objects.get().token
    JobTypeSecret.objects.update(token="of another key")
    assert claim(worker, limit=1, claim_id=claim_id) == []
    JobTypeSecret.objects.update(token=token)
    assert [running(one) for one in claim(worker, limit=1, claim_id=claim_id)] == [running(one) for one in first]
    assert Job.objects.filter(status="RUNNING").count() == 1


@pytest.mark.only_on("postgresql", because="SQLite locks no rows")
@pytest.mark.parametrize("max_scheduled", [None, 1])
def test_the_node_of_a_claim_is_locked_before_job_types_and_jobs(
    worker: APIClient, job_type: JobType, max_scheduled: int | None
) -> None:
    """The order of locks in docs/architecture.md."""
    JobType.objects.filter(pk=job_type.pk).update(max_scheduled=max_scheduled)
    make_job(job_type)
    with CaptureQueriesContext(connection) as captured:
        assert len(claim(worker, claim_id=str(uuid4()))) == 1
    statements = "; ".join(one["sql"] for one in captured).split("; ")
    locks = [one.split('"')[1] for one in statements if re.search(r"FOR (NO KEY )?UPDATE", one)]
    others = ["jobs_job"] if max_scheduled is None else ["job_types_jobtype", "jobs_node", "jobs_job"]
    assert locks == ["jobs_node", *others]


@pytest.mark.only_on("postgresql", because="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_told", [True, False])
def test_a_claim_that_is_sent_again_waits_for_its_tries_without_job_types_in_hand(
    worker: APIClient, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    """Others may hold the tries, and claims of all nodes need the job types."""
    job_type = make_job_type("limited", max_scheduled=2)
    for _ in range(2):
        make_job(job_type)
    claim_id = str(uuid4())
    first = claim(worker, limit=1, claim_id=claim_id)
    if not is_told:
        # As if it found nothing to lock for other reasons.
        monkeypatch.setattr(claims, "_goes_on", lambda **_: [])
    with CaptureQueriesContext(connection) as captured:
        assert [running(one) for one in claim(worker, limit=1, claim_id=claim_id)] == [running(first[0])]
    statements = [one["sql"] for one in captured]
    (limits,) = (at for at, sql in enumerate(statements) if re.search('"max_scheduled".* NO KEY UPDATE$', sql))
    (tries,) = (at for at, sql in enumerate(statements) if re.search('"jobs_jobexecution".* NO KEY UPDATE$', sql))
    assert {"COMMIT", "ROLLBACK"} & {*statements[limits:tries]}, statements


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_is_sent_twice_at_once_starts_its_jobs_once(worker: APIClient, job_type: JobType) -> None:
    for _ in range(8):
        make_job(job_type)
    claim_id = str(uuid4())
    answers = at_once(4, lambda number: [job["id"] for job in claim(worker, limit=3, claim_id=claim_id)])
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert Job.objects.filter(status="RUNNING").count() == 3

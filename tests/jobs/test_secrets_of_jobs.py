"""Secrets are handed out with the jobs of a claim, to who may have them, and nowhere else."""

import io
import logging
import sqlite3
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from audit.models import Record
from core.http.logs import PrivateFormatter
from job_types.models import JobType
from jobs.models import Job
from tests.conftest import client_of
from tests.factories import changed, make_job, make_job_type, with_settings
from tests.load.database import run
from tests.load.subscriber import source

VALUE = "canary-7f3a-of-a-secret"
JOB_TYPE = "/v6/job-types/test/1.0.0/"
SETTINGS = with_settings(secret=["DB_PASS", "KEY"], clear=["HOST"])

pytestmark = pytest.mark.django_db


@pytest.fixture
def job_type() -> JobType:
    return make_job_type(job=SETTINGS, configuration={"settings": {"HOST": "h", "DB_PASS": VALUE}})


@pytest.fixture
def worker() -> APIClient:
    return client_of("worker", "Workers")


def send(client: APIClient, limit: int = 10, **extra: Any) -> Any:
    return client.post("/v6/jobs/claim/", {"node": "node-1", "limit": limit}, format="json", **extra)


def claim(client: APIClient, limit: int = 10) -> list[dict[str, Any]]:
    answer = send(client, limit)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def deliveries() -> list[tuple[str, str, Any]]:
    records = Record.objects.filter(action="secrets_delivered").order_by("id")
    return [(one.actor, one.name, one.changes) for one in records]


def test_a_claim_hands_out_the_secrets_that_the_manifest_declares_and_the_audit_names_them(
    worker: APIClient, job_type: JobType
) -> None:
    job = make_job(job_type)
    plain = make_job(make_job_type("plain"))
    assert [(one["id"], one["secrets"]) for one in claim(worker)] == [(job.pk, {"DB_PASS": VALUE}), (plain.pk, {})]
    changes = {"exe_num": {"new": 1}, "node": {"new": "node-1"}, "secrets": {"new": ["DB_PASS"]}}
    assert deliveries() == [("worker", str(job.pk), changes)]
    assert send(worker)["Cache-Control"] == "no-store"


def test_the_next_try_gets_the_value_of_that_moment(worker: APIClient, staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type)
    claim(worker)
    rotated = {"configuration": {"settings": {"HOST": "h", "DB_PASS": "rotated", "KEY": "new"}}}
    assert staff.patch(JOB_TYPE, rotated, format="json").status_code == 200
    back = {"changes": [{"job_id": job.pk, "status": "QUEUED", "num_exes": 1}]}
    worker.post("/v6/jobs/transitions/", back, format="json")
    (again,) = claim(worker)
    assert (again["configuration"]["settings"], again["secrets"]) == (
        {"HOST": "h"},
        {"DB_PASS": "rotated", "KEY": "new"},
    )
    assert [changes["exe_num"]["new"] for _, _, changes in deliveries()] == [1, 2]


def test_a_job_type_that_gets_its_first_secret_after_a_claim_hands_it_out(
    worker: APIClient, staff: APIClient
) -> None:
    job_type = make_job_type(job=SETTINGS, configuration={"settings": {"HOST": "h"}})
    make_job(job_type)
    assert [job["secrets"] for job in claim(worker)] == [{}]
    configuration = {"settings": {"HOST": "h", "DB_PASS": VALUE}}
    assert staff.patch(JOB_TYPE, {"configuration": configuration}, format="json").status_code == 200
    make_job(job_type)
    assert [job["secrets"] for job in claim(worker)] == [{"DB_PASS": VALUE}]


def test_a_job_gets_what_its_own_revision_declares(worker: APIClient, staff: APIClient, job_type: JobType) -> None:
    earlier = make_job(job_type)
    manifest = changed(job_type.manifest, **with_settings(secret=["DB_PASS", "HOST", "OTHER"]))
    configuration = {"settings": {"HOST": "was clear", "OTHER": "o"}}
    staff.patch(JOB_TYPE, {"manifest": manifest, "configuration": configuration}, format="json")
    job_type.refresh_from_db()
    later = make_job(job_type)
    # The first one declares HOST, whose value has become secret since, and not OTHER.
    assert {one["id"]: one["secrets"] for one in claim(worker)} == {
        earlier.pk: {"DB_PASS": VALUE, "HOST": "was clear"},
        later.pk: {"DB_PASS": VALUE, "HOST": "was clear", "OTHER": "o"},
    }


def test_a_claim_that_is_sent_again_gets_the_secrets_again(worker: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    body = {"node": "node-1", "limit": 1, "claim_id": "5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10"}
    answers = [worker.post("/v6/jobs/claim/", body, format="json").json() for _ in range(2)]
    assert [answer["results"][0]["secrets"] for answer in answers] == [{"DB_PASS": VALUE}] * 2
    assert len(deliveries()) == 2


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({"secure": True}, 200),
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        # A proxy on this host, for somebody else.
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"}, 403),
    ],
)
def test_other_hosts_claim_over_tls_alone(
    worker: APIClient, job_type: JobType, settings: Any, extra: dict[str, Any], status: int
) -> None:
    settings.CLAIMS_OVER_HTTP = False
    make_job(job_type)
    answer = send(worker, **({"REMOTE_ADDR": "192.0.2.7"} | extra))
    assert answer.status_code == status
    assert (VALUE in answer.content.decode()) is (status == 200)
    if status == 403:
        (fault,) = answer.json()["errors"]
        assert fault["name"] == "CLAIM_OVER_HTTP"
        assert "https://" in answer.json()["detail"]
        assert Job.objects.get().status == "QUEUED"
        assert not deliveries()


@pytest.mark.django_db(transaction=True)
def test_a_secret_that_no_key_decrypts_pauses_its_job_type_and_others_are_handed_out(
    worker: APIClient, job_type: JobType, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    lost = make_job(job_type, priority=1)
    other = make_job(make_job_type("other"), priority=2)
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    assert claim(worker, 1) == []
    lost.refresh_from_db()
    assert (lost.status, lost.num_exes) == ("QUEUED", 0)
    job_type.refresh_from_db()
    assert job_type.is_paused
    assert Record.objects.latest("id").changes == {"is_paused": {"old": False, "new": True}}
    (logged,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "test 1.0.0" in PrivateFormatter().format(logged)
    assert [one["id"] for one in claim(worker, 1)] == [other.pk]
    settings.ENCRYPTION_KEYS = keys
    job_type.resume()
    assert [one["secrets"] for one in claim(worker)] == [{"DB_PASS": VALUE}]


def test_secrets_count_for_the_size_of_an_answer(worker: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.claims.MOST_BYTES", 10_000)
    job_type = make_job_type(job=SETTINGS, configuration={"settings": {"DB_PASS": "x" * 3000}})
    for _ in range(4):
        make_job(job_type)
    assert len(claim(worker)) == 2


def test_secrets_cost_a_query_and_a_record_however_many_jobs_there_are(
    worker: APIClient, job_type: JobType, django_assert_num_queries: Any
) -> None:
    def cost(job_type: JobType, count: int) -> int:
        for _ in range(count):
            make_job(job_type)
        with django_assert_num_queries(100, exact=False) as captured:
            assert len(claim(worker)) == count
        return len(captured)

    plain = make_job_type("plain", job=with_settings(clear=["A"]))
    # From now on the node and the revisions are known.
    for one in (plain, job_type):
        cost(one, 1)
    without = cost(plain, 5)
    assert cost(job_type, 1) == cost(job_type, 5) == without + 2


def dump() -> str:
    """Return all that is in the database, by its own means."""
    if connection.vendor == "postgresql":
        return run("pg_dump", f"--dbname={source()}")
    return "\n".join(sqlite3.connect(connection.settings_dict["NAME"]).iterdump())


@pytest.mark.django_db(transaction=True)
def test_the_canary_is_found_in_the_answer_of_the_claim_and_nowhere_else(
    worker: APIClient, staff: APIClient, admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    configuration = {"settings": {"DB_PASS": VALUE}}
    job_type = make_job_type(job=SETTINGS, configuration=configuration)
    jobs = [make_job(job_type) for _ in range(3)]
    assert VALUE in send(worker, 1).content.decode()
    ends = [{"job_id": jobs[0].pk, "status": "FAILED", "exit_code": 3, "num_exes": 1}]
    told = [
        worker.post("/v6/jobs/transitions/", {"changes": ends}, format="json"),
        staff.post("/v6/jobs/cancel/", {"job_type_name": "test"}, format="json"),
        staff.post("/v6/jobs/requeue/", {"job_type_name": "test"}, format="json"),
        staff.post("/v6/jobs/claim/", {"node": "other", "limit": "x"}, format="json"),
        staff.post("/v6/jobs/", {"job_type_id": job_type.pk}, format="json"),
        staff.options("/v6/jobs/claim/"),
        admin_client.get(f"/admin/job_types/jobtype/{job_type.pk}/change/"),
        admin_client.get(f"/admin/jobs/job/{jobs[0].pk}/change/"),
        admin_client.get("/admin/audit/record/"),
        *(
            admin_client.get(f"/admin/audit/record/{pk}/change/")
            for pk in Record.objects.values_list("pk", flat=True)
        ),
    ]
    places = {name: url for name, url in staff.get("/v6/").json().items() if str(url).startswith("http")}
    urls = [
        *places.values(),
        *("/v6/schema/", JOB_TYPE, f"{JOB_TYPE}revisions/", f"{JOB_TYPE}revisions/1/"),
        *(f"/v6/jobs/{job.pk}/" for job in jobs),
    ]
    told += [staff.get(url) for url in urls]
    for answer in told:
        assert answer.status_code < 500
        assert VALUE not in answer.getvalue().decode(errors="replace") + repr(answer.headers)
    django_dump = io.StringIO()
    call_command("dumpdata", stdout=django_dump)
    for text in (django_dump.getvalue(), dump(), caplog.text, *map(repr, map(vars, caplog.records))):
        assert VALUE not in text
    assert deliveries()

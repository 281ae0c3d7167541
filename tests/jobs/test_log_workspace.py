"""The workspace for whole logs, as claims hand it out."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from rest_framework.test import APIClient

from audit.models import Record
from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.jobs.worker import claim
from workspaces.models import Workspace
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db
S3 = {"type": "s3", "bucket_name": "logs"}
CREDENTIALS = {"access_key_id": "AKIA", "secret_access_key": "the canary"}


@pytest.fixture(autouse=True)
def logs(settings: Any) -> Workspace:
    """A workspace with credentials, for whole logs."""
    settings.LOG_WORKSPACE = "logs"
    cache.clear()
    configuration = {"broker": {**S3, "credentials": CREDENTIALS}}
    return create_workspace(name="logs", fields={"title": "Logs", "configuration": configuration})[0]


def test_each_job_comes_with_it_and_its_credentials_are_on_record(worker: APIClient) -> None:
    jobs = [make_job(make_job_type(name)) for name in ("one", "two")]
    claim_id = "5b0a8b0e-6f6d-4f0b-9a57-0a4a2c4b6f10"
    for _ in range(2):
        claimed = claim(worker, claim_id=claim_id)
        assert [one["id"] for one in claimed] == [job.pk for job in jobs]
        for one in claimed:
            assert one["log_workspace"] == "logs"
            assert one["workspaces"] == {"logs": {"broker": {**S3, "credentials": CREDENTIALS}, "is_active": True}}
    recorded = Record.objects.filter(action="secrets_delivered")
    assert {record.name for record in recorded} == {str(job.pk) for job in jobs}
    assert {str(record.changes["secrets"]["new"]) for record in recorded} == {
        "['workspaces.logs.access_key_id', 'workspaces.logs.secret_access_key']"
    }
    assert "the canary" not in str([*Record.objects.values(), *Job.objects.values()])


def test_without_the_setting_no_job_has_one(worker: APIClient, settings: Any) -> None:
    settings.LOG_WORKSPACE = ""
    make_job(make_job_type())
    (claimed,) = claim(worker)
    assert (claimed["log_workspace"], claimed["workspaces"]) == (None, {})


@pytest.mark.parametrize(
    "columns",
    [{"name": "other"}, {"is_active": False, "deprecated": "2026-01-01T00:00:00Z"}, {"configuration": None}],
)
def test_a_workspace_that_takes_no_logs_is_said_once_and_holds_up_no_job(
    worker: APIClient, columns: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    Workspace.objects.update(**columns)
    make_job(make_job_type("one"))
    assert [one["log_workspace"] for one in claim(worker)] == [None]
    make_job(make_job_type("two"))
    assert [one["log_workspace"] for one in claim(worker)] == [None]
    assert caplog.text.count("whole logs are stored nowhere") == 1


def test_a_key_that_is_lost_costs_logs_and_no_job(
    worker: APIClient, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    job_type = make_job_type()
    make_job(job_type)
    (claimed,) = claim(worker)
    assert (claimed["log_workspace"], claimed["workspaces"]) == (None, {})
    assert "whole logs are stored nowhere" in caplog.text
    job_type.refresh_from_db()
    assert not job_type.is_paused


def test_a_claim_that_gets_nothing_reads_no_workspace(
    worker: APIClient, settings: Any, django_assert_num_queries: Any
) -> None:
    def cost() -> int:
        with django_assert_num_queries(100, exact=False) as captured:
            assert claim(worker) == []
        return len(captured)

    cost()
    with_logs = cost()
    settings.LOG_WORKSPACE = ""
    assert with_logs == cost()


def test_it_costs_a_query_where_no_other_workspace_is_read(
    worker: APIClient, settings: Any, django_assert_num_queries: Any
) -> None:
    def cost() -> int:
        make_job(job_type)
        with django_assert_num_queries(100, exact=False) as captured:
            assert len(claim(worker)) == 1
        return len(captured)

    # Without credentials, so that nothing is recorded.
    Workspace.objects.get().secrets.all().delete()
    job_type = make_job_type()
    cost()
    with_logs = cost()
    settings.LOG_WORKSPACE = ""
    assert with_logs == cost() + 1

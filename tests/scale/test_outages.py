"""Outages of the database, which is away, read-only or full: a 503, and nothing half written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from audit.models import Record
from errors.models import Error
from job_types.models import JobType, JobTypeRevision, JobTypeTag
from tests.factories import make_body, make_job_type, make_manifest
from workspaces.models import Workspace
from workspaces.views import WorkspaceViewSet

pytestmark = pytest.mark.django_db(transaction=True)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def read_only() -> Any:
    """Return a function that makes the connection refuse writes, as a standby or a read-only file does."""
    if connection.vendor == "sqlite":
        yield lambda: execute("PRAGMA query_only = ON")
        execute("PRAGMA query_only = OFF")
    else:
        yield lambda: execute("SET default_transaction_read_only = on")
        execute("SET default_transaction_read_only = off")


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "patch",
        "/v6/job-types/test/1.0.0/",
        {"manifest": make_manifest(title="New", errors=[{"code": 1, "name": "e"}])},
    ),
    ("post", "/v6/job-types/", make_body("other")),
    ("post", "/v6/workspaces/", {"name": "raw"}),
    ("post", "/v6/jobs/", {"job_type_name": "test", "job_type_version": "1.0.0"}),
    ("post", "/v6/jobs/claim/", {"node": "a", "limit": 1, "resources": {"cpus": 1}}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_write_to_a_database_that_is_read_only_is_a_503(
    staff: APIClient, read_only: Callable[[], None], method: str, path: str, body: dict[str, Any]
) -> None:
    make_job_type()
    records = Record.objects.count()
    read_only()
    answer = getattr(staff, method)(path, body, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "nothing was changed" in answer.json()["detail"]
    assert staff.get("/v6/job-types/test/1.0.0/").status_code == 200
    counts = (JobType.objects.count(), JobTypeRevision.objects.count(), Workspace.objects.count())
    assert (counts, Record.objects.count()) == ((1, 1, 0), records)


def test_a_full_disk_is_a_503_that_leaves_nothing_half_written(staff: APIClient) -> None:
    """On SQLite the file gets a maximum size; on PostgreSQL a timeout raises an error of the same class."""
    make_job_type()
    tags = [f"tag {number} {'x' * 400}" for number in range(1000)]
    body = {"manifest": make_manifest(tags=tags)}
    if connection.vendor == "sqlite":
        # Pages that are free in the file could be written yet.
        execute("VACUUM")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
        execute(f"PRAGMA max_page_count = {pages + 20}")
    else:
        execute("SET statement_timeout = '1ms'")
    try:
        answer = staff.patch("/v6/job-types/test/1.0.0/", body, format="json")
    finally:
        execute(
            "PRAGMA max_page_count = 1073741823" if connection.vendor == "sqlite" else "RESET statement_timeout"
        )
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert (JobTypeRevision.objects.count(), JobTypeTag.objects.count(), Error.objects.count()) == (1, 0, 0)
    assert staff.patch("/v6/job-types/test/1.0.0/", body, format="json").status_code == 200
    assert JobTypeTag.objects.count() == 1000


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_a_503_to_try_again(
    monkeypatch: pytest.MonkeyPatch, anyone: APIClient, error: type[Exception]
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error("connection to 10.0.0.1 refused")

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    answer = anyone.get("/v6/workspaces/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "10.0.0.1" not in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/admin/", "/admin/job_types/jobtype/", "/v6/docs/", "/v6/job-types/"])
def test_pages_and_the_session_of_any_url_answer_503_too(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"nothing was changed" in answer.content
    assert b"10.0.0.1" not in answer.content


@pytest.mark.django_db  # a transaction, whose rollback restores the name
def test_a_missing_table_is_a_500_and_no_outage(staff: APIClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE workspaces_workspace RENAME TO elsewhere")
    staff.raise_request_exception = False
    assert staff.get("/v6/workspaces/").status_code == 500

"""Slow requests and slow statements in the log: what they show, and what they do not."""

import logging
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.http import slow
from tests.factories import make_job, make_job_type
from workspaces.views import WorkspaceViewSet

pytestmark = pytest.mark.django_db

LIMITS = ("SLOW_REQUEST_MS", "SLOW_STATEMENT_MS")


@pytest.fixture
def all_slow(settings: Any) -> None:
    """Let whatever takes any time at all be slow."""
    for name in LIMITS:
        setattr(settings, name, 1e-9)


def lines(caplog: pytest.LogCaptureFixture, message: str) -> list[Any]:
    return [record for record in caplog.records if record.name == "scale.slow" and record.getMessage() == message]


@pytest.mark.usefixtures("all_slow")
def test_a_slow_request_shows_its_route_its_account_and_its_queries(
    staff: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    job = make_job(make_job_type())
    staff.get(f"/v6/jobs/{job.pk}/")
    caplog.clear()
    with CaptureQueriesContext(connection) as captured:
        staff.get(f"/v6/jobs/{job.pk}/?_=hidden")
    (line,) = lines(caplog, "slow request")
    assert (line.levelno, line.method, line.route) == (logging.WARNING, "GET", "/v6/jobs/<number:pk>/")
    assert (line.account, line.status, line.queries) == ("staff", 200, len(captured))
    assert 0 <= line.database_milliseconds < line.milliseconds


@pytest.mark.usefixtures("all_slow")
def test_a_slow_statement_shows_whose_it_is_and_no_value(
    staff: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"name": "hidden-name", "description": "hidden 'text", "title": "Hidden"}
    assert staff.post("/v6/workspaces/?_=hidden", body, format="json").status_code == 201
    shown = lines(caplog, "slow statement")
    assert [line.queries for line in shown] == list(range(1, len(shown) + 1))
    assert {line.route for line in shown} == {"/v6/workspaces/"}
    # The first finds the account.
    assert (shown[0].account, shown[-1].account) == (None, "staff")
    assert any('INSERT INTO "workspaces_workspace"' in line.statement for line in shown)
    assert max(len(line.statement) for line in shown) <= 500
    assert "hidden" not in str([vars(line) for line in caplog.records]).lower()


@pytest.mark.usefixtures("all_slow")
def test_literals_in_a_statement_are_left_out(caplog: pytest.LogCaptureFixture, rf: Any) -> None:
    with slow.watched(rf.get("/")), connection.cursor() as cursor:
        cursor.execute("SELECT 'hidden',\n   12345 AS n1, %s", ["hidden"])
    (line,) = lines(caplog, "slow statement")
    assert line.statement == "SELECT …, … AS n1, %s"
    assert (line.route, line.account) == (None, None)


@pytest.mark.usefixtures("all_slow")
def test_a_session_is_named_and_nobody_is_looked_up_for_a_line(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    admin_client.get("/admin/")
    (line,) = lines(caplog, "slow request")
    assert (line.route, line.account) == ("/admin/", "admin")
    caplog.clear()
    with CaptureQueriesContext(connection) as captured:
        admin_client.get("/healthz")
    (line,) = lines(caplog, "slow request")
    assert (line.route, line.account, line.queries, len(captured)) == (None, None, 0, 0)


@pytest.mark.usefixtures("all_slow")
def test_a_stranger_and_an_unknown_url_have_lines_too(anyone: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    anyone.get("/v6/job-types/")
    anyone.get("/nothing/hidden/")
    first, second = lines(caplog, "slow request")
    assert (first.route, first.account) == ("/v6/job-types/", None)
    assert (second.route, second.status) == (None, 404)


@pytest.mark.usefixtures("all_slow")
def test_a_request_that_fails_is_logged_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("inner")

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    Client(raise_request_exception=False).get("/v6/workspaces/")
    (line,) = lines(caplog, "slow request")
    assert line.status == 500


@pytest.mark.parametrize("limit", [0, 1e9])
def test_what_is_fast_enough_has_no_line(
    anyone: APIClient, settings: Any, caplog: pytest.LogCaptureFixture, limit: float
) -> None:
    for name in LIMITS:
        setattr(settings, name, limit)
    anyone.get("/v6/job-types/")
    assert not [record for record in caplog.records if record.name == "scale.slow"]


@pytest.mark.usefixtures("all_slow")
def test_statements_outside_of_requests_have_no_lines(caplog: pytest.LogCaptureFixture) -> None:
    make_job_type()
    assert not lines(caplog, "slow statement")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_slow")
def test_the_statements_of_each_thread_count(caplog: pytest.LogCaptureFixture) -> None:
    def ask() -> None:
        APIClient().get("/v6/job-types/")
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    (line,) = lines(caplog, "slow request")
    assert line.queries > 0

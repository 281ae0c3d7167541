"""The router and its settings; tests/load/test_replica.py tests it with a real replica."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.test import APIClient

from job_types.models import JobType
from scale import replica
from scale.models import LastWrite
from scale.replica import REPLICA, ReplicaMiddleware, ReplicaRouter
from tests.models import models_of
from workspaces.models import Workspace

SHOW = """
import json
from scale.settings import base
print(json.dumps([base.DATABASES, getattr(base, "DATABASE_ROUTERS", []), base.MIDDLEWARE[:2]], default=repr))
"""
PRIMARY_URL = "postgres://scale:secret@primary.example.com/scale"
REPLICA_URL = "postgres://reader:secret@replica.example.com:5433/scale?sslmode=require"


def settings_with(**variables: str) -> subprocess.CompletedProcess[str]:
    """Print databases, routers and the two outermost middlewares under these variables, as JSON."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "", **variables}
    command = [sys.executable, "-c", SHOW]
    folder = django_settings.BASE_DIR
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_replica_has_the_options_of_the_primary_and_its_own() -> None:
    outcome = settings_with(
        DATABASE_URL=PRIMARY_URL, DATABASE_REPLICA_URL=REPLICA_URL, CONN_MAX_AGE="7", DATABASE_CONNECT_TIMEOUT="3"
    )
    databases, routers, middleware = json.loads(outcome.stdout)
    assert databases["default"]["OPTIONS"]["connect_timeout"] == 3
    assert databases["replica"] == databases["default"] | {
        "HOST": "replica.example.com",
        "PORT": 5433,
        "USER": "reader",
        "OPTIONS": databases["default"]["OPTIONS"] | {"sslmode": "require"},
    }
    assert databases["replica"]["CONN_MAX_AGE"] == 7
    assert databases["replica"]["CONN_HEALTH_CHECKS"] is True
    assert routers == ["scale.replica.ReplicaRouter"]
    assert middleware == ["core.http.logs.RequestLogMiddleware", "scale.replica.ReplicaMiddleware"]


@pytest.mark.parametrize(("seconds", "keeps"), [("60", True), ("0", False)])
def test_connections_keep_plans_unless_each_request_has_one_of_its_own(seconds: str, keeps: bool) -> None:
    outcome = settings_with(DATABASE_URL=PRIMARY_URL, DATABASE_REPLICA_URL=REPLICA_URL, CONN_MAX_AGE=seconds)
    for database in json.loads(outcome.stdout)[0].values():
        assert ({"connection_factory", "cursor_factory"} <= database["OPTIONS"].keys()) is keeps


@pytest.mark.parametrize("variables", [{}, {"DATABASE_REPLICA_URL": ""}])
def test_without_a_replica_nothing_is_routed(variables: dict[str, str]) -> None:
    databases, routers, middleware = json.loads(settings_with(DATABASE_URL=PRIMARY_URL, **variables).stdout)
    assert (list(databases), routers) == (["default"], [])
    assert middleware == ["core.http.logs.RequestLogMiddleware", "core.actors.ActorMiddleware"]


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_REPLICA_URL": REPLICA_URL},
        {"DATABASE_REPLICA_URL": REPLICA_URL, "DATABASE_URL": "sqlite:///scale.sqlite3"},
        {"DATABASE_REPLICA_URL": "sqlite:///scale.sqlite3", "DATABASE_URL": PRIMARY_URL},
    ],
)
def test_only_postgresql_has_replicas(variables: dict[str, str]) -> None:
    outcome = settings_with(**variables)
    assert outcome.returncode != 0
    assert re.fullmatch("DATABASE_REPLICA_URL must be .+\n", outcome.stderr)


def databases_read(method: str, path: str) -> dict[str, str]:
    """Return, for each app, the database that a request reads from when it uses the replica wherever it may."""
    read: dict[str, str] = {}

    def view(request: HttpRequest) -> HttpResponse:
        if reading := replica._reading.get():
            reading.database = REPLICA
        for model in models_of():
            read[model._meta.app_label] = ReplicaRouter().db_for_read(model)
        return HttpResponse()

    ReplicaMiddleware(view)(RequestFactory().generic(method, path))
    return read


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_request_to_the_api_reads_all_but_accounts_from_the_replica(method: str) -> None:
    read = databases_read(method, "/v6/job-types/")
    ours = {app for app, database in read.items() if database == REPLICA}
    assert ours == {
        *("audit", "catalogue", "errors", "files", "idempotency", "workspaces"),
        *("job_types", "jobs", "metrics", "recipes", "takeover"),
    }
    assert set(read) - ours == {"admin", "auth", "axes", "contenttypes", "knox", "scale", "sessions"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v6/job-types/"),
        ("POST", "/v6/job-types/validation/"),
        ("PATCH", "/v6/job-types/test/1.0.0/"),
        ("GET", "/admin/job_types/jobtype/"),
        ("GET", "/accounts/login/"),
        ("GET", "/readyz"),
    ],
)
def test_writes_validations_the_admin_and_pages_read_from_the_primary(method: str, path: str) -> None:
    assert set(databases_read(method, path).values()) == {"default"}


def test_outside_of_a_request_everything_is_read_from_the_primary() -> None:
    assert {ReplicaRouter().db_for_read(model) for model in models_of()} == {"default"}


def test_nothing_is_written_to_the_replica_and_no_migration_touches_it() -> None:
    router = ReplicaRouter()
    read = JobType()
    read._state.db = REPLICA
    assert router.db_for_write(JobType, instance=read) == "default"
    assert router.allow_relation(read, Workspace())
    assert router.allow_migrate("default", "job_types")
    assert not router.allow_migrate(REPLICA, "job_types")


def test_a_replica_that_failed_is_tried_by_one_request_after_a_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    availability = replica._Availability()
    monkeypatch.setattr(replica, "PAUSE", 60.0)
    availability.failed("away")
    availability.failed("away")
    assert not availability.may_try()
    monkeypatch.setattr(replica, "PAUSE", 0.0)
    availability.failed("away")
    monkeypatch.setattr(replica, "PAUSE", 60.0)
    assert [availability.may_try() for _ in range(3)] == [True, False, False]
    availability.succeeded(time.monotonic())
    assert [availability.may_try() for _ in range(3)] == [True, True, True]
    assert caplog.messages == ["replica given up", "replica in use again"]


def test_an_answer_that_was_on_its_way_when_the_replica_failed_does_not_end_its_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    availability = replica._Availability()
    assert availability.may_try()
    asked_at = time.monotonic()
    availability.failed("away")
    availability.succeeded(asked_at)
    assert not availability.may_try()
    assert caplog.messages == ["replica given up"]


@pytest.mark.django_db(transaction=True)
def test_a_write_succeeds_although_its_position_cannot_be_stored(
    settings: Any, staff: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite has no positions; on PostgreSQL the table is missing."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:1], "scale.replica.ReplicaMiddleware", *settings.MIDDLEWARE[1:]]
    with connection.schema_editor() as editor:
        editor.delete_model(LastWrite)
    try:
        answer = staff.post("/v6/workspaces/", {"name": "raw"}, format="json")
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(LastWrite)
    assert (answer.status_code, answer.json()["name"]) == (201, "raw")
    assert "position of a write not stored" in caplog.messages
    assert Workspace.objects.count() == 1

"""The probes of the service: /healthz and /readyz."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_the_probes_report_ok_and_take_no_post(anyone: APIClient) -> None:
    assert anyone.get("/healthz").json() == {"status": "ok"}
    assert anyone.get("/readyz").json() == {"status": "ok"}
    assert anyone.post("/healthz").status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_probes_are_for_any_host_and_nothing_else_is(anyone: APIClient, path: str) -> None:
    container = {"host": "10.1.2.3:8000"}
    answer = anyone.get(path, headers=container)
    assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
    assert answer["Content-Length"] == str(len(answer.content))
    assert anyone.get(f"{path}/", headers=container).status_code == 400
    assert anyone.get("/v6/job-types/", headers=container).status_code == 400


def test_a_missing_migration_is_named(anyone: APIClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'workspaces'")
    answer = anyone.get("/readyz")
    assert answer.status_code == 503
    assert "workspaces.0004_broker" in answer.json()["detail"]

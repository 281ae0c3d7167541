"""The probes of the service: /healthz and /readyz."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_the_probes_report_ok_and_take_no_post(anyone: APIClient) -> None:
    assert anyone.get("/healthz").json() == {"status": "ok"}
    assert anyone.get("/readyz").json() == {"status": "ok"}
    assert anyone.post("/healthz").status_code == 405


def test_a_missing_migration_is_named(anyone: APIClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'workspaces'")
    answer = anyone.get("/readyz")
    assert answer.status_code == 503
    assert "workspaces.0003_texts" in answer.json()["detail"]

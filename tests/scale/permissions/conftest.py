"""A row of each kind, and a client of each kind."""

import pytest
from rest_framework.test import APIClient

from errors.services import builtin_error
from tests.conftest import client_of
from tests.factories import make_job, make_job_type
from tests.recipes.factories import job_node, make_recipe
from workspaces.services import create_workspace


@pytest.fixture(autouse=True)
def rows(db: None) -> dict[str, int]:
    job_type = make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    create_workspace(name="raw", fields={})
    return {"error": builtin_error("unknown").pk, "job": make_job(job_type, "QUEUED").pk}


@pytest.fixture(params=["anyone", "user", "staff", "superuser"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def client_of_kind(kind: str) -> APIClient:
    rights = {"user": {}, "staff": {"is_staff": True}, "superuser": {"is_staff": True, "is_superuser": True}}
    return APIClient() if kind == "anyone" else client_of(kind, **rights[kind])

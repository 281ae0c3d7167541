"""Who may do what: every endpoint and method, for every kind of client, with public reading on and off."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.conftest import client_of
from tests.factories import make_job_type, make_manifest
from tests.recipes.factories import job_node, make_recipe
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

READS = [
    "/v6/job-type-names/",
    "/v6/job-types/",
    "/v6/job-types/test/",
    "/v6/job-types/test/1.0.0/",
    "/v6/job-types/test/1.0.0/revisions/",
    "/v6/job-types/test/1.0.0/revisions/1/",
    "/v6/job-types/status/",
    "/v6/job-types/pending/",
    "/v6/job-types/running/",
    "/v6/job-types/system-failures/",
    "/v6/jobs/",
    "/v6/recipe-types/",
    "/v6/recipe-types/recipe/",
    "/v6/recipe-types/recipe/revisions/",
    "/v6/recipe-types/recipe/revisions/1/",
    "/v6/errors/",
    "/v6/workspaces/",
    "/v6/workspaces/raw/",
    "/v6/schema/",
    "/v6/docs/",
]
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/v6/job-types/", {"manifest": make_manifest("new"), "docker_image": "x"}),
    ("patch", "/v6/job-types/test/1.0.0/", {"is_published": True}),
    ("post", "/v6/jobs/", {"job_type_name": "test", "job_type_version": "1.0.0"}),
    ("post", "/v6/jobs/transitions/", {"changes": []}),
    ("post", "/v6/jobs/claim/", {"node": "a", "limit": 1}),
    ("post", "/v6/jobs/cancel/", {"status": "QUEUED"}),
    ("post", "/v6/jobs/requeue/", {"status": "FAILED"}),
    ("post", "/v6/recipe-types/", {"name": "new", "definition": {"nodes": {"a": job_node("test")}}}),
    ("patch", "/v6/recipe-types/recipe/", {"title": "New"}),
    ("post", "/v6/workspaces/", {"name": "new"}),
    ("patch", "/v6/workspaces/raw/", {"title": "Raw"}),
]


@pytest.fixture(autouse=True)
def rows() -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    create_workspace(name="raw", fields={})


@pytest.fixture(params=["anyone", "user", "staff", "superuser"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def client_of_kind(kind: str) -> APIClient:
    rights = {"user": {}, "staff": {"is_staff": True}, "superuser": {"is_staff": True, "is_superuser": True}}
    return APIClient() if kind == "anyone" else client_of(kind, **rights[kind])


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("url", READS)
def test_reading_is_public_or_for_accounts(
    client_of_kind: APIClient, kind: str, public: bool, url: str, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = client_of_kind.get(url)
    assert answer.status_code == (200 if public or kind != "anyone" else 401)
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"] == "Token"
        if url not in ("/v6/schema/", "/v6/docs/"):  # these two answer in their own media types
            assert answer.json()["detail"]


@pytest.mark.parametrize("public", [True, False])
def test_validating_is_reading(client_of_kind: APIClient, kind: str, public: bool, settings: Any) -> None:
    settings.PUBLIC_READ_API = public
    answer = client_of_kind.post("/v6/job-types/validation/", {"manifest": {}}, format="json")
    assert answer.status_code == (200 if public or kind != "anyone" else 401)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize(("method", "url", "body"), WRITES)
def test_writing_is_for_staff(
    client_of_kind: APIClient, kind: str, public: bool, method: str, url: str, body: Any, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = getattr(client_of_kind, method)(url, body, format="json")
    if kind in ("staff", "superuser"):
        assert answer.status_code in (200, 201)
    else:
        assert answer.status_code == (401 if kind == "anyone" else 403)
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    "header", ["Token", "Token a b", "Token nonsense", "Token " + "a" * 64, "Token \udcff\udcfe"]
)
def test_a_strange_token_is_a_401(anyone: APIClient, header: str) -> None:
    answer = anyone.get("/v6/job-types/", HTTP_AUTHORIZATION=header.encode("utf-8", "surrogateescape"))
    assert answer.status_code == 401
    assert answer.json()["detail"]


def test_an_expired_token_and_one_of_an_inactive_account_are_a_401(anyone: APIClient) -> None:
    account = get_user_model().objects.create_user("somebody")
    stored, token = AuthToken.objects.create(account)
    header = {"Authorization": f"Token {token}"}
    assert anyone.get("/v6/job-types/", headers=header).status_code == 200
    AuthToken.objects.filter(pk=stored.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    assert anyone.get("/v6/job-types/", headers=header).status_code == 401
    assert AuthToken.objects.filter(pk=stored.pk).exists()
    AuthToken.objects.filter(pk=stored.pk).update(expiry=None)
    get_user_model().objects.update(is_active=False)
    assert anyone.get("/v6/job-types/", headers=header).status_code == 401


def test_a_session_writes_with_its_csrf_token_alone() -> None:
    account = get_user_model().objects.create_user("somebody", is_staff=True)
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    body = {"name": "new"}
    refused = client.post("/v6/workspaces/", body, content_type="application/json")
    assert (refused.status_code, "CSRF" in refused.json()["detail"]) == (403, True)
    client.get("/accounts/login/")
    token = client.cookies["csrftoken"].value
    answer = client.post("/v6/workspaces/", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 201

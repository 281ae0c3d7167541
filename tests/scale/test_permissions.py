"""Who may do what: every endpoint and method, for every kind of client, with public reading on and off."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import get_resolver, resolve
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from errors.services import builtin_error
from tests.conftest import client_of
from tests.factories import make_job, make_job_type, make_manifest
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
    "/v6/errors/{error}/",
    "/v6/jobs/{job}/",
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


VALIDATIONS: list[tuple[str, dict[str, Any]]] = [
    ("/v6/job-types/validation/", {"manifest": {}}),
    ("/v6/recipe-types/validation/", {"definition": {}}),
]
STAFF_READS = ["/v6/audit/"]
# Pages that have rules of their own: who is no staff is sent to the login, and the probes are for everybody.
OWN_RULES = {
    "/": 302,
    "/favicon.ico": 302,
    "/healthz": 200,
    "/readyz": 200,
    "/accounts/login/": 200,
    "/accounts/logout/": 405,
}


@pytest.fixture(autouse=True)
def rows() -> dict[str, int]:
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


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("url", READS)
def test_reading_is_public_or_for_accounts(
    client_of_kind: APIClient, kind: str, public: bool, url: str, rows: dict[str, int], settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = client_of_kind.get(url.format(**rows))
    assert answer.status_code == (200 if public or kind != "anyone" else 401)
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"] == "Token"
        if url not in ("/v6/schema/", "/v6/docs/"):  # these two answer in their own media types
            assert answer.json()["detail"]


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize(("url", "body"), VALIDATIONS)
def test_validating_is_reading(
    client_of_kind: APIClient, kind: str, public: bool, url: str, body: Any, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = client_of_kind.post(url, body, format="json")
    assert answer.status_code == (200 if public or kind != "anyone" else 401)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("url", STAFF_READS)
def test_some_reading_is_for_staff(
    client_of_kind: APIClient, kind: str, public: bool, url: str, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    status = {"anyone": 401, "user": 403, "staff": 200, "superuser": 200}[kind]
    assert client_of_kind.get(url).status_code == status


@pytest.mark.parametrize("public", [True, False])
def test_methods_that_an_endpoint_has_not_do_nothing_for_anyone(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int], settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    known = {("get", url) for url in (*READS, *STAFF_READS)} | {(method, url) for method, url, _ in WRITES}
    known |= {("post", url) for url, _ in VALIDATIONS}
    for url in sorted({url for _, url in known}):
        for method in ("get", "post", "patch", "put", "delete"):
            if (method, url) in known:
                continue
            answer = getattr(client_of_kind, method)(url.format(**rows))
            # Who may not use the method at all hears that first.
            assert answer.status_code in (401, 403, 405), (method, url)
            if kind in ("staff", "superuser"):
                assert answer.status_code == 405, (method, url)
                assert method.upper() not in answer["Allow"]


def test_the_other_pages_have_rules_of_their_own(client_of_kind: APIClient, kind: str) -> None:
    for url, status in OWN_RULES.items():
        assert client_of_kind.get(url).status_code == status, url
    # The admin knows sessions alone, and no tokens.
    for _, pattern in admin_patterns():
        answer = client_of_kind.get(pattern)
        assert answer.status_code in (301, 302), pattern
        assert "/admin/" in answer["Location"]


@pytest.mark.parametrize("public", [True, False])
def test_asking_for_the_methods_or_the_headers_is_reading(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int], settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    status = 200 if public or kind != "anyone" else 401
    for url in READS:
        for method in ("head", "options"):
            assert getattr(client_of_kind, method)(url.format(**rows)).status_code == status, (method, url)
    for url in {*(url for _, url, _ in WRITES), *(url for url, _ in VALIDATIONS)}:
        assert client_of_kind.options(url).status_code == status, url


def test_the_admin_sends_sessions_of_others_than_staff_to_the_login_and_lets_staff_do_what_it_may() -> None:
    accounts = get_user_model().objects
    user, staff = accounts.create_user("user"), accounts.create_user("staff", is_staff=True)
    for account in (user, staff):
        client = Client()
        client.force_login(account)
        for name, url in admin_patterns():
            answer = client.get(url)
            if account is user and name != "logout":
                assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True), url
            # Staff sees its own pages, and nothing of a model without a permission for it.
            elif url.count("/") > 3 and not url.startswith(("/admin/password_change/", "/admin/r/")):
                assert answer.status_code in (302, 403, 404), url


def admin_patterns() -> list[tuple[str, str]]:
    """Every URL of the admin, with something in the place of its parameters."""
    return [(name, url) for name, url in routes() if url.startswith("/admin/") and "login" not in url]


def routes(patterns: Any = None, prefix: str = "/") -> list[tuple[str, str]]:
    """(name, URL) of all routes there are, `{}` in the place of a parameter; of the admin, 1."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        # A parameter is `<…>` in a path and `(?P<…>…)` in an expression; the rest of an expression are its ends.
        text = re.sub(r"\(\?P<[^)]*\)|<[^>]*>", "1", str(pattern.pattern))
        text = text.replace("^", "").replace("$", "").replace("\\Z", "")
        if hasattr(pattern, "url_patterns"):
            found += routes(pattern.url_patterns, prefix + text)
        else:
            found.append((pattern.name or "", prefix + text))
    return found


def test_every_route_is_in_these_tables() -> None:
    tables = {*READS, *STAFF_READS, *(url for _, url, _ in WRITES), *(url for url, _ in VALIDATIONS)}
    tested = {resolve(url.format(error=1, job=1)).route for url in (*tables, *OWN_RULES)}
    routed = {url for _, url in routes() if not url.startswith("/admin/") and url != "/v6/"}
    assert {url for url in routed if resolve(url).route not in tested} == set()


@pytest.mark.parametrize(("method", "url", "body"), WRITES)
def test_a_session_writes_with_its_csrf_token_alone(method: str, url: str, body: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_user("somebody", is_staff=True))
    send = partial(getattr(client, method), url, body, content_type="application/json")
    refused = send()
    assert (refused.status_code, "CSRF" in refused.json()["detail"]) == (403, True)
    client.get("/accounts/login/")
    assert send(headers={"X-CSRFToken": client.cookies["csrftoken"].value}).status_code in (200, 201)


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

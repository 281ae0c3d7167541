"""The security headers, on answers of views and on those that no view makes."""

import re
from pathlib import Path
from typing import Any

import pytest
import rest_framework
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client

from core.http.security import FRAMEWORK_STYLES
from tests.factories import make_job_type
from workspaces.views import WorkspaceViewSet

pytestmark = pytest.mark.django_db

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-hashes' "
    "'sha256-OfgyIBrd+/vP79JdFMYP+re4T+fIenvkrHPD2HZ8/cs=' "
    "'sha256-itEifOreB+Yd8tgh+Vhzr7gLeH0TEranZDFO9abrZr4=' "
    "'sha256-YMzi7VhBA8f5AR742LYQNWWFvDZs+3/EiMre91Jxakw=' "
    "'sha256-hcsO6XMI9hdQ8bE5rEK4+sQhd+KWkFCUtq8pFdGbujQ=' "
    "'sha256-cjybTjEnaxXJC0ghlFurKZrP1uK3e2Yd+0gqo2fMd/0='; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


MIDDLEWARE = "core.http.security.SecurityHeadersMiddleware"


def assert_secured(answer: Any) -> None:
    is_page = answer.get("Content-Type", "").startswith("text/html")
    assert answer["Content-Security-Policy"] == (PAGE_POLICY if is_page else DATA_POLICY)
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert "camera=()" in answer["Permissions-Policy"]
    shown = " ".join(f"{name}: {value}" for name, value in answer.items())
    body = b"" if answer.streaming else answer.content
    assert not any(word in shown.lower() for word in ("django", "gunicorn", "python", "whitenoise"))
    assert b"Traceback" not in body
    assert b'File "' not in body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/", 200),
        ("get", "/favicon.ico", 302),
        ("get", "/v6/job-types", 308),
        ("get", "/admin/job_types/jobtype", 302),
        ("get", "/static/admin/css/base.css", 200),
        ("get", "/static/none.css", 404),
        ("get", "/healthz", 200),
        ("post", "/healthz", 405),
        ("post", "/v6/workspaces/", 401),
        ("put", "/v6/workspaces/", 405),
        ("options", "/v6/workspaces/", 200),
        ("head", "/v6/docs/", 200),
        ("get", "/admin/", 302),
        ("get", "/admin/login/", 200),
        ("get", "/nothing/", 404),
    ],
)
def test_answers_to_clients_without_an_account_have_the_headers(method: str, path: str, status: int) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == status
    assert_secured(answer)


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [
        ("/v6/docs/", 200, PAGE_POLICY),
        ("/v6/docs/?script=", 200, DATA_POLICY),
        ("/v6/schema/", 200, DATA_POLICY),
        ("/v6/job-types/", 200, DATA_POLICY),
        ("/v6/job-types/nobody/1.0.0/", 404, DATA_POLICY),
        ("/v6/job-types/?page=0", 400, DATA_POLICY),
        ("/v6/nothing/", 404, DATA_POLICY),
        ("/nothing/", 404, PAGE_POLICY),
        ("/admin/", 200, PAGE_POLICY),
        ("/admin/job_types/jobtype/", 200, PAGE_POLICY),
        ("/accounts/login/", 200, PAGE_POLICY),
        ("/healthz", 200, DATA_POLICY),
        ("/readyz", 200, DATA_POLICY),
        ("/static/admin/css/base.css", 200, DATA_POLICY),
    ],
)
def test_answers_to_an_operator_have_the_headers_and_the_policy_of_their_kind(
    admin_client: Client, path: str, status: int, policy: str
) -> None:
    answer = admin_client.get(path)
    assert (answer.status_code, answer["Content-Security-Policy"]) == (status, policy)
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert not any("django" in value.lower() for name, value in answer.items())


def test_pages_have_no_inline_script_and_their_policy_allows_none(admin_client: Client) -> None:
    make_job_type()
    assert "unsafe-inline" not in PAGE_POLICY
    assert "unsafe-eval" not in PAGE_POLICY
    for path in ("/v6/docs/", "/admin/job_types/jobtype/"):
        page = admin_client.get(path).content.decode()
        assert all(
            "src=" in tag or "json" in tag for tag in page.split("<script")[1:] for tag in [tag.split(">")[0]]
        )
    answer = admin_client.get("/v6/job-types/", headers={"Accept": "text/html"})
    assert answer["Content-Security-Policy"] == PAGE_POLICY


@pytest.mark.parametrize(("path", "is_page"), [("/v6/workspaces/", False), ("/admin/login/", True)])
def test_the_refusal_of_an_unknown_host_has_the_headers(path: str, is_page: bool) -> None:
    answer = Client().get(path, headers={"Host": "elsewhere.example.com"})
    assert answer.status_code == 400
    assert_secured(answer)


def test_a_form_refused_by_csrf_has_the_headers() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert_secured(answer)
    assert b"<style" not in answer.content


def test_the_answer_of_a_login_lock_has_the_headers() -> None:
    for _ in range(5):
        answer = Client().post("/admin/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 429
    assert_secured(answer)


@pytest.mark.parametrize(("fault", "status"), [(RuntimeError("inner"), 500), (OperationalError("10.0.0.1"), 503)])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_fault_of_the_api_has_the_headers_and_no_cause(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, accept: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise fault

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    client = Client(raise_request_exception=False)
    answer = client.get("/v6/workspaces/", headers={"Accept": accept})
    assert answer.status_code == status
    assert_secured(answer)
    assert b"inner" not in answer.content
    assert b"10.0.0.1" not in answer.content


def test_a_fault_of_a_page_has_the_headers_and_no_cause(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("inner")

    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.get_app_list", fail)
    admin_client.raise_request_exception = False
    answer = admin_client.get("/admin/")
    assert answer.status_code == 500
    assert_secured(answer)
    assert b"inner" not in answer.content


def test_the_redirect_to_https_has_the_headers(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/v6/workspaces/")
    assert answer.status_code == 301
    assert_secured(answer)


def test_the_middleware_comes_before_every_other_that_may_answer() -> None:
    before = django_settings.MIDDLEWARE[: django_settings.MIDDLEWARE.index(MIDDLEWARE)]
    assert set(before) <= {"core.http.logs.RequestLogMiddleware", "core.actors.ActorMiddleware"}


def test_the_allowed_inline_styles_are_those_of_the_templates_in_use() -> None:
    folder = Path(rest_framework.__file__).parent / "templates" / "rest_framework"
    pages = (folder / "base.html", folder / "login_base.html")
    styles = {style for page in pages for style in re.findall(r'style="([^"]*)"', page.read_text(encoding="utf-8"))}
    assert styles == set(FRAMEWORK_STYLES)

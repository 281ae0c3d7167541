"""The headers of security, on the answers that no view makes as well."""

import re
from pathlib import Path
from typing import Any

import pytest
import rest_framework
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client

from core.http.security import FRAMEWORK_STYLES
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
    told = " ".join(f"{name}: {value}" for name, value in answer.items())
    body = b"" if answer.streaming else answer.content
    assert not any(word in told.lower() for word in ("django", "gunicorn", "python", "whitenoise"))
    assert b"Traceback" not in body
    assert b'File "' not in body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/", 302),
        ("get", "/favicon.ico", 302),
        ("get", "/v6/job-types", 308),
        ("get", "/admin/job_types/jobtype", 302),
        ("get", "/static/admin/css/base.css", 200),
        ("get", "/static/none.css", 404),
        ("get", "/healthz", 200),
        ("post", "/healthz", 405),
        ("post", "/v6/workspaces/", 401),
        ("put", "/v6/workspaces/", 401),
        ("options", "/v6/workspaces/", 200),
        ("head", "/v6/docs/", 200),
        ("get", "/admin/", 302),
        ("get", "/admin/login/", 200),
        ("get", "/nothing/", 404),
    ],
)
def test_every_kind_of_answer_has_them(method: str, path: str, status: int) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == status
    assert_secured(answer)


@pytest.mark.parametrize(("path", "is_page"), [("/v6/workspaces/", False), ("/admin/login/", True)])
def test_the_refusal_of_a_strange_host_has_them(path: str, is_page: bool) -> None:
    answer = Client().get(path, headers={"Host": "elsewhere.example.com"})
    assert answer.status_code == 400
    assert_secured(answer)


def test_a_refused_form_has_them() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert_secured(answer)
    assert b"<style" not in answer.content


def test_a_lock_has_them() -> None:
    for _ in range(5):
        answer = Client().post("/admin/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 429
    assert_secured(answer)


@pytest.mark.parametrize(("fault", "status"), [(RuntimeError("inner"), 500), (OperationalError("10.0.0.1"), 503)])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_fault_has_them(monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, accept: str) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise fault

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    client = Client(raise_request_exception=False)
    answer = client.get("/v6/workspaces/", headers={"Accept": accept})
    assert answer.status_code == status
    assert_secured(answer)
    assert b"inner" not in answer.content
    assert b"10.0.0.1" not in answer.content


def test_a_fault_of_a_page_has_them(monkeypatch: pytest.MonkeyPatch, admin_client: Client) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("inner")

    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.get_app_list", fail)
    admin_client.raise_request_exception = False
    answer = admin_client.get("/admin/")
    assert answer.status_code == 500
    assert_secured(answer)
    assert b"inner" not in answer.content


def test_what_is_sent_on_to_https_has_them(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/v6/workspaces/")
    assert answer.status_code == 301
    assert_secured(answer)


def test_the_middleware_stands_before_all_that_answer() -> None:
    before = django_settings.MIDDLEWARE[: django_settings.MIDDLEWARE.index(MIDDLEWARE)]
    assert set(before) <= {"core.http.logs.RequestLogMiddleware", "core.actors.ActorMiddleware"}


def test_the_styles_that_are_allowed_are_those_of_the_pages_that_are_used() -> None:
    folder = Path(rest_framework.__file__).parent / "templates" / "rest_framework"
    pages = (folder / "base.html", folder / "login_base.html")
    styles = {style for page in pages for style in re.findall(r'style="([^"]*)"', page.read_text(encoding="utf-8"))}
    assert styles == set(FRAMEWORK_STYLES)

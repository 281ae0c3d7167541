"""Who may open the admin and the pages outside the API, and that no route is left out of the tables."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import get_resolver, resolve
from rest_framework.test import APIClient

from tests.scale.permissions.endpoints import PAGES, PROBES, READS, STAFF_READS, VALIDATIONS, WRITES

pytestmark = pytest.mark.django_db


def routes(patterns: Any = None, prefix: str = "/") -> list[tuple[str, str]]:
    """Return the name and the URL of every route, with 1 in the place of a parameter."""
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


def admin_patterns() -> list[tuple[str, str]]:
    """Return the name and the URL of every page of the admin but the login."""
    return [(name, url) for name, url in routes() if url.startswith("/admin/") and "login" not in url]


def test_pages_outside_the_api_are_open_and_the_admin_ignores_tokens(client_of_kind: APIClient, kind: str) -> None:
    for url, status in PAGES.items():
        assert client_of_kind.get(url).status_code == status, url
    # The admin knows only sessions, and redirects a client with a token to the login.
    for _, pattern in admin_patterns():
        answer = client_of_kind.get(pattern)
        assert answer.status_code in (301, 302), pattern
        assert "/admin/" in answer["Location"]


def test_the_admin_redirects_users_to_the_login_and_shows_staff_without_permissions_no_model() -> None:
    accounts = get_user_model().objects
    user, staff = accounts.create_user("user"), accounts.create_user("staff", is_staff=True)
    for account in (user, staff):
        client = Client()
        client.force_login(account)
        for name, url in admin_patterns():
            answer = client.get(url)
            if account is user and name != "logout":
                assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True), url
            # Staff see their own pages, and no page of a model that they have no permission for.
            elif url.count("/") > 3 and not url.startswith(("/admin/password_change/", "/admin/r/")):
                assert answer.status_code in (302, 403, 404), url


def test_every_route_is_in_the_tables_of_endpoints() -> None:
    tables = {*READS, *STAFF_READS, *(url for _, url, _ in WRITES), *(url for url, _ in VALIDATIONS)}
    tested = {resolve(url.format(error=1, job=1)).route for url in (*tables, *PAGES.keys() - PROBES)}
    routed = {url for _, url in routes() if not url.startswith("/admin/") and url != "/v6/"}
    assert {url for url in routed if resolve(url).route not in tested} == set()

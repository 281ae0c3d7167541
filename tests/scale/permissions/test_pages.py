"""Who may open the admin and the pages outside the API, and that no route is left out of the tables."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from rest_framework.test import APIClient

from core.rights import GROUPS, OPERATORS
from tests.scale.permissions.conftest import KINDS
from tests.scale.permissions.endpoints import OWN_READS, PAGES, PROBES, READS, RIGHTFUL_READS, VALIDATIONS, WRITES

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


def test_pages_outside_the_api_are_open_and_the_admin_ignores_tokens(
    client_of_kind: APIClient, kind: str, rows: dict[str, int]
) -> None:
    for url, status in PAGES.items():
        assert client_of_kind.get(url.format(**rows)).status_code == status, url
    # The admin knows only sessions, and redirects a client with a token to the login.
    for _, pattern in admin_patterns():
        answer = client_of_kind.get(pattern)
        assert answer.status_code in (301, 302), pattern
        assert "/admin/" in answer["Location"]


def test_the_admin_redirects_accounts_that_are_no_staff_to_the_login(kind: str) -> None:
    groups, marks = KINDS[kind]
    account = get_user_model().objects.create_user("somebody", **marks)  # type: ignore[arg-type]
    account.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(account)
    for name, url in admin_patterns():
        if name != "logout" and not account.is_staff:
            answer = client.get(url)
            assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True), url


def test_the_admin_shows_staff_what_operators_have_a_right_to_and_nothing_else(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    statuses = {
        model._meta.label_lower: client.get(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        ).status_code
        for model in admin.site._registry
    }
    shown = {
        model._meta.label_lower
        for model in admin.site._registry
        if f"{model._meta.app_label}.view_{model._meta.model_name}" in GROUPS[OPERATORS]
    }
    assert {label for label, status in statuses.items() if status == 200} == shown
    assert {status for label, status in statuses.items() if label not in shown} == {403}
    # The accounts and their tokens, which would give any right, are for superusers.
    assert set(statuses) - shown == {"auth.group", "auth.user", "axes.accessattempt", "knox.authtoken"}


def test_every_route_is_in_the_tables_of_endpoints() -> None:
    tables = {
        *READS,
        *OWN_READS,
        *RIGHTFUL_READS,
        *(url for _, url, *_ in WRITES),
        *(url for url, _ in VALIDATIONS),
    }
    tested = {
        resolve(url.format(error=1, job=1, execution=1, node=1, file=1, takeover=1).partition("?")[0]).route
        for url in (*tables, *PAGES.keys() - PROBES)
    }
    routed = {url for _, url in routes() if not url.startswith("/admin/") and url != "/v6/"}
    assert {url for url in routed if resolve(url).route not in tested} == set()

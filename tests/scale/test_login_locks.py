"""Locks of logins against whoever tries to get around them, or to use them against others."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.threads import at_once

PAGE = "/admin/login/"
PASSWORD = "a password of the tests"


@pytest.fixture
def accounts(db: None) -> None:
    get_user_model().objects.create_superuser("operator", password=PASSWORD)
    get_user_model().objects.create_user("insider", password=PASSWORD)


def log_in(username: str, password: str = PASSWORD, **meta: Any) -> int:
    body = {"username": username, "password": password}
    return Client().post(PAGE, body, **{"REMOTE_ADDR": "10.0.0.1", **meta}).status_code


def test_logging_in_to_an_account_of_ones_own_forgives_no_guesses_at_others(accounts: None) -> None:
    get_user_model().objects.filter(username="insider").update(is_staff=True)
    for _ in range(4):
        assert log_in("operator", "wrong") == 200
    assert log_in("insider") == 302
    assert log_in("operator", "wrong") == 429
    assert log_in("operator") == 429


def test_trying_on_does_not_make_a_lock_longer_nor_its_record_larger(accounts: None) -> None:
    for _ in range(5):
        log_in("operator", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    before = list(AccessAttempt.objects.values())
    for _ in range(3):
        assert log_in("operator", "wrong") == 429
    assert list(AccessAttempt.objects.values()) == before
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert log_in("operator") == 302


@pytest.mark.parametrize(
    "forwarded", ["unknown", "1.1.1.1:4711", "[2001:db8::1]:443", "_hidden", "1" * 300, "1.1.1.1.1", "fe80::1%eth0"]
)
def test_no_address_breaks_a_login(accounts: None, settings: Any, forwarded: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert log_in("operator", "wrong", HTTP_X_FORWARDED_FOR=forwarded) == 200
    assert log_in("operator", "wrong", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=forwarded) == 200
    settings.TRUSTED_PROXIES = 0
    assert log_in("operator", "wrong", REMOTE_ADDR="") == 200  # a socket that is a file


def test_the_addresses_of_one_network_of_ipv6_are_one(accounts: None) -> None:
    for number in range(5):
        log_in(f"nobody-{number}", "wrong", REMOTE_ADDR=f"2001:db8:0:1::{number}")
    assert log_in("operator", REMOTE_ADDR="2001:db8:0:1:ffff::1") == 429
    assert log_in("operator", REMOTE_ADDR="2001:db8:0:2::1") == 302


def test_another_browser_is_no_way_around_a_lock(accounts: None) -> None:
    for number in range(5):
        log_in("operator", "wrong", HTTP_USER_AGENT=f"browser {number}")
    assert log_in("operator", HTTP_USER_AGENT="another") == 429


def test_an_operator_ends_a_lock_in_the_admin(accounts: None, admin_client: Client) -> None:
    for _ in range(5):
        log_in("operator", "wrong")
    attempts = list(AccessAttempt.objects.values_list("pk", flat=True))
    body = {"action": "delete_selected", "_selected_action": attempts, "post": "yes"}
    assert admin_client.get("/admin/axes/accessattempt/").status_code == 200
    assert admin_client.get(f"/admin/axes/accessattempt/{attempts[0]}/change/").status_code == 200
    assert admin_client.post("/admin/axes/accessattempt/", body).status_code == 302
    assert log_in("operator") == 302


def test_a_lock_is_logged_with_its_address(accounts: None, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        log_in("operator", "a secret typed too early")
    locks = [record.getMessage() for record in caplog.records if "Locking out" in record.getMessage()]
    assert len(locks) == 1
    assert "operator" in locks[0]
    assert "10.0.0.1" in locks[0]
    assert "typed too early" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_failures_at_the_same_moment_all_count(accounts: None) -> None:
    statuses = at_once(12, lambda number: log_in("operator", "wrong", HTTP_USER_AGENT=f"browser {number % 3}"))
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) < 5
    assert log_in("operator") == 429
    call_command("axes_reset_ip", "10.0.0.1", stdout=StringIO())
    assert log_in("operator") == 302


@pytest.mark.parametrize(
    "query",
    ["?ip_address=nowhere", "?q=%00", "?q=x", "?username=%00", "?attempt_time__gte=x", "?failures_since_start=x"],
)
def test_no_query_breaks_the_pages_of_the_locks(admin_client: Client, query: str) -> None:
    assert admin_client.get(f"/admin/axes/accessattempt/{query}").status_code in (200, 302, 400, 404)

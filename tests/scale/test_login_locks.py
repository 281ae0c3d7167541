"""Locks of accounts and addresses after failed logins: what counts, what does not, and how a lock ends."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.threads import at_once

ADMIN, ACCOUNTS = "/admin/login/", "/accounts/login/"

PASSWORD = "a password of the tests"


@pytest.fixture
def accounts(db: None) -> None:
    get_user_model().objects.create_superuser("operator", password=PASSWORD)
    get_user_model().objects.create_user("insider", password=PASSWORD)


def log_in(username: str = "operator", password: str = PASSWORD, page: str = ADMIN, **meta: Any) -> Any:
    """Return the answer of a login page, by default to a client at 10.0.0.1."""
    return Client().post(page, {"username": username, "password": password}, **{"REMOTE_ADDR": "10.0.0.1", **meta})


@pytest.mark.parametrize("page", [ADMIN, ACCOUNTS])
def test_failures_lock_the_account_out_for_every_address(page: str, accounts: None) -> None:
    for number in range(4):
        assert log_in(page=page, password="wrong", REMOTE_ADDR=f"10.0.0.{number}").status_code == 200
    assert log_in(page=page, password="wrong").status_code == 429
    answer = log_in(page=page, REMOTE_ADDR="10.9.9.9")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"15 minutes" in answer.content


@pytest.mark.parametrize("page", [ADMIN, ACCOUNTS])
def test_failures_lock_the_address_out_for_every_account(page: str, accounts: None) -> None:
    for number in range(5):
        log_in(f"nobody-{number}", "wrong", page)
    assert log_in(page=page).status_code == 429
    assert log_in(page=page, REMOTE_ADDR="10.9.9.9").status_code == 302


def test_accounts_that_exist_and_those_that_do_not_get_the_same_answers(accounts: None) -> None:
    def answers(username: str, network: int) -> list[tuple[int, bool]]:
        tries = [log_in(username, "wrong", ACCOUNTS, REMOTE_ADDR=f"10.0.{network}.{number}") for number in range(6)]
        return [(answer.status_code, b"correct username" in answer.content) for answer in tries]

    assert answers("operator", 1) == answers("nobody", 2)


def test_a_login_that_succeeds_forgets_the_failures_before(accounts: None) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(password="wrong").status_code == 200
        assert log_in().status_code == 302


def test_an_operator_ends_a_lock_with_a_command(accounts: None) -> None:
    for _ in range(5):
        log_in(password="wrong")
    assert log_in().status_code == 429
    call_command("axes_reset_username", "operator", stdout=StringIO())
    assert log_in().status_code == 302


def test_a_lock_does_not_concern_tokens_and_stores_no_password(accounts: None, anyone: APIClient) -> None:
    _, token = AuthToken.objects.create(get_user_model().objects.get(username="operator"))
    for _ in range(5):
        log_in(password="a secret typed too early")
    assert "typed" not in str(list(AccessAttempt.objects.values()))
    header = {"Authorization": f"Token {token}"}
    assert anyone.get("/v6/audit/", headers=header).status_code == 200


def test_logging_in_to_one_account_does_not_forgive_failures_of_another(accounts: None) -> None:
    get_user_model().objects.filter(username="insider").update(is_staff=True)
    for _ in range(4):
        assert log_in("operator", "wrong").status_code == 200
    assert log_in("insider").status_code == 302
    assert log_in("operator", "wrong").status_code == 429
    assert log_in("operator").status_code == 429


def test_tries_during_a_lock_neither_prolong_it_nor_add_to_its_record(accounts: None) -> None:
    for _ in range(5):
        log_in("operator", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    before = list(AccessAttempt.objects.values())
    for _ in range(3):
        assert log_in("operator", "wrong").status_code == 429
    assert list(AccessAttempt.objects.values()) == before
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert log_in("operator").status_code == 302


@pytest.mark.parametrize(
    "forwarded", ["unknown", "1.1.1.1:4711", "[2001:db8::1]:443", "_hidden", "1" * 300, "1.1.1.1.1", "fe80::1%eth0"]
)
def test_a_malformed_or_missing_address_breaks_no_login(accounts: None, settings: Any, forwarded: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert log_in("operator", "wrong", HTTP_X_FORWARDED_FOR=forwarded).status_code == 200
    assert log_in("operator", "wrong", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=forwarded).status_code == 200
    settings.TRUSTED_PROXIES = 0
    assert log_in("operator", "wrong", REMOTE_ADDR="").status_code == 200  # a Unix socket


def test_the_addresses_of_one_ipv6_network_count_as_one(accounts: None) -> None:
    for number in range(5):
        log_in(f"nobody-{number}", "wrong", REMOTE_ADDR=f"2001:db8:0:1::{number}")
    assert log_in("operator", REMOTE_ADDR="2001:db8:0:1:ffff::1").status_code == 429
    assert log_in("operator", REMOTE_ADDR="2001:db8:0:2::1").status_code == 302


def test_another_browser_is_no_way_around_a_lock(accounts: None) -> None:
    for number in range(5):
        log_in("operator", "wrong", HTTP_USER_AGENT=f"browser {number}")
    assert log_in("operator", HTTP_USER_AGENT="another").status_code == 429


def test_an_operator_ends_a_lock_in_the_admin(accounts: None, admin_client: Client) -> None:
    for _ in range(5):
        log_in("operator", "wrong")
    attempts = list(AccessAttempt.objects.values_list("pk", flat=True))
    body = {"action": "delete_selected", "_selected_action": attempts, "post": "yes"}
    assert admin_client.get("/admin/axes/accessattempt/").status_code == 200
    assert admin_client.get(f"/admin/axes/accessattempt/{attempts[0]}/change/").status_code == 200
    assert admin_client.post("/admin/axes/accessattempt/", body).status_code == 302
    assert log_in("operator").status_code == 302


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
    def fail(number: int) -> int:
        return log_in("operator", "wrong", HTTP_USER_AGENT=f"browser {number % 3}").status_code

    statuses = at_once(12, fail)
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) < 5
    assert log_in("operator").status_code == 429
    call_command("axes_reset_ip", "10.0.0.1", stdout=StringIO())
    assert log_in("operator").status_code == 302


@pytest.mark.parametrize(
    "query",
    ["?ip_address=nowhere", "?q=%00", "?q=x", "?username=%00", "?attempt_time__gte=x", "?failures_since_start=x"],
)
def test_no_query_breaks_the_admin_pages_of_the_locks(admin_client: Client, query: str) -> None:
    assert admin_client.get(f"/admin/axes/accessattempt/{query}").status_code in (200, 302, 400, 404)

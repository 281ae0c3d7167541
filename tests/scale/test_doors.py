"""The doors: logging in, tokens, and what the answers tell browsers."""

from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from knox.models import AuthToken
from rest_framework.test import APIClient

from core.http.addresses import client_address
from core.http.security import DATA_POLICY, PAGE_POLICY
from tests.factories import make_job_type

pytestmark = pytest.mark.django_db

PAGES = ["/admin/login/", "/accounts/login/"]
PASSWORD = "a password of the tests"


@pytest.fixture
def operator() -> Any:
    return get_user_model().objects.create_superuser("operator", password=PASSWORD)


def log_in(page: str, username: str = "operator", password: str = PASSWORD, address: str = "10.0.0.1") -> Any:
    return Client(REMOTE_ADDR=address).post(page, {"username": username, "password": password})


@pytest.mark.parametrize("page", PAGES)
def test_failures_lock_the_account_out_from_everywhere(page: str, operator: Any) -> None:
    for number in range(4):
        assert log_in(page, password="wrong", address=f"10.0.0.{number}").status_code == 200
    assert log_in(page, password="wrong").status_code == 429
    answer = log_in(page, address="10.9.9.9")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"15 minutes" in answer.content


@pytest.mark.parametrize("page", PAGES)
def test_failures_lock_the_address_out_for_every_account(page: str, operator: Any) -> None:
    for number in range(5):
        log_in(page, username=f"nobody-{number}", password="wrong")
    assert log_in(page).status_code == 429
    assert log_in(page, address="10.9.9.9").status_code == 302


def test_an_account_that_does_not_exist_is_answered_alike(operator: Any) -> None:
    def answers(username: str, network: int) -> list[tuple[int, bool]]:
        tries = [log_in(PAGES[1], username, "wrong", f"10.0.{network}.{number}") for number in range(6)]
        return [(answer.status_code, b"correct username" in answer.content) for answer in tries]

    assert answers("operator", 1) == answers("nobody", 2)


def test_a_login_that_succeeds_forgets_the_failures_before(operator: Any) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(PAGES[0], password="wrong").status_code == 200
        assert log_in(PAGES[0]).status_code == 302


def test_a_lock_ends_and_can_be_ended(operator: Any) -> None:
    for _ in range(5):
        log_in(PAGES[0], password="wrong")
    assert log_in(PAGES[0]).status_code == 429
    call_command("axes_reset_username", "operator", stdout=StringIO())
    assert log_in(PAGES[0]).status_code == 302


def test_a_lock_leaves_tokens_alone_and_keeps_no_password(operator: Any, anyone: APIClient) -> None:
    _, token = AuthToken.objects.create(operator)
    for _ in range(5):
        log_in(PAGES[0], password="a secret typed too early")
    assert "typed" not in str(list(AccessAttempt.objects.values()))
    header = {"Authorization": f"Token {token}"}
    assert anyone.get("/v6/audit/", headers=header).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_say_of_an_address_counts(
    proxies: int, forwarded: str, address: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert str(client_address(request)) == address


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
def test_every_answer_has_the_headers_of_security(
    admin_client: Client, path: str, status: int, policy: str
) -> None:
    answer = admin_client.get(path)
    assert (answer.status_code, answer["Content-Security-Policy"]) == (status, policy)
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert not any("django" in value.lower() for name, value in answer.items())


def test_pages_allow_no_script_of_their_own(admin_client: Client) -> None:
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


def tokens(*arguments: str) -> str:
    out = StringIO()
    call_command("tokens", *arguments, stdout=out)
    return out.getvalue()


def test_tokens_are_made_shown_once_listed_and_revoked(operator: Any, anyone: APIClient) -> None:
    first, second = (tokens("create", "operator", "--days", "7").split()[-1] for _ in range(2))
    for token in (first, second):
        assert anyone.get("/v6/audit/", headers={"Authorization": f"Token {token}"}).status_code == 200
        assert token not in str(list(AuthToken.objects.values()))
    listed = tokens("list", "operator")
    assert (first[:8] in listed, first[:9] in listed, listed.count("operator")) == (True, False, 2)
    assert "revoked" in tokens("revoke", first[:8])
    assert anyone.get("/v6/audit/", headers={"Authorization": f"Token {first}"}).status_code == 401
    assert anyone.get("/v6/audit/", headers={"Authorization": f"Token {second}"}).status_code == 200
    assert tokens("revoke", "--user", "operator") == "Tokens of operator revoked: 1.\n"
    assert tokens("list") == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "nobody"),
        ("create", "operator", "--days", "0"),
        ("list", "nobody"),
        ("revoke",),
        ("revoke", "abc"),
        ("revoke", "abcdefgh"),
        ("revoke", "abcdefgh", "--user", "operator"),
        ("revoke", "--user", "nobody"),
    ],
)
def test_what_tokens_cannot_do_is_said(operator: Any, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        tokens(*arguments)

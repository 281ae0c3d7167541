"""API tokens: what is accepted, when they were last used, what ends them, and the command that manages them."""

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from scale import authentication
from scale import tokens as services
from scale.models import TokenDetails

pytestmark = pytest.mark.django_db

PASSWORD = "a password of the tests"
URL = "/v6/job-types/"


@pytest.fixture
def operator() -> User:
    return get_user_model().objects.create_superuser("operator", password=PASSWORD)


def tokens(*arguments: str) -> str:
    """Run ``manage.py tokens`` and return its output."""
    out = StringIO()
    call_command("tokens", *arguments, stdout=out)
    return out.getvalue()


def status_of(token: str, url: str = "/v6/audit/", scheme: str = "Token") -> int:
    return APIClient().get(url, headers={"Authorization": f"{scheme} {token}"}).status_code


# The command


def test_tokens_are_made_shown_once_listed_and_revoked(operator: User) -> None:
    first, second = (tokens("create", "operator", "--days", "7", "--name", "laptop").split()[-1] for _ in range(2))
    for token in (first, second):
        assert token not in str([*AuthToken.objects.values(), *TokenDetails.objects.values()])
    listed = tokens("list", "operator")
    assert (first[:8] in listed, first[:9] in listed, listed.count("operator")) == (True, False, 2)
    assert listed.count("used never  laptop") == 2
    assert (status_of(first), status_of(second)) == (200, 200)
    assert tokens("list").count(f"used {timezone.now():%Y-%m-%d %H}:00  laptop") == 2
    assert "revoked" in tokens("revoke", first[:8])
    assert (status_of(first), status_of(second)) == (401, 200)
    assert tokens("revoke", "--user", "operator") == "Tokens of operator revoked: 1.\n"
    assert tokens("list") == ""


def test_the_command_makes_an_account_for_a_node_that_can_do_one_thing() -> None:
    token = tokens("create", "node-01", "--group", "Workers").split()[-1]
    node = APIClient(headers={"Authorization": f"Bearer {token}"})
    assert node.post("/v6/jobs/claim/", {"node": "node-01", "limit": 1}, format="json").status_code == 200
    assert node.post("/v6/job-types/", {}, format="json").status_code == 403
    assert node.post("/v6/jobs/cancel/", {"status": "QUEUED"}, format="json").status_code == 403
    assert node.get("/v6/audit/").status_code == 403
    account = get_user_model().objects.get(username="node-01")
    assert (account.is_staff, account.has_usable_password()) == (False, False)
    tokens("create", "node-01", "--group", "Publishers")
    assert sorted(account.groups.values_list("name", flat=True)) == ["Publishers", "Workers"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "nobody"),
        ("create", "operator", "--days", "0"),
        ("create", "operator", "--name", "x" * 101),
        ("create", "operator", "--group", "Nobody"),
        ("create", "not a name", "--group", "Workers"),
        ("list", "nobody"),
        ("revoke",),
        ("revoke", "abc"),
        ("revoke", "abcdefgh"),
        ("revoke", "abcdefgh", "--user", "operator"),
        ("revoke", "--user", "nobody"),
    ],
)
def test_unknown_accounts_and_tokens_and_bad_options_are_refused(
    operator: User, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        tokens(*arguments)
    assert not AuthToken.objects.exists()
    assert get_user_model().objects.count() == 1


# What is accepted


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer", "TOKEN"])
def test_a_token_is_accepted_after_either_word(operator: User, scheme: str) -> None:
    _, token = services.issue_token(account=operator)
    assert status_of(token, scheme=scheme) == 200


@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
@pytest.mark.parametrize("rest", ["", " a b", " nonsense", " " + "a" * 64, " \udcff\udcfe"])
def test_a_malformed_or_unknown_token_is_a_401(anyone: APIClient, scheme: str, rest: str) -> None:
    answer = anyone.get(URL, HTTP_AUTHORIZATION=f"{scheme}{rest}".encode("utf-8", "surrogateescape"))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api", Token realm="api"')
    assert answer.json()["detail"]


def test_an_expired_token_and_one_of_an_inactive_account_are_a_401(operator: User) -> None:
    stored, token = services.issue_token(account=operator)
    assert status_of(token, URL) == 200
    AuthToken.objects.filter(pk=stored.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    assert status_of(token, URL) == 401
    assert AuthToken.objects.filter(pk=stored.pk).exists()
    AuthToken.objects.filter(pk=stored.pk).update(expiry=None)
    get_user_model().objects.update(is_active=False)
    assert status_of(token, URL) == 401


# When it was last used


def test_a_use_is_noted_once_an_hour(operator: User) -> None:
    def writes(token: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert status_of(token) == 200
        return sum("scale_tokendetails" in one["sql"] and not one["sql"].startswith("SELECT") for one in captured)

    _, named = services.issue_token(account=operator, name="laptop")
    _, old = AuthToken.objects.create(operator)  # as one of a release before this one
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for token, name, statements in ((named, "laptop", 1), (old, "", 2)):
        assert [writes(token) for _ in range(3)] == [statements, 0, 0]
        details = TokenDetails.objects.get(token__token_key=token[:15])
        assert (details.name, details.last_used) == (name, hour)
        # In the next hour.
        authentication.noted[details.pk] = hour - timedelta(hours=1)
        TokenDetails.objects.filter(pk=details.pk).update(last_used=hour - timedelta(hours=1))
        assert [writes(token) for _ in range(2)] == [1, 0]
        details.refresh_from_db()
        assert (details.name, details.last_used) == (name, hour)


def test_a_use_that_another_process_noted_in_this_hour_stays_as_it_is(operator: User) -> None:
    stored, token = services.issue_token(account=operator)
    later = timezone.now() + timedelta(minutes=1)
    TokenDetails.objects.filter(pk=stored.pk).update(last_used=later)
    assert status_of(token) == 200
    assert TokenDetails.objects.get().last_used == later


def test_a_request_succeeds_although_its_token_cannot_be_noted(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OperationalError("cannot execute INSERT in a read-only transaction")

    _, token = services.issue_token(account=operator)
    monkeypatch.setattr("django.db.models.query.QuerySet.update", fail)
    assert status_of(token) == 200
    monkeypatch.undo()
    assert TokenDetails.objects.get().last_used is None
    assert status_of(token) == 200
    assert TokenDetails.objects.get().last_used is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("sqlite", because="elsewhere a write waits for those of its own row alone")
def test_on_sqlite_a_request_does_not_wait_for_another_writer(operator: User) -> None:
    _, token = services.issue_token(account=operator)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert status_of(token) == 200
    waited = time.monotonic() - began
    other.execute("ROLLBACK")
    other.close()
    assert waited < connection.settings_dict["OPTIONS"]["timeout"] / 2
    assert TokenDetails.objects.get().last_used is None
    assert status_of(token) == 200
    assert TokenDetails.objects.get().last_used is not None
    # Other writes wait as before.
    assert connection.connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)


# What ends it


def by_its_owner(account: User) -> None:
    client = Client()
    client.force_login(account)
    body = {"old_password": PASSWORD, "new_password1": "another of them", "new_password2": "another of them"}
    assert client.post("/admin/password_change/", body).status_code == 302


def by_another_in_the_admin(account: User) -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("other"))
    body = {"password1": "another of them", "password2": "another of them", "usable_password": "true"}
    assert client.post(f"/admin/auth/user/{account.pk}/password/", body).status_code == 302


def by_the_command(account: User) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("getpass.getpass", lambda **prompt: "another of them")
        call_command("changepassword", account.username, stdout=StringIO())


def in_code(account: User) -> None:
    account.set_password("another of them")
    account.save()


@pytest.mark.parametrize("change", [by_its_owner, by_another_in_the_admin, by_the_command, in_code])
def test_tokens_end_with_a_changed_password_however_it_is_changed(
    operator: User, change: Callable[[User], None]
) -> None:
    _, token = services.issue_token(account=operator)
    _, of_another = services.issue_token(account=get_user_model().objects.create_superuser("another"))
    change(operator)
    assert get_user_model().objects.get(pk=operator.pk).check_password("another of them")
    assert (status_of(token), status_of(of_another)) == (401, 200)


def test_tokens_outlive_other_changes_and_a_hash_that_is_renewed(operator: User, settings: Any) -> None:
    _, token = services.issue_token(account=operator)
    operator.first_name = "Olga"
    operator.save()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = operator.password
    assert get_user_model().objects.get(pk=operator.pk).check_password(PASSWORD)
    assert get_user_model().objects.get(pk=operator.pk).password != before
    assert status_of(token) == 200


def test_no_token_is_made_for_a_password_that_was_changed_meanwhile(operator: User) -> None:
    stale = get_user_model().objects.get(pk=operator.pk)
    in_code(operator)
    with pytest.raises(services.Refused, match="password"):
        services.issue_token(account=stale)


def test_an_account_has_a_bounded_number_of_tokens(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_TOKENS", 2)
    for _ in range(2):
        services.issue_token(account=operator)
    with pytest.raises(CommandError, match="at most 2 API tokens"):
        tokens("create", "operator")


def test_the_tokens_of_an_account_end_when_the_admin_takes_its_password_away(
    operator: User, admin_client: APIClient
) -> None:
    operator.set_password("correct horse")
    operator.save()
    _, token = services.issue_token(account=operator)
    # An account without a password keeps its tokens: it was made for them.
    node = get_user_model().objects.create_user("node-01")
    _, other = services.issue_token(account=node)
    node.save()
    url = f"/admin/auth/user/{operator.pk}/password/"
    answer = admin_client.post(url, {"usable_password": "false", "unset-password": "1"})
    assert answer.status_code == 302
    assert (status_of(token), status_of(other)) == (401, 403)

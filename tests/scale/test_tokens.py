"""API tokens: the command that manages them, and the ones that are refused."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Any:
    return get_user_model().objects.create_superuser("operator")


def tokens(*arguments: str) -> str:
    """Run ``manage.py tokens`` and return its output."""
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
def test_unknown_accounts_and_tokens_and_bad_options_are_refused(operator: Any, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        tokens(*arguments)


@pytest.mark.parametrize(
    "header", ["Token", "Token a b", "Token nonsense", "Token " + "a" * 64, "Token \udcff\udcfe"]
)
def test_a_malformed_or_unknown_token_is_a_401(anyone: APIClient, header: str) -> None:
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

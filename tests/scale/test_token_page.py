"""The page on which each account makes and revokes its own API tokens."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from scale import tokens

pytestmark = pytest.mark.django_db

URL = "/tokens/"


@pytest.fixture
def account() -> User:
    return get_user_model().objects.create_user("publisher")


@pytest.fixture
def logged_in(account: User, client: Client) -> Client:
    client.force_login(account)
    return client


def revoke(client: Client, token: str) -> list[str]:
    answer = client.post(f"{URL}revoke/", {"token": token[:15]})
    assert (answer.status_code, answer["Location"]) == (302, URL)
    return [message.message for message in get_messages(answer.wsgi_request)][-1:]


def test_an_account_makes_a_token_that_is_shown_once_and_revokes_it(logged_in: Client) -> None:
    answer = logged_in.post(URL, {"name": "laptop <b>", "days": "30"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (token,) = re.findall(r"<pre[^>]*>(\w{64})</pre>", answer.content.decode())
    program = APIClient(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/v6/job-types/").status_code == 200
    page = logged_in.get(URL).content.decode()
    assert ("laptop &lt;b&gt;" in page, token[:8] in page, token[:16] in page) == (True, True, False)
    assert revoke(logged_in, token) == ["The token was revoked, and is no longer accepted."]
    assert program.get("/v6/job-types/").status_code == 401


def test_an_account_sees_and_revokes_no_token_of_another(logged_in: Client) -> None:
    _, token = tokens.issue_token(account=get_user_model().objects.create_user("other"), name="theirs")
    page = logged_in.get(URL).content.decode()
    assert ("theirs" in page, token[:8] in page) == (False, False)
    for start in (token, token[:8], "", "\0", "\0" * 15):
        assert revoke(logged_in, start) == ["There is no such token; it may have been revoked already."]
    assert AuthToken.objects.count() == 1


def test_a_token_of_an_earlier_release_is_listed_without_a_name(logged_in: Client, account: User) -> None:
    _, token = AuthToken.objects.create(account, expiry=None)
    page = logged_in.get(URL).content.decode()
    assert re.search(rf"–</th>\s*<td><code>{token[:8]}…</code></td>.*?never.*?never", page, re.DOTALL)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "This field is required."),
        ({"name": "", "days": "1"}, "This field is required."),
        ({"name": "x" * 101, "days": "1"}, "at most 100 characters"),
        ({"name": "a\0b", "days": "1"}, "Null characters are not allowed."),
        ({"name": "a", "days": "0"}, "greater than or equal to 1"),
        ({"name": "a", "days": "99999999999999999999"}, "less than or equal to 36500"),
        ({"name": "a", "days": "many"}, "whole number"),
    ],
)
def test_a_bad_form_is_a_400_that_says_what_is_wrong(logged_in: Client, body: dict[str, str], says: str) -> None:
    answer = logged_in.post(URL, body)
    assert (answer.status_code, says in answer.content.decode()) == (400, True)
    assert not AuthToken.objects.exists()


def test_too_many_tokens_are_refused_on_the_page(
    logged_in: Client, account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    tokens.issue_token(account=account)
    answer = logged_in.post(URL, {"name": "a", "days": "1"})
    assert (answer.status_code, "at most 1 API tokens" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize(("method", "url"), [("get", URL), ("post", URL), ("post", f"{URL}revoke/")])
def test_the_page_is_for_sessions_alone(user: APIClient, method: str, url: str) -> None:
    answer = getattr(user, method)(url)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={url}")


def test_the_page_is_reachable_where_earlier_releases_have_it(logged_in: Client, account: User) -> None:
    assert logged_in.get("/accounts/tokens/").content.decode().count('id="make-token"') == 1
    _, token = tokens.issue_token(account=account)
    answer = logged_in.post("/accounts/tokens/revoke/", {"token": token[:15]})
    assert (answer["Location"], AuthToken.objects.count()) == (URL, 0)


def test_a_form_from_another_site_is_refused(account: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    assert client.post(URL, {"name": "a", "days": "1"}).status_code == 403
    assert client.post(f"{URL}revoke/", {"token": "a" * 15}).status_code == 403
    assert not AuthToken.objects.exists()


def test_the_admin_shows_names_and_last_uses_and_issues_tokens_with_a_name(admin_client: Client) -> None:
    account = get_user_model().objects.create_user("node-01")
    AuthToken.objects.create(account)  # one of an earlier release
    body = {"user": account.pk, "name": "of the node", "expiry_0": "", "expiry_1": ""}
    answer = admin_client.post("/admin/knox/authtoken/add/", body)
    message, *_ = get_messages(answer.wsgi_request)
    token = message.message.removeprefix("TOKEN ")
    assert APIClient(headers={"Authorization": f"Token {token}"}).get("/v6/errors/").status_code == 200
    page = admin_client.get("/admin/knox/authtoken/?q=of+the+node").content.decode()
    assert ("of the node" in page, page.count("node-01</td>")) == (True, 1)
    stored = AuthToken.objects.get(token_key=token[:15])
    assert "of the node" in admin_client.get(f"/admin/knox/authtoken/{stored.pk}/change/").content.decode()

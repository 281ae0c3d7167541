"""What Scale's web client asks for: the version, who is logged in, a login, what was taken in; and its queries."""

from datetime import UTC, datetime
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from jobs.models import Node
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db

LOGIN, PROFILE = "/v6/accounts/login/", "/v6/accounts/profile/"
PASSWORD = " a password of the tests "
# As Angular's HttpClient asks for JSON.
HEADERS = {"Accept": "application/json, text/plain, */*"}


@pytest.fixture
def account() -> User:
    return get_user_model().objects.create_user("jo", "jo@example.com", PASSWORD, last_name="Vale", is_staff=True)


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True, headers=HEADERS)


WEEK = "started=2026-01-01T00:00:00.000Z&ended=2026-01-08T00:00:00.000Z"
# The requests of a session, with what they send for "nothing", and the members that the client reads.
CALLS = [
    ("version/", {"version"}),
    ("status/", {"resources", "nodes", "job_types", "scheduler", "dependencies"}),
    ("scheduler/", {"is_paused"}),
    (
        "accounts/profile/",
        {"id", "username", "first_name", "last_name", "email", "is_staff", "is_superuser"},
    ),
]
PAGES = [
    ("queue/status/?page=1&page_size=1000", {"job_type", "count", "longest_queued", "highest_priority"}),
    ("queue/status/?&page=null&page_size=null", {"job_type", "count", "longest_queued", "highest_priority"}),
    ("nodes/?page=1&page_size=1000&order=hostname&is_active=true&group=null", {"id", "hostname", "is_paused"}),
    (f"jobs/?order=-job_type&page=1&page_size=10&{WEEK}&status=QUEUED&", {"id", "node"}),
    ("jobs/?&order=recipe&page_size=null&error_category=undefined&job_id=", {"event", "job_type", "recipe"}),
    ("jobs/?order=error.category&page=1&&page_size=10", {"id", "error"}),
    ("jobs/?order=-error.title&page=1&page_size=10&group=null", {"id", "error"}),
    ("job-types/status/?page_size=1000&is_active=true&group=null", {"job_type", "job_counts"}),
]


@pytest.fixture
def session(browser: Client, account: User) -> Client:
    """A browser that is logged in, for whom there is something of each kind."""
    queued = datetime(2026, 1, 2, tzinfo=UTC)
    make_job(make_job_type(), "QUEUED", last_status_change=queued, queued=queued)
    Node.objects.create(hostname="node-01")
    assert log_in(browser).status_code == 200
    return browser


@pytest.mark.parametrize(("call", "members"), CALLS)
def test_what_the_client_asks_for_is_there(session: Client, call: str, members: set[str]) -> None:
    answer = session.get(f"/v6/{call}")
    assert (answer.status_code, members - answer.json().keys()) == (200, set())


@pytest.mark.parametrize(("call", "members"), PAGES)
def test_what_the_client_lists_is_there(session: Client, call: str, members: set[str]) -> None:
    answer = session.get(f"/v6/{call}")
    assert answer.status_code == 200, answer.content
    (row,) = answer.json()["results"]
    assert members <= row.keys()


def test_the_client_pauses_the_scheduler(session: Client) -> None:
    token = session.cookies["csrftoken"].value
    for is_paused, state in ((True, "PAUSED"), (False, "READY")):
        body = {"is_paused": is_paused}
        answer = session.patch("/v6/scheduler/", body, "application/json", headers={"X-CSRFToken": token})
        assert (answer.status_code, answer.json()) == (200, body)
        assert session.get("/v6/status/").json()["scheduler"]["state"]["name"] == state


def log_in(browser: Client, username: str = "jo", password: str = PASSWORD, **meta: Any) -> Any:
    """Return the answer to a login, as the web client sends it: it first asks for the cookie."""
    browser.get(LOGIN)
    token = browser.cookies["csrftoken"].value
    body = {"username": username, "password": password}
    return browser.post(LOGIN, body, "application/json", headers={"X-CSRFToken": token}, **meta)


def test_the_version_is_that_of_the_program(anyone: APIClient) -> None:
    assert anyone.get("/v6/version/").json() == {"version": django_settings.VERSION}


def test_nothing_was_taken_in(anyone: APIClient) -> None:
    query = "started=2026-01-01T00:00:00.000Z&ended=2026-01-08T00:00:00.000Z&use_ingest_time=false&page_size=1000"
    assert anyone.get(f"/v6/ingests/status/?{query}").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


def test_a_login_begins_a_session_that_reads_and_writes(browser: Client, account: User) -> None:
    assert browser.get(PROFILE).status_code == 401
    answer = log_in(browser)
    profile = {
        "id": account.pk,
        "username": "jo",
        "first_name": "jo",
        "last_name": "Vale",
        "email": "jo@example.com",
        "is_staff": True,
        "is_superuser": False,
    }
    assert (answer.status_code, answer.json()) == (200, profile)
    assert browser.get(PROFILE).json() == profile
    token = browser.cookies["csrftoken"].value
    body = {"name": "raw"}
    assert browser.post("/v6/workspaces/", body, "application/json").status_code == 403
    sent = browser.post("/v6/workspaces/", body, "application/json", headers={"X-CSRFToken": token})
    assert sent.status_code == 201


def test_a_profile_shows_the_first_name_where_there_is_one(browser: Client, account: User) -> None:
    User.objects.update(first_name="Jo")
    assert log_in(browser).json()["first_name"] == "Jo"


def test_the_cookie_of_the_token_can_be_read_by_a_page(browser: Client) -> None:
    answer = browser.get(LOGIN)
    assert (answer.status_code, list(answer.json())) == (200, ["csrf_token"])
    assert not browser.cookies["csrftoken"]["httponly"]
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "x" * 32}])
def test_a_login_without_the_token_is_refused_in_json(
    browser: Client, account: User, headers: dict[str, str]
) -> None:
    browser.get(LOGIN)
    body = {"username": "jo", "password": PASSWORD}
    answer = browser.post(LOGIN, body, "application/json", headers=headers)
    assert (answer.status_code, "CSRF" in answer.json()["detail"]) == (403, True)
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize(
    ("username", "password"), [("jo", "wrong"), ("nobody", PASSWORD), ("jo", PASSWORD.strip())]
)
def test_a_wrong_login_is_a_401_and_counts(browser: Client, account: User, username: str, password: str) -> None:
    answer = log_in(browser, username, password)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "The username or the password is not correct."}
    assert AccessAttempt.objects.get().username == username


def test_an_account_that_is_not_active_cannot_log_in(browser: Client, account: User) -> None:
    User.objects.update(is_active=False)
    assert log_in(browser).status_code == 401


def test_failures_here_and_on_the_login_page_lock_both(browser: Client, account: User) -> None:
    for _ in range(2):
        Client().post("/accounts/login/", {"username": "jo", "password": "wrong"}, REMOTE_ADDR="10.0.0.1")
    statuses = [log_in(browser, password="wrong", REMOTE_ADDR="10.0.0.2").status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    answer = log_in(browser, REMOTE_ADDR="10.0.0.3")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "15 minutes" in answer.json()["detail"]
    page = Client().post("/accounts/login/", {"username": "jo", "password": PASSWORD}, REMOTE_ADDR="10.0.0.4")
    assert page.status_code == 429


def test_a_login_that_succeeds_forgets_the_failures_before(browser: Client, account: User) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(browser, password="wrong").status_code == 401
        assert log_in(browser).status_code == 200


def test_a_name_longer_than_any_account_has_is_a_finding(browser: Client) -> None:
    answer = log_in(browser, "x" * 151)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/username")

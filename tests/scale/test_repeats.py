"""Answers of the catalogue that are given again, whole."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken
from rest_framework.test import APIClient

from scale import repeats
from tests.factories import make_job_type
from tests.recipes.factories import job_node, make_recipe

pytestmark = pytest.mark.django_db

LIST, DETAILS = "/v6/job-types/", "/v6/job-types/test/1.0.0/"
RECIPES, RECIPE = "/v6/recipe-types/", "/v6/recipe-types/recipe/"


@pytest.fixture(autouse=True)
def job_type(db: None) -> None:
    make_job_type(title="First")
    make_recipe(definition={"input": {}, "nodes": {"only": job_node("test")}})


def asked(client: APIClient, url: str, **headers: str) -> tuple[Any, int]:
    """The answer, and how many queries it took."""
    with CaptureQueriesContext(connection) as captured:
        answer: Any = client.get(url, headers=headers)
    return answer, len(captured)


@pytest.mark.parametrize("url", [LIST, DETAILS, f"{DETAILS}revisions/1/", "/v6/errors/", RECIPES, RECIPE])
def test_the_same_is_answered_with_one_query_to_all_who_may_read(
    url: str, staff: APIClient, user: APIClient, anyone: APIClient
) -> None:
    first, cost = asked(staff, url)
    assert cost > 1
    user.handler = anyone.handler = staff.handler  # of one process
    without, _ = asked(anyone, url)  # has another `Vary`
    for client, before in ((staff, first), (user, first), (anyone, without)):
        again, cost = asked(client, url, **{"Content-Length": "0"})
        assert (again.status_code, again.content, cost) == (200, first.content, 1)
        assert {**again.headers, "X-Request-ID": ""} == {**before.headers, "X-Request-ID": ""}
        assert again["X-Request-ID"] != before["X-Request-ID"]


def test_a_change_shows_at_once(staff: APIClient) -> None:
    for title in ("Second", "Third"):
        for url in (LIST, DETAILS, RECIPE):
            asked(staff, url)
        staff.patch(DETAILS, {"is_paused": title == "Second"}, format="json")
        assert asked(staff, DETAILS)[0].json()["is_paused"] == (title == "Second")
        assert asked(staff, LIST)[0].json()["results"][0]["is_paused"] == (title == "Second")
        assert asked(staff, RECIPE)[0].json()["job_types"][0]["is_paused"] == (title == "Second")
        staff.patch(RECIPE, {"title": title}, format="json")
        assert asked(staff, RECIPE)[0].json()["title"] == title


def test_a_token_that_is_wrong_over_or_of_an_inactive_account_gets_nothing(
    staff: APIClient, user: APIClient
) -> None:
    asked(staff, DETAILS)
    wrong = APIClient(headers={"Authorization": f"Token {'a' * 64}"})
    assert wrong.get(DETAILS).status_code == 401
    User.objects.filter(username="user").update(is_active=False)
    assert user.get(DETAILS).status_code == 401
    AuthToken.objects.filter(user__username="staff").delete()
    assert staff.get(DETAILS).status_code == 401


def test_without_an_account_nothing_is_read_where_reading_takes_one(
    staff: APIClient, anyone: APIClient, settings: LazySettings
) -> None:
    settings.PUBLIC_READ_API = False
    asked(staff, DETAILS)
    anyone.handler = staff.handler
    assert anyone.get(DETAILS).status_code == 401


def test_other_formats_hosts_and_queries_are_answers_of_their_own(staff: APIClient, settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["one.example.com", "two.example.com"]
    make_job_type(version="2.0.0")
    for host in settings.ALLOWED_HOSTS:
        for size in (1, 2):
            answer, _ = asked(staff, f"{LIST}?page_size={size}", Host=host)
            assert len(answer.json()["results"]) == size
            assert (answer.json()["next"] or f"http://{host}/").startswith(f"http://{host}/")
    page, _ = asked(staff, LIST, Host="one.example.com", Accept="text/html")
    assert page["Content-Type"].startswith("text/html")
    assert staff.get(LIST, headers={"Host": "three.example.com"}).status_code == 400


def test_compressed_answers_are_for_those_who_take_them(staff: APIClient) -> None:
    for number in range(10):
        make_job_type(f"other-{number}", description="text " * 100)
    for _ in range(2):
        compressed, _ = asked(staff, LIST, **{"Accept-Encoding": "gzip"})
        plain, _ = asked(staff, LIST)
        assert compressed["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain
        assert len(compressed.content) < len(plain.content)


def test_clients_that_have_the_answer_get_a_304_as_ever(staff: APIClient) -> None:
    tag = staff.get(LIST)["ETag"]
    answer, cost = asked(staff, LIST, **{"If-None-Match": tag})
    assert (answer.status_code, answer.content, cost) == (304, b"", 1)


def test_a_process_keeps_no_more_than_it_may(staff: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(staff.get(DETAILS).content)
    monkeypatch.setattr(repeats, "MOST_BYTES", 8 * (size + 12_000))
    handler: Any = staff.handler
    handler._middleware_chain = None  # another process
    for number in range(20):
        asked(staff, f"{DETAILS}?_={number}")
    assert asked(staff, f"{DETAILS}?_=19")[1] == 1
    assert asked(staff, f"{DETAILS}?_=0")[1] > 1
    monkeypatch.setattr(repeats, "MOST_BYTES", 8 * size)
    asked(staff, f"{DETAILS}?_=20")
    assert asked(staff, f"{DETAILS}?_=20")[1] > 1


def test_with_a_replica_nothing_is_kept(settings: LazySettings) -> None:
    settings.DATABASES = {**settings.DATABASES, "replica": {}}
    with pytest.raises(MiddlewareNotUsed):
        repeats.RepeatsMiddleware(lambda request: HttpResponse())

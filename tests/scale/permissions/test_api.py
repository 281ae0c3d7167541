"""Who may do what in the API: each endpoint and method, for each kind of account, public reading on and off."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.test import APIClient

from tests.conftest import client_of
from tests.scale.permissions.conftest import may
from tests.scale.permissions.endpoints import OWN_READS, READS, RIGHTFUL_READS, VALIDATIONS, WRITES

pytestmark = pytest.mark.parametrize("public", [True, False])
CHALLENGES = 'Bearer realm="api", Token realm="api"'


@pytest.fixture(autouse=True)
def public_reading(public: bool, settings: Any) -> None:
    settings.PUBLIC_READ_API = public


def test_reading_is_public_or_for_accounts(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int]
) -> None:
    answers = {url: client_of_kind.get(url.format(**rows)) for url in READS}
    wanted = 200 if public or kind != "anyone" else 401
    assert {url: answer.status_code for url, answer in answers.items()} == dict.fromkeys(READS, wanted)
    for url, answer in answers.items():
        if wanted == 401:
            assert answer["WWW-Authenticate"] == CHALLENGES
            if url not in ("/v6/schema/", "/v6/docs/"):  # these two answer in their own media types
                assert answer.json()["detail"]


def test_validating_is_reading(client_of_kind: APIClient, kind: str, public: bool) -> None:
    wanted = 200 if public or kind != "anyone" else 401
    for url, body in VALIDATIONS:
        assert client_of_kind.post(url, body, format="json").status_code == wanted


def test_some_reads_need_a_right(client_of_kind: APIClient, kind: str, public: bool) -> None:
    for url, right in RIGHTFUL_READS.items():
        answer = client_of_kind.get(url)
        assert answer.status_code == (200 if may(kind, right) else 401 if kind == "anyone" else 403)
        assert answer.status_code == 200 or answer.json()["detail"]


def test_an_account_reads_about_itself(client_of_kind: APIClient, kind: str, public: bool) -> None:
    for url in OWN_READS:
        answer = client_of_kind.get(url)
        assert answer.status_code == (401 if kind == "anyone" else 200)
        assert kind != "anyone" or answer["WWW-Authenticate"] == CHALLENGES


def test_each_write_needs_a_right_and_a_refusal_names_it(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int]
) -> None:
    statuses, wanted = {}, {}
    for method, url, right, body in WRITES:
        answer = getattr(client_of_kind, method)(url.format(**rows), body, format="json")
        statuses[right, url] = answer.status_code
        wanted[right, url] = 401 if kind == "anyone" else 403
        if may(kind, right):
            wanted[right, url] = 201 if ".add_" in right else 200
        elif kind != "anyone":
            # Of a system job type, the right to edit job types is missing first.
            assert right in answer.json()["detail"] or not may(kind, "job_types.change_jobtype")
            assert "Operators" in answer.json()["detail"]
    assert statuses == wanted


def test_a_permission_of_an_account_without_groups_is_enough(public: bool, rows: dict[str, int]) -> None:
    statuses = {}
    for number, (method, url, right, body) in enumerate(WRITES):
        client = client_of(f"account {number}")
        account = get_user_model().objects.get(username=f"account {number}")
        app, _, codename = right.partition(".")
        needed = {codename, "change_jobtype"} if codename == "pause_system_jobtype" else {codename}
        account.user_permissions.set(Permission.objects.filter(content_type__app_label=app, codename__in=needed))
        statuses[right, url] = getattr(client, method)(url.format(**rows), body, format="json").status_code
    assert set(statuses.values()) == {200, 201}, statuses


def test_methods_that_an_endpoint_does_not_have_are_refused_for_everyone(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int]
) -> None:
    known = {("get", url) for url in (*READS, *RIGHTFUL_READS)} | {(method, url) for method, url, *_ in WRITES}
    known |= {("post", url) for url, _ in VALIDATIONS} | {("get", url) for url in OWN_READS}
    for url in sorted({url for _, url in known}):
        for method in ("get", "post", "patch", "put", "delete"):
            if (method, url) in known or (method, url) == ("get", "/v6/job-types/system/1.0.0/"):
                continue
            answer = getattr(client_of_kind, method)(url.format(**rows))
            # Without the right to read, it is refused before the method is looked up.
            may_read = kind != "anyone" or (public and url not in OWN_READS)
            assert answer.status_code == (405 if may_read else 401), (method, url)
            assert method.upper() not in answer.get("Allow", "")


def test_head_and_options_need_the_right_to_read(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int]
) -> None:
    status = 200 if public or kind != "anyone" else 401
    for url in READS:
        for method in ("head", "options"):
            assert getattr(client_of_kind, method)(url.format(**rows)).status_code == status, (method, url)
    for url in {*(url for _, url, *_ in WRITES), *(url for url, _ in VALIDATIONS), *RIGHTFUL_READS}:
        assert client_of_kind.options(url.format(**rows)).status_code == status, url


@pytest.mark.parametrize(("method", "url", "right", "body"), WRITES)
def test_a_session_writes_only_with_its_csrf_token(
    public: bool, rows: dict[str, int], method: str, url: str, right: str, body: Any
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_user("somebody", is_staff=True))
    send = partial(getattr(client, method), url.format(**rows), body, content_type="application/json")
    refused = send()
    assert (refused.status_code, "CSRF" in refused.json()["detail"]) == (403, True)
    client.get("/accounts/login/")
    assert send(headers={"X-CSRFToken": client.cookies["csrftoken"].value}).status_code in (200, 201)

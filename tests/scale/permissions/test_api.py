"""Who may do what in the API: each endpoint and method, for each kind of client, with public reading on and off."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.test import APIClient

from tests.scale.permissions.endpoints import READS, STAFF_READS, VALIDATIONS, WRITES


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("url", READS)
def test_reading_is_public_or_for_accounts(
    client_of_kind: APIClient, kind: str, public: bool, url: str, rows: dict[str, int], settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = client_of_kind.get(url.format(**rows))
    assert answer.status_code == (200 if public or kind != "anyone" else 401)
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"] == "Token"
        if url not in ("/v6/schema/", "/v6/docs/"):  # these two answer in their own media types
            assert answer.json()["detail"]


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize(("url", "body"), VALIDATIONS)
def test_validating_is_reading(
    client_of_kind: APIClient, kind: str, public: bool, url: str, body: Any, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = client_of_kind.post(url, body, format="json")
    assert answer.status_code == (200 if public or kind != "anyone" else 401)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("url", STAFF_READS)
def test_the_audit_is_for_staff_alone(
    client_of_kind: APIClient, kind: str, public: bool, url: str, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    status = {"anyone": 401, "user": 403, "staff": 200, "superuser": 200}[kind]
    assert client_of_kind.get(url).status_code == status


@pytest.mark.parametrize("public", [True, False])
def test_methods_that_an_endpoint_does_not_have_are_refused_for_everyone(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int], settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    known = {("get", url) for url in (*READS, *STAFF_READS)} | {(method, url) for method, url, _ in WRITES}
    known |= {("post", url) for url, _ in VALIDATIONS}
    for url in sorted({url for _, url in known}):
        for method in ("get", "post", "patch", "put", "delete"):
            if (method, url) in known:
                continue
            answer = getattr(client_of_kind, method)(url.format(**rows))
            # Accounts without the right to write are refused before the method is looked up.
            assert answer.status_code in (401, 403, 405), (method, url)
            if kind in ("staff", "superuser"):
                assert answer.status_code == 405, (method, url)
                assert method.upper() not in answer["Allow"]


@pytest.mark.parametrize("public", [True, False])
def test_head_and_options_need_the_right_to_read(
    client_of_kind: APIClient, kind: str, public: bool, rows: dict[str, int], settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    status = 200 if public or kind != "anyone" else 401
    for url in READS:
        for method in ("head", "options"):
            assert getattr(client_of_kind, method)(url.format(**rows)).status_code == status, (method, url)
    for url in {*(url for _, url, _ in WRITES), *(url for url, _ in VALIDATIONS)}:
        assert client_of_kind.options(url).status_code == status, url


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize(("method", "url", "body"), WRITES)
def test_writing_is_for_staff(
    client_of_kind: APIClient, kind: str, public: bool, method: str, url: str, body: Any, settings: Any
) -> None:
    settings.PUBLIC_READ_API = public
    answer = getattr(client_of_kind, method)(url, body, format="json")
    if kind in ("staff", "superuser"):
        assert answer.status_code in (200, 201)
    else:
        assert answer.status_code == (401 if kind == "anyone" else 403)
        assert answer.json()["detail"]


@pytest.mark.parametrize(("method", "url", "body"), WRITES)
def test_a_session_writes_only_with_its_csrf_token(method: str, url: str, body: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_user("somebody", is_staff=True))
    send = partial(getattr(client, method), url, body, content_type="application/json")
    refused = send()
    assert (refused.status_code, "CSRF" in refused.json()["detail"]) == (403, True)
    client.get("/accounts/login/")
    assert send(headers={"X-CSRFToken": client.cookies["csrftoken"].value}).status_code in (200, 201)

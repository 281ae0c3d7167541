"""Bodies as careless clients send them: always a 4xx with a sentence, and nothing is written."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from workspaces.models import Workspace

pytestmark = pytest.mark.django_db

URL = "/v6/workspaces/"


def send(client: APIClient, body: bytes, content_type: str = "application/json") -> Any:
    return client.generic("POST", URL, body, content_type=content_type)  # type: ignore[arg-type]  # bytes it takes


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"name": "a\\u0000"}', "application/json", 400),
        (b'{"name": "a", "title": "\\ud800"}', "application/json", 400),
        (b'{"name": "a", "\\ud800": 1}', "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b'{"name": -Infinity}', "application/json", 400),
        (b'{"name": 1e999}', "application/json", 400),
        (b'{"name": ' + b"9" * 400 + b"}", "application/json", 400),
        (b'{"name": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b"[" * 100_000 + b"]" * 100_000, "application/json", 400),
        (b'{"name": "a", "name": "b"}', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        ('{"name": "a"}'.encode("utf-16"), "application/json", 400),
        (b"", "application/json", 400),
        (b"null", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"name": "a", "colour": "red"}', "application/json", 400),
        (b"name=a", "application/x-www-form-urlencoded", 400),
        (b"<name/>", "application/xml", 415),
        (b'{"name": "a"}', "text/plain", 415),
        (b'{"name": "a"}', "multipart/form-data; boundary=x", 415),
        (b'{"name": "a", "title": "' + b"x" * (2 * 1024 * 1024) + b'"}', "application/json", 413),
    ],
    ids=lambda value: str(value[:24]) if isinstance(value, bytes) else None,
)
def test_a_bad_body_is_refused_in_words_and_nothing_is_written(
    staff: APIClient, body: bytes, content_type: str, status: int
) -> None:
    answer = send(staff, body, content_type)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not Workspace.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
)
def test_json_is_read_whatever_curl_calls_it(staff: APIClient, content_type: str) -> None:
    assert send(staff, b'{"name": "a"}', content_type).status_code == 201


def test_the_limit_of_a_body_is_a_setting(staff: APIClient, settings: Any) -> None:
    settings.MAX_BODY_BYTES = 20
    assert send(staff, b'{"name": "a"}').status_code == 201
    answer = send(staff, b'{"name": "abcdefghij"}')
    assert (answer.status_code, "20 bytes" in answer.json()["detail"]) == (413, True)


@pytest.mark.parametrize(
    ("method", "headers", "status"), [("put", {}, 405), ("get", {"accept": "application/xml"}, 406)]
)
def test_other_refusals_have_a_sentence_too(staff: APIClient, method: str, headers: Any, status: int) -> None:
    answer = getattr(staff, method)(URL, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"]

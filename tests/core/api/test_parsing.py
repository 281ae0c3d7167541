"""Request bodies as they are read; bodies that are refused are in tests/scale/bad_input."""

from typing import Any

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

URL = "/v6/workspaces/"


def send(client: APIClient, body: bytes, content_type: str = "application/json") -> Any:
    return client.generic("POST", URL, body, content_type=content_type)  # type: ignore[arg-type]  # it takes bytes


@pytest.mark.parametrize(
    "content_type", ["", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
)
def test_json_is_read_with_the_content_types_that_curl_sends(staff: APIClient, content_type: str) -> None:
    assert send(staff, b'{"name": "a"}', content_type).status_code == 201


def test_the_limit_of_a_body_is_a_setting(staff: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    assert send(staff, b'{"name": "a"}').status_code == 201
    answer = send(staff, b'{"name": "abcdefghij"}')
    assert (answer.status_code, "20 bytes" in answer.json()["detail"]) == (413, True)


@pytest.mark.parametrize(
    ("method", "headers", "status"), [("put", {}, 405), ("get", {"accept": "application/xml"}, 406)]
)
def test_wrong_methods_and_types_are_refused_with_a_sentence(
    staff: APIClient, method: str, headers: Any, status: int
) -> None:
    answer = getattr(staff, method)(URL, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"]

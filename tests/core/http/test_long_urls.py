"""The request line, which may have 64 KiB, through a real gunicorn."""

import http.client
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import pytest_django
from django.db import DEFAULT_DB_ALIAS
from rest_framework.test import APIClient

from catalogue.models import current_revision
from core.reads import pages
from core.reads.cache import Kept
from scale.worker import LONGEST_LINE
from tests.factories import make_job_type
from tests.load.server import Server

PATH = "/v6/job-types/"


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, tmp_path_factory: Any
) -> Iterator[Server]:
    with django_db_blocker.unblock(), Server(tmp_path_factory.mktemp("server"), WEB_CONCURRENCY="1") as running:
        yield running


def get(server: Server, url: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", url)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def filled(url: str, parameters: Iterator[str], length: int = LONGEST_LINE) -> str:
    """Return ``url`` with as many parameters as a request line of ``length`` bytes holds, and a rest."""
    left = length - len(f"GET {url}?_= HTTP/1.1")
    query = ""
    for parameter in parameters:
        if len(query) + len(parameter) + 1 > left:
            break
        query += f"{parameter}&"
    return f"{url}?{query}_={'x' * (left - len(query))}"


@pytest.mark.parametrize(
    ("path", "name"),
    [(PATH, "id"), ("/v6/jobs/", "job_type_id"), ("/v6/jobs/", "node"), ("/v6/job-executions/", "node_id")],
)
def test_a_line_of_64_kib_is_served(server: Server, path: str, name: str) -> None:
    url = filled(path, (f"{name}={number}" for number in count(1)))
    assert len(f"GET {url} HTTP/1.1") == LONGEST_LINE
    status, document = get(server, url)
    assert (status, document["count"]) == (200, 0)


def test_a_longer_line_is_a_414_that_says_so(server: Server) -> None:
    for length in (LONGEST_LINE + 1, 2 * LONGEST_LINE, 20 * LONGEST_LINE):
        status, document = get(server, filled(PATH, iter(()), length))
        assert (status, document) == (414, {"detail": "The request line is longer than 64 KiB."})


def test_a_line_full_of_unknown_parameters_has_a_bounded_report(server: Server) -> None:
    status, document = get(server, filled(PATH, (f"x{number}=1" for number in count(1))))
    assert (status, len(document["errors"]), document["errors"][-1]["name"]) == (400, 101, "MORE_FINDINGS")


@pytest.mark.django_db
def test_a_list_with_a_long_query_is_not_remembered(anyone: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    lists: Kept[Any, Any] = Kept(size=len, most=100)
    monkeypatch.setattr(pages, "_lists", {DEFAULT_DB_ALIAS: lists})
    url = f"{PATH}?id={make_job_type().pk}"
    assert anyone.get(url).json()["count"] == 1
    assert len(lists.of(current_revision())) == 1
    assert anyone.get(url + "&id=0" * 500).json()["count"] == 1
    assert len(lists.of(current_revision())) == 1

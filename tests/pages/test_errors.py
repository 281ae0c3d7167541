"""The pages of errors: those of the last day and week by number and trend, and all that are known."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from errors.services import builtin_error
from jobs import failures
from metrics.hours import fold
from pages.content import errors
from tests.factories import interface, make_job, make_job_type
from tests.pages.reading import html_of, read, words

pytestmark = pytest.mark.django_db

WITH_ERROR = {"errors": [{"code": 5, "name": "out-of-space", "title": "Out <of> space", "category": "job"}]}


@pytest.fixture
def failed(db: None) -> None:
    """Jobs that failed: of ``unknown`` one now and two 30 hours ago, of ``timeout`` three now and one before."""
    job_type, now = make_job_type(job=WITH_ERROR | interface()), timezone.now()
    for error, hours in (
        *(("unknown", 0), ("unknown", 30), ("unknown", 30)),
        *(("timeout", 0), ("timeout", 0), ("timeout", 0), ("timeout", 30)),
        ("database", 200),
    ):
        when = now - timedelta(hours=hours)
        make_job(job_type, "FAILED", error=builtin_error(error), last_status_change=when)
    fold()


def rows_of(html: str) -> list[str]:
    """The rows of the table of errors, in words."""
    table = html.partition('id="by-number"')[2].partition("</table>")[0]
    return [words(row) for row in re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", table, re.DOTALL)]


def test_the_errors_of_a_day_come_by_number_with_what_it_was_the_day_before(client: Client, failed: None) -> None:
    html = html_of(client, "/errors/")
    assert re.findall(r'aria-label="(\w+ now)"', html) == ["more now", "fewer now"]
    first, second = rows_of(html)
    assert re.match(r"Timeout.* Algorithm the service 3 1", first)
    assert re.match(r"Unknown.* System the service 1 2", second)


def test_the_errors_of_a_week_count_all_of_it(client: Client, failed: None) -> None:
    first, second = rows_of(html_of(client, "/errors/week/"))
    assert re.match(r"Timeout.* 4 0", first)
    assert re.match(r"Unknown.* 3 0", second)


def test_the_chart_has_the_failures_by_category(client: Client, failed: None) -> None:
    page = read(client, "/errors/")
    assert re.search(r"Failed by hour, 24 hours System Algorithm Data", page)
    assert re.search(r"UTC 1 3 0", page)


def test_a_day_without_failures_leads_to_the_week(client: Client) -> None:
    page = html_of(client, "/errors/")
    assert "No job failed" in page
    assert 'href="/errors/week/">Look at 7 days' in page


def test_what_is_not_counted_is_said(client: Client, failed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_FAILURES", 4)
    monkeypatch.setattr(errors, "MOST_ERRORS", 1)
    page = html_of(client, "/errors/")
    assert "only the latest are counted here" in page
    assert "1 errors of 2" in page
    (row,) = rows_of(page)
    assert re.match(r"Timeout.* 3 – ", row)


def test_all_known_errors_are_listed_with_the_filters_of_the_api(client: Client, failed: None) -> None:
    page = read(client, "/errors/known/?job_type_name=test")
    assert "out-of-space Out <of> space Algorithm test no" in page
    assert "timeout" not in page
    assert "timeout" in read(client, "/errors/known/?is_builtin=true&order=-name")
    assert "No error matches" in read(client, "/errors/known/?name=none")
    assert client.get("/errors/known/?category=COLOUR").status_code == 400


@pytest.mark.parametrize(("url", "queries"), [("/errors/", 4), ("/errors/week/", 4), ("/errors/known/", 1)])
def test_what_the_pages_cost(
    client: Client, failed: None, url: str, queries: int, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(queries):
        client.get(url)

"""The list of jobs."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from errors.services import builtin_error, load_builtin_errors
from job_types.models import JobType
from jobs.filters import JobFilterSet
from jobs.models import Node
from tests.factories import make_job, make_job_type
from tests.pages.reading import shown

pytestmark = pytest.mark.django_db

URL = "/jobs/"


def ids(client: Client, query: str = "") -> list[int]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200
    return [job["id"] for job in answer.context["rows"]]


@pytest.fixture
def job_type(db: None) -> JobType:
    load_builtin_errors()
    return make_job_type("tiler")


def test_the_list_shows_jobs_with_what_they_are_doing(client: Client, job_type: JobType) -> None:
    node = Node.objects.create(hostname="node-01")
    error = builtin_error("node-lost")
    job = make_job(job_type, "FAILED", node=node.hostname, num_exes=2, error=error)
    page = shown(client, URL)
    for part in (
        f'<a href="/jobs/{job.pk}/">{job.pk}</a>',
        '<span class="state bad">',
        "Failed</span>",
        f'<a href="/nodes/{node.pk}/">node-01</a>',
        "Title of tiler",
        f"2 of {job.max_tries}",
        f'<a href="/jobs/?error_id={error.pk}">{error.title}</a>',
        "1–1 of 1",
    ):
        assert part in page


def test_a_list_of_no_jobs_says_what_to_do_next(client: Client, job_type: JobType) -> None:
    assert "No jobs yet" in shown(client, URL)
    assert "No jobs match" in shown(client, f"{URL}?status=FAILED")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["running", "failed", "queued"]),
        ("status=QUEUED&status=FAILED", ["failed", "queued"]),
        ("job_type_name=mask", ["failed"]),
        ("node=node-01", ["running"]),
        ("error_name=unknown", ["failed"]),
        ("error_category=DATA", []),
        ("started=P1D", ["running", "failed"]),
        ("recipe_id=1", []),
        ("order=id", ["queued", "failed", "running"]),
        ("order=id&page_size=2&page=2", ["running"]),
    ],
)
def test_the_filters_of_the_api_are_in_the_url(
    client: Client, job_type: JobType, query: str, wanted: list[str]
) -> None:
    now = timezone.now()
    jobs = {
        "queued": make_job(job_type, last_status_change=now - timedelta(days=2)),
        "failed": make_job(make_job_type("mask"), "FAILED", last_status_change=now - timedelta(minutes=2)),
        "running": make_job(job_type, "RUNNING", node="node-01", num_exes=1),
    }
    assert ids(client, query) == [jobs[name].pk for name in wanted]
    assert ids(client, query) == [row["id"] for row in client.get(f"/v6/jobs/?{query}").json()["results"]]


def test_each_filter_of_the_api_has_a_field_that_keeps_its_value(client: Client, job_type: JobType) -> None:
    page = shown(client, URL)
    for name in JobFilterSet.base_filters.keys() - {"order", "status"}:
        assert f'name="{name}"' in page, name
    page = shown(client, f"{URL}?node=node-01&order=-id")
    assert 'name="node" value="node-01"' in page
    # A status is added to those that are chosen, or taken from them.
    page = shown(client, f"{URL}?status=FAILED&page=1")
    assert ('href="?status=FAILED&amp;status=QUEUED"' in page, 'href="?"' in page) == (True, True)
    page = shown(client, f"{URL}?node=node-01&order=-id")
    assert '<input type="hidden" name="order" value="-id">' in page
    assert "another one" not in page
    assert "another one" in shown(client, f"{URL}?node=node-01&node=node-02")


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("stat=FAILED", 400, "stat: unknown query parameter; the nearest known one is status"),
        ("status=BROKEN", 400, "status: must be one of PENDING"),
        ("started=yesterday", 400, "started: must be an ISO-8601 datetime"),
        ("page=2", 404, "Page 2 is past the end of the results."),
        ("page_size=1001", 400, "page_size: must be from 1 to 1000."),
    ],
)
def test_what_the_list_does_not_take_is_refused_in_words(
    client: Client, job_type: JobType, query: str, status: int, words: str
) -> None:
    assert words in shown(client, f"{URL}?{query}", status)


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1–1 of more than 2"), (3, "3–3 of more than 3"), (4, "4–4 of 4")]
)
def test_a_long_list_is_not_counted_to_its_end(
    client: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    monkeypatch.setattr("core.reads.pages.MOST_COUNTED", 2)
    for _ in range(4):
        make_job(job_type)
    page = shown(client, f"{URL}?page_size=1&page={number}")
    assert words in page
    assert ('rel="next"' in page) == (number < 4)


def test_a_long_list_offers_the_orders_for_which_nothing_has_to_be_sorted(
    client: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_job(job_type)
    url = f"{URL}?page_size=1"
    assert {"id", "node", "created"} < set(re.findall("order=([a-z_]+)", shown(client, url)))
    monkeypatch.setattr("core.reads.pages.MOST_COUNTED", 2)
    assert set(re.findall("order=([a-z_]+)", shown(client, url))) == {"id", "last_status_change"}


def test_the_list_costs_the_same_with_any_number_of_jobs(client: Client, job_type: JobType) -> None:
    costs = []
    for _ in range(2):
        make_job(job_type, "RUNNING", node="node-01", num_exes=1)
        with CaptureQueriesContext(connection) as captured:
            shown(client, URL)
        costs.append(len(captured))
    assert costs == [2, 2]


def test_only_what_one_may_do_is_offered(
    client: Client, logged_in: Callable[..., Client], operator: Client, job_type: JobType
) -> None:
    make_job(job_type)
    make_job(job_type, "COMPLETED", num_exes=1)
    for other in (client, logged_in("Publishers"), logged_in("Workers", username="node")):
        page = shown(other, f"{URL}?status=QUEUED")
        assert ("/jobs/cancel/" in page, "/jobs/requeue/" in page, 'type="checkbox"' in page) == (
            False,
            False,
            False,
        )
    # Of what waits nothing can be requeued, and of what has completed nothing can be done.
    for query, steps in (
        ("status=QUEUED", ["cancel"]),
        ("status=COMPLETED", []),
        ("job_type_name=tiler", ["cancel", "requeue"]),
    ):
        page = shown(operator, f"{URL}?{query}&order=id&page=1")
        offered = [step for step in ("cancel", "requeue") if f'href="/jobs/{step}/?{query}"' in page]
        assert (offered, 'type="checkbox"' in page) == (steps, bool(steps))
    # A step of all jobs there are is not offered, as the API refuses it.
    page = shown(operator, URL)
    assert ("Cancel all of these" in page, "Cancel the checked" in page) == (False, True)


@pytest.mark.parametrize("url", [URL, "/jobs/{job}/", "/nodes/", "/nodes/{node}/"])
def test_reading_is_public_or_for_accounts(
    client: Client, logged_in: Callable[..., Client], settings: Any, job_type: JobType, url: str
) -> None:
    url = url.format(job=make_job(job_type).pk, node=Node.objects.create(hostname="node-01").pk)
    shown(client, url)
    settings.PUBLIC_READ_API = False
    assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
    shown(logged_in(), url)

"""The status services, compared with a brute force that counts every job, one by one, in Python."""

import gc
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import load_builtin_errors
from job_types.models import JobType
from job_types.serializers import JobTypeBriefSerializer
from job_types.services import register_job_type
from jobs import selectors, status_counts
from jobs.models import Job
from jobs.serializers import JobCountSerializer, JobTypeStatusSerializer
from jobs.states import Status
from tests.factories import iso, make_body, make_job, make_job_type
from tests.jobs.counting import (
    brute_force_failures,
    brute_force_pending,
    brute_force_queue,
    brute_force_running,
    brute_force_status,
    results,
    url_of,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def make_every_status(job_type: JobType, **columns: Any) -> None:
    for status in Status.values:
        make_job(job_type, status, **columns)


# A history: of each job its job type, its status, its error, and when it last changed, in minutes since BEGIN
# (so that jobs and the ends of windows often meet), and how long before that it was queued or started.
JOBS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(Status.values),
        st.integers(0, 3),
        st.integers(0, 30),
        st.none() | st.integers(0, 30),
    ),
    max_size=40,
)


class RandomHistories(TestCase):
    """The services compared with the brute force, for random histories and windows."""

    def setUp(self) -> None:
        load_builtin_errors()
        declared = {"errors": [{"code": 1, "name": "bad", "category": "data"}, {"code": 2, "name": "worse"}]}
        self.job_types = [
            make_job_type("a", "1.10.0", job=declared),
            make_job_type("a", "1.2.0", is_active=False),
            make_job_type("b", is_paused=True),
            make_job_type("c"),
        ]
        names = ("node-lost", "unknown", "bad", "worse")
        self.errors = [Error.objects.get(name=name) for name in names]

    def make(self, history: list[tuple[int, str, int, int, int | None]]) -> None:
        for type_number, status, error, minute, before in history:
            when = BEGIN + timedelta(minutes=minute)
            earlier = None if before is None else when - timedelta(minutes=before)
            columns: dict[str, Any] = {"last_status_change": when, "priority": 1 + error}
            if status == "FAILED":
                columns["error"] = self.errors[error]
            if earlier and status in ("PENDING", "QUEUED"):
                columns["queued"] = earlier
            if earlier and status == "RUNNING":
                columns["started"] = earlier
            make_job(self.job_types[type_number], status, **columns)

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(JOBS, st.integers(-1, 31), st.integers(0, 31), st.sampled_from([None, True, False]))
    def test_counts_in_a_window_between_two_times_equal_the_brute_force(
        self, history: Any, minute: int, length: int, active: bool | None
    ) -> None:
        self.make(history)
        started = BEGIN + timedelta(minutes=minute)
        ended = started + timedelta(minutes=length)
        query: dict[str, Any] = {"started": iso(started), "ended": iso(ended)}
        if active is not None:
            query["is_active"] = active
        shown = results("status", **query)
        assert shown == brute_force_status(started=started, ended=ended, is_active=active)
        assert results("pending") == brute_force_pending()
        for statuses in (["BLOCKED"], ["PENDING", "QUEUED"], ["PENDING", "BLOCKED", "QUEUED"]):
            assert results("pending", status=statuses) == brute_force_pending(*statuses)
        assert results("queue") == brute_force_queue()
        assert results("running") == brute_force_running()
        assert results("system-failures") == brute_force_failures()

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        JOBS,
        st.sampled_from(
            [("PT3H", timedelta(hours=3)), ("P1DT30M", timedelta(days=1, minutes=30)), ("P1W", timedelta(days=7))]
        ),
        st.sampled_from([(None, timedelta(0)), ("PT45M", timedelta(minutes=45)), ("PT0S", timedelta(0))]),
    )
    def test_counts_in_a_window_of_durations_before_now_equal_the_brute_force(
        self, history: Any, started: Any, ended: Any
    ) -> None:
        self.make(history)
        # Thirty-one minutes around each end of the windows, at half minutes, which no test is slow enough to pass.
        now = timezone.now()
        ends = [now - started[1], now - ended[1]]
        for number, job in enumerate(Job.objects.order_by("pk")):
            when = ends[number % 2] - timedelta(minutes=15.5) + (job.last_status_change - BEGIN)
            if when < now:
                Job.objects.filter(pk=job.pk).update(last_status_change=when)
        query = {"started": started[0]} | ({"ended": ended[0]} if ended[0] else {})
        shown = results("status", **query)
        assert shown == brute_force_status(started=now - started[1], ended=now - ended[1])


@pytest.mark.django_db
def test_status_shows_the_worked_example_of_the_users_document() -> None:
    load_builtin_errors()
    now = timezone.now()
    ingest, idle = make_job_type("scale-ingest"), make_job_type("scale-clock")
    days_ago = now - timedelta(days=9)
    make_job(ingest, "RUNNING", last_status_change=days_ago)
    failed = [now - timedelta(minutes=minute) for minute in (50, 40)]
    for when in failed:
        make_job(ingest, "FAILED", last_status_change=when, error=Error.objects.get(name="unknown"))
    done = [now - timedelta(minutes=minute) for minute in range(1, 58)]
    for when in done:
        make_job(ingest, "COMPLETED", last_status_change=when)
    make_job(ingest, "COMPLETED", last_status_change=now - timedelta(hours=4))
    first, second = results("status")[1], results("status")[0]
    assert (first["job_type"]["name"], second["job_type"]["name"]) == ("scale-ingest", "scale-clock")
    assert first["job_counts"] == [
        {"status": "RUNNING", "count": 1, "most_recent": iso(days_ago), "category": None},
        {"status": "FAILED", "count": 2, "most_recent": iso(failed[1]), "category": "SYSTEM"},
        {"status": "COMPLETED", "count": 57, "most_recent": iso(done[0]), "category": None},
    ]
    assert second == {"job_type": JobTypeBriefSerializer(idle).data, "job_counts": []}


@pytest.mark.django_db
def test_rows_of_status_have_the_members_of_their_serializers_in_their_order(anyone: APIClient) -> None:
    make_every_status(make_job_type())
    (row,) = anyone.get(url_of("status")).json()["results"]
    assert list(row) == list(JobTypeStatusSerializer().fields)
    assert list(row["job_type"]) == list(JobTypeBriefSerializer().fields)
    assert {tuple(count) for count in row["job_counts"]} == {tuple(JobCountSerializer().fields)}


@pytest.mark.django_db
@pytest.mark.parametrize("microsecond", [0, 1, 100_000, 123_450, 999_999])
def test_status_shows_times_as_all_answers_do(microsecond: int) -> None:
    when = timezone.now().replace(microsecond=microsecond) - timedelta(minutes=1)
    make_job(make_job_type(), "COMPLETED", last_status_change=when)
    (row,) = results("status")
    assert [count["most_recent"] for count in row["job_counts"]] == [iso(when)]


@pytest.mark.django_db
def test_rows_of_system_failures_show_all_of_the_error() -> None:
    load_builtin_errors()
    job_type = make_job_type()
    error = Error.objects.get(name="node-lost")
    at = [BEGIN + timedelta(hours=hour) for hour in range(3)]
    for when in at:
        make_job(job_type, "FAILED", last_status_change=when, error=error)
    assert results("system-failures") == [
        {
            "job_type": JobTypeBriefSerializer(job_type).data,
            "error": APIClient().get(f"/v6/errors/{error.pk}/").json(),
            "count": 3,
            "first_error": iso(at[0]),
            "last_error": iso(at[2]),
        }
    ]


@pytest.mark.django_db
def test_a_job_that_was_never_queued_waits_since_its_last_change() -> None:
    queued, never = make_job_type("queued"), make_job_type("never")
    make_job(queued, last_status_change=BEGIN + timedelta(hours=2))
    make_job(never, "PENDING", last_status_change=BEGIN + timedelta(hours=1))
    make_job(never, "BLOCKED", last_status_change=BEGIN)
    rows = results("pending", status=["PENDING", "QUEUED"])
    assert [(row["job_type"]["name"], row["count"], row["longest_pending"]) for row in rows] == [
        ("never", 1, iso(BEGIN + timedelta(hours=1))),
        ("queued", 1, iso(BEGIN + timedelta(hours=2))),
    ]


@pytest.mark.django_db
def test_pending_counts_pending_jobs_unless_the_query_names_other_statuses(anyone: APIClient) -> None:
    make_every_status(make_job_type())
    counts = {
        query: [row["count"] for row in anyone.get(f"{url_of('pending')}?{query}").json()["results"]]
        for query in ("", "status=", "status=QUEUED", "status=PENDING&status=BLOCKED&status=QUEUED")
    }
    assert list(counts.values()) == [[1], [1], [1], [3]]
    answer = anyone.get(f"{url_of('pending')}?status=RUNNING")
    assert answer.status_code == 400
    assert "status: must be one of PENDING, BLOCKED, QUEUED." in answer.json()["detail"]


@pytest.mark.django_db
def test_the_queue_is_shown_in_its_order() -> None:
    slow, urgent = make_job_type("slow"), make_job_type("urgent")
    make_job(slow, last_status_change=BEGIN, priority=100)
    for minute, priority in ((2, 5), (1, 50)):
        make_job(urgent, last_status_change=BEGIN + timedelta(minutes=minute), priority=priority)
    make_job(make_job_type("held"), "PENDING", priority=1)
    assert results("queue") == [
        {
            "job_type": JobTypeBriefSerializer(job_type).data,
            "count": count,
            "longest_queued": iso(BEGIN + timedelta(minutes=minute)),
            "highest_priority": priority,
        }
        for job_type, count, minute, priority in ((urgent, 2, 1, 5), (slow, 1, 0, 100))
    ]


@pytest.mark.django_db
def test_jobs_of_all_revisions_and_those_that_wait_for_a_retry_are_in_the_queue() -> None:
    revised, retried = make_job_type("revised"), make_job_type("retried")
    make_job(revised, last_status_change=BEGIN, priority=7)
    edited = make_body("revised", docker_image="revised:2")
    register_job_type(fields=edited)  # type: ignore[arg-type]  # a body is a dict
    make_job(JobType.objects.get(pk=revised.pk), last_status_change=BEGIN + timedelta(minutes=1), priority=3)
    for minute, priority in ((2, 4), (3, 9)):
        at = BEGIN + timedelta(minutes=minute)
        make_job(retried, last_status_change=at, priority=priority, retry_after=at + timedelta(days=1))
    make_job(retried, last_status_change=BEGIN + timedelta(minutes=4), priority=6)
    rows = [(row["count"], row["longest_queued"], row["highest_priority"]) for row in results("queue")]
    assert rows == [(2, iso(BEGIN), 3), (3, iso(BEGIN + timedelta(minutes=2)), 4)]


@pytest.mark.django_db
def test_the_queue_has_pages(anyone: APIClient) -> None:
    for number in range(3):
        make_job(make_job_type(f"type-{number}"), priority=number + 1)
    page = anyone.get("/v6/queue/status/?page_size=2&page=2").json()
    assert (page["count"], [row["highest_priority"] for row in page["results"]]) == (3, [3])
    assert anyone.get("/v6/queue/status/?page_size=2&page=3").status_code == 404


# For a page whose job types, and errors, are not cached yet.
QUERIES = {"status": 5, "pending": 3, "queue": 3, "running": 3, "system-failures": 4}


@pytest.mark.django_db
@pytest.mark.parametrize("service", QUERIES)
def test_a_page_takes_the_same_number_of_queries_for_any_number_of_rows(anyone: APIClient, service: str) -> None:
    for number in range(4):
        job_type = make_job_type(f"type-{number}")
        make_every_status(job_type)
        with CaptureQueriesContext(connection) as captured:
            answer = anyone.get(url_of(service))
        assert len(answer.json()["results"]) == number + 1
        assert len(captured) == QUERIES[service]
        read = "".join(query["sql"] for query in captured)
        assert '"manifest"' not in read
        assert '"input"' not in read


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("service", "queries"), {"status": 2, "pending": 2, "queue": 2, "running": 2, "system-failures": 2}.items()
)
def test_job_types_and_errors_are_read_once_for_each_revision_of_the_catalogue(
    anyone: APIClient, staff: APIClient, service: str, queries: int
) -> None:
    job_type = make_job_type("cached")
    make_every_status(job_type)
    url = url_of(service)
    before = anyone.get(url).json()
    with CaptureQueriesContext(connection) as captured:
        assert anyone.get(url).json() == before
    assert len(captured) == queries
    assert staff.patch(f"/v6/job-types/cached/{job_type.version}/", {"is_paused": True}, "json").status_code == 200
    assert [row["job_type"]["is_paused"] for row in anyone.get(url).json()["results"]] == [True]
    make_job(make_job_type("new"), "RUNNING")
    if service in ("status", "running"):
        assert {row["job_type"]["name"] for row in anyone.get(url).json()["results"]} == {"cached", "new"}


@pytest.mark.django_db
@pytest.mark.parametrize("service", [service for service in QUERIES if service != "status"])
def test_a_row_shows_no_more_than_its_serializer_declares(
    anyone: APIClient, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_every_status(make_job_type())
    expected = anyone.get(url_of(service)).json()
    select = selectors.job_type_groups
    monkeypatch.setattr(
        selectors, "job_type_groups", lambda page: [row | {"undeclared": 1} for row in select(page)]
    )
    assert anyone.get(url_of(service)).json() == expected


class _Row(dict[str, Any]):
    """A row that a weak reference can point at."""


@pytest.mark.django_db
def test_no_row_of_an_answer_is_left_to_the_garbage_collector(
    anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_every_status(make_job_type())
    select = status_counts.job_type_statuses
    rows: list[weakref.ref[_Row]] = []

    def remembered(*args: Any, **window: Any) -> list[_Row]:
        found = [_Row(row) for row in select(*args, **window)]
        rows.extend(weakref.ref(row) for row in found)
        return found

    monkeypatch.setattr(status_counts, "job_type_statuses", remembered)
    gc.disable()
    try:
        assert len(anyone.get(url_of("status")).json()["results"]) == 1
        assert [row() for row in rows] == [None]
    finally:
        gc.enable()


@pytest.mark.django_db
@pytest.mark.parametrize("service", QUERIES)
def test_the_pages_of_a_service_add_up_to_the_whole_list(anyone: APIClient, service: str) -> None:
    url = url_of(service)
    assert anyone.get(url).json() == {"count": 0, "next": None, "previous": None, "results": []}
    for number in range(5):
        job_type = make_job_type(f"type-{number}")
        make_every_status(job_type, last_status_change=BEGIN)
    whole = anyone.get(url).json()["results"]
    pages = [anyone.get(url, {"page_size": 2, "page": page}).json() for page in (1, 2, 3)]
    assert [row for page in pages for row in page["results"]] == whole
    assert [page["count"] for page in pages] == [5, 5, 5]
    assert pages[0]["previous"] is None
    assert pages[0]["next"] == f"http://testserver{url}?page=2&page_size=2"
    assert pages[2]["next"] is None
    for page in (4, 10**17, 10**25):
        answer = anyone.get(url, {"page_size": 2, "page": page})
        assert (answer.status_code, "past the end" in answer.json()["detail"]) == (404, True)
    for query in ("page_size=0", "page_size=1001", "page=0", "page=x"):
        assert anyone.get(f"{url}?{query}").status_code == 400
    assert anyone.get(url, HTTP_ACCEPT="text/html").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("started=PT1H&ended=PT2H", "started: must not be after ended"),
        ("ended=PT4H", "started: must not be after ended; without them they are three hours ago, and now."),
        ("started=P99999Y", "started: is outside the calendar"),
        ("ended=x", "ended: must be an ISO-8601 datetime"),
        ("is_active=yes", "is_active: must be true or false."),
    ],
)
def test_an_invalid_window_is_a_400(anyone: APIClient, query: str, message: str) -> None:
    answer = anyone.get(f"{url_of('status')}?{query}")
    assert answer.status_code == 400
    assert message in answer.json()["detail"]


@pytest.mark.django_db
def test_status_sorts_job_types_by_name_and_version_and_filters_by_is_active(anyone: APIClient) -> None:
    for name, version, active in (("b", "1.0.0", True), ("a", "1.10.0", True), ("a", "1.2.0", False)):
        make_job_type(name, version, is_active=active)

    def keys(query: str) -> list[tuple[str, str]]:
        rows = anyone.get(f"{url_of('status')}?{query}").json()["results"]
        return [(row["job_type"]["name"], row["job_type"]["version"]) for row in rows]

    assert keys("is_active=") == [("a", "1.2.0"), ("a", "1.10.0"), ("b", "1.0.0")]
    assert keys("is_active=TRUE") == [("a", "1.10.0"), ("b", "1.0.0")]
    assert keys("is_active=0") == [("a", "1.2.0")]

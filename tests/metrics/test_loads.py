"""Samples of the load: when they are taken, how long they are kept, and what ``load/`` returns."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from jobs.models import Job
from jobs.states import Status
from metrics import loads
from metrics.loads import delete_old, take_sample
from metrics.management.commands import sample
from metrics.models import LoadSample
from tests.factories import iso, make_job, make_job_type
from tests.threads import at_once

BEGIN = datetime(2026, 1, 1, 10, 58, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db
COLUMNS = ("time", "job_type_id", "pending_count", "queued_count", "running_count")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time of the database, which tests set."""
    times = [BEGIN]
    monkeypatch.setattr(loads, "database_time", lambda: times[-1])
    return times


def load(client: APIClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/v6/load/?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def row(time: str, pending: int = 0, queued: int = 0, running: int = 0) -> dict[str, Any]:
    return {"time": time, "pending_count": pending, "queued_count": queued, "running_count": running}


def sampled(*times: datetime, job_type: int = 0, queued: int = 1) -> None:
    for time in times:
        LoadSample.objects.create(
            time=time,
            is_hourly=time.minute == 0,
            job_type_id=job_type,
            pending_count=0,
            queued_count=queued,
            running_count=0,
        )


class RandomJobs(TestCase):
    """Samples compared with random jobs."""

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(st.sampled_from(Status.values), st.integers(0, 2)), max_size=12))
    def test_a_sample_counts_what_is_there(self, jobs: list[tuple[str, int]]) -> None:
        job_types = [make_job_type(name) for name in "abc"]
        for status, number in jobs:
            make_job(job_types[number], status)
        Job.objects.filter(status="RUNNING", job_type=job_types[2]).delete()
        assert take_sample()
        found = Counter(Job.objects.values_list("job_type_id", "status"))
        live = ("PENDING", "QUEUED", "RUNNING")
        expected = {one.pk: tuple(found[one.pk, status] for status in live) for one in job_types}
        expected = {pk: counts for pk, counts in expected.items() if any(counts)}
        expected[0] = tuple(map(sum, zip((0, 0, 0), *expected.values(), strict=True)))
        rows = LoadSample.objects.values_list(*COLUMNS[1:])
        assert {job_type: tuple(counts) for job_type, *counts in rows} == expected


def test_a_minute_is_sampled_once(clock: list[datetime]) -> None:
    job_type = make_job_type()
    make_job(job_type, "QUEUED")
    taken = []
    for seconds in (0, 5, 29, 30, 60, 95):
        clock.append(BEGIN + timedelta(seconds=seconds))
        taken.append(take_sample())
    assert taken == [True, False, False, True, False, True]
    samples = LoadSample.objects.filter(job_type_id=0).order_by("time")
    assert list(samples.values_list("time__minute", "is_hourly")) == [(58, True), (59, False), (0, True)]
    assert LoadSample.objects.filter(job_type_id=job_type.pk, queued_count=1).count() == 3


def test_the_load_is_that_of_the_samples_in_the_window(anyone: APIClient) -> None:
    times = [BEGIN.replace(second=0) + timedelta(minutes=number) for number in range(3)]
    sampled(*times, queued=9)
    sampled(times[0], job_type=1, queued=4)
    sampled(times[2], job_type=2, queued=5)
    sampled(times[2], job_type=1, queued=2)
    first, second, third = map(iso, times)
    assert load(anyone) == [row(first, queued=9), row(second, queued=9), row(third, queued=9)]
    assert load(anyone, f"started={second}&ended={third}&page_size=1") == [row(second, queued=9)]
    query = "job_type_id=1&job_type_id=2"
    assert load(anyone, query) == [row(first, queued=4), row(second), row(third, queued=7)]
    assert load(anyone, f"{query}&page=3&page_size=1") == [row(third, queued=7)]
    assert load(anyone, "job_type_id=0") == load(anyone, f"job_type_id={'9' * 30}") == [*map(row, map(iso, times))]


def test_the_query_of_the_web_client_is_taken(anyone: APIClient) -> None:
    make_job(make_job_type(), "RUNNING")
    take_sample()
    choices = "&".join(f"job_type_id={pk}" for pk in range(1, 500))
    (shown,) = load(anyone, f"page=1&page_size=1000&started=PT24H&ended=null&{choices}&")
    assert shown["running_count"] in (0, 1)
    assert load(anyone, "started=PT24H&page_size=1000")[0]["running_count"] == 1


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("started=2026-01-02&ended=2026-01-01", "started: must not be after ended."),
        ("job_type_id=a", "job_type_id: must be a whole number."),
    ],
)
def test_a_faulty_query_is_refused(anyone: APIClient, query: str, fault: str) -> None:
    answer = anyone.get(f"/v6/load/?{query}")
    assert (answer.status_code, answer.json()["detail"]) == (400, fault)


def test_the_load_takes_as_many_queries_however_many_samples_there_are(anyone: APIClient) -> None:
    sampled(*(BEGIN + timedelta(minutes=number) for number in range(150)))
    with CaptureQueriesContext(connection) as queries:
        load(anyone, "job_type_id=1&job_type_id=2")
    # A full page is counted.
    assert len(queries) == 3


def test_old_samples_are_thinned_to_those_of_hours_and_those_deleted_after_a_year(
    clock: list[datetime], settings: Any
) -> None:
    settings.LOAD_DAYS = 2
    ages = [timedelta(days=days) for days in (1, 3, 365, 367)]
    hour = BEGIN.replace(minute=0, second=0)
    for age in ages:
        sampled(hour - age, hour - age + timedelta(minutes=1))
    assert delete_old() == 4
    kept = LoadSample.objects.order_by("-time").values_list("time", flat=True)
    assert list(kept) == [hour - ages[0] + timedelta(minutes=1), hour - ages[0], hour - ages[1], hour - ages[2]]
    assert delete_old() == 0


def test_deletes_are_bounded(clock: list[datetime], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "_MOST_DELETED", 2)
    sampled(*(BEGIN - timedelta(days=40, minutes=number) for number in range(5)))
    assert [delete_old() for _ in range(4)] == [2, 2, 1, 0]


def test_the_command_takes_a_sample_of_a_minute_once() -> None:
    outputs = []
    for _ in range(2):
        output = io.StringIO()
        call_command("sample", stdout=output)
        outputs.append(output.getvalue())
    assert outputs[0] == "Samples taken: 1.\n"
    assert LoadSample.objects.filter(job_type_id=0).count() == outputs.count("Samples taken: 1.\n")


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("postgresql", because="SQLite has no advisory locks")
def test_of_several_processes_one_samples() -> None:
    def work(number: int) -> bool:
        return sample.Command()._is_the_one()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [sample.Command.lock])
        try:
            assert at_once(4, work) == [False] * 4
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [sample.Command.lock])
    # The lock is free again, so one of them gets it; another may, once that one has closed its connection.
    assert any(at_once(4, work))

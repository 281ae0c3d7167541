"""Statistics of what ended, and of the queue, compared with the jobs."""

import math
from bisect import bisect_right
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
from jobs.models import Job
from metrics.durations import LIMITS
from metrics.hours import fold, recount
from metrics.models import LoadSample
from tests.factories import iso, make_job, make_job_type
from tests.metrics.counting import durations_of, ended, outcome_of, start_of

BEGIN = datetime(2026, 1, 1, 20, 30, tzinfo=UTC)
NOTHING = dict.fromkeys(("mean", "p50", "p95", "at_least", "at_most"))
_reader = APIClient()
pytestmark = pytest.mark.django_db


def stats(query: str = "", url: str = "/v6/stats/") -> dict[str, Any]:
    answer = _reader.get(f"{url}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def true_summary(durations: list[int]) -> dict[str, float | None]:
    """Return what is shown of durations in microseconds: percentiles are means of those in the same bucket."""
    if not durations:
        return NOTHING
    durations.sort()
    shown: dict[str, float | None] = {"mean": sum(durations) / len(durations) / 1e6}
    for share in (50, 95):
        true = durations[math.ceil(len(durations) * share / 100) - 1]
        alike = [one for one in durations if bisect_right(LIMITS, one) == bisect_right(LIMITS, true)]
        shown[f"p{share}"] = sum(alike) / len(alike) / 1e6
        assert true < 1e6 or 2**-0.5 < true / (sum(alike) / len(alike)) < 2**0.5
    shown["at_least"] = max([0, *(limit for limit in LIMITS if limit <= durations[0])]) / 1e6
    shown["at_most"] = min(limit for limit in LIMITS if limit > durations[-1]) / 1e6
    return shown


def true_numbers(jobs: list[Job], hours: float) -> dict[str, Any]:
    outcomes = [outcome_of(job) for job in jobs]
    failed = [outcome for outcome in outcomes if outcome.startswith("failed")]
    tried = outcomes.count("completed") + len(failed)
    lengths = [durations_of(job) for job in jobs if job.status != "CANCELED"]
    return {
        "completed_count": outcomes.count("completed"),
        "failed_count": len(failed),
        "canceled_count": outcomes.count("canceled"),
        **{f"error_{one}_count": failed.count(f"failed-{one}") for one in ("system", "algorithm", "data")},
        "throughput": pytest.approx(tried / hours),
        "failure_rate": len(failed) / tried if tried else None,
        "wait": pytest.approx(true_summary([one["wait"] for one in lengths if "wait" in one])),
        "run": pytest.approx(true_summary([one["run"] for one in lengths if "run" in one])),
    }


SECONDS = st.sampled_from([0, 0.999999, 1, 1.4, 1.5, 2, 60, 85, 3600, 4000, 100_000])
HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["COMPLETED", "CANCELED", "FAILED"]),
        st.integers(0, 1),
        st.integers(0, 5000),
        SECONDS,
        SECONDS,
    ),
    max_size=15,
)


class Histories(TestCase):
    """Statistics compared with random jobs."""

    def setUp(self) -> None:
        recount()
        load_builtin_errors()
        self.job_types = [make_job_type("a"), make_job_type("b")]
        self.errors = [Error.objects.get(name=name) for name in ("unknown", "algorithm-unknown")]

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(HISTORIES, st.sampled_from([600, 2880, 2881, 5000]))
    def test_statistics_equal_the_jobs(self, jobs: Any, length: int) -> None:
        for job_type, status, error, minute, wait, run in jobs:
            when = BEGIN + timedelta(minutes=minute)
            started = when - timedelta(seconds=run)
            columns = {"started": started, "queued": started - timedelta(seconds=wait)}
            failed = {"error": self.errors[error]} if status == "FAILED" else {}
            make_job(self.job_types[job_type], status, last_status_change=when, **columns, **failed)
        fold()
        until = BEGIN + timedelta(minutes=length)
        hours = 1 if length <= 2880 else 24
        first = start_of(hours, BEGIN)
        starts = [first + number * timedelta(hours=hours) for number in range(9999)]
        starts = [start for start in starts if start < until]
        for url, job_types in (
            ("/v6/stats/", self.job_types),
            ("/v6/job-types/a/1.0.0/stats/", self.job_types[:1]),
        ):
            own = [job for job in ended() if job.job_type in job_types and job.ended]
            shown = stats(f"started={iso(BEGIN)}&ended={iso(until)}", url)
            assert shown["period"] == {1: "hour", 24: "day"}[hours]
            of_periods = {start: [job for job in own if start_of(hours, job.ended) == start] for start in starts}  # type: ignore[arg-type]
            assert shown["periods"] == [
                {"datetime": iso(start), **true_numbers(ended_then, hours)}
                for start, ended_then in of_periods.items()
            ]
            everything = [job for ended_then in of_periods.values() for job in ended_then]
            assert shown["total"] == {
                "datetime": iso(first),
                **true_numbers(everything, hours * len(starts)),
            }


def sampled(**queued: tuple[float, int]) -> None:
    """Store samples: the minutes since, and how many jobs were queued, of all job types."""
    for ago, number in queued.values():
        LoadSample.objects.create(
            time=timezone.now() - timedelta(minutes=ago),
            is_hourly=False,
            job_type_id=0,
            pending_count=0,
            queued_count=number,
            running_count=0,
        )


UNKNOWN = {"time": None, "queued_count": None, "change_per_hour": None, "empty_in": None}


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ({}, UNKNOWN),
        ({"stale": (6, 5)}, UNKNOWN),
        ({"only": (1, 5)}, {"queued_count": 5, "change_per_hour": None, "empty_in": None}),
        ({"only": (1, 0)}, {"queued_count": 0, "change_per_hour": None, "empty_in": 0}),
        # 30 fewer in half an hour: the other 20 take a third of an hour.
        ({"a": (31, 50), "b": (1, 20)}, {"queued_count": 20, "change_per_hour": -60, "empty_in": 1200}),
        ({"a": (31, 20), "b": (1, 50)}, {"queued_count": 50, "change_per_hour": 60, "empty_in": None}),
        ({"a": (31, 20), "b": (1, 20)}, {"queued_count": 20, "change_per_hour": 0, "empty_in": None}),
        # What was more than an hour before the latest sample is not looked at.
        ({"a": (63, 900), "b": (31, 50), "c": (1, 20)}, {"change_per_hour": -60, "empty_in": 1200}),
    ],
)
def test_the_queue_is_empty_when_it_goes_on_to_change_as_in_the_last_hour(
    samples: dict[str, tuple[float, int]], expected: dict[str, Any]
) -> None:
    sampled(**samples)
    shown = stats()["queue"]
    near = {name: pytest.approx(value, rel=0.01) if value else value for name, value in expected.items()}
    assert {name: shown[name] for name in expected} == near


def test_a_job_type_without_a_row_in_a_sample_had_no_queued_jobs() -> None:
    job_type = make_job_type()
    sampled(a=(31, 9), b=(1, 7))
    now = timezone.now()
    LoadSample.objects.create(
        time=LoadSample.objects.earliest("time").time,
        is_hourly=False,
        job_type_id=job_type.pk,
        pending_count=0,
        queued_count=5,
        running_count=0,
    )
    shown = stats(url="/v6/job-types/test/1.0.0/stats/")["queue"]
    assert (shown["queued_count"], shown["change_per_hour"], shown["empty_in"]) == (0, pytest.approx(-10, 0.01), 0)
    assert shown["time"] <= iso(now)


def test_throughput_is_of_what_has_passed_of_a_period() -> None:
    make_job(make_job_type(), "COMPLETED")
    fold()
    now = timezone.now()
    passed = (now - start_of(24, now)) / timedelta(hours=1)
    shown = stats()
    assert shown["periods"][-1]["throughput"] == pytest.approx(1 / passed, rel=0.1)
    assert shown["total"]["throughput"] == pytest.approx(1 / (passed + 24 * (len(shown["periods"]) - 1)), rel=0.1)
    (future,) = stats("started=9999-12-31T23:00:00&ended=9999-12-31T23:59:59")["periods"]
    assert (future["throughput"], future["wait"], future["failure_rate"]) == (None, NOTHING, None)


@pytest.mark.parametrize("url", ["/v6/stats/", "/v6/job-types/test/1.0.0/stats/"])
def test_statistics_take_as_many_queries_however_long_the_history_is(url: str) -> None:
    job_type = make_job_type()
    for days in range(5):
        make_job(job_type, "COMPLETED", last_status_change=timezone.now() - timedelta(days=days))
    fold()
    with CaptureQueriesContext(connection) as queries:
        stats(url=url)
    assert len(queries) == (3 if url == "/v6/stats/" else 4)
    assert not any("jobs_job" in query["sql"] for query in queries)


def test_of_an_unknown_job_type_there_are_none(anyone: APIClient) -> None:
    make_job_type()
    answer = anyone.get("/v6/job-types/test/2.0.0/stats/")
    assert (answer.status_code, answer.json()["detail"].split(";")[0]) == (
        404,
        "There is no job type test in version 2.0.0",
    )


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("started=2026-01-02&ended=2026-01-01", "started: must not be after ended"),
        ("started=P1001D", "started: must be no more than 1000 days before ended."),
        ("group=hour", "group: unknown query parameter"),
    ],
)
def test_a_faulty_query_is_refused(anyone: APIClient, query: str, fault: str) -> None:
    answer = anyone.get(f"/v6/stats/?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(fault)

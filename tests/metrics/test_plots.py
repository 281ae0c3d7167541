"""Plots of what ended, as Scale's web client asks for them, compared with the jobs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import load_builtin_errors
from jobs.models import Job
from metrics.hours import fold, recount
from metrics.plots import COLUMNS
from tests.factories import iso, make_job, make_job_type
from tests.metrics.counting import ended, outcome_of, start_of

URL = "/v6/metrics/job-types/plot-data/"
BEGIN = datetime(2026, 1, 1, 20, 30, tzinfo=UTC)
_reader = APIClient()
pytestmark = pytest.mark.django_db


def results(**query: Any) -> list[dict[str, Any]]:
    answer = _reader.get(f"{URL}?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.content
    assert answer.json()["count"] == len(answer.json()["results"])
    return answer.json()["results"]


def counts(column: str, outcome: str) -> bool:
    """Whether a column counts jobs of an outcome."""
    if column == "total_count":
        return True
    if column == "failed_count":
        return outcome.startswith("failed-")
    return outcome == ("completed" if column == "completed_count" else f"failed-{column.split('_')[1]}")


def brute_force(
    columns: list[str], started: datetime, until: datetime, job_types: list[int] | None = None
) -> list[list[dict[str, Any]]]:
    """Return the values of each column, counted job by job."""
    hours = 1 if until - started <= timedelta(hours=48) else 24
    shown = []
    for column in columns:
        values: Counter[tuple[datetime, int]] = Counter()
        for job in ended():
            assert job.ended is not None
            start = start_of(hours, job.ended)
            if start_of(hours, started) <= start < until and counts(column, outcome_of(job)):
                if job_types is None:
                    values[start, 0] += 1
                elif job.job_type_id in job_types:
                    values[start, job.job_type_id] += 1
        shown.append(
            [
                {"datetime": iso(start), "value": value, **({} if job_types is None else {"id": job_type})}
                for (start, job_type), value in sorted(values.items())
            ]
        )
    return shown


HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["COMPLETED", "CANCELED", "FAILED"]),
        st.integers(0, 2),
        st.integers(0, 5000),
    ),
    max_size=12,
)


class Histories(TestCase):
    """Plots compared with random jobs."""

    def setUp(self) -> None:
        recount()
        load_builtin_errors()
        self.job_types = [make_job_type("a"), make_job_type("b")]
        errors = {error.category: error for error in Error.objects.all()}
        errors["ALGORITHM"] = Error.objects.get(name="algorithm-unknown")
        errors["DATA"], _ = Error.objects.get_or_create(
            name="bad", job_type_name="a", defaults={"category": "DATA", "created": BEGIN, "last_modified": BEGIN}
        )
        self.errors = [errors[category] for category in ("SYSTEM", "ALGORITHM", "DATA")]

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        HISTORIES,
        st.lists(st.sampled_from([*COLUMNS]), min_size=1, unique=True),
        st.integers(0, 4000),
        st.sampled_from([30, 600, 2880, 2881, 5000]),
    )
    def test_values_equal_the_jobs(self, jobs: Any, columns: list[str], first: int, length: int) -> None:
        for job_type, status, error, minute in jobs:
            columns_of_job = {"error": self.errors[error]} if status == "FAILED" else {}
            when = BEGIN + timedelta(minutes=minute)
            make_job(self.job_types[job_type], status, last_status_change=when, **columns_of_job)
        fold()
        started, until = BEGIN + timedelta(minutes=first), BEGIN + timedelta(minutes=first + length)
        window = {"started": iso(started), "ended": iso(until), "column": columns}
        for job_types in (None, [self.job_types[1].pk], [one.pk for one in self.job_types]):
            choices = {"choice_id": job_types} if job_types else {}
            shown = results(**window, **choices)
            assert [one["column"]["name"] for one in shown] == columns
            assert [one["values"] for one in shown] == brute_force(columns, started, until, job_types)


def test_the_queries_of_the_web_client_are_taken(anyone: APIClient) -> None:
    job_type = make_job_type()
    make_job(job_type, "COMPLETED", last_status_change=BEGIN)
    make_job(job_type, "FAILED", last_status_change=BEGIN)
    fold()
    choices = "&".join(f"choice_id={pk}" for pk in (job_type.pk, *range(10**6, 10**6 + 700)))
    query = (
        f"page=null&page_size=null&started=2026-01-01&ended=2026-01-31&{choices}&column=failed_count"
        "&column=completed_count&group=null&dataType=job-types&"
    )
    answer = anyone.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    value = {"datetime": "2026-01-01T00:00:00Z", "value": 1, "id": job_type.pk}
    assert [(one["column"]["title"], one["values"]) for one in answer.json()["results"]] == [
        ("Failed Count", [value]),
        ("Completed Count", [value]),
    ]


def test_values_of_choices_are_read_by_people_too(anyone: APIClient) -> None:
    make_job(job_type := make_job_type(), "COMPLETED", last_status_change=BEGIN)
    fold()
    query = f"started=2026-01-01&ended=2026-01-31&column=completed_count&choice_id={job_type.pk}"
    indented = anyone.get(f"{URL}?{query}", headers={"Accept": "application/json; indent=4"})
    assert indented.json() == anyone.get(f"{URL}?{query}").json()
    assert f'"id": {job_type.pk}' in indented.content.decode()
    page = anyone.get(f"{URL}?{query}", headers={"Accept": "text/html"})
    assert "&quot;id&quot;: " in page.content.decode()


def test_columns_are_those_of_the_groups_or_all() -> None:
    def names(**query: Any) -> list[str]:
        return [one["column"]["name"] for one in results(**query)]

    assert names() == [*COLUMNS]
    assert names(group="errors") == ["error_system_count", "error_algorithm_count", "error_data_count"]
    assert names(group=["errors", "overview"], column="total_count") == ["total_count"]
    page = _reader.get(f"{URL}?page_size=2&page=2").json()
    assert (page["count"], [one["column"]["name"] for one in page["results"]]) == (
        6,
        ["total_count", "error_system_count"],
    )
    assert _reader.get(f"{URL}?page_size=2&page=4").status_code == 404


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("column=no_such_count", "column: must be one of completed_count"),
        ("group=none", "group: must be one of overview, errors"),
        ("dataType=ingest", "dataType: must be one of job-types"),
        ("choice_id=a", "choice_id: must be a whole number."),
        ("started=2026-01-02&ended=2026-01-01", "started: must not be after ended"),
        ("started=0001-01-01", "started: must be no more than 1000 days before ended."),
        ("ended=0001-01-02", "ended: is too early."),
        ("started=soon", "started: must be an ISO-8601 datetime"),
        (
            "started=P900D&" + "&".join(f"choice_id={pk}" for pk in range(1, 100)),
            "choice_id: asks for up to 535194 values",
        ),
    ],
)
def test_a_faulty_query_is_refused(anyone: APIClient, query: str, fault: str) -> None:
    answer = anyone.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(fault)


@pytest.mark.parametrize("choice", ["0", "-1", "9" * 30, str(2**63)])
def test_a_choice_that_no_job_type_can_be_has_no_values(choice: str) -> None:
    make_job(make_job_type(), "COMPLETED")
    fold()
    assert [one["values"] for one in results(choice_id=choice, column="total_count")] == [[]]


def test_a_plot_takes_one_query_whatever_its_size() -> None:
    job_types = [make_job_type(name) for name in ("a", "b")]
    for job_type in job_types:
        make_job(job_type, "COMPLETED")
    fold()
    with CaptureQueriesContext(connection) as queries:
        results(choice_id=[one.pk for one in job_types])
    assert len(queries) == 1
    assert "jobs_job" not in queries[0]["sql"]


def test_there_is_to_plot_what_the_web_client_reads(anyone: APIClient) -> None:
    job_type = make_job_type()
    with CaptureQueriesContext(connection) as queries:
        answer = anyone.get("/v6/metrics/job-types/").json()
    assert len(queries) == 1
    assert answer["choices"] == [
        {"id": job_type.pk, "name": "test", "version": "1.0.0", "title": "Title of test", "icon_code": None}
    ]
    assert [column["name"] for column in answer["columns"]] == [*COLUMNS]
    assert answer["columns"][0] == {
        "name": "completed_count",
        "title": "Completed Count",
        "description": "Jobs that COMPLETED.",
        "units": "count",
        "group": "overview",
        "aggregate": "sum",
    }
    assert [group["name"] for group in answer["groups"]] == ["overview", "errors"]
    assert Job.objects.count() == 0

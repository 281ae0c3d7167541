"""The counts of failures by error: which jobs, in which hour or day, and the bound."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from errors.services import builtin_error
from jobs import failures
from jobs.failures import Failures, count_failures
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def unknown() -> int:
    """The id of the error of jobs that failed here at 2 h 10, 2 h 50 and 27 h after the start; others did not."""
    job_type = make_job_type()
    for hours in (2.17, 2.83, 27):
        make_job(job_type, "FAILED", last_status_change=SINCE + timedelta(hours=hours))
    make_job(job_type, "FAILED", last_status_change=SINCE - timedelta(hours=1))
    make_job(job_type, "COMPLETED", last_status_change=SINCE + timedelta(hours=2))
    make_job(job_type, "CANCELED", last_status_change=SINCE + timedelta(hours=2))
    return builtin_error("unknown").pk


def test_failures_are_counted_by_hour_and_by_day(unknown: int) -> None:
    hours = {SINCE + timedelta(hours=2): 2, SINCE + timedelta(hours=27): 1}
    assert count_failures(since=SINCE, unit="hour") == Failures(SINCE, {unknown: hours})
    days = {SINCE: 2, SINCE + timedelta(days=1): 1}
    assert count_failures(since=SINCE, unit="day") == Failures(SINCE, {unknown: days})


def test_without_failures_there_is_no_count(unknown: int) -> None:
    assert count_failures(since=timezone.now(), unit="day").counts == {}


def test_no_more_than_the_latest_failures_are_counted(unknown: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_FAILURES", 1)
    counted = count_failures(since=SINCE, unit="hour")
    assert counted == Failures(SINCE + timedelta(hours=2.83), {unknown: {SINCE + timedelta(hours=27): 1}})


def test_failures_take_two_queries(unknown: int, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        count_failures(since=SINCE, unit="hour")

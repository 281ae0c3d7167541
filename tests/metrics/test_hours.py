"""The hourly counts, compared with the jobs themselves after all kinds of changes."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from errors.models import Error
from errors.services import load_builtin_errors
from jobs.models import Job
from jobs.states import ENDED, Status, entering
from metrics.hours import fold, recount
from metrics.models import Ending, HourlyCount, HourlyDuration
from tests.factories import make_job, make_job_type
from tests.metrics.counting import counts, durations, true_counts, true_durations
from tests.threads import at_once
from tests.triggers import no_trigger

BEGIN = datetime(2026, 1, 1, 22, tzinfo=UTC)


def minute(number: float) -> datetime:
    return BEGIN + timedelta(minutes=number)


def assert_right() -> None:
    fold()
    assert not Ending.objects.exists()
    assert counts() == true_counts()
    assert durations() == true_durations()


class _Undone(Exception):
    """Rolls a transaction back."""


# What one statement does to each job whose place modulo ``by`` is ``rest``, at which of some minutes (those of two
# days), whether it is rolled back, and whether it is counted before the next one.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "queue", "run", "end", "cancel", "touch", "give", "delete", "change", "move"]),
        st.integers(1, 4),
        st.integers(0, 3),
        st.sampled_from([0, 0.01, 0.4, 1, 59, 61, 119.999, 120, 200, 1500]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)


class RandomSteps(TestCase):
    """The counts compared with the jobs, after random changes to them."""

    def setUp(self) -> None:
        recount()
        load_builtin_errors()
        self.job_types = [make_job_type("a"), make_job_type("b")]
        self.errors = list(Error.objects.order_by("pk")[:3])

    def step(self, what: str, by: int, rest: int, at: float) -> None:
        ids = list(Job.objects.order_by("pk").values_list("pk", flat=True))
        jobs = Job.objects.filter(pk__in=[pk for place, pk in enumerate(ids) if place % by == rest % by])
        error = self.errors[rest % 3]
        if what == "add":
            job_type = self.job_types[rest % 2]
            values = {"job_type": job_type, "job_type_rev": job_type.revisions.get()}
            for status in (Status.RUNNING, Status.COMPLETED, Status.FAILED, Status.QUEUED)[:by]:
                columns = {**values, "queued": BEGIN, "started": minute(at / 2), **entering(status, minute(at))}
                columns["error"] = error if status == Status.FAILED else None
                columns.pop("error_id", None)
                Job.objects.create(**columns)
        elif what == "queue":
            jobs.filter(status__in=ENDED).update(**entering(Status.QUEUED, minute(at)))
        elif what == "run":
            jobs.filter(status="QUEUED").update(**entering(Status.RUNNING, minute(at)))
        elif what == "end":
            when = minute(1500 + at)
            failed = {"error_id": error.pk} if by == 1 else {}
            status = Status.FAILED if failed else Status.COMPLETED
            jobs.filter(status="RUNNING").update(**entering(status, when), **failed)
        elif what == "cancel":
            jobs.exclude(status="COMPLETED").update(**entering(Status.CANCELED, minute(3000 + at)))
        elif what == "touch":
            jobs.update(priority=by)
        elif what == "give":
            other = self.job_types[rest % 2]
            jobs.update(job_type=other, job_type_rev=other.revisions.get())
        elif what == "change":
            Error.objects.filter(pk=error.pk).update(category=["SYSTEM", "ALGORITHM", "DATA", "DATA"][by - 1])
        elif what == "move":
            jobs.filter(status__in=ENDED).update(ended=minute(3000 + at))
        else:
            jobs.delete()

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def test_the_counts_equal_the_jobs_after_each_fold(self, steps: Any) -> None:
        for *step, is_undone, is_folded in steps:
            try:
                with transaction.atomic():
                    self.step(*step)
                    if is_undone:
                        assert_right()
                        raise _Undone
            except _Undone:
                pass
            if is_folded:
                assert_right()
        assert_right()
        assert recount() == 0


@pytest.mark.django_db
def test_a_requeue_takes_the_job_out_of_the_hour_in_which_it_had_ended() -> None:
    make_job(make_job_type(), "FAILED", last_status_change=minute(1), started=BEGIN, queued=BEGIN)
    fold()
    assert sum(counts().values()) == 4
    Job.objects.update(**entering(Status.QUEUED, minute(2)))
    fold()
    assert counts() == durations() == {}
    assert set(HourlyCount.objects.values_list("number", flat=True)) == {0}


@pytest.mark.django_db
def test_what_changes_nothing_that_is_counted_writes_no_ending() -> None:
    job_type = make_job_type()
    make_job(job_type, "COMPLETED")
    fold()
    Job.objects.update(priority=7)
    make_job(job_type, "QUEUED")
    Job.objects.filter(status="QUEUED").update(**entering(Status.RUNNING, minute(1)))
    assert not Ending.objects.exists()


@pytest.mark.django_db
def test_a_failure_counts_under_the_category_that_its_error_has_now() -> None:
    job_type = make_job_type()
    job = make_job(job_type, "FAILED", last_status_change=minute(1))
    fold()
    assert {outcome for *_, outcome in counts()} == {"failed-system"}
    make_job(job_type, "FAILED", last_status_change=minute(1), error=job.error)
    Error.objects.filter(name="unknown").update(category="DATA")
    make_job(job_type, "FAILED", last_status_change=minute(1), error=job.error)
    assert_right()
    assert {outcome: number for *_, outcome, number in ((*key, number) for key, number in counts().items())} == {
        "failed-data": 3
    }


@pytest.mark.django_db(transaction=True)
def test_statements_and_folds_at_once_add_up() -> None:
    load_builtin_errors()
    job_types = [make_job_type(name) for name in ("a", "b")]

    def work(number: int) -> None:
        for turn in range(12):
            if number < 3:
                fold()
                continue
            with transaction.atomic():
                jobs = [make_job(one, "RUNNING", last_status_change=BEGIN).pk for one in job_types]
            done = Job.objects.filter(pk__in=jobs)
            done.update(**entering(Status.COMPLETED, minute(turn)))
            with transaction.atomic():
                done.filter(job_type=job_types[number % 2]).update(**entering(Status.QUEUED, minute(turn)))
            if turn % 4 == number % 4:
                done.delete()

    at_once(8, work)
    assert_right()
    assert sum(true_counts().values()) == 5 * 9 * 4
    assert recount() == 0


@pytest.mark.django_db(transaction=True)
def test_a_recount_while_jobs_end_and_are_counted_finds_nothing_wrong() -> None:
    job_type = make_job_type()

    def work(number: int) -> int:
        wrong = 0
        for turn in range(10):
            if number == 0:
                wrong += recount()
            elif number == 1:
                fold()
            else:
                make_job(job_type, "COMPLETED", last_status_change=minute(turn))
        return wrong

    assert at_once(6, work) == [0] * 6
    assert_right()


def recount_hours() -> str:
    output = io.StringIO()
    call_command("recount_hours", stdout=output)
    return output.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_recount_corrects_changes_made_without_the_triggers() -> None:
    first, second = make_job_type("a"), make_job_type("b")
    make_job(first, "COMPLETED", last_status_change=minute(1), started=BEGIN, queued=BEGIN)
    fold()
    assert recount_hours() == "Numbers that were wrong: 0.\n"
    before = counts().items() | durations().items()
    with no_trigger():
        Job.objects.update(**entering(Status.CANCELED, minute(61)))
        make_job(second, "COMPLETED", last_status_change=minute(2), started=BEGIN, queued=BEGIN)
    Ending.objects.all().delete()  # what the triggers of SQLite have written
    wrong = {key for key, _ in before ^ (true_counts().items() | true_durations().items())}
    assert recount_hours() == f"Numbers that were wrong: {len(wrong)}.\n"
    assert_right()
    assert recount() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("postgresql", because="SQLite deletes the jobs instead, one by one")
def test_truncating_jobs_empties_the_counts() -> None:
    make_job(make_job_type(), "COMPLETED")
    fold()
    make_job(make_job_type("other"), "COMPLETED")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE jobs_job CASCADE")
    assert [model.objects.count() for model in (Ending, HourlyCount, HourlyDuration)] == [0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_tables_that_tests_empty_leave_nothing_to_count() -> None:
    for name in ("a", "b"):
        make_job(make_job_type(name), "COMPLETED")
        fold()
    call_command("flush", interactive=False, verbosity=0, reset_sequences=False, allow_cascade=False)
    assert [model.objects.count() for model in (Job, Ending, HourlyCount, HourlyDuration)] == [0, 0, 0, 0]

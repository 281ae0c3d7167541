"""The numbers of tries that ended, compared with the tries themselves after all kinds of changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from jobs.models import JobExecution
from jobs.states import STATUS_AFTER, End
from metrics.ended_tries import recount
from metrics.models import EndedTries
from tests.factories import make_job, make_job_type
from tests.metrics.tries import counted_ends, kept_ends
from tests.threads import at_once

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = [end for end in End if STATUS_AFTER[end] != "FAILED"]


def ended(end: End) -> dict[str, Any]:
    return {"status": STATUS_AFTER[end], "end": end, "ended": BEGIN + timedelta(hours=1)}


class _Undone(Exception):
    """Rolls a transaction back."""


# What one statement does, with what end, to each try whose place modulo ``by`` is 0; and whether it is rolled back.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "begin ended", "end", "renew"]),
        st.sampled_from(ENDS),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=20,
)


class RandomSteps(TestCase):
    """The numbers compared with the tries, after random changes to these."""

    def setUp(self) -> None:
        job_types = [make_job_type("a"), make_job_type("b")]
        self.jobs = [make_job(job_type) for job_type in (*job_types, job_types[0])]

    def step(self, what: str, end: End, by: int) -> None:
        running = list(JobExecution.objects.filter(ended=None).values_list("pk", flat=True))
        tries = JobExecution.objects.filter(pk__in=running[::by])
        if what.startswith("begin"):
            number = JobExecution.objects.count() + 1
            columns = ended(end) if what == "begin ended" else {}
            JobExecution.objects.bulk_create(
                JobExecution(job=job, job_type_rev=job.job_type_rev, exe_num=number, started=BEGIN, **columns)
                for job in self.jobs[:by]
            )
        elif what == "end":
            tries.update(**ended(end))
        else:
            tries.update(lease_expires=BEGIN + timedelta(minutes=by))

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def test_the_numbers_equal_the_tries_after_each_statement(self, steps: Any) -> None:
        for *step, is_undone in steps:
            try:
                with transaction.atomic():
                    self.step(*step)
                    assert kept_ends() == counted_ends()
                    if is_undone:
                        raise _Undone
            except _Undone:
                pass
            assert kept_ends() == counted_ends()


def begin(count: int) -> list[JobExecution]:
    """Return tries that run, of jobs of one job type."""
    job_type = make_job_type()
    jobs = [make_job(job_type) for _ in range(count)]
    return JobExecution.objects.bulk_create(
        JobExecution(job=job, job_type_rev=job.job_type_rev, exe_num=1, started=BEGIN) for job in jobs
    )


@pytest.mark.django_db
def test_the_rows_are_folded_however_many_statements_there_are() -> None:
    for one in begin(500):
        JobExecution.objects.filter(pk=one.pk).update(**ended(End.COMPLETED))
    assert list(kept_ends().values()) == [500]
    # That none of the last 250 statements folded them is as likely as to guess a number of seven digits.
    assert EndedTries.objects.count() < 250


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_where_transactions_end_tries_and_fold_at_the_same_time() -> None:
    tries = begin(200)

    def end(number: int) -> None:
        for one in tries[number::4]:
            JobExecution.objects.filter(pk=one.pk).update(**ended(End.COMPLETED))

    at_once(4, end)
    assert list(kept_ends().values()) == [200]


@pytest.mark.django_db
def test_wrong_numbers_are_mended() -> None:
    one, two = begin(2)
    JobExecution.objects.filter(pk=one.pk).update(**ended(End.COMPLETED))
    assert recount() == 0
    EndedTries.objects.all().update(tries=9)
    JobExecution.objects.filter(pk=two.pk).update(**ended(End.RETURNED))
    EndedTries.objects.filter(end=End.RETURNED).delete()
    assert recount() == 2
    assert kept_ends() == counted_ends()
    assert recount() == 0


@pytest.mark.django_db
def test_tries_that_are_deleted_stay_counted() -> None:
    (one,) = begin(1)
    JobExecution.objects.filter(pk=one.pk).update(**ended(End.RETURNED))
    before = kept_ends()
    JobExecution.objects.all().delete()
    assert kept_ends() == before

"""The tally of queued and running jobs, compared with the jobs themselves after all kinds of changes."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from job_types.models import JobType
from jobs.models import Job
from jobs.selectors import queued_revisions
from jobs.states import Status, entering
from jobs.status_counts import counts_by_status
from jobs.tally import recount
from tests.factories import make_job, make_job_type
from tests.jobs.counting import counted, tallied
from tests.threads import at_once
from tests.triggers import no_trigger

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ON_POSTGRESQL = connection.vendor == "postgresql"


def shown() -> dict[int, tuple[int, datetime]]:
    """Return what status/ shows of all running jobs: job type -> number, latest change."""
    counts = counts_by_status(
        job_types=list(JobType.objects.values_list("pk", flat=True)), started=BEGIN, ended=BEGIN
    )
    return {
        job_type: (group["count"], datetime.fromisoformat(group["most_recent"]))
        for job_type, groups in counts.items()
        for group in json.loads(groups)
        if group["status"] == "RUNNING"
    }


def true() -> dict[int, tuple[int, datetime]]:
    """Return the same, counted job by job."""
    changes: dict[int, list[datetime]] = {}
    for job in Job.objects.filter(status="RUNNING"):
        changes.setdefault(job.job_type_id, []).append(job.last_status_change)
    return {job_type: (len(own), max(own)) for job_type, own in changes.items()}


def rows() -> int:
    """Return how many rows the tally has; none on SQLite."""
    if not ON_POSTGRESQL:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_tally")
        return cursor.fetchone()[0]


def minute(number: int) -> datetime:
    return BEGIN + timedelta(minutes=number)


class _Undone(Exception):
    """Rolls a transaction back."""


# What one statement does to each job whose place modulo ``by`` is ``rest``; in which of a few minutes, as jobs
# often begin and cease in the same one; and whether it is rolled back.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "run", "cease", "move", "touch", "give", "delete"]),
        st.integers(1, 4),
        st.integers(0, 3),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=25,
)


class RandomSteps(TestCase):
    """The tally compared with the jobs, after random changes to them."""

    def setUp(self) -> None:
        self.job_types = [make_job_type("a"), make_job_type("b")]

    def step(self, what: str, by: int, rest: int, at: int) -> None:
        ids = list(Job.objects.order_by("pk").values_list("pk", flat=True))
        jobs = Job.objects.filter(pk__in=[pk for place, pk in enumerate(ids) if place % by == rest % by])
        if what == "add":
            job_type = self.job_types[rest % 2]
            values = {"job_type": job_type, "job_type_rev": job_type.revisions.get()}
            states = (Status.RUNNING, Status.QUEUED, Status.RUNNING, Status.CANCELED)[:by]
            Job.objects.bulk_create(Job(**values, **entering(status, minute(at))) for status in states)
        elif what == "run":
            jobs.filter(status="QUEUED").update(**entering(Status.RUNNING, minute(at)))
        elif what == "cease":
            jobs.filter(status="RUNNING").update(
                status=Status.COMPLETED, last_status_change=minute(at), ended=minute(9)
            )
        elif what == "move":
            jobs.update(last_status_change=minute(at))
        elif what == "touch":
            jobs.update(priority=at + 1)
        elif what == "give":
            other = self.job_types[rest % 2]
            jobs.update(job_type=other, job_type_rev=other.revisions.get())
        else:
            jobs.delete()

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def test_the_tally_equals_the_jobs_after_each_statement(self, steps: Any) -> None:
        for *step, is_undone in steps:
            before = true()
            try:
                with transaction.atomic():
                    self.step(*step)
                    assert shown() == true()
                    assert tallied() == counted()
                    if is_undone:
                        raise _Undone
            except _Undone:
                assert true() == before
            assert shown() == true()
            assert tallied() == counted()
            assert {one.id for one in queued_revisions()[0]} == {
                pk for status, pk in counted() if status == "QUEUED"
            }


@pytest.mark.django_db
def test_the_latest_change_is_of_a_job_that_still_runs() -> None:
    job_type = make_job_type()
    first, _, third = (make_job(job_type, "RUNNING", last_status_change=minute(at)) for at in (1, 2, 3))
    assert shown() == {job_type.pk: (3, minute(3))}
    Job.objects.filter(pk=third.pk).update(**entering(Status.COMPLETED, minute(4)))
    assert shown() == {job_type.pk: (2, minute(2))}
    Job.objects.filter(pk=first.pk).update(**entering(Status.COMPLETED, minute(5)))
    assert shown() == {job_type.pk: (1, minute(2))}
    make_job(job_type, "RUNNING", last_status_change=minute(6))
    assert shown() == {job_type.pk: (2, minute(6))}
    Job.objects.update(**entering(Status.COMPLETED, minute(7)))
    assert shown() == {}
    make_job(job_type, "RUNNING", last_status_change=minute(1))
    assert shown() == {job_type.pk: (1, minute(1))}


@pytest.mark.django_db
def test_the_tally_has_few_rows_however_many_jobs_began_and_ceased() -> None:
    job_type = make_job_type()
    for number in range(60):
        job = make_job(job_type, "RUNNING", last_status_change=minute(number))
        if number % 3:
            Job.objects.filter(pk=job.pk).update(**entering(Status.COMPLETED, minute(number)))
        assert rows() <= 17
    assert shown() == true() == {job_type.pk: (20, minute(57))}
    assert tallied() == counted()
    Job.objects.filter(status="RUNNING").update(**entering(Status.COMPLETED, minute(60)))
    for number in range(20):
        make_job(job_type, "RUNNING", last_status_change=minute(number)).delete()
    assert shown() == true() == {}
    assert rows() <= 17


@pytest.mark.only_on("postgresql", because="on SQLite there is no tally")
@pytest.mark.django_db
def test_a_statement_folds_only_what_has_more_than_sixteen_rows() -> None:
    revisions = [make_job_type(name) for name in ("a", "b")]
    for _ in range(15):
        make_job(revisions[0])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL track_functions = 'pl'")
        folded = []
        for _ in range(3):
            Job.objects.bulk_create(
                Job(job_type=one, job_type_rev=one.revisions.get(), status="QUEUED", queued=BEGIN)
                for one in revisions
            )
            cursor.execute("SELECT sum(calls) FROM pg_stat_xact_user_functions WHERE funcname = 'jobs_tally_fold'")
            folded.append(int(cursor.fetchone()[0] or 0))
    assert folded == [0, 1, 1]
    assert tallied() == counted()


@pytest.mark.django_db(transaction=True)
def test_concurrent_statements_add_up() -> None:
    job_types = [make_job_type(name) for name in ("a", "b")]

    def begin_and_cease(number: int) -> None:
        for turn in range(12):
            # Two job types in a transaction, in either order: if statements waited for rows, they would deadlock.
            order = job_types if number % 2 else job_types[::-1]
            with transaction.atomic():
                jobs = [make_job(job_type, "RUNNING").pk for job_type in order]
            make_job(order[0])
            with transaction.atomic():
                for pk in jobs[: 1 + (turn + number) % 2]:
                    Job.objects.filter(pk=pk).update(**entering(Status.COMPLETED, timezone.now()))

    at_once(8, begin_and_cease)
    assert shown() == true()
    assert tallied() == counted()
    assert sum(jobs for jobs, _ in shown().values()) == 8 * 12 / 2
    assert rows() < 100


@pytest.mark.django_db(transaction=True)
def test_transactions_that_fold_the_same_job_types_do_not_deadlock() -> None:
    job_types = [make_job_type(name) for name in ("a", "b")]
    for job_type in job_types:
        for _ in range(16):
            make_job(job_type, "RUNNING")
    both = threading.Barrier(2, timeout=30)

    def begin(number: int) -> None:
        with transaction.atomic():
            make_job(job_types[number], "RUNNING")
            if ON_POSTGRESQL:
                # Each has folded one of the two, and is about to fold the other's.
                both.wait()
            make_job(job_types[1 - number], "RUNNING")

    at_once(2, begin)
    assert shown() == true()
    assert [jobs for jobs, _ in shown().values()] == [18, 18]
    assert 0 < rows() <= 4 or not ON_POSTGRESQL


@pytest.mark.django_db(transaction=True)
def test_a_recount_corrects_changes_made_without_the_triggers() -> None:
    ended, added, same = make_job_type("ended"), make_job_type("added"), make_job_type("same")
    make_job(ended, "RUNNING")
    make_job(same, "RUNNING")

    assert recount() == 0
    with no_trigger():
        Job.objects.filter(job_type=ended).update(**entering(Status.COMPLETED, timezone.now()))
        make_job(added, "RUNNING")
    assert recount() == (2 if ON_POSTGRESQL else 0)
    assert shown() == true()
    assert set(shown()) == {added.pk, same.pk}
    make_job(added, "RUNNING")
    assert shown() == true()


@pytest.mark.django_db(transaction=True)
def test_truncating_jobs_empties_the_tally() -> None:
    make_job(make_job_type(), "RUNNING")
    call_command("flush", interactive=False, verbosity=0)
    assert rows() == 0
    job_type = make_job_type()
    make_job(job_type, "RUNNING", last_status_change=minute(1))
    assert shown() == {job_type.pk: (1, minute(1))}

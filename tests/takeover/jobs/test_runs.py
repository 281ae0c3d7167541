"""Pages of jobs and runs one after the other: each job comes once, and what changed there or here is seen."""

import itertools
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core.models.clock import database_time
from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.services import requeue_jobs
from metrics.hours import fold
from takeover.models import Imported, Kind
from takeover.readers import job_documents
from takeover.report import Outcome
from tests.factories import iso
from tests.metrics.counting import counts, true_counts
from tests.takeover.jobs.bringing import bring, counted
from tests.takeover.jobs.there import JobsThere, refused, shown_error, try_there

pytestmark = pytest.mark.django_db


def test_jobs_that_are_not_over_are_named_and_come_once_they_are(there: JobsThere, job_type: JobType) -> None:
    for status in ("RUNNING", "QUEUED", "QUEUED"):
        there.add(job_type, status)

    run = bring(there)

    assert counted(run) == {Outcome.LEFT: 3}
    later = "and come with a later run once they are over"
    assert [entry["sentence"] for entry in run.report.duties.first] == [
        f"2 of its jobs are QUEUED there, {later}: 2, 3",
        f"1 of its jobs are RUNNING there, {later}: 1",
    ]
    assert not Job.objects.exists()

    there.details[2] |= {"status": "CANCELED", "last_modified": iso(timezone.now())}
    assert counted(bring(there)) == {Outcome.CREATED: 1, Outcome.LEFT: 2}


def test_a_second_run_asks_for_no_details_and_writes_nothing(there: JobsThere, job_type: JobType) -> None:
    for _ in range(3):
        there.add(job_type)
    bring(there)
    before = list(Job.objects.values()), list(JobExecution.objects.values()), list(Imported.objects.values())
    there.asked.clear()

    run = bring(there)

    assert counted(run) == {Outcome.UNCHANGED: 3}
    assert set(there.asked) == {"jobs/"}
    assert before == (
        list(Job.objects.values()),
        list(JobExecution.objects.values()),
        list(Imported.objects.values()),
    )


@pytest.mark.parametrize("filters", [True, False])
def test_pages_of_any_size_bring_every_job_once(there: JobsThere, job_type: JobType, filters: bool) -> None:
    there.filters, there.page_size = filters, 4
    moment = iso(timezone.now() - timedelta(days=1))
    for number in range(30):
        same = {"last_modified": moment} if 8 <= number < 20 else {}  # three pages of one moment
        there.add(job_type, **same)
    if not filters:
        there.details = dict(sorted(there.details.items(), key=lambda item: item[0] * 7 % 30))

    run = bring(there)

    assert counted(run) == {Outcome.CREATED: 30}
    assert Job.objects.count() == 30
    assert Imported.objects.filter(kind=Kind.JOB).count() == 30


def test_jobs_that_change_while_pages_are_read_push_none_away(there: JobsThere, job_type: JobType) -> None:
    there.page_size = 4
    for _ in range(12):
        there.add(job_type)

    def change_the_first(path: str) -> None:
        if path != "jobs/":
            return
        oldest = min(there.details.values(), key=lambda job: job["last_modified"])
        if len(there.asked) < 30:
            oldest["last_modified"] = iso(timezone.now())

    there.before = change_the_first

    bring(there)

    assert Job.objects.count() == 12


def test_only_jobs_that_changed_in_time_come(there: JobsThere, job_type: JobType) -> None:
    for filters in (True, False):
        there.filters = filters
        there.add(job_type, last_modified=iso(timezone.now() - timedelta(days=11)))

        assert counted(bring(there)) == {}


def test_a_job_that_changed_there_is_changed_here_and_keeps_its_tries(there: JobsThere, job_type: JobType) -> None:
    error = shown_error("node-lost")
    details = there.add(job_type, "FAILED", error=error)
    details["execution"]["error"] = error
    bring(there)
    now = database_time()
    again = try_there(1, 2, now - timedelta(minutes=3), now, "COMPLETED")
    times = {"started": again["started"], "ended": iso(now), "last_modified": iso(now)}
    details |= {"status": "COMPLETED", "error": None, "num_exes": 2, "execution": again, **times}

    run = bring(there)

    (job,) = Job.objects.all()
    assert counted(run) == {Outcome.UPDATED: 1}
    assert (job.status, job.error, job.num_exes, job.last_modified) == ("COMPLETED", None, 2, now)
    tries = job.executions.order_by("exe_num").values_list("exe_num", "status")
    assert list(tries) == [(1, "FAILED"), (2, "COMPLETED")]
    assert counted(bring(there)) == {Outcome.UNCHANGED: 1}
    fold()
    assert counts() == true_counts()


def test_a_job_that_was_requeued_here_stays_as_it_is(there: JobsThere, job_type: JobType) -> None:
    details = there.add(job_type, "CANCELED")
    bring(there)
    requeue_jobs(jobs=Job.objects.all(), selection={})
    details |= {"status": "COMPLETED", "last_modified": iso(timezone.now())}

    for options in ({}, {"overwrites": True}):
        assert counted(bring(there, **options)) == {Outcome.KEPT: 1}
        assert Job.objects.get().status == "QUEUED"


def test_a_job_that_was_changed_here_is_overwritten_only_on_demand(there: JobsThere, job_type: JobType) -> None:
    details = there.add(job_type)
    bring(there)
    Job.objects.update(max_tries=9, last_modified=F("last_modified") + timedelta(seconds=1))
    details |= {"max_tries": 5, "last_modified": iso(timezone.now())}

    run = bring(there)

    assert counted(run) == {Outcome.KEPT: 1}
    assert "1 jobs, such as 1" in {entry["name"] for entry in run.report.remarks.first}
    assert Job.objects.get().max_tries == 9
    assert counted(bring(there, overwrites=True)) == {Outcome.UPDATED: 1}
    assert Job.objects.get().max_tries == 5


def test_all_tries_come_with_executions_and_later_where_jobs_came_without(
    there: JobsThere, job_type: JobType
) -> None:
    details = there.add(job_type, num_exes=2)
    last = details["execution"] = {**details["execution"], "exe_num": 2}
    began = timezone.now() - timedelta(days=3)
    first = try_there(1, 1, began, began + timedelta(minutes=1), "FAILED", id=5, error=shown_error("unknown"))
    there.tries[1] = [first, last]
    assert counted(bring(there)) == {Outcome.CREATED: 1}

    assert counted(bring(there, executions=True)) == {Outcome.UPDATED: 1}

    tries = JobExecution.objects.order_by("exe_num").values_list("exe_num", "status", "end")
    assert list(tries) == [(1, "FAILED", "failed"), (2, "COMPLETED", "completed")]
    for executions in (True, False):
        assert counted(bring(there, executions=executions)) == {Outcome.UNCHANGED: 1}


def test_a_try_that_is_not_over_yet_comes_once_it_is(there: JobsThere, job_type: JobType) -> None:
    details = there.add(job_type, "CANCELED", last_modified=iso(timezone.now() - timedelta(hours=1)))
    ended = try_there(1, 1, timezone.now() - timedelta(hours=2), timezone.now() - timedelta(hours=1), "CANCELED")
    details["execution"] = {**ended, "status": "RUNNING", "ended": None}

    bring(there)
    assert not JobExecution.objects.exists()
    assert Imported.objects.get(kind=Kind.JOB).remarks == [job_documents.LATER_TRY]
    assert counted(bring(there)) == {Outcome.UNCHANGED: 1}

    details["execution"] = ended
    assert counted(bring(there)) == {Outcome.UPDATED: 1}
    assert JobExecution.objects.get().status == "CANCELED"
    assert Imported.objects.get(kind=Kind.JOB).remarks == []


def test_a_page_that_is_gone_before_it_was_read_is_a_fault(job_type: JobType) -> None:
    there = JobsThere(page_size=2)
    changed = iso(timezone.now() - timedelta(hours=1))
    for _ in range(5):
        there.add(job_type, last_modified=changed)
    pages = there._page
    there._page = lambda **asked: None if asked.get("page") == 2 else pages(**asked)  # type: ignore[method-assign]
    assert [fault["name"] for fault in bring(there).report.faults.first] == ["jobs/"]
    there._page = pages  # type: ignore[method-assign]
    assert counted(bring(there)) == {Outcome.UNCHANGED: 2, Outcome.CREATED: 3}


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"created": "yesterday"}, "Its created is no time with an offset."),
        ({"num_exes": -1}, "Its num_exes is no number from 0 to 2147483647."),
        ({"num_exes": 2**40}, "Its num_exes is no number from 0 to 2147483647."),
        ({"job_type": {"id": 99, "name": "gone", "version": "1.0.0"}}, "Its job type did not come."),
        ({"job_type": "test"}, "Its job_type is no object."),
        ({"job_type": None}, "Its job type did not come."),
        ({"node": 5}, "Its node is no object."),
        ({"execution": 5}, "what the other system shows of it is no job"),
        ({"input": {"json": {"a": "\ud800"}}}, "it cannot be stored here"),
    ],
)
def test_one_job_that_cannot_come_stops_no_other(
    there: JobsThere, job_type: JobType, members: dict[str, Any], sentence: str
) -> None:
    there.add(job_type)
    there.add(job_type, **members)
    there.add(job_type)

    run = bring(there)

    assert counted(run) == {Outcome.CREATED: 2, Outcome.FAILED: 1}
    (fault,) = run.report.faults.first
    assert fault["name"] == "2"
    assert fault["sentence"].startswith(sentence)
    assert sorted(Imported.objects.filter(kind=Kind.JOB).values_list("source_id", flat=True)) == [1, 3]


def test_a_job_in_a_status_that_nobody_knows_is_a_fault(there: JobsThere, job_type: JobType) -> None:
    there.add(job_type)

    def melt(path: str) -> None:
        there.details[1]["status"] = "COMPLETED" if path == "jobs/" else "MELTED"

    there.before = melt
    run = bring(there)
    assert counted(run) == {Outcome.FAILED: 1}
    (fault,) = run.report.faults.first
    assert fault["sentence"].startswith("Its status is 'MELTED', and none of PENDING, BLOCKED, QUEUED, RUNNING,")


def test_a_job_that_cannot_be_read_comes_with_the_next_run(there: JobsThere, job_type: JobType) -> None:
    there.add(job_type)
    there.before = refused

    assert counted(bring(there)) == {Outcome.FAILED: 1}

    there.before = lambda path: None
    assert counted(bring(there)) == {Outcome.CREATED: 1}


def test_runs_that_are_killed_early_get_on_all_the_same(there: JobsThere, job_type: JobType) -> None:
    for _ in range(20):
        there.add(job_type)
    asked = len(there.asked)

    def kill(path: str) -> None:
        if len(there.asked) - asked == 5:
            raise KeyboardInterrupt

    there.before = kill
    for _ in range(20):
        asked = len(there.asked)
        with suppress(KeyboardInterrupt):
            bring(there)
    assert Job.objects.count() == 20


def test_what_is_read_slowly_is_stored_before_a_page_is_read(
    there: JobsThere, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []

    def look(path: str) -> None:
        stored.append(Job.objects.count())

    for _ in range(9):
        there.add(job_type)
    there.before = look
    monkeypatch.setattr("takeover.readers.jobs.time.monotonic", itertools.count(step=3).__next__)
    bring(there)
    assert stored == [0, 0, 1, 1, 3, 3, 5, 5, 7, 7, 9]


def test_a_dry_run_reads_everything_and_writes_nothing(there: JobsThere, job_type: JobType) -> None:
    there.add(job_type)
    there.add(job_type, job_type={"id": 99, "name": "new", "version": "1.0.0"})

    run = bring(there, is_dry=True)

    assert counted(run) == {Outcome.CREATED: 2}
    assert not Job.objects.exists()
    assert not Imported.objects.exists()

"""The history of jobs: what comes, once, as it was there, and what becomes of changes there and here."""

import itertools
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from core.models.clock import database_time
from errors.services import builtin_error
from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.services import requeue_jobs
from jobs.tally import recount as wrong_in_the_tally
from metrics.ended_tries import recount as wrong_ended_tries
from metrics.hours import fold
from metrics.models import EndedTries, HourlyCount
from takeover.models import Imported, Kind, Takeover
from takeover.readers import job_documents, job_references
from takeover.readers.jobs import bring_jobs
from takeover.report import Outcome
from takeover.run import Options, Run
from tests.factories import iso, make_job_type, with_settings
from tests.files.factories import make_file
from tests.metrics.counting import counts, durations, true_counts, true_durations
from tests.takeover.jobs_there import NODE, JobsThere, refused, try_there

pytestmark = pytest.mark.django_db

# What v6 shows of a job and this service shows in the same way, as far as the tests have it.
_SAME = (
    *("status", "max_tries", "num_exes", "created", "queued", "started", "ended"),
    *("last_status_change", "last_modified", "input", "output", "configuration"),
)
_SAME_OF_TRIES = ("status", "exe_num", "queued", "started", "ended", "created")


@pytest.fixture
def there() -> JobsThere:
    return JobsThere()


@pytest.fixture
def job_type() -> JobType:
    return make_job_type(job={"timeout": 3600})


def bring(there: JobsThere, **options: Any) -> Run:
    """Bring the jobs of the last ten days, and return the run."""
    takeover, _ = Takeover.objects.get_or_create(url=there.base, defaults={"started": timezone.now()})
    told = Options(**{"jobs_since": timedelta(days=10), **options})
    run = Run(there, takeover, told)  # type: ignore[arg-type]
    bring_jobs(run)
    return run


def counted(run: Run) -> dict[str, int]:
    """Return what became of the jobs."""
    return dict(run.report.counts.get(Kind.JOB, {}))


def shown_error(name: str) -> dict[str, Any]:
    error = builtin_error(name)
    return {"id": error.pk, "name": name, "job_type_name": None}


def test_a_job_is_shown_as_it_was_there(there: JobsThere, job_type: JobType, staff: APIClient) -> None:
    details = there.add(job_type, output={"files": {"mask": [5, 6]}, "json": {"cover": 0.5}})

    run = bring(there)

    (job,) = Job.objects.all()
    shown = staff.get(f"/v6/jobs/{job.pk}/").json()
    assert {name: shown[name] for name in _SAME} == {name: details[name] for name in _SAME}
    assert shown["job_type"]["id"] == job_type.pk
    assert shown["job_type_rev"]["revision_num"] == 1
    assert shown["node"]["hostname"] == NODE["hostname"]
    assert shown["error"] is None
    tried = {name: shown["execution"][name] for name in _SAME_OF_TRIES}
    assert tried == {name: details["execution"][name] for name in _SAME_OF_TRIES}
    assert (shown["execution"]["end"], shown["execution"]["timeout"]) == ("completed", 3600)
    assert counted(run) == {Outcome.CREATED: 1}
    assert [entry["sentence"] for entry in run.report.remarks.first] == [
        "the ids of files in their inputs and outputs are those of the other system, of which no files come"
    ]


def test_jobs_that_failed_keep_their_error_and_say_what_ended_their_tries(
    there: JobsThere, job_type: JobType
) -> None:
    names = ("node-lost", "timeout", "unknown")
    for name in names:
        error = shown_error(name)
        details = there.add(job_type, "FAILED", error=error)
        details["execution"]["error"] = error

    bring(there)

    jobs = Job.objects.order_by("created").values_list("error__name", flat=True)
    tries = JobExecution.objects.order_by("started").values_list("error__name", "end")
    assert list(jobs) == list(names)
    assert list(tries) == [("node-lost", "node-lost"), ("timeout", "timed-out"), ("unknown", "failed")]


def test_a_job_that_was_canceled_ended_when_it_was(there: JobsThere, job_type: JobType) -> None:
    details = there.add(job_type, "CANCELED")

    run = bring(there)

    (job,) = Job.objects.all()
    assert iso(job.ended) == details["last_status_change"]
    assert not job.executions.exists()
    assert counted(run) == {Outcome.CREATED: 1}


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


def test_what_ended_is_counted_in_the_hours_in_which_it_ended_there(there: JobsThere, job_type: JobType) -> None:
    for number in range(130):
        there.add(job_type, "COMPLETED" if number % 3 else "CANCELED")

    bring(there)
    fold()

    assert counts() == true_counts()
    assert durations() == true_durations()
    assert HourlyCount.objects.filter(hours=1, job_type_id=job_type.pk).values("start").distinct().count() >= 3
    assert sum(EndedTries.objects.values_list("tries", flat=True)) == 86
    assert wrong_ended_tries() == 0
    assert wrong_in_the_tally() == 0


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


def test_ids_are_kept_where_they_are_free(there: JobsThere, job_type: JobType) -> None:
    there.add(job_type)
    there.add(job_type)
    taken = Job.objects.create(pk=1, job_type=job_type, job_type_rev=job_type.revisions.get(), status="PENDING")

    bring(there, keeps_ids=True)

    ids = dict(Imported.objects.filter(kind=Kind.JOB).values_list("source_id", "object_id"))
    assert ids[2] == 2
    assert ids[1] not in (taken.pk, 2)
    assert list(Job.objects.get(pk=2).executions.values_list("pk", flat=True)) == [21]
    new = Job.objects.create(job_type=job_type, job_type_rev=job_type.revisions.get(), status="PENDING")
    assert new.pk > 2


def test_no_job_is_given_the_id_of_one_on_a_later_page(there: JobsThere, job_type: JobType) -> None:
    there.page_size = 2
    for _ in range(9):
        there.add(job_type)
    revision = job_type.revisions.get()
    for pk in (1, 4):
        Job.objects.create(pk=pk, job_type=job_type, job_type_rev=revision, status="PENDING")

    bring(there, keeps_ids=True)

    ids = dict(Imported.objects.filter(kind=Kind.JOB).values_list("source_id", "object_id"))
    assert {pk for pk in ids if ids[pk] != pk} == {1, 4}


def test_no_file_is_given_the_id_of_another_in_an_input(there: JobsThere, job_type: JobType) -> None:
    there.add(job_type, input={"files": {"image": [7000]}, "json": {}})

    bring(there)

    assert make_file().pk > 7000


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


def test_a_configuration_is_stored_as_what_is_different_and_without_secrets(
    there: JobsThere, staff: APIClient
) -> None:
    job_type = make_job_type(
        job=with_settings(clear=["MODEL"], secret=["KEY"]),
        configuration={"priority": 50, "settings": {"MODEL": "v1", "KEY": "hidden"}},
    )
    configuration = {
        "mounts": {},
        "priority": 7,
        "output_workspaces": {"default": "", "outputs": {}},
        "settings": {"MODEL": "v2", "KEY": "a secret", "OTHER": "perhaps a secret"},
    }
    there.add(job_type, configuration=configuration)

    run = bring(there)

    (job,) = Job.objects.all()
    assert job.configuration == {"settings": {"MODEL": "v2"}, "priority": 7}
    shown = staff.get(f"/v6/jobs/{job.pk}/").json()["configuration"]
    assert shown == {**configuration, "settings": {"MODEL": "v2"}}
    assert "secret" not in str(run.report.as_dict())


def test_a_configuration_with_less_than_that_of_the_job_type_is_remarked(there: JobsThere) -> None:
    job_type = make_job_type(job=with_settings(clear=["MODEL"]), configuration={"settings": {"MODEL": "v1"}})
    there.add(job_type)

    run = bring(there)

    sentences = [entry["sentence"] for entry in run.report.remarks.first]
    assert job_references.MORE_CONFIGURED in sentences


@pytest.mark.parametrize(
    ("members", "remark"),
    [
        ({"ended": None}, job_documents.NO_END),
        ({"started": iso(timezone.now())}, job_documents.BACKWARDS),
        ({"recipe": {"id": 3}}, job_documents.NO_RUN),
        ({"is_superseded": True}, job_documents.SUPERSEDED),
        ({"status": "FAILED"}, job_references.UNNAMED_ERROR),
        ({"job_type_rev": {"id": 99, "revision_num": 99}}, job_references.NO_REVISION),
    ],
)
def test_what_cannot_be_shown_as_it_was_is_remarked(
    there: JobsThere, job_type: JobType, members: dict[str, Any], remark: str
) -> None:
    there.add(job_type, **members)

    run = bring(there)

    assert counted(run) == {Outcome.CREATED: 1}
    assert ("1 jobs, such as 1", remark) in {
        (entry["name"], entry["sentence"]) for entry in run.report.remarks.first
    }
    (imported,) = Imported.objects.filter(kind=Kind.JOB)
    assert imported.remarks == [remark]


def test_a_job_whose_details_are_hidden_comes_in_part(there: JobsThere, job_type: JobType) -> None:
    there.add(job_type)
    there.hidden.add(1)

    bring(there)

    (job,) = Job.objects.all()
    (imported,) = Imported.objects.filter(kind=Kind.JOB)
    assert (job.status, job.input) == ("COMPLETED", {})
    assert (imported.is_whole, imported.remarks) == (False, [job_documents.UNSHOWN])

    # Each run looks again.
    assert counted(bring(there)) == {Outcome.UNCHANGED: 1}
    there.hidden.clear()
    assert counted(bring(there)) == {Outcome.UPDATED: 1}
    job.refresh_from_db()
    assert job.input == there.details[1]["input"]
    assert counted(bring(there)) == {Outcome.UNCHANGED: 1}
    assert there.asked.count("jobs/1/") == 3


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

"""Jobs that are over, as they were there: what comes of them, and what is remarked upon."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.tally import recount as wrong_in_the_tally
from metrics.ended_tries import recount as wrong_ended_tries
from metrics.hours import fold
from metrics.models import EndedTries, HourlyCount
from takeover.models import Imported, Kind
from takeover.readers import job_documents, job_references
from takeover.report import Outcome
from tests.factories import iso, make_job_type, with_settings
from tests.files.factories import make_file
from tests.metrics.counting import counts, durations, true_counts, true_durations
from tests.takeover.jobs.bringing import bring, counted
from tests.takeover.jobs.there import NODE, JobsThere, shown_error

pytestmark = pytest.mark.django_db

# What v6 shows of a job and this service shows in the same way, as far as the tests have it.
_SAME = (
    *("status", "max_tries", "num_exes", "created", "queued", "started", "ended"),
    *("last_status_change", "last_modified", "input", "output", "configuration"),
)
_SAME_OF_TRIES = ("status", "exe_num", "queued", "started", "ended", "created")


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

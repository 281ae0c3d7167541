"""The revision and the configuration that a job runs with: those of when it was queued."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from job_types.models import JobType, JobTypeConfiguration
from jobs.models import Job
from tests.factories import changed, interface, make_job_type
from tests.files.factories import make_file
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

JOB_TYPE = "/v6/job-types/test/1.0.0/"
INPUTS = {"files": [{"name": "image", "mediaTypes": ["image/png"]}]}
INTERFACE: dict[str, Any] = interface(
    inputs=INPUTS, settings=[{"name": "HOST"}, {"name": "PORT"}], mounts=[{"name": "data", "path": "/data"}]
)
BEFORE = {
    "mounts": {"data": {"type": "host", "host_path": "/before"}},
    "output_workspaces": {"default": "before", "outputs": {}},
    "priority": 20,
    "settings": {"HOST": "before", "PORT": "1"},
}
AFTER = {
    "mounts": {"data": {"type": "volume", "driver": "after"}},
    "output_workspaces": {"default": "after", "outputs": {}},
    "priority": 30,
    "settings": {"HOST": "after", "PORT": "2"},
}


@pytest.fixture
def job_type(settings: Any) -> JobType:
    settings.ALLOWED_HOST_MOUNTS = ["/"]
    for name in ("before", "after"):
        create_workspace(name=name, fields={"title": name})
    return make_job_type(job=INTERFACE, configuration=BEFORE)


def create(staff: APIClient, **fields: Any) -> int:
    body = {
        "job_type_name": "test",
        "job_type_version": "1.0.0",
        "input": {"files": {"image": [make_file().pk]}},
        **fields,
    }
    answer = staff.post("/v6/jobs/", body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def edit(staff: APIClient, **fields: Any) -> None:
    answer = staff.patch(JOB_TYPE, fields, format="json")
    assert answer.status_code == 200, answer.json()


def shown(staff: APIClient, job: int) -> dict[str, Any]:
    return staff.get(f"/v6/jobs/{job}/").json()["configuration"]


def revision(staff: APIClient, job: int) -> int:
    return staff.get(f"/v6/jobs/{job}/").json()["job_type_rev"]["revision_num"]


def enter(staff: APIClient, job: int, *statuses: str) -> None:
    # Of an error that is not tried again.
    changes = [{"job_id": job, "status": one, **({"exit_code": 1} if one == "FAILED" else {})} for one in statuses]
    answer = staff.post("/v6/jobs/transitions/", {"changes": changes, "atomic": True}, format="json")
    assert answer.json()["changed"] == len(statuses)


def requeue(staff: APIClient, job: int) -> None:
    assert staff.post("/v6/jobs/requeue/", {"job_id": job}, format="json").json()["count"] == 1


def test_a_queued_job_shows_and_runs_what_was_configured_when_it_was_created(
    staff: APIClient, job_type: JobType
) -> None:
    job = create(staff)
    edit(staff, configuration=AFTER)
    later = create(staff)
    assert (shown(staff, job), shown(staff, later)) == (BEFORE, AFTER)
    claimed = staff.post("/v6/jobs/claim/", {"node": "n", "limit": 2}, format="json").json()["results"]
    assert [(one["id"], one["configuration"]) for one in claimed] == [(job, BEFORE), (later, AFTER)]


def test_a_job_that_is_over_shows_what_it_ran_with(staff: APIClient, job_type: JobType) -> None:
    job = create(staff, configuration={"settings": {"PORT": "own"}})
    enter(staff, job, "RUNNING", "COMPLETED")
    edit(staff, configuration=AFTER)
    assert shown(staff, job) == BEFORE | {"settings": {"HOST": "before", "PORT": "own"}}


@pytest.mark.parametrize("end", ["QUEUED", "FAILED"])
def test_a_job_that_is_given_back_or_tried_again_keeps_its_configuration(
    staff: APIClient, job_type: JobType, end: str
) -> None:
    job = create(staff)
    edit(staff, configuration=AFTER, docker_image="test:2")
    enter(staff, job, "RUNNING")
    # Without a code, of the error unknown, which is tried again.
    staff.post("/v6/jobs/transitions/", {"changes": [{"job_id": job, "status": end}]}, format="json")
    assert Job.objects.get().status == "QUEUED"
    assert (shown(staff, job), revision(staff, job)) == (BEFORE, 1)


@pytest.mark.parametrize(
    "way",
    [
        ["RUNNING", "FAILED", "requeue"],
        ["CANCELED", "requeue"],
        ["CANCELED", "QUEUED"],
        ["PENDING", "QUEUED"],
        ["PENDING", "CANCELED", "requeue"],
    ],
)
def test_a_job_that_somebody_queues_again_gets_what_is_configured_then(
    staff: APIClient, job_type: JobType, way: list[str]
) -> None:
    job = create(staff, configuration={"settings": {"PORT": "own"}})
    *first, last = way
    enter(staff, job, *first)
    edit(staff, configuration=AFTER, docker_image="test:2")
    assert (shown(staff, job)["settings"]["HOST"], revision(staff, job)) == ("before", 1)
    if last == "requeue":
        requeue(staff, job)
    else:
        enter(staff, job, last)
    # Its priority and what it configures itself are its own.
    expected = AFTER | {"priority": 20, "settings": {"HOST": "after", "PORT": "own"}}
    assert (shown(staff, job), revision(staff, job)) == (expected, 2)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (INPUTS, 3),
        ({"files": [{"name": "image", "mediaTypes": ["image/tiff"]}]}, 1),
        ({}, 1),
    ],
)
def test_a_requeued_job_gets_the_current_revision_if_that_takes_the_same_inputs(
    staff: APIClient, job_type: JobType, inputs: Any, expected: int
) -> None:
    jobs = [create(staff) for _ in range(2)]
    for job in jobs:
        enter(staff, job, "CANCELED")
    manifest = job_type.manifest
    edit(staff, manifest=changed(manifest, **INTERFACE | {"title": "Other"}))
    job_of_two = create(staff)
    enter(staff, job_of_two, "CANCELED")
    edit(staff, manifest=changed(manifest, interface=INTERFACE["interface"] | {"inputs": inputs}))
    staff.post("/v6/jobs/requeue/", {"job_type_name": "test"}, format="json")
    assert [revision(staff, job) for job in (*jobs, job_of_two)] == [expected, expected, max(2, expected)]


def test_a_failure_in_the_report_that_queues_a_job_is_one_of_its_new_revision(
    staff: APIClient, job_type: JobType
) -> None:
    job = create(staff)
    enter(staff, job, "CANCELED")
    edit(staff, manifest=changed(job_type.manifest, errors=[{"code": 1, "name": "new"}]))
    enter(staff, job, "QUEUED", "RUNNING", "FAILED")
    shown = staff.get(f"/v6/jobs/{job}/").json()
    assert (shown["error"]["name"], shown["job_type_rev"]["revision_num"]) == ("new", 2)


def test_only_another_configuration_is_stored_as_one(staff: APIClient, job_type: JobType) -> None:
    edit(staff, configuration=BEFORE)
    edit(staff, max_scheduled=3, docker_image="test:2")
    assert JobTypeConfiguration.objects.count() == 1
    edit(staff, configuration=AFTER)
    stored = JobTypeConfiguration.objects.order_by("configuration_num")
    assert list(stored.values_list("configuration_num", "configuration")) == [(1, BEFORE), (2, AFTER)]


def test_a_setting_that_becomes_secret_leaves_what_jobs_were_configured_with(
    staff: APIClient, job_type: JobType
) -> None:
    job = create(staff)
    edit(staff, configuration=AFTER)
    manifest = changed(job_type.manifest, interface=INTERFACE["interface"] | {"settings": [{"name": "PORT"}]})
    edit(staff, manifest=manifest)
    # HOST was undeclared in between.
    manifest["job"]["interface"]["settings"].append({"name": "HOST", "secret": True})
    edit(staff, manifest=manifest)
    assert shown(staff, job) == BEFORE | {"settings": {"PORT": "1"}}
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    assert '"HOST": "' not in dump.getvalue()


def test_requeuing_costs_the_same_for_many_jobs_and_one_update_more_for_another_revision(
    staff: APIClient, job_type: JobType, django_assert_num_queries: Any
) -> None:
    def requeue_all() -> None:
        staff.post("/v6/jobs/requeue/", {"job_type_name": "test"}, format="json")

    for _ in range(3):
        enter(staff, create(staff), "CANCELED")
    # The account; the job types of this name, the jobs, which of their revisions are older, the step, their tries,
    # the audit; a transaction.
    with django_assert_num_queries(9):
        requeue_all()
    for job in Job.objects.all():
        enter(staff, job.pk, "CANCELED")
    edit(staff, docker_image="test:2")
    for _ in range(3):
        enter(staff, create(staff), "CANCELED")
    with django_assert_num_queries(10):
        requeue_all()

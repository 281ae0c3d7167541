"""POST /v6/jobs/."""

from typing import Any
from unittest.mock import ANY

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import Job
from tests.factories import interface, iso, make_job_type, make_manifest
from tests.files.factories import make_file
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/jobs/"
INPUTS = interface(
    inputs={
        "files": [{"name": "image"}, {"name": "masks", "required": False, "multiple": True}],
        "json": [{"name": "level", "type": "integer"}, {"name": "note", "type": "string", "required": False}],
    },
    settings=[{"name": "TOKEN", "secret": True}, {"name": "HOST"}],
)
GOOD_INPUT = {"files": {"image": [7]}, "json": {"level": 3}}


@pytest.fixture
def job_type() -> JobType:
    make_file(pk=7)
    return make_job_type(job=INPUTS, configuration={"priority": 20})


def test_a_job_is_queued_for_the_current_revision(staff: APIClient, job_type: JobType) -> None:
    manifest = make_manifest(title="New", **INPUTS)
    staff.patch("/v6/job-types/test/1.0.0/", {"manifest": manifest}, format="json")
    answer = staff.post(URL, {"job_type_id": job_type.pk, "input": GOOD_INPUT}, format="json")
    assert answer.status_code == 201
    shown = answer.json()
    assert answer["Location"] == f"http://testserver/v6/jobs/{shown['id']}/"
    assert shown.pop("warnings") == []
    assert staff.get(answer["Location"]).json() == {**shown, "waiting": ANY}
    job = Job.objects.get()
    revision = job_type.revisions.get(revision_num=2)
    brief = {"id": revision.pk, "job_type": shown["job_type"], "revision_num": 2, "docker_image": "test:1.0.0"}
    written = {"created": iso(revision.created), "docker_image_digest": None, "manifest": manifest}
    assert shown["job_type_rev"] == brief | written
    assert shown["job_type"]["title"] == "New"
    expected: dict[str, Any] = {
        "status": "QUEUED",
        "error": None,
        "priority": 20,
        "node": None,
        "exit_code": None,
        "max_tries": 3,
        "num_exes": 0,
        "started": None,
        "ended": None,
        "input": GOOD_INPUT,
        "output": {"files": {}, "json": {}},
        "configuration": {
            "mounts": {},
            "output_workspaces": {"default": "", "outputs": {}},
            "priority": 20,
            "settings": {},
        },
        "execution": None,
    }
    assert {name: shown[name] for name in expected} == expected
    assert job.created == job.queued == job.last_status_change == job.last_modified


def test_the_job_type_may_be_named_by_its_name_and_version(staff: APIClient, job_type: JobType) -> None:
    body = {"job_type_name": "test", "job_type_version": "1.0.0", "input": GOOD_INPUT, "status": "PENDING"}
    answer = staff.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["status"], answer.json()["queued"]) == (201, "PENDING", None)


@pytest.mark.parametrize(
    ("fields", "priority"),
    [({}, 20), ({"configuration": {"priority": 7}}, 7), ({"configuration": {"priority": 7}, "priority": 1}, 1)],
)
def test_the_priority_of_the_body_precedes_those_of_the_configurations(
    staff: APIClient, job_type: JobType, fields: dict[str, Any], priority: int
) -> None:
    body = {"job_type_id": job_type.pk, "input": GOOD_INPUT, **fields}
    assert staff.post(URL, body, format="json").json()["priority"] == priority


@pytest.mark.parametrize(
    ("fields", "names", "paths"),
    [
        ({"input": {}}, ["MISSING_INPUT", "MISSING_INPUT"], ["/input/files", "/input/json"]),
        ({"input": 3}, ["INVALID_INPUT"], ["/input"]),
        ({"input": {"files": {"image": []}, "json": {"level": 1}}}, ["MISSING_INPUT"], ["/input/files/image"]),
        ({"input": {"files": {"image": [7, 7]}, "json": {"level": 1}}}, ["TOO_MANY_FILES"], ["/input/files/image"]),
        ({"input": {"files": {"image": ["a"]}, "json": {"level": 1}}}, ["INVALID_INPUT"], ["/input/files/image"]),
        (
            {"input": {"files": {"image": [7]}, "json": {"level": "1", "x": 1}, "y": 1}},
            ["INVALID_INPUT", "UNKNOWN_INPUT", "INVALID_INPUT_TYPE"],
            ["/input/y", "/input/json/x", "/input/json/level"],
        ),
        ({"input": {**GOOD_INPUT, "version": 7}}, ["INVALID_INPUT"], ["/input/version"]),
        ({"configuration": 3}, ["INVALID_CONFIGURATION"], ["/configuration"]),
        ({"configuration": {"priority": 0}}, ["INVALID_PRIORITY"], ["/configuration/priority"]),
        (
            {"configuration": {"output_workspaces": {"default": "no"}}},
            ["INVALID_WORKSPACE"],
            ["/configuration/output_workspaces/default"],
        ),
        (
            {"configuration": {"settings": {"TOKEN": "hush", "HOST": "a"}}},
            ["SECRET_SETTING"],
            ["/configuration/settings/TOKEN"],
        ),
        ({"priority": 0}, ["INVALID_FIELD"], ["/priority"]),
        ({"priority": "1"}, ["INVALID_FIELD"], ["/priority"]),
        ({"status": "RUNNING"}, ["INVALID_FIELD"], ["/status"]),
        ({"job_type_name": "test"}, ["INVALID_FIELD"], [""]),
        ({"node": "a"}, ["UNKNOWN_FIELD"], ["/node"]),
        ({"job_type_id": 10**18}, ["UNKNOWN_JOB_TYPE"], ["/job_type_id"]),
        ({"job_type_id": 0}, ["INVALID_FIELD"], ["/job_type_id"]),
    ],
)
def test_an_invalid_job_is_a_400_and_creates_nothing(
    staff: APIClient, job_type: JobType, fields: dict[str, Any], names: list[str], paths: list[str]
) -> None:
    body = {"job_type_id": job_type.pk, "input": GOOD_INPUT, **fields}
    answer = staff.post(URL, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["is_valid"] is False
    assert [(found["name"], found["path"]) for found in answer.json()["errors"]] == list(
        zip(names, paths, strict=True)
    )
    assert "hush" not in answer.content.decode()
    assert not Job.objects.exists()


def test_the_version_of_an_input_is_taken_and_not_kept(staff: APIClient, job_type: JobType) -> None:
    body = {"job_type_id": job_type.pk, "input": {"version": "7", **GOOD_INPUT}}
    answer = staff.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["input"]) == (201, GOOD_INPUT)
    assert Job.objects.get().input == GOOD_INPUT


def test_the_event_of_a_job_says_who_created_it_and_when_to_readers_with_an_account(
    staff: APIClient, anyone: APIClient, job_type: JobType
) -> None:
    created = staff.post(URL, {"job_type_id": job_type.pk, "input": GOOD_INPUT}, format="json").json()
    event = {"id": created["id"], "type": "USER", "occurred": created["created"]}
    place = f"{URL}{created['id']}/"
    named, unnamed = ({**event, "description": {"user": user}} for user in ("staff", None))
    assert created["event"] == named
    for client, shown in ((staff, named), (anyone, unnamed)):
        assert client.get(place).json()["event"] == shown
        assert client.get(URL).json()["results"][0]["event"] == shown


def test_a_deprecated_job_type_takes_no_jobs(staff: APIClient) -> None:
    job_type = make_job_type(is_active=False)
    answer = staff.post(URL, {"job_type_id": job_type.pk}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "DEPRECATED_JOB_TYPE")


def test_a_paused_job_type_still_takes_jobs(staff: APIClient) -> None:
    job_type = make_job_type(is_paused=True)
    assert staff.post(URL, {"job_type_id": job_type.pk}, format="json").json()["status"] == "QUEUED"
    claim = staff.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json")
    assert claim.json()["results"] == []


def test_a_job_stores_only_its_own_part_of_the_configuration(staff: APIClient) -> None:
    for name in ("workspace_1", "workspace_2"):
        create_workspace(name=name, fields={})
    outputs = {"files": [{"name": "a", "pattern": "*"}, {"name": "b", "pattern": "*"}]}
    job_type = make_job_type(
        job=interface(outputs=outputs, settings=[{"name": "TOKEN", "secret": True}, {"name": "HOST"}]),
        configuration={
            "output_workspaces": {"default": "workspace_1", "outputs": {"a": "workspace_1"}},
            "settings": {"TOKEN": "hush", "HOST": "a"},
        },
    )
    own = {"output_workspaces": {"outputs": {"b": "workspace_2"}}, "settings": {"HOST": "b"}, "priority": 5}
    body = {"job_type_id": job_type.pk, "configuration": {"version": "6", **own}}
    answer = staff.post(URL, body, format="json")
    assert Job.objects.get().configuration == own
    claim = staff.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json")
    assert (
        answer.json()["configuration"]
        == claim.json()["results"][0]["configuration"]
        == {
            "mounts": {},
            "output_workspaces": {
                "default": "workspace_1",
                "outputs": {"a": "workspace_1", "b": "workspace_2"},
            },
            "priority": 5,
            "settings": {"HOST": "b"},
        }
    )


@pytest.mark.parametrize("body", [{"priority": 5.0}, {"configuration": {"priority": 5.0}}])
def test_whole_numbers_may_be_written_with_a_point(
    staff: APIClient, job_type: JobType, body: dict[str, Any]
) -> None:
    answer = staff.post(URL, {"job_type_id": float(job_type.pk), "input": GOOD_INPUT, **body}, format="json")
    assert answer.status_code == 201, answer.json()
    assert repr(answer.json()["priority"]) == "5"
    end = {"job_id": float(answer.json()["id"]), "status": "RUNNING", "num_exes": 1.0, "node": "a"}
    answer = staff.post("/v6/jobs/transitions/", {"changes": [end]}, format="json")
    assert [row["outcome"] for row in answer.json()["results"]] == ["changed"]
    assert staff.post(URL, {"job_type_id": job_type.pk, "priority": 5.5}, format="json").status_code == 400

"""PATCH /v6/job-types/{name}/{version}/: editing job types."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType, JobTypeRevision
from tests.factories import changed, example, interface, make_job_type, make_manifest

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"


def patch(client: APIClient, **fields: Any) -> Any:
    return client.patch(URL, fields, format="json")


def test_the_users_example_edits_the_users_job_type(staff: APIClient, workspaces: None) -> None:
    staff.post("/v6/job-types/", example("add-seed-image"), format="json")
    answer = staff.patch(URL, example("edit-job-type"), format="json")
    assert answer.status_code == 200
    body = answer.json()
    assert [warning["name"] for warning in body.pop("warnings")] == ["UNKNOWN_OUTPUT"]
    assert body == {"is_valid": True, "errors": [], "name": "test", "version": "1.0.0", "revision_num": 1}
    shown = staff.get(URL).json()
    assert (shown["icon_code"], shown["is_published"]) == ("012F", True)


def test_a_field_that_is_absent_stays(staff: APIClient) -> None:
    make_job_type(icon_code="f013", max_scheduled=5)
    before = staff.get(URL).json()
    assert patch(staff, is_published=True).status_code == 200
    after = staff.get(URL).json()
    assert after.pop("last_modified") > before.pop("last_modified")
    assert after == {**before, "is_published": True}


def test_null_removes_the_limit_and_the_icon(staff: APIClient) -> None:
    make_job_type(icon_code="f013", max_scheduled=5)
    patch(staff, max_scheduled=None, icon_code=None)
    shown = staff.get(URL).json()
    assert (shown["max_scheduled"], shown["icon_code"]) == (None, None)


def test_the_details_can_be_sent_back_and_change_nothing(staff: APIClient, workspaces: None) -> None:
    staff.post("/v6/job-types/", example("add-seed-image"), format="json")
    before = staff.get(URL).json()
    assert staff.patch(URL, before, format="json").status_code == 200
    assert staff.get(URL).json() == before
    for field, value in before.items():
        assert patch(staff, **{field: value}).status_code == 200, field
    assert staff.get(URL).json() == before


def test_details_without_a_configuration_can_be_sent_back_too(staff: APIClient) -> None:
    make_job_type(job=interface(outputs={"files": [{"name": "out", "pattern": "*"}]}))
    before = staff.get(URL).json()
    answer = staff.patch(URL, before, format="json")
    assert answer.status_code == 200
    assert [warning["name"] for warning in answer.json()["warnings"]] == ["MISSING_WORKSPACE"]
    assert staff.get(URL).json() == before


def test_details_with_another_manifest_can_be_sent_back_though_their_title_is_the_old_one(
    staff: APIClient,
) -> None:
    make_job_type()
    details = staff.get(URL).json()
    details["manifest"]["job"]["title"] = "Another title"
    assert staff.patch(URL, details, format="json").json()["revision_num"] == 2
    assert staff.get(URL).json()["title"] == "Another title"


@pytest.mark.parametrize("field", ["name", "version", "title", "description", "is_system", "max_tries"])
def test_what_the_manifest_or_the_service_says_cannot_be_set(staff: APIClient, field: str) -> None:
    make_job_type()
    before = staff.get(URL).json()
    answer = patch(staff, **{field: "another", "is_published": True})
    assert answer.status_code == 400
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [
        ("READ_ONLY_FIELD", f"/{field}")
    ]
    assert staff.get(URL).json() == before


def test_a_changed_manifest_makes_a_revision_and_clears_unmet_resources(staff: APIClient) -> None:
    make_job_type()
    JobType.objects.update(unmet_resources="gpus")
    manifest = make_manifest(title="Another title", tags=["Neu"])
    assert patch(staff, manifest=manifest).json()["revision_num"] == 2
    shown = staff.get(URL).json()
    assert (shown["title"], shown["unmet_resources"], shown["revision_num"]) == ("Another title", None, 2)
    assert list(JobTypeRevision.objects.order_by("revision_num").values_list("revision_num", flat=True)) == [
        1,
        2,
    ]
    assert [job_type["name"] for job_type in staff.get("/v6/job-types/?keyword=neu").json()["results"]] == ["test"]


def test_a_changed_image_makes_a_revision_and_keeps_unmet_resources(staff: APIClient) -> None:
    make_job_type()
    JobType.objects.update(unmet_resources="gpus")
    assert patch(staff, docker_image="test:2").json()["revision_num"] == 2
    assert staff.get(URL).json()["unmet_resources"] == "gpus"
    assert [revision.docker_image for revision in JobTypeRevision.objects.order_by("revision_num")] == [
        "test:1.0.0",
        "test:2",
    ]


def test_the_same_manifest_in_another_order_makes_no_revision(staff: APIClient) -> None:
    make_job_type()
    manifest = dict(reversed(make_manifest().items()))
    assert patch(staff, manifest=manifest, docker_image="test:1.0.0").json()["revision_num"] == 1


def test_a_manifest_is_shown_as_it_was_sent_in_its_own_order(staff: APIClient) -> None:
    manifest = {"job": dict(reversed(make_manifest()["job"].items())), "seedVersion": "1.0.0"}
    staff.post("/v6/job-types/", {"manifest": manifest, "docker_image": "x"}, format="json")
    shown = staff.get(URL).json()["manifest"]
    assert list(shown) == ["job", "seedVersion"]
    assert list(shown["job"]) == list(manifest["job"])


@pytest.mark.parametrize(
    ("name", "version", "finding"),
    [("other", "1.0.0", "NAME_MISMATCH"), ("test", "1.0.1", "VERSION_MISMATCH")],
)
def test_a_manifest_of_another_job_type_is_refused(staff: APIClient, name: str, version: str, finding: str) -> None:
    make_job_type()
    answer = patch(staff, manifest=make_manifest(name, version))
    assert (answer.status_code, [error["name"] for error in answer.json()["errors"]]) == (400, [finding])
    assert JobTypeRevision.objects.count() == 1


def test_the_switches_set_and_clear_their_times(staff: APIClient) -> None:
    make_job_type()
    patch(staff, is_active=False, is_paused=True)
    off = staff.get(URL).json()
    assert (off["is_active"], off["is_paused"]) == (False, True)
    assert off["deprecated"] == off["paused"] == off["last_modified"]
    patch(staff, is_active=False, is_paused=True)
    assert staff.get(URL).json() == off
    patch(staff, is_active=True, is_paused=False)
    on = staff.get(URL).json()
    assert (on["is_active"], on["deprecated"], on["is_paused"], on["paused"]) == (True, None, False, None)


def test_a_configuration_replaces_the_old_one_whole(staff: APIClient, workspaces: None) -> None:
    make_job_type(configuration={"priority": 5, "output_workspaces": {"default": "workspace_1"}})
    patch(staff, configuration={"version": "7", "output_workspaces": {"default": "workspace_2"}})
    assert staff.get(URL).json()["configuration"] == {
        "mounts": {},
        "output_workspaces": {"default": "workspace_2", "outputs": {}},
        "priority": 100,
        "settings": {},
    }


def test_an_invalid_edit_changes_nothing_at_all(staff: APIClient) -> None:
    make_job_type()
    before = staff.get(URL).json()
    answer = patch(staff, is_published=True, manifest=make_manifest(timeout=None), configuration={"priority": 0})
    assert answer.status_code == 400
    assert [error["name"] for error in answer.json()["errors"]] == [
        "JSON_VALIDATION_ERROR",
        "INVALID_PRIORITY",
    ]
    assert staff.get(URL).json() == before


def test_faults_of_fields_and_documents_are_reported_at_once(staff: APIClient) -> None:
    make_job_type()
    answer = patch(staff, max_scheduled=0, colour="red", configuration={"priority": 0})
    assert answer.status_code == 400
    found = {(error["name"], error["path"]) for error in answer.json()["errors"]}
    assert found == {
        ("INVALID_FIELD", "/max_scheduled"),
        ("UNKNOWN_FIELD", "/colour"),
        ("INVALID_PRIORITY", "/priority"),
    }


@pytest.mark.parametrize("document", ["manifest", "configuration"])
def test_null_is_no_document(staff: APIClient, document: str) -> None:
    make_job_type()
    answer = patch(staff, **{document: None})
    assert (answer.status_code, [error["path"] for error in answer.json()["errors"]]) == (400, [""])


def test_a_file_output_without_a_workspace_is_refused_when_a_configuration_is_given(staff: APIClient) -> None:
    make_job_type()
    manifest = changed(make_manifest(), **interface(outputs={"files": [{"name": "out", "pattern": "*"}]}))
    answer = patch(staff, manifest=manifest, configuration={"priority": 1})
    assert [error["name"] for error in answer.json()["errors"]] == ["MISSING_WORKSPACE"]
    answer = patch(staff, manifest=manifest)
    assert (answer.status_code, [warning["name"] for warning in answer.json()["warnings"]]) == (
        200,
        ["MISSING_WORKSPACE"],
    )


def test_what_does_not_exist_cannot_be_edited(staff: APIClient) -> None:
    answer = patch(staff, is_paused=True)
    assert (answer.status_code, answer.json()) == (
        404,
        {"detail": "There is no job type test in version 1.0.0; /v6/job-types/test/ lists its versions."},
    )


def test_a_system_job_type_takes_a_pause_and_nothing_else(staff: APIClient) -> None:
    make_job_type()
    JobType.objects.update(is_system=True)
    assert patch(staff, is_paused=True).status_code == 200
    for fields in (
        {"icon_code": "f1"},
        {"manifest": make_manifest(title="Mine now")},
        {"manifest": "{"},
        {"configuration": {"priority": 5}},
        {"is_active": False},
        {"docker_image": "mine"},
    ):
        answer = patch(staff, is_paused=False, **fields)
        found = [(error["name"], error["path"]) for error in answer.json()["errors"]]
        assert (answer.status_code, found) == (400, [("SYSTEM_JOB_TYPE", f"/{next(iter(fields))}")])
    assert staff.get(URL).json()["is_paused"] is True


@pytest.mark.parametrize("is_paused", [True, False])
def test_a_system_job_type_is_paused_with_all_that_the_details_show(staff: APIClient, is_paused: bool) -> None:
    make_job_type(is_paused=not is_paused)
    JobType.objects.update(is_system=True)
    before = staff.get(URL).json()
    whole = {**before, "is_paused": is_paused, "auto_update": False}
    answer = patch(staff, **whole)
    assert (answer.status_code, answer.json()["revision_num"]) == (200, 1)
    after = staff.get(URL).json()
    assert after.pop("last_modified") > before.pop("last_modified")
    assert (after.pop("paused") is None) is not is_paused
    assert after == {**{name: before[name] for name in after}, "is_paused": is_paused}
    answer = patch(staff, **{**whole, "name": "other"})
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [("READ_ONLY_FIELD", "/name")]


def test_a_system_job_type_may_be_sent_with_its_manifest_as_a_string(staff: APIClient) -> None:
    make_job_type()
    JobType.objects.update(is_system=True)
    assert patch(staff, is_paused=True, manifest=json.dumps(make_manifest())).status_code == 200


def test_a_system_job_type_cannot_be_registered_again(staff: APIClient) -> None:
    make_job_type()
    JobType.objects.update(is_system=True)
    body = {"manifest": make_manifest(title="Mine now"), "docker_image": "mine"}
    assert staff.post("/v6/job-types/", body, format="json").status_code == 400
    answer = staff.post("/v6/job-types/validation/", {"manifest": body["manifest"]}, format="json").json()
    assert (answer["is_valid"], [error["name"] for error in answer["errors"]]) == (False, ["SYSTEM_JOB_TYPE"])

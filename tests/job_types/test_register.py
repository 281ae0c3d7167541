"""POST /v6/job-types/: registering Seed images."""

import json

import pytest
from rest_framework.test import APIClient

from errors.models import Error
from job_types.models import JobType, JobTypeRevision
from tests.factories import changed, example, make_body, make_job_type, make_manifest

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/"


def is_time(text: str) -> bool:
    return text.endswith("Z") and "T" in text


def test_the_users_example_is_registered_and_shown_whole(staff: APIClient, workspaces: None) -> None:
    answer = staff.post(URL, example("add-seed-image"), format="json")
    assert answer.status_code == 201
    assert answer["Location"] == "http://testserver/v6/job-types/test/1.0.0/"
    body = answer.json()
    assert [warning["name"] for warning in body.pop("warnings")] == [
        "MISSING_ERROR_NAME",
        "MISSING_ERROR_NAME",
        "UNKNOWN_VARIABLE",
        "UNKNOWN_OUTPUT",
    ]
    assert staff.get(answer["Location"]).json() == body
    assert is_time(body.pop("created"))
    assert is_time(body.pop("last_modified"))
    assert isinstance(body.pop("id"), int)
    assert body == {
        "name": "test",
        "version": "1.0.0",
        "title": "Job to demonstrate job type APIs",
        "description": "Reads input file and spit out specified number of bytes as output",
        "is_active": True,
        "is_paused": False,
        "is_published": False,
        "is_system": False,
        "icon_code": "f1c5",
        "unmet_resources": None,
        "max_scheduled": 1,
        "max_tries": 3,
        "revision_num": 1,
        "docker_image": "test-1.0.0-seed:1.0.0",
        "docker_image_digest": None,
        "deprecated": None,
        "paused": None,
        "manifest": example("add-seed-image")["manifest"],
        "configuration": {
            "mounts": {"MOUNT_PATH": {"type": "host", "host_path": "/path/on/host"}},
            "output_workspaces": {"default": "workspace_1", "outputs": {"output_1": "workspace_2"}},
            "priority": 100,
            "settings": {"DB_HOST": "som.host.name"},
        },
        "findings": [],
        "recipe_types": [],
    }


def test_registering_makes_the_first_revision_the_tags_and_the_errors(staff: APIClient, workspaces: None) -> None:
    staff.post(URL, example("add-seed-image"), format="json")
    job_type = JobType.objects.get()
    revision = JobTypeRevision.objects.get()
    assert (revision.job_type, revision.revision_num) == (job_type, 1)
    assert (revision.manifest, revision.docker_image) == (job_type.manifest, job_type.docker_image)
    assert sorted(job_type.tags.values_list("tag", flat=True)) == ["job", "sample"]
    declared = Error.objects.filter(job_type_name="test").order_by("name")
    assert list(declared.values_list("name", "title", "category", "is_builtin")) == [
        ("data-issue-discovered", "Data Issue discovered", "DATA", False),
        ("missing-environment", "Missing environment", "ALGORITHM", False),
    ]


def test_registering_again_answers_200_and_makes_no_revision(staff: APIClient, workspaces: None) -> None:
    staff.post(URL, example("add-seed-image"), format="json")
    before = staff.get("/v6/job-types/test/1.0.0/").json()
    answer = staff.post(URL, example("add-seed-image"), format="json")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["is_valid"], body["errors"]) == (True, [])
    assert (body["name"], body["version"], body["revision_num"]) == ("test", "1.0.0", 1)
    after = staff.get("/v6/job-types/test/1.0.0/").json()
    # The secret that was sent along is written again, which is a change whatever its value was.
    assert after.pop("last_modified") > before.pop("last_modified")
    assert after == before


def test_what_registering_returned_can_be_sent_back_with_an_edit(staff: APIClient) -> None:
    registered = staff.post(URL, make_body(), format="json").json()
    answer = staff.patch("/v6/job-types/test/1.0.0/", registered, format="json")
    assert (answer.status_code, answer.json()["revision_num"]) == (200, 1)


def test_the_details_of_one_installation_register_at_another(staff: APIClient, workspaces: None) -> None:
    registered = staff.post(URL, example("add-seed-image"), format="json").json()
    shown = staff.get("/v6/job-types/test/1.0.0/").json()
    there = {"id": 999_999, "created": "2015-03-11T00:00:00Z", "max_tries": 7, "revision_num": 5}
    recipe_types = [{"id": 1, "name": "of another installation"}]
    JobType.objects.update(name="elsewhere")
    bodies = [registered, shown, {**shown, **there, "is_system": True, "recipe_types": recipe_types}]
    for number, body in enumerate(bodies):
        answer = staff.post(URL, {**body, "is_active": False}, format="json")
        assert answer.status_code == 201
        here = answer.json()
        for given in ("id", "created", "last_modified", "deprecated", "is_active"):
            assert here.pop(given) != body[given]
        # Secrets do not come along.
        *warnings, last = here.pop("warnings")
        assert (warnings, last["name"]) == (registered["warnings"], "MISSING_SETTING")
        assert here == {name: shown[name] for name in here}
        JobType.objects.filter(name="test").update(name=f"moved-{number}")


def test_registering_again_with_another_manifest_makes_a_revision(staff: APIClient) -> None:
    staff.post(URL, make_body(), format="json")
    body = make_body(manifest=make_manifest(title="Another title"))
    answer = staff.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["revision_num"]) == (200, 2)


def test_a_manifest_may_be_a_string_of_json(staff: APIClient) -> None:
    answer = staff.post(URL, make_body(manifest=json.dumps(make_manifest())), format="json")
    assert answer.status_code == 201
    assert answer.json()["manifest"] == make_manifest()


def test_a_manifest_that_is_a_string_of_something_else_is_refused(staff: APIClient) -> None:
    answer = staff.post(URL, make_body(manifest="{not json"), format="json")
    assert answer.status_code == 400
    assert [error["name"] for error in answer.json()["errors"]] == ["JSON_VALIDATION_ERROR"]
    assert not JobType.objects.exists()


def test_a_job_type_can_be_registered_deprecated_and_paused(staff: APIClient) -> None:
    answer = staff.post(URL, make_body(is_active=False, is_paused=True), format="json").json()
    assert (answer["is_active"], answer["is_paused"]) == (False, True)
    assert is_time(answer["deprecated"])
    assert is_time(answer["paused"])


def test_each_version_is_a_job_type_of_its_own(staff: APIClient) -> None:
    assert staff.post(URL, make_body(version="1.0.0"), format="json").status_code == 201
    assert staff.post(URL, make_body(version="1.0.0+build.5"), format="json").status_code == 201
    assert JobType.objects.count() == 2


@pytest.mark.parametrize("version", ["1.0.0-rc.1+build.5", "0.0.0", "1.0.0--", "10.20.30-0.a-b.7"])
def test_the_location_leads_to_any_version(staff: APIClient, version: str) -> None:
    answer = staff.post(URL, make_body(version=version), format="json")
    assert answer.status_code == 201
    assert staff.get(answer["Location"]).json()["version"] == version


def test_a_plus_in_a_url_may_be_bare_or_encoded(staff: APIClient) -> None:
    staff.post(URL, make_body(version="1.0.0+build"), format="json")
    assert staff.get("/v6/job-types/test/1.0.0+build/").status_code == 200
    assert staff.get("/v6/job-types/test/1.0.0%2Bbuild/").status_code == 200


@pytest.mark.parametrize("name", ["validation", "status", "pending", "running", "system-failures"])
def test_the_words_of_the_urls_cannot_be_registered(staff: APIClient, name: str) -> None:
    answer = staff.post(URL, make_body(name), format="json")
    assert answer.status_code == 400
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [("RESERVED_NAME", "/job/name")]


def test_all_faults_of_a_body_are_reported_at_once(staff: APIClient) -> None:
    body = {
        "manifest": make_manifest(timeout="soon"),
        "docker_image": " ",
        "max_scheduled": 0,
        "is_active": "yes",
        "icon": "f013",
        "configuration": {"priority": 0},
    }
    answer = staff.post(URL, body, format="json")
    assert answer.status_code == 400
    found = {(error["name"], error["path"]) for error in answer.json()["errors"]}
    assert found == {
        ("INVALID_FIELD", "/docker_image"),
        ("INVALID_FIELD", "/max_scheduled"),
        ("INVALID_FIELD", "/is_active"),
        ("UNKNOWN_FIELD", "/icon"),
        ("JSON_VALIDATION_ERROR", "/job/timeout"),
        ("INVALID_PRIORITY", "/priority"),
    }
    assert answer.json()["is_valid"] is False
    assert not JobType.objects.exists()


def test_an_unknown_field_is_reported_with_the_valid_ones(staff: APIClient) -> None:
    answer = staff.post(URL, make_body(colour="red"), format="json")
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "colour: unknown field; the valid ones are: icon_code, is_published, is_active, is_paused, "
        "max_scheduled, docker_image, configuration, manifest, auto_update.",
        "is_valid": False,
        "errors": [
            {
                "name": "UNKNOWN_FIELD",
                "description": "colour: unknown field; the valid ones are: icon_code, is_published, is_active, "
                "is_paused, max_scheduled, docker_image, configuration, manifest, auto_update.",
                "path": "/colour",
            }
        ],
        "warnings": [],
    }


@pytest.mark.parametrize("missing", ["manifest", "docker_image"])
def test_manifest_and_image_are_required(staff: APIClient, missing: str) -> None:
    body = make_body()
    del body[missing]
    answer = staff.post(URL, body, format="json")
    assert answer.status_code == 400
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [("MISSING_FIELD", "")]
    assert answer.json()["detail"] == f"{missing}: This field is required."


def test_a_configuration_without_a_manifest_is_checked_as_far_as_it_can_be(staff: APIClient) -> None:
    answer = staff.post(URL, {"docker_image": "x", "configuration": {"priority": 0}}, format="json")
    assert answer.status_code == 400
    assert [error["name"] for error in answer.json()["errors"]] == ["MISSING_FIELD", "INVALID_PRIORITY"]


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(staff: APIClient, body: object) -> None:
    answer = staff.post(URL, json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is not a JSON object.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_scheduled", 2**31),
        ("max_scheduled", "1"),
        ("max_scheduled", True),
        ("max_scheduled", 1.5),
        ("is_paused", 1),
        ("is_paused", None),
        ("icon_code", 5),
        ("icon_code", "x" * 21),
        ("docker_image", "x" * 501),
        ("docker_image", None),
        ("auto_update", "no"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_and_named(staff: APIClient, field: str, value: object) -> None:
    answer = staff.post(URL, {**make_body(), field: value}, format="json")
    assert answer.status_code == 400
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [("INVALID_FIELD", f"/{field}")]
    assert answer.json()["detail"].startswith(f"{field}: ")


def test_a_name_of_51_characters_is_refused(staff: APIClient) -> None:
    assert staff.post(URL, make_body("n" * 50), format="json").status_code == 201
    answer = staff.post(URL, make_body("n" * 51), format="json")
    assert [error["path"] for error in answer.json()["errors"]] == ["/job/name"]


def test_an_unknown_workspace_is_refused_and_a_deprecated_one_warned_of(staff: APIClient, workspaces: None) -> None:
    staff.patch("/v6/workspaces/workspace_2/", {"is_active": False}, format="json")
    configuration = {"output_workspaces": {"default": "workspace_2", "outputs": {"x": "nowhere"}}}
    body = make_body(configuration=configuration)
    assert [error["name"] for error in staff.post(URL, body, format="json").json()["errors"]] == [
        "INVALID_WORKSPACE"
    ]
    del configuration["output_workspaces"]["outputs"]
    validation = {"manifest": body["manifest"], "configuration": configuration}
    answer = staff.post(f"{URL}validation/", validation, format="json").json()
    assert [warning["name"] for warning in answer["warnings"]] == ["DEPRECATED_WORKSPACE"]
    assert staff.post(URL, body, format="json").status_code == 201


def test_errors_of_a_name_are_shared_by_its_versions_and_updated(staff: APIClient) -> None:
    make_job_type(version="1.0.0", job={"errors": [{"code": 1, "name": "bad", "title": "Bad"}]})
    first = Error.objects.get()
    make_job_type(version="1.0.1", job={"errors": [{"code": 1, "name": "bad", "title": "Bad"}]})
    assert Error.objects.get().last_modified == first.last_modified
    errors = [{"code": 1, "name": "bad", "title": "Worse", "category": "data"}, {"code": 2, "name": "new"}]
    make_job_type(version="1.0.2", job={"errors": errors})
    assert list(Error.objects.order_by("name").values_list("name", "title", "category")) == [
        ("bad", "Worse", "DATA"),
        ("new", "new", "ALGORITHM"),
    ]


def test_a_secret_that_cannot_be_encrypted_rolls_everything_back(staff: APIClient, settings: object) -> None:
    settings.ENCRYPTION_KEYS = []  # type: ignore[attr-defined]
    manifest = changed(make_manifest(), interface={"command": "x", "settings": [{"name": "PASS", "secret": True}]})
    body = make_body(manifest=manifest, configuration={"settings": {"PASS": "hidden"}})
    answer = staff.post(URL, body, format="json")
    assert answer.status_code == 503
    assert "set ENCRYPTION_KEYS" in answer.json()["detail"]
    assert not JobType.objects.exists()

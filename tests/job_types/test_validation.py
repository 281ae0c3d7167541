"""POST /v6/job-types/validation/: the same decision as registering and editing, without doing it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from job_types.models import JobType
from seed import MOST_PARTS
from tests.factories import changed, example, interface, make_body, make_job_type, make_manifest, with_settings

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/validation/"


def validate(client: APIClient, **body: Any) -> dict[str, Any]:
    answer = client.post(URL, body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_users_example_is_valid(anyone: APIClient, workspaces: None) -> None:
    answer = anyone.post(URL, example("validate-job-type"), format="json")
    assert answer.status_code == 200
    assert answer.json()["is_valid"] is True
    assert answer.json()["errors"] == []
    assert [(warning["name"], warning["path"]) for warning in answer.json()["warnings"]] == [
        ("MISSING_ERROR_NAME", "/job/errors/0"),
        ("MISSING_ERROR_NAME", "/job/errors/1"),
        ("UNKNOWN_VARIABLE", "/job/interface/command"),
        ("UNKNOWN_OUTPUT", "/output_workspaces/outputs/output_1"),
    ]
    assert not JobType.objects.exists()


def test_a_manifest_of_any_shape_is_answered_with_a_report(anyone: APIClient) -> None:
    manifests: list[Any] = [None, 5, [], "{", "[]", {}, {"job": 1}]
    for manifest in manifests:
        answer = validate(anyone, manifest=manifest)
        assert answer["is_valid"] is False
        assert answer["errors"]


def test_a_manifest_is_required_and_fields_that_no_registration_has_are_unknown(anyone: APIClient) -> None:
    answer = anyone.post(URL, {"docker_image": "x", "colour": "red", "max_scheduled": 0}, format="json")
    assert answer.status_code == 400
    assert {(error["name"], error["path"]) for error in answer.json()["errors"]} == {
        ("MISSING_FIELD", ""),
        ("UNKNOWN_FIELD", "/colour"),
        ("INVALID_FIELD", "/max_scheduled"),
    }


def test_the_whole_body_of_a_registration_is_validated(anyone: APIClient, workspaces: None) -> None:
    answer = validate(anyone, **example("add-seed-image"), is_published=True, is_active=False, is_paused=True)
    assert (answer["is_valid"], answer["errors"]) == (True, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_scheduled", 0),
        ("max_scheduled", "1"),
        ("icon_code", "x" * 21),
        ("docker_image", ""),
        ("docker_image", None),
        ("is_published", "yes"),
        ("auto_update", 1),
    ],
)
def test_a_value_that_registering_refuses_is_reported_with_the_faults_of_the_documents(
    anyone: APIClient, staff: APIClient, field: str, value: Any
) -> None:
    body = {**make_body(manifest=make_manifest(timeout="soon")), field: value}
    answer = validate(anyone, **body)
    assert [(error["name"], error["path"]) for error in answer["errors"]] == [
        ("INVALID_FIELD", f"/{field}"),
        ("JSON_VALIDATION_ERROR", "/job/timeout"),
    ]
    assert staff.post("/v6/job-types/", body, format="json").json()["errors"] == answer["errors"]


def test_what_the_details_of_another_installation_show_is_let_pass(anyone: APIClient, staff: APIClient) -> None:
    make_job_type()
    shown = anyone.get("/v6/job-types/test/1.0.0/").json()
    assert validate(anyone, **shown)["is_valid"] is True
    assert validate(anyone, **{**shown, "manifest": make_manifest("elsewhere")})["is_valid"] is True


def test_a_system_job_type_is_valid_as_it_is_shown_and_paused(anyone: APIClient) -> None:
    make_job_type()
    JobType.objects.update(is_system=True)
    shown = anyone.get("/v6/job-types/test/1.0.0/").json()
    assert validate(anyone, **{**shown, "is_paused": True})["is_valid"] is True
    errors = validate(anyone, **{**shown, "icon_code": "f1"})["errors"]
    assert [(error["name"], error["path"]) for error in errors] == [("SYSTEM_JOB_TYPE", "/icon_code")]


def test_faults_of_both_documents_are_reported_together(anyone: APIClient) -> None:
    manifest = changed(make_manifest(), timeout="soon", **interface(mounts=[{"name": "m", "path": "relative"}]))
    answer = validate(anyone, manifest=manifest, configuration={"priority": 0, "settings": {"A": 5}})
    assert {(error["name"], error["path"]) for error in answer["errors"]} == {
        ("JSON_VALIDATION_ERROR", "/job/timeout"),
        ("INVALID_MOUNT_PATH", "/job/interface/mounts/0/path"),
        ("INVALID_PRIORITY", "/priority"),
        ("INVALID_CONFIGURATION", "/settings/A"),
    }


def test_without_a_configuration_a_missing_workspace_is_a_warning(anyone: APIClient) -> None:
    manifest = changed(make_manifest(), **interface(outputs={"files": [{"name": "out", "pattern": "*"}]}))
    answer = validate(anyone, manifest=manifest)
    warnings = [warning["name"] for warning in answer["warnings"]]
    assert (answer["is_valid"], warnings) == (True, ["MISSING_WORKSPACE"])
    answer = validate(anyone, manifest=manifest, configuration={})
    assert (answer["is_valid"], [error["name"] for error in answer["errors"]]) == (False, ["MISSING_WORKSPACE"])


def test_a_stored_secret_is_not_missing_when_its_job_type_would_be_edited(anyone: APIClient) -> None:
    job = with_settings(secret=["PASS"])
    manifest = changed(make_manifest(), **job)
    assert [warning["name"] for warning in validate(anyone, manifest=manifest)["warnings"]] == ["MISSING_SETTING"]
    make_job_type(job=job, configuration={"settings": {"PASS": "hidden"}})
    assert validate(anyone, manifest=manifest, configuration={})["warnings"] == []


def test_validating_needs_no_more_than_reading(anyone: APIClient, user: APIClient, settings: Any) -> None:
    assert validate(anyone, manifest=make_manifest())["is_valid"] is True
    settings.PUBLIC_READ_API = False
    assert anyone.post(URL, {"manifest": make_manifest()}, format="json").status_code == 401
    assert validate(user, manifest=make_manifest())["is_valid"] is True


def _members(document: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all members and items of a document."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        inner = list(document.items())
    elif isinstance(document, list):
        inner = list(enumerate(document))
    return [found for key, value in inner for found in [(*way, key), *_members(value, (*way, key))]]


EXAMPLE = {name: example("add-seed-image")[name] for name in ("manifest", "configuration")}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
ODD_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), TEXTS, st.just([]), st.just({}), st.just([{}]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(way=st.sampled_from(_members(EXAMPLE)), value=ODD_VALUES)
def test_what_is_valid_registers_and_what_is_not_is_refused(
    staff: APIClient, workspaces: None, way: tuple[Any, ...], value: Any
) -> None:
    documents: Any = copy.deepcopy(EXAMPLE)
    node = documents
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    report = staff.post(URL, documents, format="json").json()
    registered = staff.post("/v6/job-types/", {**documents, "docker_image": "x"}, format="json")
    assert (registered.status_code < 300) == report["is_valid"], (report, registered.json())
    if not report["is_valid"]:
        assert registered.json()["errors"] == report["errors"]


def test_a_job_type_that_exists_is_validated_as_an_edit_of_it(anyone: APIClient, staff: APIClient) -> None:
    make_job_type()
    assert validate(anyone, manifest=make_manifest(title="New"))["is_valid"] is True
    body = make_body(manifest=make_manifest(title="New"))
    assert staff.post("/v6/job-types/", body, format="json").status_code == 200


MISTYPED: dict[str, Any] = {
    "manifest": changed(
        make_manifest(errors=[{"code": 1}]),
        **interface(
            settings=[{"name": "DB_HOST"}, {"name": "DB_PASS", "secret": True}],
            mounts=[{"name": "DATA", "path": "/data"}],
            outputs={"files": [{"name": "out", "pattern": "*"}]},
        ),
    ),
    "configuration": {
        "settings": {"DB_HOSST": "x"},
        "mounts": {"DATTA": {"type": "volume"}},
        "output_workspaces": {"default": "workspace_1", "outputs": {"outt": "workspace_1"}},
    },
    "docker_image": "test:1.0.0",
}


def test_registering_and_editing_give_the_warnings_of_validation_each_time(
    staff: APIClient, workspaces: None
) -> None:
    unconfigured: dict[str, Any] = {**MISTYPED, "manifest": changed(MISTYPED["manifest"], jobVersion="2.0.0")}
    del unconfigured["configuration"]
    for body, version in ((MISTYPED, "1.0.0"), (unconfigured, "2.0.0")):
        for status in (201, 200, 200):
            expected = validate(staff, **body)["warnings"]
            assert expected
            answer = staff.post("/v6/job-types/", body, format="json")
            assert (answer.status_code, answer.json()["warnings"]) == (status, expected)
            edited = staff.patch(f"/v6/job-types/test/{version}/", body, format="json")
            assert (validate(staff, **body)["warnings"], edited.json()["warnings"]) == (expected, expected)


def test_the_details_get_the_same_warnings_from_validation_and_editing(staff: APIClient, workspaces: None) -> None:
    staff.post("/v6/job-types/", MISTYPED, format="json")
    shown = staff.get("/v6/job-types/test/1.0.0/").json()
    expected = validate(staff, **shown)["warnings"]
    names = [warning["name"] for warning in expected]
    mistyped = ["UNKNOWN_MOUNT", "MISSING_MOUNT", "UNKNOWN_OUTPUT"]
    assert names == ["MISSING_ERROR_NAME", *mistyped, "MISSING_SETTING", "MISSING_SETTING"]
    assert staff.patch("/v6/job-types/test/1.0.0/", shown, format="json").json()["warnings"] == expected
    assert staff.post("/v6/job-types/", shown, format="json").json()["warnings"] == expected


def test_a_manifest_in_a_string_shares_the_bound_on_parts_with_what_is_beside_it(
    anyone: APIClient,
) -> None:
    half = [1] * (MOST_PARTS // 2)
    in_string = json.dumps(half)

    def faults(**body: Any) -> set[str]:
        return {fault["description"].partition(" outside")[0] for fault in validate(anyone, **body)["errors"]}

    refusal = (
        "The manifest is a string that holds no acceptable JSON: The document: "
        "more than 24999 commas and opening brackets"
    )
    assert refusal in faults(manifest=in_string, configuration={"settings": [*half]})
    assert not any("opening brackets" in fault for fault in faults(manifest=in_string))
    assert not any("opening brackets" in fault for fault in faults(manifest={}, configuration={"settings": half}))


def test_registering_counts_the_parts_of_a_manifest_in_a_string_too(staff: APIClient) -> None:
    half = [1] * (MOST_PARTS // 2)
    answer = staff.post(
        "/v6/job-types/", make_body(manifest=json.dumps(half), configuration={"settings": half}), format="json"
    )
    assert answer.status_code == 400
    assert any("more than 24999 commas" in fault["description"] for fault in answer.json()["errors"])

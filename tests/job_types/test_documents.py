"""Documents as clients of v6 send them: what is taken, how it is shown, and what is surely not meant."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import interface, make_body, make_job_type, make_manifest

pytestmark = pytest.mark.django_db

LIST, VALIDATION, DETAILS = "/v6/job-types/", "/v6/job-types/validation/", "/v6/job-types/test/1.0.0/"


def test_whole_numbers_may_be_written_with_a_point(staff: APIClient) -> None:
    body = make_body(max_scheduled=2.0, configuration={"priority": 5.0})
    body["manifest"] = make_manifest(timeout=60.0, errors=[{"code": 3.0, "name": "bad"}])
    answer = staff.post(LIST, body, format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["max_scheduled"] == 2
    assert answer.json()["configuration"]["priority"] == 5
    for field, value in (("max_scheduled", 2.5), ("configuration", {"priority": 5.5}), ("max_scheduled", 1e300)):
        answer = staff.patch(DETAILS, {field: value}, format="json")
        assert (answer.status_code, len(answer.json()["errors"])) == (400, 1)
    body["manifest"]["job"]["errors"][0]["code"] = 3.5
    assert staff.post(LIST, body, format="json").status_code == 400


def test_impossible_values_are_warned_of_alike_by_all_ways(staff: APIClient, workspaces: None) -> None:
    manifest = make_manifest(
        timeout=-1,
        errors=[{"code": 0, "name": "a"}, {"code": 300, "name": "b"}],
        **interface(
            command="${INPUT_FLE}",
            inputs={"files": [{"name": "INPUT_FILE"}]},
            mounts=[{"name": "a", "path": "/usr/bin/"}, {"name": "b", "path": "/usr/bin"}],
            outputs={"files": [{"name": "o", "pattern": "../*.txt"}, {"name": "p", "pattern": ""}]},
        ),
    )
    mounts = {"a": {"type": "volume"}, "b": {"type": "volume"}}
    configuration = {"output_workspaces": {"default": "workspace_1"}, "mounts": mounts}
    documents = {"manifest": manifest, "configuration": configuration}
    expected = [
        ("SHORT_TIMEOUT", "/job/timeout"),
        ("IMPOSSIBLE_ERROR_CODE", "/job/errors/0/code"),
        ("IMPOSSIBLE_ERROR_CODE", "/job/errors/1/code"),
        ("DUPLICATE_MOUNT_PATHS", "/job/interface/mounts/1/path"),
        ("UNREACHABLE_OUTPUT", "/job/interface/outputs/files/0/pattern"),
        ("UNREACHABLE_OUTPUT", "/job/interface/outputs/files/1/pattern"),
        ("UNKNOWN_VARIABLE", "/job/interface/command"),
    ]
    for answer in (
        staff.post(VALIDATION, documents, format="json"),
        staff.post(LIST, {**documents, "docker_image": "x"}, format="json"),
        staff.post(LIST, {**documents, "docker_image": "x"}, format="json"),
        staff.patch(DETAILS, documents, format="json"),
    ):
        assert answer.status_code in (200, 201)
        assert [(one["name"], one["path"]) for one in answer.json()["warnings"]] == expected


@pytest.mark.parametrize("spaces", [{}, {"default": ""}, {"default": "", "outputs": {}}])
def test_an_empty_default_workspace_is_as_none_and_shown_as_v6_shows_it(
    staff: APIClient, spaces: dict[str, Any]
) -> None:
    configuration = {"version": "any text", "output_workspaces": spaces}
    answer = staff.post(LIST, make_body(configuration=configuration), format="json")
    assert (answer.status_code, answer.json()["warnings"]) == (201, [])
    shown = staff.get(DETAILS).json()["configuration"]
    assert shown == answer.json()["configuration"]
    assert shown["output_workspaces"] == {"default": "", "outputs": {}}
    assert "version" not in shown


def test_a_configuration_of_an_earlier_release_is_shown_complete_and_may_be_sent_back(staff: APIClient) -> None:
    make_job_type()
    stored = {"mounts": {}, "output_workspaces": {}, "priority": 7, "settings": {}}
    JobType.objects.update(configuration=stored)
    shown = staff.get(DETAILS).json()
    assert shown["configuration"] == stored | {"output_workspaces": {"default": "", "outputs": {}}}
    assert staff.patch(DETAILS, shown, format="json").status_code == 200
    assert staff.get(DETAILS).json() == shown

"""Job types whose documents today's rules refuse: they go on being shown, paused, deprecated, edited and run."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import make_job_type, make_manifest
from tests.job_types.admin_pages import LIST

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"
BROKEN_MANIFESTS: list[dict[str, Any]] = [
    {},
    {"seedVersion": "0.1.0", "job": {"name": "test", "jobVersion": "1.0.0"}},
    {"job": []},
    make_manifest(
        timeout="soon",
        tags=[1, "kept"],
        maintainer="me",
        errors=[{"code": None}, 5],
        resources={"scalar": [{"name": "cpus", "value": "many"}, {"name": ["mem"]}]},
        interface={"settings": [{"name": {}, "secret": 1}], "inputs": {"files": {}}, "mounts": None},
    ),
    make_manifest("validation"),
]
BROKEN_CONFIGURATIONS: list[dict[str, Any]] = [
    {"output_workspaces": {"default": "gone"}},
    {"priority": -1, "colour": "red", "mounts": {"a": {"type": "host", "host_path": "relative"}}},
]
CHANGES: list[dict[str, Any]] = [
    {"is_paused": True},
    {"is_active": False},
    {"max_scheduled": 7},
    {"icon_code": "f013"},
    {"is_published": True},
    {"docker_image": "other:1"},
]
EACH = [("manifest", document) for document in BROKEN_MANIFESTS]
EACH += [("configuration", document) for document in BROKEN_CONFIGURATIONS]


@pytest.fixture(params=EACH, ids=lambda param: f"{param[0]}-{EACH.index(param)}")
def broken(request: pytest.FixtureRequest) -> JobType:
    """A job type with a document that was stored past the validation."""
    make_job_type()
    JobType.objects.update(**dict([request.param]))
    return JobType.objects.get()


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("change", CHANGES)
def test_a_plain_field_is_changed_without_a_look_at_the_documents(staff: APIClient, change: dict[str, Any]) -> None:
    answer = staff.patch(URL, change, format="json").json()
    assert (answer["is_valid"], answer["errors"], answer["warnings"]) == (True, [], [])
    shown = staff.get(URL).json()
    assert {name: shown[name] for name in change} == change


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("change", CHANGES)
def test_the_details_are_taken_back_with_one_field_changed(staff: APIClient, change: dict[str, Any]) -> None:
    before = staff.get(URL).json()
    answer = staff.patch(URL, {**before, **change}, format="json").json()
    assert (answer["is_valid"], answer["errors"]) == (True, [])
    assert answer["warnings"]
    after = staff.get(URL).json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"last_modified", "paused", "deprecated", "revision_num"} == set(change)


@pytest.mark.usefixtures("broken")
def test_the_details_that_are_taken_back_as_they_are_change_nothing(staff: APIClient) -> None:
    before = staff.get(URL).json()
    assert staff.patch(URL, before, format="json").status_code == 200
    assert staff.get(URL).json() == before


def test_the_admin_pauses_and_deprecates(admin_client: Client, broken: JobType) -> None:
    for action in ("pause", "deprecate"):
        admin_client.post(LIST, {"action": action, "_selected_action": [broken.pk], "confirmed": "yes"})
    assert JobType.objects.filter(is_paused=True, is_active=False).exists()


@pytest.mark.usefixtures("broken")
def test_a_manifest_and_a_configuration_that_are_valid_take_their_place(staff: APIClient) -> None:
    documents = {"manifest": make_manifest(title="Mended"), "configuration": {"priority": 7}}
    assert staff.patch(URL, documents, format="json").json()["errors"] == []
    shown = staff.get(URL).json()
    assert (shown["title"], shown["configuration"]["priority"]) == ("Mended", 7)

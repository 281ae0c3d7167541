"""What a person has to do after a takeover: it is foretold by a dry run, and shrinks as it is done."""

import pytest
from rest_framework.test import APIClient

from takeover.models import Takeover
from takeover.selectors import credentials_to_enter
from tests.takeover.conftest import Import
from tests.takeover.old_system import Answer, OldSystem, definition_of, manifest_of
from workspaces.models import Workspace, WorkspaceSecret

pytestmark = pytest.mark.django_db

INTERFACE = manifest_of("algorithm", "1.0.0")["job"]["interface"]
WITH_SECRET = {"interface": {**INTERFACE, "settings": [{"name": "KEY", "secret": True}]}}
IN_DATA = {"mounts": {}, "output_workspaces": {"default": "data", "outputs": {}}, "priority": 9, "settings": {}}
DUTIES = [
    "job-type algorithm 1.0.0: enter its secret setting KEY",
    "job-type algorithm 2.0.0-rc.1: register it again: the other system did not show what it is made of",
    "workspace bucket: enter its credential key",
]


@pytest.fixture
def hiding(old: OldSystem) -> OldSystem:
    """A system that does not show a secret, a credential and a version, and shows another one elsewhere alone."""
    old.add_workspace(1, "data")
    old.add_workspace(2, "bucket", configuration={"broker": {"type": "s3", "credentials": {"key": "****"}}})
    old.add_job_type(1, job=WITH_SECRET, configuration=IN_DATA)
    old.add_job_type(2, "gone", job=WITH_SECRET, is_active=False)
    old.add_job_type(3, version="2.0.0-rc.1")
    shown = old.add_job_type(4, version="2.0.0-rc.2", configuration=IN_DATA)
    old.unreadable |= {"algorithm/2.0.0-rc.1", "algorithm/2.0.0-rc.2"}
    holding = [{"name": "algorithm", "version": "2.0.0-rc.2"}]
    old.add_recipe_type(5, "recipe", definition_of(("algorithm", "2.0.0-rc.2", 1)), job_types=holding)
    old.always["recipe-types/recipe/"] = Answer(body={**old.recipe_types[5], "job_types": [shown]})
    return old


def duties(printed: str) -> list[str]:
    """Return the lines on what a person has to do."""
    lines = printed.partition("What a person has to do")[2].splitlines()[1:]
    return sorted(line.strip() for line in lines if line)


def test_a_dry_run_says_what_a_person_will_have_to_do(hiding: OldSystem, import_scale: Import) -> None:
    assert duties(import_scale("--dry-run")) == DUTIES
    assert duties(import_scale()) == DUTIES


def test_a_dry_run_says_what_is_left_to_do(hiding: OldSystem, import_scale: Import, staff: APIClient) -> None:
    import_scale()
    assert duties(import_scale("--dry-run")) == DUTIES
    hiding.job_types[1]["last_modified"] = "2024-01-01T00:00:00Z"
    assert duties(import_scale("--dry-run")) == DUTIES
    key = {"configuration": {**IN_DATA, "settings": {"KEY": "k"}}}
    assert staff.patch("/v6/job-types/algorithm/1.0.0/", key, format="json").status_code == 200
    assert duties(import_scale("--dry-run")) == DUTIES[1:]
    assert duties(import_scale()) == DUTIES[1:]


@pytest.mark.parametrize("name", ["a/b", "a~b", "~1", "a/~0b"])
def test_a_credential_of_any_name_is_to_be_entered_until_it_is(
    old: OldSystem, import_scale: Import, name: str
) -> None:
    old.add_workspace(1, "odd", configuration={"broker": {"type": "x", "credentials": {name: "****"}}})
    assert duties(import_scale()) == [f"workspace odd: enter its credential {name}"]
    takeover = Takeover.objects.get().pk
    assert [tuple(one) for one in credentials_to_enter(takeover)] == [("odd", name, False)]
    WorkspaceSecret.objects.create(workspace=Workspace.objects.get(), name=name, token="t")
    assert duties(import_scale()) == []
    assert [tuple(one) for one in credentials_to_enter(takeover)] == [("odd", name, True)]

"""`manage.py seed_system_job_types`: the job types that the system brings along."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from job_types.management.commands import seed_system_job_types
from job_types.models import JobType, JobTypeRevision
from seed import check_manifest
from tests.factories import make_job_type, make_manifest

pytestmark = pytest.mark.django_db

FILES = sorted(seed_system_job_types.DEFINITIONS.glob("*.json"))


def run() -> str:
    output = io.StringIO()
    call_command("seed_system_job_types", stdout=output)
    return output.getvalue()


@pytest.fixture
def definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the definition of one system job type, `clock` 1.0.0, in place of the real ones."""
    monkeypatch.setattr(seed_system_job_types, "DEFINITIONS", tmp_path)
    write(tmp_path)
    return tmp_path


def write(folder: Path, **job: Any) -> None:
    definition = {
        "icon_code": "f017",
        "max_tries": 0,
        "configuration": {"priority": 1},
        "manifest": make_manifest("clock", **job),
    }
    (folder / "clock.json").write_text(json.dumps(definition), encoding="utf-8")


def test_all_system_job_types_are_registered_and_running_it_again_changes_nothing(anyone: APIClient) -> None:
    assert len(FILES) == 8
    run()
    answer = anyone.get("/v6/job-types/?is_system=true").json()
    assert [row["name"] for row in answer["results"]] == [file.stem for file in FILES]
    clock = anyone.get("/v6/job-types/scale-clock/1.0.0/").json()
    assert (clock["max_tries"], clock["icon_code"], clock["configuration"]["priority"]) == (0, "f017", 1)
    run()
    assert anyone.get("/v6/job-types/?is_system=true").json() == answer
    assert JobTypeRevision.objects.count() == 8


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_manifest_of_each_system_job_type_is_valid_and_warned_of_no_more_than_that_it_never_ends(
    file: Path,
) -> None:
    report = check_manifest(json.loads(file.read_text(encoding="utf-8"))["manifest"])
    assert report.errors == ()
    assert {finding.name for finding in report.warnings} <= {"SHORT_TIMEOUT"}


def test_a_changed_manifest_becomes_a_revision_and_an_operators_pause_stays(
    staff: APIClient, definitions: Path
) -> None:
    assert run() == "System job type clock 1.0.0: registered.\n"
    assert staff.patch("/v6/job-types/clock/1.0.0/", {"is_paused": True}, format="json").status_code == 200
    paused = JobType.objects.get().paused
    write(definitions, title="Another clock")
    assert run() == "System job type clock 1.0.0: revision 2.\n"
    clock = JobType.objects.get()
    assert (clock.title, clock.revision_num, clock.is_paused, clock.paused) == ("Another clock", 2, True, paused)


def test_a_job_type_of_a_user_that_has_the_name_becomes_the_systems(definitions: Path) -> None:
    make_job_type("clock", max_scheduled=4)
    run()
    clock = JobType.objects.get()
    assert (clock.is_system, clock.max_tries, clock.max_scheduled, clock.revision_num) == (True, 0, 4, 2)


def test_a_definition_with_a_fault_is_named_and_nothing_is_written(definitions: Path) -> None:
    write(definitions, timeout="never")
    with pytest.raises(CommandError, match=r"clock\.json: job\.timeout"):
        run()
    assert not JobType.objects.exists()

"""What happens in the other system while it is read, and answers that are wrong for a moment."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from job_types.models import JobTypeRevision
from recipes.models import RecipeType
from takeover.models import Imported, Kind
from takeover.run import Options
from tests.takeover.acceptance.house import bring, outcomes, run
from tests.takeover.replay import Fault, Replay, at

SINCE = ("--jobs", "P36500D")


def missing(server: Replay, path: str, times: int) -> None:
    """Let the first ``times`` requests for a path be a 404."""
    left = times

    def plan(number: int) -> Fault | None:
        nonlocal left
        if left and server.requests[number - 1] == f"GET /v6/{path}":
            left -= 1
            return Fault.MISSING
        return None

    server.plan = plan


def once(server: Replay, part: str, change: Callable[[], None]) -> None:
    """Change the other system before the first request that holds ``part`` is answered."""
    is_done = False

    def watch(number: int) -> None:
        nonlocal is_done
        if not is_done and part in server.requests[number - 1]:
            is_done = True
            change()

    server.watch = watch


@pytest.mark.parametrize("first", [20, 60, 100, 140])
def test_a_system_that_is_being_restarted_behind_a_proxy_is_waited_for(
    server: Replay, installed: None, first: int
) -> None:
    server.plan = at(dict.fromkeys(range(first, first + 5), Fault.MISSING))
    assert bring(server)["faults"]["count"] == 0
    server.plan = at({})
    assert outcomes(bring(server)) == {"unchanged": 93}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("job-types/cloud-mask/2.0.0/", "cloud-mask 2.0.0"),
        ("job-types/tiler/1.0.1/revisions/1/", "tiler 1.0.1"),
        ("recipe-types/ships/revisions/1/", "ships"),
    ],
)
def test_what_is_listed_and_not_shown_is_a_fault_and_comes_with_the_next_run(
    server: Replay, installed: None, tmp_path: Path, path: str, name: str
) -> None:
    missing(server, path, 2)
    assert name in [fault["name"] for fault in bring(server)["faults"]["first"]]
    assert bring(server)["faults"]["count"] == 0
    assert run("compare_scale", server, tmp_path)[0] == 0


def test_a_job_that_is_not_shown_comes_with_the_next_run(moved: Replay, tmp_path: Path) -> None:
    missing(moved, "jobs/16/", 2)
    assert run("import_scale", moved, tmp_path, *SINCE)[0] == 0
    assert run("compare_scale", moved, tmp_path, *SINCE)[0] == 1
    assert run("import_scale", moved, tmp_path, *SINCE)[0] == 0
    assert run("compare_scale", moved, tmp_path, *SINCE)[0] == 0


def test_a_job_of_a_revision_that_is_newer_than_its_job_type_here_gets_it_with_the_next_run(
    moved: Replay, tmp_path: Path
) -> None:
    row = one_of(moved.recordings.job_types, name="tiler", version="1.0.1")
    new = {"title": "Newer", "revision_num": 3, "last_modified": "2027-11-26T08:00:01Z"}

    def edit() -> None:
        revision = deepcopy(row["revisions"][0]) | {"id": 9001, "revision_num": 3}
        revision["manifest"]["job"]["title"] = "Newer"
        row["revisions"].insert(0, revision)
        row.update(new)
        one_of(moved.recordings.jobs, id=16)["job_type_rev"] = 9001

    once(moved, "/recipe-types/", edit)
    run("import_scale", moved, tmp_path, *SINCE)
    assert run("import_scale", moved, tmp_path, *SINCE)[0] == 0
    assert run("compare_scale", moved, tmp_path, *SINCE)[0] == 0


def test_a_recipe_type_that_is_edited_while_it_is_read_gets_no_revision_that_is_not_there(
    moved: Replay, tmp_path: Path
) -> None:
    row = one_of(moved.recordings.recipe_types, name="ships")
    row |= {"last_modified": "2027-01-01T00:00:00Z", "title": "Ships, edited"}
    number = row["revision_num"] + 1

    def edit() -> None:
        revision = deepcopy(row["revisions"][0]) | {"id": 9002, "revision_num": number}
        revision["definition"]["nodes"].popitem()
        row["revisions"].insert(0, revision)
        row.update(revision_num=number, last_modified="2027-11-26T08:00:01Z")

    once(moved, "/recipe-types/ships/revisions/", edit)
    run("import_scale", moved, tmp_path)
    run("import_scale", moved, tmp_path)
    assert RecipeType.objects.get(name="ships").revisions.count() == number
    assert run("compare_scale", moved, tmp_path)[0] == 0


def test_revisions_whose_ids_are_not_shown_take_none_of_those_that_others_keep(
    server: Replay, installed: None
) -> None:
    taken = set(JobTypeRevision.objects.values_list("pk", flat=True))
    bring(server, Options(keeps_ids=True))
    arrived = Imported.objects.filter(kind=Kind.JOB_TYPE_REVISION).exclude(source_id__in=taken)
    revisions = arrived.exclude(written=None, object_id__in=taken).values_list("source_id", "object_id")
    assert [pair for pair in revisions if pair[0] != pair[1]] == []


def test_an_error_that_belongs_to_no_job_type_is_no_difference(moved: Replay, tmp_path: Path) -> None:
    error = deepcopy(next(one for one in moved.recordings.errors if one["job_type_name"]))
    moved.recordings.errors.append(
        error | {"id": 777, "name": "legacy", "job_type_name": None, "is_builtin": False}
    )
    assert run("import_scale", moved, tmp_path)[0] == 0
    assert run("compare_scale", moved, tmp_path)[0] == 0


def one_of(rows: list[Any], **members: object) -> Any:
    """Return the first row that has these members."""
    return next(row for row in rows if members.items() <= row.items())

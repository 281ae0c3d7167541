"""Jobs that are over arrive as history; the others are counted, and come when they are over."""

from pathlib import Path
from typing import Any

import pytest

from takeover.comparing import Ours
from takeover.models import Imported, Kind
from tests.takeover.acceptance.house import rows, run
from tests.takeover.replay import PASSING, Replay, every

SINCE = "P36500D"
OVER = {"COMPLETED", "FAILED", "CANCELED"}
SAME = ("status", "created", "queued", "started", "max_tries", "num_exes", "last_modified", "input", "output")


def _jobs_here() -> dict[int, dict[str, Any]]:
    imported = Imported.objects.filter(kind=Kind.JOB).values_list("source_id", "object_id")
    return {source_id: Ours().get(f"jobs/{pk}/") or {} for source_id, pk in imported}


@pytest.mark.parametrize("has_faults", [False, True])
def test_jobs_that_are_over_arrive_once_as_they_were(moved: Replay, tmp_path: Path, has_faults: bool) -> None:
    if has_faults:
        moved.plan, moved.delay = every(9, PASSING), 0.01
    assert run("import_scale", moved, tmp_path, "--jobs", SINCE)[0] == 0
    there = {row["id"]: row for row in moved.recordings.jobs if row["status"] in OVER}
    here = _jobs_here()
    assert len(here) == rows()["jobs.Job"] == len(there) == 10
    for pk, job in here.items():
        assert {name: job[name] for name in SAME} == {name: there[pk][name] for name in SAME}, pk
        assert (job["error"] or {}).get("id") is None or job["error"]["name"] in _errors(moved, there[pk])


def _errors(server: Replay, job: dict[str, Any]) -> set[str]:
    return {row["name"] for row in server.recordings.errors if row["id"] == job["error"]}


def test_jobs_that_are_over_arrive_with_their_errors_revisions_nodes_and_tries(
    moved: Replay, tmp_path: Path
) -> None:
    run("import_scale", moved, tmp_path, "--jobs", SINCE)
    here = _jobs_here()
    assert {pk: job["error"]["name"] for pk, job in here.items() if job["error"]} == {
        6: "node-lost",
        17: "bad-scene",
        18: "timeout",
        21: "node-lost",
    }
    tiler = here[16]
    assert (tiler["job_type"]["version"], tiler["job_type_rev"]["revision_num"]) == ("1.0.1", 2)
    assert (tiler["node"]["hostname"], tiler["execution"]["status"]) == ("node-02.example.com", "COMPLETED")
    assert [pk for pk, job in sorted(here.items()) if job["execution"]] == [1, 2, 6, 16, 17, 18, 21, 23]


def test_a_second_run_brings_no_job_again(moved: Replay, tmp_path: Path) -> None:
    run("import_scale", moved, tmp_path, "--jobs", SINCE)
    before = rows()
    run("import_scale", moved, tmp_path, "--jobs", SINCE)
    assert rows() == before


def test_a_job_that_was_not_over_is_named_and_comes_once_it_is(moved: Replay, tmp_path: Path) -> None:
    printed = run("import_scale", moved, tmp_path, "--jobs", SINCE)[1]
    assert "1 of its jobs are RUNNING there, and come with a later run once they are over: 19" in printed
    job = next(row for row in moved.recordings.jobs if row["id"] == 19)
    assert 19 not in _jobs_here()
    ended = {"status": "COMPLETED", "ended": "2026-11-26T08:00:00Z"}
    job["execution"] |= ended
    job |= {**ended, "last_modified": "2026-11-26T08:00:01Z", "last_status_change": "2026-11-26T08:00:00Z"}
    assert run("import_scale", moved, tmp_path, "--jobs", SINCE)[0] == 0
    assert _jobs_here()[19]["status"] == "COMPLETED"

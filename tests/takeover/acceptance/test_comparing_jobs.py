"""``compare_scale --jobs`` compares jobs that are over with what they became here."""

from pathlib import Path

import pytest

from jobs.models import Job
from takeover.models import Imported, Kind, Takeover
from tests.takeover.acceptance.house import rows, run
from tests.takeover.replay import Fault, Replay

SINCE = ("--jobs", "P36500D")


@pytest.fixture
def arrived(moved: Replay, tmp_path: Path) -> Replay:
    """The server, after the jobs that are over have arrived, too."""
    assert run("import_scale", moved, tmp_path, *SINCE)[0] == 0
    moved.requests.clear()
    return moved


def _compare(server: Replay, folder: Path) -> tuple[int, list[str]]:
    """Return the exit status, and the lines on jobs."""
    status, printed = run("compare_scale", server, folder, *SINCE)
    return status, [line for line in printed.splitlines() if line.startswith("jobs/")]


def _became(source_id: int) -> int:
    return Imported.objects.get(kind=Kind.JOB, source_id=source_id).object_id


def test_all_differences_of_jobs_after_an_import_are_meant(arrived: Replay, tmp_path: Path) -> None:
    before = rows()
    status, printed = run("compare_scale", arrived, tmp_path, *SINCE, "--reasons")
    assert status == 0
    reasons = {line.split(maxsplit=1)[1].split(".")[0][:40] for line in printed.splitlines()[1:]}
    assert reasons >= {
        "What is over has the times at which it s",
        "A job was created by an event there",
        "Jobs show more than those of v6, such as",
        "Neither files nor what is known of the s",
        "There is no cluster, and a try has no ta",
        "What a job requires is what its manifest",
    }
    assert "Jobs that changed there after" not in printed
    over = [row["id"] for row in arrived.recordings.jobs if row["status"] in ("COMPLETED", "FAILED", "CANCELED")]
    assert {f"GET /v6/jobs/{pk}/" for pk in over} <= set(arrived.requests)
    assert rows() == before


def test_jobs_are_not_compared_unless_it_is_said(arrived: Replay, tmp_path: Path) -> None:
    run("compare_scale", arrived, tmp_path)
    assert not [request for request in arrived.requests if "/jobs/" in request]


def test_a_job_that_is_another_here_is_listed_by_url_and_pointer(arrived: Replay, tmp_path: Path) -> None:
    Job.objects.filter(pk=_became(16)).update(max_tries=9, input={"files": {"scene": [2]}, "json": {}})
    status, lines = _compare(arrived, tmp_path)
    assert status == 1
    assert [line.partition(" (16) ")[2] for line in lines][1:] == [
        "/input/files/scene/0: 1 there, 2 here",
        "/max_tries: 3 there, 9 here",
    ]
    assert lines[0].startswith("jobs/ (16) /results/")
    assert lines[0].endswith("/max_tries: 3 there, 9 here")


def test_a_job_that_did_not_come_is_listed(arrived: Replay, tmp_path: Path) -> None:
    Imported.objects.filter(kind=Kind.JOB, source_id=16).delete()
    status, lines = _compare(arrived, tmp_path)
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("jobs/ (16) /results/")
    assert lines[0].endswith(": an object there, absent here")


def test_a_job_that_ended_after_the_last_run_began_is_no_difference(arrived: Replay, tmp_path: Path) -> None:
    now = Takeover.objects.get().started.isoformat()
    running = next(row for row in arrived.recordings.jobs if row["id"] == 19)
    running |= {"status": "COMPLETED", "ended": now, "last_status_change": now, "last_modified": now}
    assert _compare(arrived, tmp_path) == (0, [])


@pytest.mark.parametrize("page_size", [1, 3])
def test_pages_of_any_size_compare_the_same_jobs(arrived: Replay, tmp_path: Path, page_size: int) -> None:
    arrived.page_size = page_size
    Job.objects.filter(pk=_became(2)).update(max_tries=9)
    Job.objects.filter(pk=_became(23)).update(max_tries=9)
    status, lines = _compare(arrived, tmp_path)
    assert status == 1
    assert {line.split()[0] for line in lines} == {"jobs/", "jobs/2/", "jobs/23/"}


def test_a_list_of_jobs_that_cannot_be_read_is_a_difference(
    arrived: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("takeover.source.session.time.sleep", lambda seconds: None)
    arrived.plan = lambda number: Fault.NO_JSON if "/jobs/?" in arrived.requests[number - 1] else None
    status, lines = _compare(arrived, tmp_path)
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith('jobs/ (jobs) : "http://127.0.0.1:')

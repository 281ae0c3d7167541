"""``compare_scale`` lists what differs, but for what is meant, and no secret."""

from pathlib import Path

from job_types.models import JobType
from tests.takeover.acceptance.house import rows, run
from tests.takeover.replay import Replay
from workspaces.models import WorkspaceSecret


def test_all_differences_after_an_import_are_meant(moved: Replay, tmp_path: Path) -> None:
    before = rows()
    status, printed = run("compare_scale", moved, tmp_path)
    assert (status, len(printed.splitlines())) == (0, 1)
    assert printed.endswith("differences are meant; --reasons says why.\n")
    assert rows() == before
    assert {request.split()[0] for request in moved.requests} == {"GET"}


def test_the_reasons_of_all_differences_that_are_meant_are_printed(moved: Replay, tmp_path: Path) -> None:
    lines = run("compare_scale", moved, tmp_path, "--reasons")[1].splitlines()
    assert sorted(line.split(maxsplit=1)[1].split(".")[0][:40] for line in lines[1:]) == [
        "A text that nobody sent is empty, never ",
        "An id may be another one; import_scale k",
        "Built-in errors and system job types are",
        "Credentials are stored encrypted, and sh",
        "Details show more than those of v6: the ",
        "Lists of revisions show all that details",
        "The other system finds no version with a",
        "What a recipe type holds is derived from",
        "What is not active has the time at which",
    ]


def test_what_was_changed_on_one_side_is_listed_by_url_and_pointer(moved: Replay, tmp_path: Path) -> None:
    JobType.objects.filter(name="nightly-report").update(max_tries=9)
    status, printed = run("compare_scale", moved, tmp_path)
    assert (status, printed.splitlines()[-1]) == (1, "2 differences are not meant.")
    place = [row["name"] for row in moved.recordings.job_types].index("nightly-report")
    assert printed.splitlines()[:2] == [
        f"job-types/ (nightly-report 1.0.0) /results/{place}/max_tries: 3 there, 9 here",
        "job-types/nightly-report/1.0.0/ (nightly-report 1.0.0) /max_tries: 3 there, 9 here",
    ]


def test_what_is_on_one_side_alone_is_listed(moved: Replay, tmp_path: Path) -> None:
    place = next(at for at, row in enumerate(moved.recordings.workspaces) if row["name"] == "archive")
    moved.recordings.workspaces[place] |= {"name": "cellar"}
    status, printed = run("compare_scale", moved, tmp_path)
    assert status == 1
    assert "workspaces/ (cellar) /results/0: an object there, absent here" in printed
    assert "workspaces/ (archive) /results/0: absent there, an object here" in printed


def test_no_text_of_a_configuration_is_shown(moved: Replay, tmp_path: Path) -> None:
    JobType.objects.filter(name="mosaic").update(
        configuration={"settings": {"PASS": "made-up-password"}, "mounts": {}, "priority": 1}
    )
    WorkspaceSecret.objects.all().delete()
    status, printed = run("compare_scale", moved, tmp_path)
    assert (status, "/configuration/" in printed) == (1, True)
    assert not any(secret in printed for secret in ("made-up", "AKIAEXAMPLE"))

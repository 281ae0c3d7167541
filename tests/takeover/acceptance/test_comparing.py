"""``compare_scale`` lists what differs, but for what is meant, and no secret."""

from pathlib import Path

import pytest

from job_types.models import JobType
from tests.takeover.acceptance.house import rows, run
from tests.takeover.replay import Fault, Replay
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
        "Rows of names show more than those of v6",
        "The other system finds no version with a",
        "What a recipe type holds is derived from",
        "What is not active, or is paused, has th",
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


def test_a_list_that_cannot_be_read_is_a_difference_and_the_others_are_compared(
    moved: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("takeover.source.session.time.sleep", lambda seconds: None)
    moved.plan = lambda number: Fault.NO_JSON if "/errors/?" in moved.requests[number - 1] else None
    JobType.objects.filter(name="nightly-report").update(max_tries=9)
    status, printed = run("compare_scale", moved, tmp_path)
    assert (status, printed.splitlines()[-1]) == (1, "3 differences are not meant.")
    assert printed.startswith('errors/ (errors) : "http://127.0.0.1:')
    assert "it answers 200 with what is no JSON" in printed


def test_what_a_name_shows_is_compared(moved: Replay, tmp_path: Path) -> None:
    JobType.objects.filter(name="cloud-mask", version="2.0.0").update(is_published=False)
    printed = run("compare_scale", moved, tmp_path)[1]
    (line,) = [line for line in printed.splitlines() if line.startswith("job-type-names/")]
    assert line.startswith("job-type-names/ (cloud-mask) /results/")
    assert line.endswith("/is_published: true there, false here")


@pytest.mark.parametrize("there", ["undeclared", "secret"])
def test_a_setting_that_cannot_be_kept_or_shown_is_no_difference(moved: Replay, tmp_path: Path, there: str) -> None:
    job_type = next(row for row in moved.recordings.job_types if row["name"] == "catalog-publish")
    name = {"undeclared": "NOBODY_KNOWS_IT", "secret": "CATALOG_PASS"}[there]
    job_type["configuration"]["settings"][name] = "made-up-password"
    assert run("compare_scale", moved, tmp_path)[0] == 0


def test_a_declared_setting_that_is_missing_here_is_a_difference(moved: Replay, tmp_path: Path) -> None:
    job_type = next(row for row in moved.recordings.job_types if row["name"] == "catalog-publish")
    setting = {"name": "PLAIN", "secret": False}
    job_type["revisions"][0]["manifest"]["job"]["interface"]["settings"].append(setting)
    JobType.objects.filter(name="catalog-publish").update(manifest=job_type["revisions"][0]["manifest"])
    job_type["configuration"]["settings"]["PLAIN"] = "made-up-text"
    status, printed = run("compare_scale", moved, tmp_path)
    path = "job-types/catalog-publish/2.1.0/"
    assert f"{path} (catalog-publish 2.1.0) /configuration/settings/PLAIN: a text there, absent here" in printed
    assert (status, "made-up" in printed) == (1, False)


def test_what_was_found_is_listed_though_the_other_system_goes_away(moved: Replay, tmp_path: Path) -> None:
    JobType.objects.filter(name="nightly-report").update(max_tries=9)
    moved.plan = lambda number: Fault.REFUSED if "/job-type-names/" in moved.requests[number - 1] else None
    status, printed = run("compare_scale", moved, tmp_path)
    assert (status, printed.count("/max_tries: 3 there, 9 here")) == (1, 2)
    assert "it answers 401" in printed.splitlines()[-1]

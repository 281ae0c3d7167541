"""Everything of the other system arrives, and its ids and secrets do as they should."""

import re
from pathlib import Path

import pytest

from errors.models import Error
from job_types.models import JobType
from takeover.comparing import Ours
from takeover.models import Imported, Kind
from tests.takeover.acceptance.house import OF_THIS_SERVICE, bring, house, outcomes, rows, run
from tests.takeover.replay import Recordings, Replay, replay

_WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


def _names(path: str) -> set[tuple[str, ...]]:
    return {(row["name"], row.get("version", "")) for row in Ours().rows(path)}


def test_everything_that_is_listed_there_is_here_afterwards(
    server: Replay, installed: None, tmp_path: Path
) -> None:
    ours = {path: _names(path) for path in ("workspaces/", "errors/", "job-types/", "recipe-types/")}
    assert run("import_scale", server, tmp_path)[0] == 0
    theirs = server.recordings
    listed = {
        "workspaces/": {(row["name"], "") for row in theirs.workspaces},
        "errors/": {(row["name"], "") for row in theirs.errors},
        # The one with a version of two numbers is part of this service, in a version of three.
        "job-types/": {(row["name"], row["version"]) for row in theirs.job_types}
        - {("scale-batch-creator", "1.0")},
        "recipe-types/": {(row["name"], "") for row in theirs.recipe_types},
    }
    assert {path: _names(path) for path in ours} == {path: names | listed[path] for path, names in ours.items()}


def test_ids_are_kept_where_they_are_free(server: Replay, installed: None, tmp_path: Path) -> None:
    taken = {
        Kind.JOB_TYPE: set(JobType.objects.values_list("pk", flat=True)),
        Kind.ERROR: set(Error.objects.values_list("pk", flat=True)),
    }
    run("import_scale", server, tmp_path, "--keep-ids")
    for imported in Imported.objects.exclude(kind=Kind.JOB_TYPE_REVISION):
        others = taken.get(Kind(imported.kind), set())
        is_kept = imported.object_id == imported.source_id
        assert is_kept or {imported.source_id, imported.object_id} & others, imported


def test_no_secret_of_the_other_system_is_printed_or_recorded(
    server: Replay, installed: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    printed = run("import_scale", server, tmp_path)[1] + run("compare_scale", server, tmp_path, "--reasons")[1]
    recorded = str([list(model.objects.values()) for model in (Imported,)])
    for text in (printed, recorded, caplog.text):
        assert "made-up-secret" not in text
        assert "AKIAEXAMPLE" not in text


def test_only_reads_are_sent_and_one_at_a_time(server: Replay, installed: None) -> None:
    bring(server)
    assert {request.split()[0] for request in server.requests} == {"GET"}
    assert server.most_at_once == 1


def test_a_dry_run_writes_nothing_and_says_what_a_person_will_have_to_do(
    server: Replay, installed: None, tmp_path: Path
) -> None:
    before = house()
    status, foretold = run("import_scale", server, tmp_path, "--dry-run")
    assert (status, house()) == (0, before)
    told = run("import_scale", server, tmp_path)[1]
    assert _secrets(foretold) == _secrets(told)
    assert len(_secrets(told)) == 8


def _secrets(printed: str) -> list[str]:
    return sorted(line for line in printed.splitlines() if "enter its secret setting" in line)


def test_an_empty_system_leaves_everything_as_it_is(installed: None) -> None:
    before = rows()
    with replay(Recordings()) as server:
        report = bring(server)
    assert (outcomes(report), report["faults"]["count"]) == ({}, 0)
    assert rows() == {**before, "takeover.Takeover": 1}


def test_what_is_part_of_this_service_stays_as_its_release_has_it(server: Replay, installed: None) -> None:
    paths = [f"job-types/{row['name']}/{row['version']}/" for row in Ours().rows("job-types/")]
    before = [Ours().get(path) for path in paths]
    bring(server)
    assert {path.split("/")[1] for path in paths} == OF_THIS_SERVICE
    assert [Ours().get(path) for path in paths] == before

"""A run from start to end, whatever the engine is: here, one whose containers are processes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from seed import Manifest
from seed.run import runner
from seed.run.arguments import Arguments
from seed.run.engine import EngineError, Exit, Output
from seed.run.job import run_job
from seed.run.plan import Options, RunPlan, make_plan
from seed.run.result import Result
from seed.run.users import choose_user
from tests.seed.factories import minimal_manifest
from tests.seed.run.engine import ProcessContainer, ProcessEngine

NO_OPTIONS = Options()
OUTPUT = {"outputs": {"files": [{"name": "OUT", "pattern": "*.txt"}]}}


def planned(folder: Path, script: str, *, options: Options = NO_OPTIONS, **job: Any) -> tuple[RunPlan, Manifest]:
    """Return the plan of a script of the shell, and its manifest."""
    interface = {"command": "sh -c '{}'".format(script.replace("'", "'\\''")), **OUTPUT}
    manifest = Manifest.read(minimal_manifest(**{"interface": interface, **job}))
    folder.mkdir(exist_ok=True)
    plan, _ = make_plan("image", manifest, Arguments(), folder, choose_user("", (0, 0)), options)
    return plan, manifest


def run(folder: Path, script: str, **given: Any) -> tuple[Result, ProcessEngine, bytes]:
    """Run a script, and return the result, the engine, and what the script printed."""
    engine, printed = ProcessEngine(), bytearray()

    def output(stream: str, piece: bytes) -> bool:
        printed.extend(piece)
        return True

    plan, manifest = planned(folder, script, **given)
    result = run_job(engine, plan, manifest, output)
    assert [container.is_removed for container in engine.ran] == [True]
    return result, engine, bytes(printed)


def test_a_run_that_does_what_it_promises(tmp_path: Path):
    result, _, printed = run(tmp_path / "o", "echo hello; echo x > $OUTPUT_DIR/a.txt")
    assert printed == b"hello\n"
    answer = result.as_dict()
    assert answer.pop("seconds") >= 0
    assert answer == {
        "status": "COMPLETED",
        "exit_code": 0,
        "ending": "exited",
        "error": None,
        "outputs": {
            "files": {
                "OUT": [{"path": "a.txt", "size": 2, "media_type": "application/octet-stream", "meta_data": None}]
            },
            "json": {},
        },
        "findings": {"is_valid": True, "errors": [], "warnings": []},
    }


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("exit 3", ("no-data", "No data", "DATA", "There is none.")),
        (
            "exit 4",
            (
                "algorithm-unknown",
                "Algorithm failure",
                "ALGORITHM",
                "it ended with the exit code 4, which its manifest does not explain",
            ),
        ),
        (
            "true",
            (
                "output-missing",
                "Output missing",
                "ALGORITHM",
                "outputs.files.OUT: the manifest promises this output, and no file matches '*.txt'",
            ),
        ),
        (
            "cd $OUTPUT_DIR; touch a.txt b.txt",
            (
                "output-invalid",
                "Output invalid",
                "ALGORITHM",
                "outputs.files.OUT: 2 files match '*.txt', and it is of one: a.txt, b.txt",
            ),
        ),
        (
            "kill -9 $$",
            (
                "out-of-memory",
                "Out of memory",
                "ALGORITHM",
                "it was killed, most likely since it needs more than 1024 MiB of memory",
            ),
        ),
        ("head -c 3000000 /dev/zero > $OUTPUT_DIR/a.txt; exit 3", DISK := (
            "disk-exceeded", "Disk exceeded", "ALGORITHM", "its outputs have more than 1 MiB"
        )),
        ("head -c 3000000 /dev/zero > $OUTPUT_DIR/a.txt; exec sleep 600", DISK),
    ],
)  # fmt: skip
def test_what_became_of_a_run_has_a_name(tmp_path: Path, script: str, error: tuple[str, str, str, str]):
    declared = {
        "code": 3,
        "name": "no-data",
        "title": "No data",
        "description": "There is none.",
        "category": "data",
    }
    result, _, _ = run(tmp_path / "o", script, errors=[declared], options=Options(resources={"disk": 1.0}))
    name, title, category, description = error
    assert result.error
    assert result.error.as_dict() == {
        "name": name,
        "title": title,
        "category": category,
        "description": description,
    }


def test_a_manifest_may_explain_that_it_was_killed(tmp_path: Path):
    result, _, _ = run(tmp_path / "o", "kill -9 $$", errors=[{"code": 137, "name": "gave-up"}])
    assert result.error
    assert result.error.name == "gave-up"


def test_the_timeout_asks_before_it_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.5)
    result, engine, _ = run(tmp_path / "a", "exec sleep 600", options=Options(timeout=0.5))
    assert (result.outcome.ending, engine.ran[0].signals) == ("timed out", ["SIGTERM"])
    assert result.error
    assert result.error.description == "it ran longer than 0.5 seconds"
    script = "trap '' TERM; while true; do sleep 0.1; done"
    result, engine, _ = run(tmp_path / "b", script, options=Options(timeout=0.5))
    assert (result.outcome.ending, engine.ran[0].signals) == ("timed out", ["SIGTERM", "SIGKILL"])


def test_the_timeout_of_the_manifest_holds_where_no_other_is_given(tmp_path: Path):
    plan, _ = planned(tmp_path, "true", timeout=7)
    assert plan.timeout == 7.0
    plan, _ = planned(tmp_path, "true", timeout=7, options=Options(timeout=0))
    assert plan.timeout is None


def test_a_run_stops_when_it_is_asked_to(tmp_path: Path):
    engine, stop = ProcessEngine(), threading.Event()
    plan, manifest = planned(tmp_path, "exec sleep 600")
    result = run_job(engine, plan, manifest, lambda *_: True, stop, lambda _: stop.set())
    assert (result.outcome.ending, engine.ran[0].is_removed) == ("stopped", True)


def test_a_container_is_kept_only_where_it_has_ended(tmp_path: Path):
    engine = ProcessEngine()
    plan, manifest = planned(tmp_path, "true")
    run_job(engine, plan, manifest, lambda *_: True, keep=True)
    assert [container.is_removed for container in engine.ran] == [False]

    def fail(container: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(engine, plan, manifest, lambda *_: True, started=fail, keep=True)
    assert [container.is_removed for container in engine.ran] == [False, True]


def test_what_cannot_be_started_leaves_the_folder_to_its_owner(tmp_path: Path):
    plan, manifest = planned(tmp_path / "o", "true")
    before = (tmp_path / "o").stat()
    missing = RunPlan(**{name: getattr(plan, name) for name in RunPlan.__slots__} | {"command": ("/no/such",)})
    with pytest.raises(EngineError, match="No such file"):
        run_job(ProcessEngine(), missing, manifest, lambda *_: True)
    after = (tmp_path / "o").stat()
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


class LostContainer(ProcessContainer):
    """A container of which the engine says nothing any more."""

    def exit(self) -> Exit | None:
        raise EngineError("the container was lost")


def test_of_a_container_that_was_lost_nothing_is_looked_at(tmp_path: Path):
    class Losing(ProcessEngine):
        def start(self, plan: RunPlan, output: Output) -> ProcessContainer:
            self.ran.append(LostContainer(plan.command, {"PATH": "/usr/bin:/bin"}, output))
            return self.ran[0]

    engine = Losing()
    plan, manifest = planned(tmp_path, "exec sleep 600")
    (tmp_path / "a.txt").touch(mode=0o200)
    with pytest.raises(EngineError, match="the container was lost"):
        run_job(engine, plan, manifest, lambda *_: True)
    assert engine.ran[0].is_removed
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o200


def test_a_container_that_does_not_end_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Stuck(ProcessContainer):
        def exit(self) -> Exit | None:
            return None

    class Sticking(ProcessEngine):
        def start(self, plan: RunPlan, output: Output) -> ProcessContainer:
            return Stuck(plan.command, {"PATH": "/usr/bin:/bin"}, output)

    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(runner, "_KILL_SECONDS", 0.1)
    plan, manifest = planned(tmp_path, "exec sleep 600", options=Options(timeout=0.1))
    with pytest.raises(EngineError, match="does not end, although it was killed"):
        run_job(Sticking(), plan, manifest, lambda *_: True)

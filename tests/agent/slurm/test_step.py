"""The step on a node, with a faked engine there and a faked agent that answers it."""

import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agent.engines.slurm import journal, mail, orders, step, streams
from agent.engines.slurm.folder import Folder
from agent.engines.slurm.plans import open_part, secret_part
from agent.engines.slurm.sealing import seal
from agent.engines.slurm.step import Step
from agent.engines.slurm.streams import Streams
from seed.run.engine import EngineError, EngineLost, Exit, Facts, Image, ImageMissing, Output, PullTimedOut
from seed.run.plan import Limits, RunPlan
from seed.run.users import User
from tests.agent.slurm.test_plans import PLAN

LABELS = {"scale.agent.node": "n", "scale.agent.job": "1", "scale.agent.try": "1"}


@dataclass
class FakedEngine:
    """Has an image once it was pulled, and runs what prints and ends at once, unless it fails."""

    has_image: bool = True
    pull_failure: EngineError | None = None
    start_failure: EngineError | None = None
    plans: list[RunPlan] = field(default_factory=list)
    left: list[Any] = field(default_factory=list)
    removed: int = 0

    @property
    def facts(self) -> Facts:
        return Facts(cpus=1.0, is_rootless=False, is_podman=False)

    def image(self, reference: str) -> Image:
        if not self.has_image:
            raise ImageMissing("the engine has no image")
        return Image(labels={}, user="app", environment={}, volumes=())

    def pull(self, reference: str, seconds: float | None = None) -> None:
        if self.pull_failure:
            raise self.pull_failure
        self.has_image = True

    def find(self, labels: dict[str, str]) -> list[Any]:
        return self.left

    def start(self, plan: RunPlan, output: Output) -> "FakedEngine":
        if self.start_failure:
            raise self.start_failure
        self.plans.append(plan)
        output("stdout", b"hello\n")
        return self

    def wait(self, seconds: float) -> Exit | None:
        return Exit(3)

    def drain(self, seconds: float) -> None:
        pass

    def remove(self) -> None:
        self.removed += 1


@dataclass
class Orphan:
    """A container that was left in an engine."""

    labels: dict[str, str]
    is_removed: bool = False

    def remove(self) -> None:
        self.is_removed = True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A folder whose agent answers whoever says hello in it."""
    for module in (orders, mail):
        monkeypatch.setattr(module, "TICK_SECONDS", 0.001)
    monkeypatch.setattr(step, "guard", lambda url, labels: None)
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    monkeypatch.setenv("SLURM_JOB_GPUS", "2")
    one = Folder(tmp_path / "scale-1-1.aa")
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    plan = replace(PLAN, output_folder=outputs, labels=LABELS, user=User(""))
    one.create({"plan": open_part(plan), "engine": "unix:///e"})
    has_ended = threading.Event()
    answering = threading.Thread(target=answer, args=[one, plan, has_ended])
    answering.start()
    yield one
    has_ended.set()
    answering.join()


def answer(one: Folder, plan: RunPlan, has_ended: threading.Event) -> None:
    reader = journal.Reader(one.events)
    while not has_ended.wait(0.001):
        for message in reader.new() if one.events.exists() else ():
            if message["event"] == "hello":
                journal.write(one.orders, order="run", sealed=seal(message["address"], secret_part(plan)))
                journal.write(one.orders, order="lease", lease=60)


def run(folder: Folder, engine: FakedEngine) -> tuple[int, list[dict[str, Any]]]:
    """Run a step, and return its exit code with what it told after its hello."""
    code = step._run(Step(folder, lambda url: engine))  # type: ignore[arg-type, return-value]
    hello, *told = journal.Reader(folder.events).new()
    assert (hello["event"], hello["slurm_job"]) == ("hello", "12")
    return code, told


def test_a_container_runs_as_planned_and_as_fits_the_node(folder: Folder) -> None:
    engine = FakedEngine()
    code, told = run(folder, engine)
    assert (code, told[-1]) == (0, {"event": "ended", "exit": asdict(Exit(3)), "was_terminated": False})
    (plan,) = engine.plans
    assert (plan.command, plan.environment) == (PLAN.command, PLAN.environment)
    assert plan.limits == Limits(1.0, 512, 64, 100.0, gpus=1, gpu_ids=("2",))
    assert plan.labels == {**LABELS, "scale.slurm.folder": str(folder.path), "scale.slurm.job": "12"}
    is_root = os.geteuid() == 0
    assert plan.user.name == ("app" if is_root else f"{os.geteuid()}:{os.getegid()}")
    assert folder.stream("stdout").read_text() == "hello\n"
    assert engine.removed == 1


def test_an_image_that_the_node_does_not_have_is_pulled(folder: Folder) -> None:
    code, told = run(folder, FakedEngine(has_image=False))
    assert (code, told[0], told[-1]["event"]) == (0, {"event": "pulling", "image": "image:1"}, "ended")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(ImageMissing("no such image"), "ImageMissing"), (PullTimedOut("too slow"), "PullTimedOut")],
)
def test_an_image_that_cannot_be_pulled_is_told(folder: Folder, failure: EngineError, kind: str) -> None:
    code, told = run(folder, FakedEngine(has_image=False, pull_failure=failure))
    assert (code, told[-1]) == (1, {"event": "failed", "kind": kind, "reason": str(failure)})


@pytest.mark.parametrize("failure", [EngineError("no such program"), EngineLost("away")])
def test_what_the_engine_does_not_start_was_not_started(folder: Folder, failure: EngineError) -> None:
    code, told = run(folder, FakedEngine(start_failure=failure))
    assert (code, told) == (1, [{"event": "failed", "kind": "NotStarted", "reason": str(failure)}])


def test_what_slurm_stops_before_it_ran_says_so(folder: Folder) -> None:
    one = Step(folder, lambda url: FakedEngine())  # type: ignore[arg-type, return-value]
    one.orders.terminated = 1.0
    assert step._run(one) == 1
    assert list(journal.Reader(folder.events).new())[-1] == {
        "event": "failed",
        "kind": "Ended",
        "reason": "it was stopped before it ran",
        "was_terminated": True,
    }


def test_what_earlier_steps_left_is_removed_if_nobody_can_want_it(folder: Folder, tmp_path: Path) -> None:
    gone = Orphan({"scale.slurm.folder": str(tmp_path / "gone")})
    wanted = Orphan({"scale.slurm.folder": str(folder.path)})
    of_docker = Orphan({})
    run(folder, FakedEngine(left=[gone, wanted, of_docker]))
    assert [one.is_removed for one in (gone, wanted, of_docker)] == [True, False, False]


@pytest.mark.parametrize("is_there", [True, False])
def test_nothing_runs_in_a_folder_that_another_step_has_or_that_is_gone(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    assert folder.take()
    if not is_there:
        folder.remove()
    monkeypatch.setattr("sys.argv", ["step", str(folder.path)])
    assert step.main() == 0
    assert not is_there or folder.events.read_bytes() == b""


def test_a_log_is_kept_as_far_as_there_is_room(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOG_LIMIT", 4)
    both = Streams(folder)
    assert both.write("stdout", b"abcdef")
    assert both.write("stdout", b"ghi")
    assert both.write("stderr", b"12")
    assert not both.write("stderr", b"345")
    both.sync()
    assert (folder.stream("stdout").read_bytes(), folder.stream("stderr").read_bytes()) == (b"abcd", b"1234")


def test_the_last_word_waits_for_the_file_system(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([OSError(5, "Input/output error"), OSError(5, "Input/output error")])
    write = journal.write

    def fail_first(path: Path, **message: Any) -> None:
        if failure := next(failures, None):
            raise failure
        write(path, **message)

    monkeypatch.setattr(step, "_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(journal, "write", fail_first)
    Step(folder, lambda url: FakedEngine()).tell("ended")  # type: ignore[arg-type, return-value]
    assert list(journal.Reader(folder.events).new()) == [{"event": "ended"}]

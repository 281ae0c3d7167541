"""The agent's side of a cluster, with a faked Slurm and a faked step that writes what a real one would."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from agent.clock import now
from agent.engines.slurm import commands, container, engine
from agent.engines.slurm.commands import ClusterSize, SlurmState
from agent.engines.slurm.engine import SlurmEngine, SlurmOptions, connect
from agent.leases import Leases
from seed.run.engine import EngineError, EngineLost, Exit, NotStarted, State
from tests.agent.slurm.faked import FakedSlurm, names, orders, say_hello, tell
from tests.agent.slurm.test_plans import PLAN

LABELS = {"scale.agent.node": "n", "scale.agent.job": "1", "scale.agent.try": "1"}
ONE = replace(PLAN, name="scale-1-1", labels=LABELS)


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> FakedSlurm:
    one = FakedSlurm()
    for name in ("submit", "jobs", "cancel"):
        monkeypatch.setattr(commands, name, getattr(one, name))
    monkeypatch.setattr(commands, "size", lambda: ClusterSize(cpus=72, memory=9000, most_cpus=64))
    for module, name in ((engine, "POLL_SECONDS"), (engine, "_LEASES_SECONDS"), (container, "_LOOK_SECONDS")):
        monkeypatch.setattr(module, name, 0.0)
    monkeypatch.setattr(container, "_TICK_SECONDS", 0.001)
    return one


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    return Leases(tmp_path / "leases")


@pytest.fixture
def reach(tmp_path: Path, slurm: FakedSlurm) -> Callable[[], SlurmEngine]:
    """Return what connects to the cluster, as a new process would."""
    return lambda: connect(SlurmOptions(tmp_path / "slurm", tmp_path / "leases", "unix:///e", "/opt/python"))


def nobody(name: str, data: bytes) -> bool:
    return True


def test_a_container_is_submitted_with_what_it_needs_and_nothing_secret(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, tmp_path: Path
) -> None:
    one = reach().start(ONE, nobody)
    ((request, script),) = slurm.submitted
    folder = tmp_path / "slurm" / one.slurm_name
    assert asdict(request) == {
        "name": one.slurm_name,
        "comment": "scale.agent.node=n scale.agent.job=1 scale.agent.try=1",
        "cpus": 1.5,
        "memory": 512,
        "gpus": 1,
        "seconds": 60.0,
        "log": folder / "slurm.log",
    }
    assert one.slurm_name.startswith("scale-1-1.")
    assert script.endswith(f"exec /opt/python -m agent.engines.slurm.step {folder}\n")
    assert (one.name, one.labels, one.state) == ("scale-1-1", LABELS, State.RUNNING)
    assert not [path for path in folder.iterdir() if path.is_file() and "sesame" in path.read_text()]


def test_the_step_that_asks_gets_the_secrets_sealed_for_it_and_the_lease(
    reach: Callable[[], SlurmEngine], leases: Leases
) -> None:
    leases.begin([(1, 1)], now(), 100)
    one = reach().start(ONE, nobody)
    assert one.exit() is None
    assert orders(one) == []
    recipient = say_hello(one)
    assert one.exit() is None
    run, _, lease = orders(one)
    assert json.loads(recipient.open(run["sealed"])) == {
        "command": ["run", "open sesame"],
        "environment": {"KEY": "open sesame", "LEVEL": "3"},
    }
    assert 90 < lease["lease"] <= 95
    # What is told once is not told again.
    assert one.exit() is None
    assert names(one) == ["run", "promise", "lease"]
    leases.renew([(1, 1)], now() + 1, 100)
    assert one.exit() is None
    assert names(one) == ["run", "promise", "lease", "promise", "lease"]


def test_what_it_printed_is_handed_out_in_pieces_and_from_the_beginning_to_a_follower(
    reach: Callable[[], SlurmEngine],
) -> None:
    printed: list[tuple[str, bytes]] = []

    def keep(name: str, data: bytes) -> bool:
        printed.append((name, data))
        return True

    one = reach().start(ONE, keep)
    say_hello(one)
    for text in ("one\n", "two\n"):
        with one.folder.stream("stdout").open("a") as file:
            file.write(text)
        assert one.exit() is None
    one.folder.stream("stderr").write_text("oh\n")
    one.drain(1)
    assert printed == [("stdout", b"one\n"), ("stdout", b"two\n"), ("stderr", b"oh\n")]
    (found,) = reach().find(LABELS)
    found.follow(keep)
    found.drain(1)
    assert printed[3:] == [("stdout", b"one\ntwo\n"), ("stderr", b"oh\n")]


def test_a_follower_who_wants_no_more_gets_no_more(reach: Callable[[], SlurmEngine]) -> None:
    printed: list[bytes] = []

    def once(name: str, data: bytes) -> bool:
        printed.append(data)
        return False

    one = reach().start(ONE, once)
    for stream in ("stdout", "stderr"):
        one.folder.stream(stream).write_text("a")
    one.drain(1)
    one.drain(1)
    assert printed == [b"a"]


def test_how_it_ended_is_what_its_step_told(reach: Callable[[], SlurmEngine], slurm: FakedSlurm) -> None:
    one = reach().start(ONE, nobody)
    say_hello(one)
    slurm.say(one, SlurmState.RUNS)
    assert one.wait(0.01) is None
    tell(one, "ended", exit={"code": 137, "out_of_memory": True, "news": 1})
    assert one.wait(60) == Exit(137, out_of_memory=True)
    assert one.state == State.ENDED


def test_without_an_answer_of_slurm_it_runs_on_and_the_word_of_the_step_counts(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm
) -> None:
    cluster = reach()
    one = cluster.start(ONE, nobody)
    say_hello(one)
    slurm.failure = EngineLost("squeue failed: no contact")
    assert one.exit() is None
    with pytest.raises(EngineLost, match="squeue failed: no contact"):
        cluster.find(LABELS)
    with pytest.raises(EngineLost):
        cluster.start(replace(ONE, name="scale-2-1"), nobody)
    tell(one, "ended", exit={"code": 3})
    assert one.exit() == Exit(3)


def test_what_slurm_refuses_leaves_nothing(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, tmp_path: Path
) -> None:
    slurm.failure = EngineError("sbatch failed: no such partition")
    with pytest.raises(EngineError, match="no such partition"):
        reach().start(ONE, nobody)
    assert list((tmp_path / "slurm").iterdir()) == []


def test_what_waits_without_hope_is_an_error(reach: Callable[[], SlurmEngine], slurm: FakedSlurm) -> None:
    one = reach().start(ONE, nobody)
    slurm.say(one, SlurmState.WAITS, "PENDING, Resources")
    assert one.exit() is None
    slurm.say(one, SlurmState.WAITS, "PENDING, PartitionTimeLimit", is_hopeless=True)
    with pytest.raises(NotStarted, match=r"^Slurm will not start the job 7: PENDING, PartitionTimeLimit$"):
        one.exit()
    assert one.state == State.ENDED


def test_what_ended_without_a_word_is_waited_for_a_while(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = reach().start(ONE, nobody)
    slurm.say(one, SlurmState.FAILED, "FAILED, NonZeroExitCode")
    assert one.exit() is None
    monkeypatch.setattr(container, "_ARRIVAL_SECONDS", 0.0)
    one.folder.slurm_log.write_text("Traceback\nModuleNotFoundError: agent\n\n")
    with pytest.raises(NotStarted, match=r"the Slurm job 7 .*; it printed: ModuleNotFoundError: agent\. "):
        one.exit()


def test_a_word_that_arrives_late_counts(reach: Callable[[], SlurmEngine], slurm: FakedSlurm) -> None:
    one = reach().start(ONE, nobody)
    say_hello(one)
    slurm.say(one, SlurmState.COMPLETED)
    assert one.exit() is None
    tell(one, "ended", exit={"code": 0})
    assert one.exit() == Exit(0)


def test_why_slurm_ended_a_step_is_asked_for(reach: Callable[[], SlurmEngine], slurm: FakedSlurm) -> None:
    one = reach().start(ONE, nobody)
    say_hello(one)
    slurm.say(one, SlurmState.RUNS)
    tell(one, "ended", exit={"code": 143}, was_terminated=True)
    assert one.exit() is None
    slurm.say(one, SlurmState.CANCELLED)
    assert one.exit() == Exit(143, is_lost=True)


def test_what_slurm_forgot_is_lost_after_a_while(
    reach: Callable[[], SlurmEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = reach().start(ONE, nobody)
    assert one.exit() is None
    monkeypatch.setattr(container, "_UNKNOWN_SECONDS", 0.0)
    monkeypatch.setattr(container, "_ARRIVAL_SECONDS", 0.0)
    assert one.exit() == Exit(137, is_lost=True)


def test_what_waits_is_taken_out_of_the_queue_and_gets_no_secrets_any_more(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm
) -> None:
    one = reach().start(ONE, nobody)
    one.send("SIGTERM")
    assert slurm.cancelled == [one.slurm_name]
    say_hello(one)
    slurm.say(one, SlurmState.RUNS)
    assert one.exit() is None
    assert orders(one) == []
    tell(one, "failed", kind="Ended", reason="it was stopped before it ran", was_terminated=True)
    assert one.exit() == Exit(143)


def test_what_runs_is_told_by_its_folder(reach: Callable[[], SlurmEngine], slurm: FakedSlurm) -> None:
    one = reach().start(ONE, nobody)
    say_hello(one)
    assert one.exit() is None
    one.pause()
    (found,) = reach().find(LABELS)
    assert (one.state, found.state) == (State.PAUSED, State.PAUSED)
    one.unpause()
    (found,) = reach().find(LABELS)
    assert (one.state, found.state) == (State.RUNNING, State.RUNNING)
    one.send("SIGTERM")
    assert names(one) == ["run", "pause", "unpause", "signal"]
    assert orders(one)[-1]["signal"] == "SIGTERM"
    assert slurm.cancelled == []
    tell(one, "frozen")
    assert one.state == State.PAUSED
    tell(one, "thawed")
    assert one.state == State.RUNNING


def test_another_process_finds_what_runs_and_what_will_never_run(
    reach: Callable[[], SlurmEngine], tmp_path: Path
) -> None:
    first = reach()
    runs = first.start(ONE, nobody)
    waits = first.start(replace(ONE, name="scale-2-1", labels={**LABELS, "scale.agent.job": "2"}), nobody)
    first.start(replace(ONE, name="scale-3-1", labels={"scale.agent.node": "other"}), nobody)
    cut_off = [tmp_path / "slurm" / name for name in ("scale-4-1.aa", "scale-5-1.bb")]
    for path in cut_off:
        path.mkdir()
    os.utime(cut_off[0], (0, 0))
    say_hello(runs)
    assert runs.exit() is None
    # Those of this process are the same objects.
    assert first.find({"scale.agent.node": "n"}) == [runs, waits]
    found = reach().find({"scale.agent.node": "n"})
    assert [(one.name, one.state) for one in found] == [
        ("scale-1-1", State.RUNNING),
        ("scale-2-1", State.CREATED),
    ]
    assert [path.exists() for path in cut_off] == [False, True]
    # Nobody can give it its secrets, so that it asks in vain.
    say_hello(waits)
    assert found[1].state == State.CREATED
    assert orders(found[1]) == []


def test_whoever_only_looks_passes_on_no_lease(reach: Callable[[], SlurmEngine], leases: Leases) -> None:
    leases.begin([(1, 1)], now(), 100)
    one = reach().start(ONE, nobody)
    say_hello(one)
    assert one.exit() is None
    before = names(one)
    (found,) = reach().find(LABELS)
    assert found.state == State.RUNNING
    assert names(one) == before
    found.follow(nobody)
    assert found.exit() is None
    assert names(one) == [*before, "promise", "lease"]


def test_a_step_of_an_earlier_submission_never_finds_the_folder_of_the_next_one(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm
) -> None:
    cluster = reach()
    first = cluster.start(ONE, nobody)
    with pytest.raises(EngineError, match=r"^there is a container scale-1-1 already$"):
        cluster.start(ONE, nobody)
    first.remove()
    second = cluster.start(ONE, nobody)
    assert (first.name, second.name) == ("scale-1-1", "scale-1-1")
    assert not first.folder.take()
    assert second.folder.take()
    assert slurm.submitted[0][1] != slurm.submitted[1][1]


def test_removing_what_runs_kills_it_and_waits_for_that(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cluster = reach()
    one = cluster.start(ONE, nobody)
    say_hello(one)
    assert one.exit() is None
    slurm.say(one, SlurmState.RUNS)
    told: list[dict[str, Any]] = []

    def die(seconds: float) -> None:
        if not told:
            told.extend(orders(one))
            tell(one, "ended", exit={"code": 137})

    monkeypatch.setattr(container.time, "sleep", die)
    one.remove()
    assert told[-1] == {"order": "signal", "signal": "SIGKILL"}
    assert slurm.cancelled == []
    assert list((tmp_path / "slurm").iterdir()) == []
    assert cluster.find(LABELS) == []
    one.remove()


def test_what_does_not_die_is_cancelled_in_slurm(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(container, "_REMOVE_SECONDS", 0.01)
    one = reach().start(ONE, nobody)
    say_hello(one)
    assert one.exit() is None
    slurm.say(one, SlurmState.RUNS)
    one.remove()
    assert slurm.cancelled == [one.slurm_name]
    assert list((tmp_path / "slurm").iterdir()) == []


def test_what_cannot_be_cancelled_is_left_without_a_folder_in_which_it_could_run(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, tmp_path: Path
) -> None:
    one = reach().start(ONE, nobody)
    slurm.failure = EngineLost("away")
    one.remove()
    assert list((tmp_path / "slurm").iterdir()) == []


def test_slurm_is_asked_once_for_all_containers(
    reach: Callable[[], SlurmEngine], slurm: FakedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POLL_SECONDS", 60.0)
    cluster = reach()
    for number in range(20):
        cluster.start(replace(ONE, name=f"scale-{number}-1"), nobody)
    for one in cluster.find({}):
        assert one.exit() is None
    assert slurm.questions == 1


def test_an_image_is_for_its_node_to_look_at_and_no_job_gets_more_cpus_than_a_node_has(
    reach: Callable[[], SlurmEngine],
) -> None:
    cluster = reach()
    cluster.pull("image:1", 60)
    assert cluster.image("image:1").user == ""
    assert cluster.facts.cpus == 64


def test_a_folder_that_cannot_be_made_is_an_error(slurm: FakedSlurm, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match=r"the folder .*/file/slurm cannot be made: Not a directory"):
        connect(SlurmOptions(tmp_path / "file" / "slurm", tmp_path / "leases"))


def test_a_folder_whose_plan_was_damaged_is_none_of_a_container(reach: Callable[[], SlurmEngine]) -> None:
    one = reach().start(ONE, nobody)
    (one.folder.path / "plan.json").write_bytes(b"")
    assert one.folder.document() is None
    assert reach().find(LABELS) == []

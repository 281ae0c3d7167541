"""Until when a try may run, and what the watchdog makes of that."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import watchdog
from agent.clock import now
from agent.leases import MOST_TRIES, Leases, read_leases
from agent.node import LABELS
from agent.state import Lock, StateFolder
from agent.watchdog import Watchdog
from seed.run.engine import State
from seed.run.plan import Limits, RunPlan
from seed.run.users import User
from tests.agent.engine import ProcessContainer, ProcessEngine
from tests.agent.jobs import wait_for

KEY = (7, 1)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    state = StateFolder(tmp_path / "state")
    state.prepare()
    return state


def test_a_lease_counts_from_before_it_was_asked_for_and_ends_a_little_sooner(state: StateFolder) -> None:
    leases = Leases(state.leases)
    asked = now() - 10
    leases.begin([KEY], asked, 60)
    assert leases.left(KEY) == pytest.approx(47, abs=1)
    assert read_leases(state.leases) == {"7-1": asked + 57}


def test_a_late_answer_to_an_earlier_request_takes_nothing_away(state: StateFolder) -> None:
    leases = Leases(state.leases)
    asked = now()
    leases.begin([KEY], asked, 60)
    leases.renew([KEY], asked - 30, 60)
    assert read_leases(state.leases) == {"7-1": asked + 57}


def test_a_try_that_is_over_has_no_lease_and_gets_none_by_a_heartbeat(state: StateFolder) -> None:
    leases = Leases(state.leases)
    leases.begin([KEY], now(), 60)
    leases.end(KEY)
    leases.renew([KEY], now(), 60)
    assert leases.left(KEY) < 0
    assert read_leases(state.leases) == {}


def test_an_agent_that_was_killed_knows_its_leases_when_it_is_started_again(state: StateFolder) -> None:
    Leases(state.leases).begin([KEY], now(), 60)
    assert Leases(state.leases).left(KEY) > 50


def test_leases_of_before_the_machine_was_started_are_over(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    Leases(state.leases).begin([KEY], now(), 60)
    monkeypatch.setattr("agent.leases.boot_id", lambda: "another")
    assert Leases(state.leases).left(KEY) < 0


def test_a_change_takes_no_room_on_the_disk(state: StateFolder) -> None:
    leases = Leases(state.leases)
    before = state.leases.stat()
    leases.begin([(number, 1) for number in range(MOST_TRIES)], now(), 60)
    after = state.leases.stat()
    assert (after.st_ino, after.st_size, after.st_blocks) == (before.st_ino, before.st_size, before.st_blocks)
    assert before.st_blocks * 512 >= before.st_size
    assert len(read_leases(state.leases)) == MOST_TRIES


@pytest.mark.parametrize("cut", [0, 1, 17, 30, 60])
def test_leases_that_were_not_written_to_their_end_leave_those_of_before(state: StateFolder, cut: int) -> None:
    leases = Leases(state.leases)
    leases.begin([KEY], now(), 60)
    before = state.leases.read_bytes()
    known = dict(read_leases(state.leases))
    leases.renew([KEY], now() + 30, 60)
    after = state.leases.read_bytes()
    changed = next(place for place, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1)
    begin = changed // (len(after) // 2) * (len(after) // 2)
    state.leases.write_bytes(after[: begin + cut] + before[begin + cut :])
    assert read_leases(state.leases) == known
    # And are written again.
    Leases(state.leases).begin([KEY], now() + 60, 60)
    assert Leases(state.leases).left(KEY) > 100


def test_a_full_disk_ends_nothing(state: StateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("agent.leases._create", refuse)
        leases = Leases(state.leases)
        leases.begin([KEY], now(), 60)
        assert leases.left(KEY) > 50
        assert read_leases(state.leases) == {}
    leases.renew([KEY], now(), 60)
    assert read_leases(state.leases) == {"7-1": pytest.approx(now() + 57, abs=5)}


def test_whoever_waits_for_a_lease_goes_on_as_soon_as_it_is_renewed(state: StateFolder) -> None:
    leases = Leases(state.leases)
    leases.begin([KEY], now() - 100, 60)
    assert leases.wait(KEY, 20, 0.01) is False
    leases.renew([KEY], now(), 60)
    assert leases.wait(KEY, 20, 0.01) is True


class TestWatchdog:
    """Containers, here process groups, freeze without a lease."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[ProcessEngine]:
        engine = ProcessEngine(tmp_path / "engine")
        yield engine
        engine.remove_all()

    @pytest.fixture
    def look(self, state: StateFolder, engine: ProcessEngine) -> Callable[[], bool]:
        """Look once, and return whether the watchdog would end."""
        return Watchdog(state, engine, {"node": "n"})._look

    @pytest.fixture
    def agent(self, state: StateFolder) -> Iterator[Lock]:
        """An agent that runs."""
        lock = Lock(state.agent_lock)
        assert lock.take("run")
        yield lock
        lock.release()

    def started(self, engine: ProcessEngine, folder: Path) -> ProcessContainer:
        labels = {"node": "n", f"{LABELS}.job": "7", f"{LABELS}.try": "1"}
        values: dict[str, Any] = {"image": "i", "command": ("sleep", "600"), "environment": {}, "binds": ()}
        limits = Limits(cpus=1, memory=64, shared_memory=64, disk=64)
        plan = RunPlan(
            **values,
            output_folder=folder,
            limits=limits,
            timeout=None,
            network="none",
            user=User(""),
            writable_root=False,
            labels=labels,
            shown_command=(),
            shown_environment={},
            name="one",
        )
        return engine.start(plan, lambda *_: True)

    def test_what_has_a_lease_is_left_alone(
        self, state: StateFolder, engine: ProcessEngine, look: Callable[[], bool], agent: Lock, tmp_path: Path
    ) -> None:
        container = self.started(engine, tmp_path)
        Leases(state.leases).begin([KEY], now(), 60)
        assert look() is False
        assert container.state == State.RUNNING

    def test_what_has_none_is_frozen_and_goes_on_when_it_has_one_again(
        self, state: StateFolder, engine: ProcessEngine, look: Callable[[], bool], agent: Lock, tmp_path: Path
    ) -> None:
        container = self.started(engine, tmp_path)
        leases = Leases(state.leases)
        leases.begin([KEY], now() - 60, 60)
        assert look() is False
        wait_for(lambda: container.state == State.PAUSED)
        leases.renew([KEY], now(), 60)
        assert look() is False
        wait_for(lambda: container.state == State.RUNNING)

    def test_what_does_not_freeze_is_killed(
        self,
        state: StateFolder,
        engine: ProcessEngine,
        look: Callable[[], bool],
        agent: Lock,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        container = self.started(engine, tmp_path)
        Leases(state.leases).begin([KEY], now() - 60, 60)
        monkeypatch.setattr(ProcessContainer, "pause", lambda _: None)
        assert look() is False
        assert container.state == State.RUNNING
        monkeypatch.setattr(watchdog, "_FREEZE_SECONDS", 0.0)
        assert look() is False
        wait_for(lambda: container.state == State.ENDED)

    def test_a_killed_agent_s_containers_are_frozen_and_watched_until_they_are_gone(
        self, state: StateFolder, engine: ProcessEngine, look: Callable[[], bool], agent: Lock, tmp_path: Path
    ) -> None:
        container = self.started(engine, tmp_path)
        Leases(state.leases).begin([KEY], now() - 60, 60)
        agent.release()
        assert look() is False
        wait_for(lambda: container.state == State.PAUSED)
        assert look() is False
        container.remove()
        assert look() is True

    def test_it_makes_way_when_the_next_one_waits_and_not_before(
        self, state: StateFolder, look: Callable[[], bool], agent: Lock
    ) -> None:
        agent.release()
        assert agent.take("another agent")
        assert look() is False
        following = Lock(state.next_watchdog_lock)
        following.wait()
        assert look() is True
        following.release()


def test_one_agent_at_a_time_uses_a_state_folder(state: StateFolder) -> None:
    first, second = Lock(state.agent_lock), Lock(state.agent_lock)
    assert first.take("first")
    assert second.take("second") is False
    assert state.agent_lock.read_text() == "first"
    assert second.is_held()
    first.release()
    assert not second.is_held()
    assert second.take("second")
    second.release()


def test_the_state_folder_is_the_agent_s_alone(state: StateFolder) -> None:
    folders = [state.root, state.claims, state.jobs]
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700] * 3

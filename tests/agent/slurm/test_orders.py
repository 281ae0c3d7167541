"""What a step knows by the orders that it was given, and how long its lease lasts by its own clock."""

import threading
from pathlib import Path

import pytest

from agent.clock import now
from agent.engines.slurm import journal, orders
from agent.engines.slurm.lease import MARGIN_SECONDS
from agent.engines.slurm.orders import Ended, Orders


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(orders, "TICK_SECONDS", 0.001)
    journal.create(tmp_path / "orders")
    return tmp_path / "orders"


def test_a_lease_counts_from_the_last_look_at_which_it_was_not_there(path: Path) -> None:
    said = Orders(journal.Reader(path))
    said.look()
    before = said.looked
    journal.write(path, order="lease", lease=100)
    said.look()
    assert said.lease.end == before + 100 - MARGIN_SECONDS
    assert said.looked > before


def test_a_step_that_did_not_look_for_long_trusts_no_lease_that_it_finds(path: Path) -> None:
    said = Orders(journal.Reader(path), looked=now() - 60)
    journal.write(path, order="lease", lease=60)
    said.look()
    assert not said.may_run


def test_a_lease_counts_from_before_it_was_promised_however_late_it_comes(path: Path) -> None:
    said = Orders(journal.Reader(path))
    said.look()
    before = said.looked
    journal.write(path, order="promise")
    said.look()
    said.look()
    journal.write(path, order="lease", lease=100)
    said.look()
    assert said.lease.end == before + 100 - MARGIN_SECONDS


def test_a_lease_never_becomes_shorter(path: Path) -> None:
    said = Orders(journal.Reader(path))
    journal.write(path, order="lease", lease=100)
    journal.write(path, order="lease", lease=10)
    said.look()
    assert said.lease.end > now() + 90


def test_what_is_no_order_changes_nothing(path: Path) -> None:
    said = Orders(journal.Reader(path))
    for message in ({"order": "lease", "lease": "long"}, {"order": "run"}, {"order": "dance"}, {"lease": 5}):
        journal.write(path, **message)
    said.look()
    assert (said.may_run, said.sealed, said.signals, said.is_paused) == (False, "", [], False)


def test_while_the_file_system_is_away_a_lease_runs_out_and_nothing_else_happens(path: Path) -> None:
    said = Orders(journal.Reader(path))
    said.reader.path = path / "not a folder"
    looked = said.looked
    said.look()
    assert said.looked == looked


def test_it_waits_for_its_plan(path: Path) -> None:
    said = Orders(journal.Reader(path))
    later = threading.Timer(0.05, journal.write, [path], {"order": "run", "sealed": "A"})
    later.start()
    said.wait_until("sealed")
    later.join()
    assert said.sealed == "A"


def test_it_does_not_wait_for_an_agent_that_is_gone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(Ended, match=r"the agent was not heard of for 0\.01 s"):
        Orders(journal.Reader(path)).wait_until("sealed")


def test_what_is_stopped_before_it_ran_waits_for_nothing(path: Path) -> None:
    with pytest.raises(Ended, match="it was stopped before it ran"):
        Orders(journal.Reader(path), terminated=now()).wait_until("sealed")
    journal.write(path, order="signal", signal="SIGTERM")
    with pytest.raises(Ended, match="it was stopped before it ran"):
        Orders(journal.Reader(path)).wait_until("sealed")


def test_a_folder_that_was_removed_is_waited_for_no_longer(path: Path) -> None:
    path.unlink()
    with pytest.raises(Ended) as ended:
        Orders(journal.Reader(path)).wait_until("sealed")
    assert str(ended.value) == ""

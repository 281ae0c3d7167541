"""What passes between a step and the agent while a container runs, also when the shared file system hangs."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.clock import now
from agent.engines.slurm import held, journal, mail
from agent.engines.slurm.folder import Folder
from agent.engines.slurm.held import HeldContainer
from agent.engines.slurm.lease import MARGIN_SECONDS
from agent.engines.slurm.mail import Mail
from agent.engines.slurm.orders import Orders
from agent.engines.slurm.streams import Streams
from seed.run.engine import Exit


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    for module in (held, mail):
        monkeypatch.setattr(module, "TICK_SECONDS", 0.001)
    one = Folder(tmp_path / "scale-1-1.aa")
    one.create({})
    return one


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_orders_notes_and_logs_are_passed_on(folder: Folder) -> None:
    orders, streams = Orders(journal.Reader(folder.orders)), Streams(folder)
    with Mail(folder, orders, streams) as passing:
        passing.note("started")
        passing.note("frozen")
        streams.write("stdout", b"hello")
        journal.write(folder.orders, order="signal", signal="SIGTERM")
        wait_until(lambda: orders.signals == ["SIGTERM"])
        wait_until(lambda: len(list(journal.Reader(folder.events).new())) == 2)
        wait_until(lambda: not streams.unsynced)
    assert list(journal.Reader(folder.events).new()) == [{"event": "started"}, {"event": "frozen"}]


def test_a_folder_that_was_removed_is_noted(folder: Folder) -> None:
    orders = Orders(journal.Reader(folder.orders))
    with Mail(folder, orders, Streams(folder)):
        folder.remove()
        wait_until(lambda: orders.is_gone)


def test_a_container_is_frozen_when_its_lease_ends_though_the_file_system_hangs(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes_back, hangs = threading.Event(), threading.Event()

    def hang(reader: journal.Reader) -> list[object]:
        hangs.set()
        comes_back.wait(60)
        return []

    monkeypatch.setattr(journal.Reader, "new", hang)

    class Endless:
        def __init__(self) -> None:
            self.done: list[str] = []

        def wait(self, seconds: float) -> Exit | None:
            time.sleep(seconds)
            return Exit(0) if self.done else None

        def pause(self) -> None:
            self.done.append("pause")

    orders, container = Orders(journal.Reader(folder.orders)), Endless()
    with Mail(folder, orders, Streams(folder)) as passing:
        assert hangs.wait(60)
        orders.lease.renew(MARGIN_SECONDS + 0.05, now())
        assert HeldContainer(container, orders, lambda: True, passing.note).end() == Exit(0)  # type: ignore[arg-type]
        comes_back.set()
    assert container.done == ["pause"]

"""How a process leaves new connections to one that has fewer: a worker without its arbiter, and a real socket."""

import selectors
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from scale.sharing import ACCEPTS_NONE, COURTESY, SharingWorker, connections

# The worker is process 1; process 2 is what its place in the shared memory says.
NUMBERS, OURS, OTHER = 0, 1, 2


@pytest.fixture
def worker() -> Iterator[Any]:
    """A worker with a connection, beside a process without one; it accepts, and counts what it got."""
    before = bytes(connections)
    connections[NUMBERS], connections[OURS], connections[OTHER] = 2, 1, 0
    worker: Any = SharingWorker.__new__(SharingWorker)
    worker.number, worker.nr_conns, worker.worker_connections = OURS, 1, 900
    worker.alive, worker.gives_way_until, worker.for_moments_until, worker._accepting = True, 0.0, 0.0, False
    with socket.create_server(("127.0.0.1", 0)) as listener, selectors.DefaultSelector() as poller:
        worker.sockets, worker.poller, worker.enqueue_req = [listener], poller, lambda conn: conn.close()
        worker.cfg = type("Config", (), {"is_ssl": False})
        worker.set_accept_enabled(True)
        yield worker
    connections.cast("B")[:] = before


def connect(worker: Any) -> None:
    socket.create_connection(worker.sockets[0].getsockname()).close()


def look(worker: Any) -> float:
    """Let the event loop run one round; return how long it waited, in seconds."""
    worker.set_accept_enabled(True)
    return wait(worker)


def wait(worker: Any) -> float:
    began = time.monotonic()
    worker.wait_for_and_dispatch_events(1.0)
    return time.monotonic() - began


def seconds_until_accepted(worker: Any) -> float:
    """Let a client connect, and the event loop run until its connection is accepted."""
    before, began = worker.nr_conns, time.monotonic()
    connect(worker)
    while worker.nr_conns == before:
        assert look(worker) < 0.5
    return time.monotonic() - began


def test_a_process_with_more_connections_gives_way_and_for_moments_alone_if_that_was_for_nothing(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seconds_until_accepted(worker) > COURTESY
    worker.for_moments_until = time.monotonic() + 60
    for _ in range(3):
        assert seconds_until_accepted(worker) < 30
    # The other one may have been busy, and has time now.
    monkeypatch.setattr("scale.sharing.MOMENT", 60)
    seconds_until_accepted(worker)
    connect(worker)
    look(worker)
    look(worker)
    assert worker.nr_conns == 6


def test_it_gives_way_for_long_again_while_clients_come_without_a_pause(worker: Any) -> None:
    end = time.monotonic() + 10 * COURTESY
    waits = []
    while time.monotonic() < end:
        waits.append(seconds_until_accepted(worker))
    assert sum(wait >= COURTESY for wait in waits) >= 2
    assert min(waits) < COURTESY


def test_it_accepts_as_soon_as_it_has_no_more_than_others(worker: Any) -> None:
    connect(worker)
    worker.gives_way_until = time.monotonic() + 60
    look(worker)
    worker.set_accept_enabled(True)
    # The other process takes a connection after this one looked, and before it waits.
    connections[OTHER] = 1
    assert wait(worker) < 0.5
    look(worker)
    assert worker.nr_conns == 2


def test_a_process_that_accepts_nobody_has_no_fewer_connections(worker: Any) -> None:
    connections[OTHER] = ACCEPTS_NONE
    connect(worker)
    look(worker)
    assert worker.nr_conns == 2

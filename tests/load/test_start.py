"""A server that has just started, and many clients at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from tests.load.database import wait_for
from tests.load.server import Client, Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/v6/schema/", "/v6/docs/", "/v6/job-types/", "/admin/login/"])
def test_many_first_requests_at_once_are_all_answered(tmp_path: Path, path: str) -> None:
    with Server(tmp_path) as server, ThreadPoolExecutor(16) as clients:
        statuses = list(clients.map(lambda _: status(server.port, path), range(16)))
    assert set(statuses) == {200}


def test_kept_alive_connections_are_shared_among_the_processes(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        first: list[Client] = []

        def all_accept() -> bool:
            first.append(Client(server.port))
            first[-1].send("GET", "/healthz")
            return all(map(connections, server.workers()))

        # One that was forked a moment ago accepts nothing yet.
        wait_for(all_accept)
        close(server, first)
        for _ in range(4):
            clients = [Client(server.port) for _ in range(16)]
            assert {client.send("GET", "/healthz")[0] for client in clients} == {200}
            shares = list(map(connections, server.workers()))
            assert sum(shares) == 16
            assert min(shares) >= 5
            close(server, clients)


def test_processes_that_are_busy_get_their_share_and_those_that_stand_still_hold_nobody(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        shares: list[list[int]] = []
        for _ in range(20):
            first = Client(server.port)
            assert first.send("GET", "/healthz")[0] == 200
            other = next(process for process in server.workers() if not connections(process))
            other.suspend()
            threading.Timer(0.008, other.resume).start()
            second = Client(server.port)
            assert second.send("GET", "/healthz")[0] == 200
            shares.append(list(map(connections, server.workers())))
            close(server, [first, second])
        # Another process gets the time to accept it, but on a busy machine not always the cores.
        assert shares.count([1, 1]) >= 10
        first = Client(server.port)
        assert first.send("GET", "/healthz")[0] == 200
        other = next(process for process in server.workers() if not connections(process))
        other.suspend()
        assert Client(server.port).send("GET", "/healthz")[0] == 200


def close(server: Server, clients: list[Client]) -> None:
    """Close the connections of clients, and wait until no process has any."""
    for client in clients:
        client.connection.close()
    wait_for(lambda: not any(map(connections, server.workers())))


def connections(process: psutil.Process) -> int:
    return sum(one.status == psutil.CONN_ESTABLISHED for one in process.net_connections("tcp"))


def status(port: int, path: str) -> int:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return int(answer.status)

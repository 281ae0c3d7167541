"""Clients that do not read their answers, and those that read them slowly."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.test_pieces import GET, next_answer
from tests.load.server import Client, Server

LARGE = "/v6/schema/"
REQUEST = f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode()


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    """The service in a single process, which all connections reach."""
    with Server(tmp_path, WEB_CONCURRENCY="1", WEB_THREADS="4") as server:
        yield server


def narrow(server: Server) -> socket.socket:
    """Connect as a client for which the kernel keeps little of what it has not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", server.port))
    return connection


def settle(server: Server) -> None:
    """Wait until the kernel takes no more of the answers: until then the service works for these clients, too."""
    served, before = 0, -1
    while not served or served != before:
        time.sleep(1)
        before, served = served, server.log.read_text().count(LARGE)


def test_answers_that_are_not_read_hold_no_thread(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(24):
            stack.enter_context(narrow(server)).sendall(REQUEST * 40)
        settle(server)
        began = time.monotonic()
        assert Client(server.port).send("GET", "/v6/job-types/")[0] == 200
        assert time.monotonic() - began < 2


def test_an_answer_that_is_read_slowly_arrives_as_a_whole(server: Server) -> None:
    _, document = Client(server.port).send("GET", LARGE, Accept="application/json")
    with narrow(server) as connection, connection.makefile("rb") as stream:
        connection.sendall(REQUEST * 40 + GET)
        settle(server)
        for expected in [(200, document)] * 40 + [(200, {"status": "ok"})]:
            assert next_answer(stream) == expected

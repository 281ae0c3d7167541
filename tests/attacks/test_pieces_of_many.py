"""Connections of many clients at once, over sockets: what becomes of one takes nothing from the others."""

import os
import signal
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from django.conf import settings

from scale.worker import MOST_HELD
from tests.attacks.test_pieces import GET, POST, answered, connected
from tests.load.server import Client, Server


def test_connections_that_are_closed_to_make_room_may_have_sent_something_meanwhile(
    transactional_db: None, tmp_path: Path
) -> None:
    small = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "GUNICORN_CMD_ARGS": "--worker-connections 8"}
    with Server(tmp_path, **small) as server, ExitStack() as stack:
        (worker,) = server.workers()
        slow = [stack.enter_context(connected(server)) for _ in range(7)]
        for connection in slow:
            connection.sendall(GET[:5])
        time.sleep(0.5)
        os.kill(worker.pid, signal.SIGSTOP)
        # All of this is there when the worker looks again.
        new = [stack.enter_context(connected(server)) for _ in range(8)]
        for connection in slow:
            connection.sendall(GET[5:10])
        os.kill(worker.pid, signal.SIGCONT)
        time.sleep(0.5)
        new[-1].sendall(GET)
        assert answered(new[-1]) == (200, {"status": "ok"})
        assert server.workers() == [worker]
        assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("length", ["9" * 19, "9" * 5000, "0" * 30 + "100"])
def test_a_body_is_waited_for_or_refused_whatever_digits_its_length_has(server: Server, length: str) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(connected(server))
            connection.sendall(POST + f"Content-Length: {length}\r\n\r\n".encode())
        began = time.monotonic()
        assert Client(server.port).send("GET", "/v6/job-types/")[0] == 200
        assert time.monotonic() - began < 2


def test_a_request_that_is_arriving_when_the_service_is_stopped_is_served(server: Server) -> None:
    body = b'{"manifest": {}}'
    with connected(server) as connection:
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[:3])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(3)  # longer than a connection without a request is kept open
        connection.sendall(body[3:])
        assert answered(connection)[0] == 200
        assert connection.recv(1) == b""


def test_line_ends_before_a_request_hold_no_thread(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            connection: socket.socket = stack.enter_context(connected(server))
            connection.sendall(b"\r\n\r\n")
        began = time.monotonic()
        assert Client(server.port).send("GET", "/v6/job-types/")[0] == 200
        assert time.monotonic() - began < 2


def test_bodies_that_almost_arrive_take_a_bounded_amount_of_memory(transactional_db: None, tmp_path: Path) -> None:
    body = b'{"manifest": {}' + b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 16)
    head = POST + b"Content-Length: %d\r\n\r\n" % (len(body) + 1)
    with Server(tmp_path, WEB_CONCURRENCY="1", WEB_THREADS="2") as server, ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(MOST_HELD // len(body) + 5)]
        for connection in connections:
            connection.sendall(head + body)
        # Those that have waited longest were closed, and the others go on.
        connections[0].settimeout(10)
        with suppress(ConnectionResetError):
            assert connections[0].recv(1) == b""
        connections[-1].sendall(b"}")
        assert answered(connections[-1])[0] == 200
        assert "Traceback" not in server.log.read_text()

"""Requests that arrive in pieces, over sockets: served when they are whole, refused when they are too large."""

import json
import socket
import time
from contextlib import suppress
from functools import partial
from typing import IO, Any

from django.conf import settings

from tests.load.server import Client, Server

POST = b"POST /v6/job-types/validation/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def answered(connection: socket.socket) -> tuple[int, Any]:
    """Return the status and the JSON of the next answer, of which there is no other behind it."""
    with connection.makefile("rb") as stream:
        return next_answer(stream)


def next_answer(stream: IO[bytes]) -> tuple[int, Any]:
    """Return the status and the JSON of the next answer in a stream of them."""
    status = int(stream.readline().split()[1])
    length = 0
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, json.loads(stream.read(length)) if length else None


def test_a_request_in_pieces_is_served_when_it_is_whole(server: Server) -> None:
    body = json.dumps({"manifest": {}, "filler": "x" * 200_000}).encode()
    request = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with connected(server) as connection:
        for start, end in ((0, 5), (5, 60), (60, len(POST) + 3), (len(POST) + 3, 100_000), (100_000, None)):
            time.sleep(0.1)
            connection.sendall(request[start:end])
        assert answered(connection)[0] == 400
        # The connection is kept open, and takes the beginning of a request after a whole one.
        connection.sendall(GET + GET[:10])
        assert answered(connection) == (200, {"status": "ok"})
        time.sleep(0.1)
        connection.sendall(GET[10:])
        assert answered(connection) == (200, {"status": "ok"})


def test_a_client_that_waits_for_100_continue_gets_it(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert answered(connection) == (100, None)
        connection.sendall(b"{}")
        status, document = answered(connection)
        # gunicorn says it once more.
        assert (answered(connection) if status == 100 else (status, document))[0] == 400


def test_what_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
        answer = b"".join(iter(partial(connection.recv, 65_536), b""))  # up to the end of the connection
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"%d bytes" % settings.DATA_UPLOAD_MAX_MEMORY_SIZE in answer
        # The application refuses it, so that the answer has the headers of all others.
        assert b"content-security-policy" in answer.lower()
        # What the client sends all the same is discarded, so that it gets to read the answer.
        connection.sendall(b"x" * 1_000_000)
    with connected(server) as connection:
        connection.sendall(GET[:-2] + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 7000) for n in range(10)))
        status, document = answered(connection)
        assert (status, "64 KiB" in document["detail"]) == (431, True)


def test_clients_that_go_away_within_a_request_disturb_nobody(server: Server) -> None:
    workers = [worker.pid for worker in server.workers()]
    for piece in (b"", GET[:10], POST + b"Content-Length: 100\r\n\r\n{", GET):
        for linger in (b"\1\0\0\0\0\0\0\0", b"\0\0\0\0\0\0\0\0"):  # with a reset, or an orderly end
            with connected(server) as connection:
                connection.sendall(piece)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with connected(server) as connection, suppress(OSError):
            connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
    assert Client(server.port).send("GET", "/healthz")[0] == 200
    assert [worker.pid for worker in server.workers()] == workers
    log = server.log.read_text()
    assert "Traceback" not in log, log[log.index("Traceback") :][:2000]


def test_a_probe_with_an_endless_body_does_not_silence_the_probe_for_others(server: Server) -> None:
    endless = GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
    connections = [connected(server) for _ in range(8)]  # both processes get some of them
    try:
        for connection in connections:
            connection.sendall(endless)
        time.sleep(0.5)
        for _ in range(8):
            with connected(server) as other:
                other.settimeout(2)
                other.sendall(GET)
                assert answered(other) == (200, {"status": "ok"})
    finally:
        for connection in connections:
            connection.close()

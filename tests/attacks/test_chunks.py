"""Bodies in chunks, over sockets: served when they are whole, refused when they are too large or no chunks."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from django.conf import settings

from tests.attacks.slow import CHUNKS
from tests.attacks.test_pieces import GET, POST, answered, connected, next_answer
from tests.load.server import Client, Server

OPENING = POST + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = json.dumps({"manifest": {"seedVersion": "x" * 1000}}).encode()


def in_chunks(size: int, body: bytes = BODY) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_bodies_in_chunks_that_do_not_arrive_hold_no_thread(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(24):
            stack.enter_context(connected(server)).sendall(CHUNKS)
        began = time.monotonic()
        assert Client(server.port).send("GET", "/v6/job-types/")[0] == 200
        assert time.monotonic() - began < 2


def test_a_body_in_chunks_is_served_however_it_is_divided(server: Server) -> None:
    extended = b"%X ; name=value\r\n%b\r\n000\r\nX-Checksum: 1\r\n\r\n" % (len(BODY), BODY)
    with connected(server) as connection, connection.makefile("rb") as stream:
        for wire in (in_chunks(1), in_chunks(7), in_chunks(10_000), extended):
            for piece in (OPENING + wire[:1], wire[1:3], wire[3:500], wire[500:1001], wire[1001:]):
                connection.sendall(piece)
                time.sleep(0.05)
            status, document = next_answer(stream)
            assert (status, document["is_valid"]) == (200, False)
            # What follows in the same packet is the next request.
            connection.sendall(OPENING + wire + GET)
            assert next_answer(stream) == (200, document)
            assert next_answer(stream) == (200, {"status": "ok"})


def test_clients_whose_library_sends_chunks_are_served(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield BODY[:10]
        yield BODY[10:]

    connection = Client(server.port).connection
    for _ in range(2):
        headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        connection.request("POST", "/v6/job-types/validation/", pieces(), headers, encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:1]) == (200, b"{")


def test_a_body_in_chunks_that_is_too_large_is_refused_while_it_arrives(server: Server) -> None:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for wire in (b"%x\r\n" % (most + 1), b"FFFFFFFFFFFF\r\n{}", b"1\r\na\r\n" * 300_000):
        with connected(server) as connection:
            connection.sendall(OPENING + wire)
            answer = b"".join(iter(partial(connection.recv, 65_536), b""))  # up to the end of the connection
            assert (answer[:13], b"%d bytes" % most in answer) == (b"HTTP/1.1 413 ", True)


def test_what_is_no_body_in_chunks_is_a_400(server: Server) -> None:
    for wire, says in (
        (b"x\r\n", "hexadecimal"),
        (b"-1\r\n", "hexadecimal"),
        (b"\r\n", "hexadecimal"),
        (b"1;a\nb\r\n", "hexadecimal"),
        (b"1\r\nab\r\n", "longer than its size"),
        (b"0\r\nX: a\nb\r\n\r\n", "control characters"),
        (b"1;" + b"a" * 5000, "4096"),
    ):
        with connected(server) as connection:
            connection.sendall(OPENING + wire)
            status, document = answered(connection)
            assert (status, says in document["detail"]) == (400, True)


@pytest.mark.parametrize("headers", [b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_whose_length_is_given_twice_is_a_400(server: Server, headers: bytes) -> None:
    with connected(server) as connection:
        connection.sendall(OPENING[:-2] + headers + b"\r\n" + in_chunks(100))
        with connection.makefile("rb") as stream:
            assert stream.readline().split()[1] == b"400"


def test_a_client_that_waits_for_100_continue_before_its_chunks_gets_it(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(OPENING[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert answered(connection) == (100, None)
        connection.sendall(in_chunks(50))
        status, document = answered(connection)
        # gunicorn says it once more.
        assert (answered(connection) if status == 100 else (status, document))[0] == 200

"""Hundreds of slow clients at once: the others are served as if there were none, with nginx and without."""

import http.client
import statistics
import time
from contextlib import ExitStack

import pytest

from tests.attacks.conftest import SECONDS
from tests.attacks.proxy import HOST, Proxy
from tests.attacks.slow import A_CHUNK, BODY, CHUNKS, HEADERS, Slow
from tests.load.server import Client, Server

SILENT_AND_TRICKLING = [(b"", b""), (HEADERS, b"a")]
BODIES = [(BODY, b" ")]
IN_CHUNKS = [(CHUNKS, b""), (CHUNKS, A_CHUNK)]
FINISHED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# A second request that follows the first in the same packet, but not as a whole.
PIPELINED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + HEADERS


def attacked(stack: ExitStack, port: int, kinds: list[tuple[bytes, bytes]], tls: bool = False) -> list[Slow]:
    """Start 200 clients of each kind, and wait until they are connected."""
    slow = [Slow(port, 200, opening, drip, tls=tls) for opening, drip in kinds]
    for one in slow:
        stack.enter_context(one.attacking())
    end = time.monotonic() + 20
    while any(one.opened < one.count for one in slow):
        assert time.monotonic() < end, slow
        time.sleep(0.05)
    return slow


def measure(what: str, send: object, seconds: float) -> list[float]:
    """Send a request after another for ``seconds``; print and return how long each of them took, in seconds."""
    assert callable(send)
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        assert send() == 200
        times.append(time.monotonic() - began)
        time.sleep(0.05)
    print(
        f"\n{what}: {len(times)} requests, median {statistics.median(times) * 1000:.0f} ms, "
        f"at most {max(times) * 1000:.0f} ms"
    )
    return times


@pytest.mark.parametrize(
    ("name", "kinds", "seconds"),
    [
        ("200 silent and 200 trickled heads", SILENT_AND_TRICKLING, SECONDS),
        ("200 trickled bodies", BODIES, min(SECONDS, 10)),
        ("200 silent and 200 trickled bodies in chunks", IN_CHUNKS, min(SECONDS, 10)),
        ("200 trickled heads after a request", [(PIPELINED, b"a")], min(SECONDS, 10)),
        ("200 that keep what is over open", [(FINISHED, b"")], min(SECONDS, 10)),
    ],
)
def test_slow_clients_of_the_service_itself_hold_no_other(
    server: Server, name: str, kinds: list[tuple[bytes, bytes]], seconds: float
) -> None:
    with ExitStack() as stack:
        slow = attacked(stack, server.port, kinds)
        times = measure(f"/healthz without nginx, {name}", lambda: ask(server, "/healthz"), seconds)
        lists = measure(f"a list without nginx, {name}", lambda: ask(server, "/v6/job-types/"), 3)
    assert statistics.median(times) < 0.2
    assert statistics.median(lists) < 0.2
    # The other two begin with 200 requests that are served.
    assert kinds not in (SILENT_AND_TRICKLING, BODIES, IN_CHUNKS) or max(times) < 1
    assert all(one.refused == 0 for one in slow)


def test_more_connections_than_a_process_takes_make_room_for_new_ones(server: Server) -> None:
    """A process takes 900; those that have waited longest for their requests are closed."""
    with ExitStack() as stack:
        stack.enter_context(Slow(server.port, 2500).attacking())
        time.sleep(3)
        times = measure("/healthz without nginx, 2,500 silent", lambda: ask(server, "/healthz"), min(SECONDS, 10))
    assert statistics.median(times) < 0.2
    assert "Traceback" not in server.log.read_text()


def test_slow_clients_of_nginx_hold_no_other(proxy: Proxy) -> None:
    client = proxy.client()
    with ExitStack() as stack:
        attacked(stack, proxy.port, SILENT_AND_TRICKLING, tls=True)
        times = measure("a list through nginx", lambda: ask_through(client), SECONDS)
    assert statistics.median(times) < 0.2
    assert max(times) < 1


def test_slow_bodies_through_nginx_hold_no_other(proxy: Proxy) -> None:
    client = proxy.client()
    with ExitStack() as stack:
        kinds = [(opening.replace(b"localhost", HOST.encode()), drip) for opening, drip in [*BODIES, *IN_CHUNKS]]
        attacked(stack, proxy.port, kinds, tls=True)
        times = measure("a list through nginx, 600 slow bodies", lambda: ask_through(client), min(SECONDS, 10))
    assert statistics.median(times) < 0.2


def ask(server: Server, path: str) -> int:
    return Client(server.port).send("GET", path)[0]


def ask_through(client: http.client.HTTPSConnection) -> int:
    client.request("GET", "/v6/job-types/", headers={"Host": HOST})
    answer = client.getresponse()
    answer.read()
    return answer.status

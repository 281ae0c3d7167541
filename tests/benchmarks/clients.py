"""``python -m tests.benchmarks.clients``: many clients in one process, each on a kept-alive connection of its own.

They speak HTTP over raw sockets behind one ``epoll``, to leave the cores that they share to the server. A run is a
line of JSON on the standard input and two on the standard output: one when it begins, one with its outcome.
"""

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from typing import Any, NamedTuple, Self

CLIENTS = 16
_CHUNK = 1 << 18
_PATIENCE = 60  # seconds without any answer


class Answer(NamedTuple):
    """A complete response."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of a header, None if it is absent."""
        return _header(self.head, name.lower().encode())


class Connection:
    """A kept-alive connection that carries one request after another."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received = bytearray()
        self.expected = 0  # bytes, head and body; 0 until the head has arrived
        self.body_at = 0
        self.sent = 0.0  # when the last request was, by the monotonic clock
        self._open()

    def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its response."""
        # The server closes connections that are idle for seconds; nothing else could have arrived by now.
        if select.select([self.socket], [], [], 0)[0]:
            self.close()
            self._open()
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def send(self, request: bytes) -> None:
        """Send a request; ``receive`` returns its response."""
        self.sent = time.monotonic()
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """Read what has arrived, waiting for the first byte; return the response once it is complete."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            raise ConnectionError("The server closed the connection before the end of an answer.")
        self.received += chunk
        if not self.expected:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return None
            self.body_at = end + 4
            self.expected = self.body_at + _length(bytes(self.received[:end]))
        if len(self.received) < self.expected:
            return None
        head, body = bytes(self.received[: self.body_at - 4]), bytes(self.received[self.body_at :])
        self.received.clear()
        self.expected = 0
        return Answer(_status(head), head, body)

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def prepared(
    method: str, path: str, token: str, document: Any = None, headers: Mapping[str, str] | None = None
) -> str:
    """A request as it goes over the wire."""
    body = "" if document is None else json.dumps(document)  # in ASCII, so that characters are bytes
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Token {token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", body])  # the empty line ends the head


def _status(head: bytes) -> int:
    return int(head[9:12])


def _header(head: bytes, name: bytes) -> str | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip().decode("latin-1")
    return None


def _length(head: bytes) -> int:
    if _status(head) in (204, 304):
        return 0
    length = _header(head, b"content-length")
    if length is None:
        raise ConnectionError(f"An answer without Content-Length: {head!r}")
    return int(length)


class Load(NamedTuple):
    """The outcome of a run: the milliseconds that each answer within ``seconds`` took, and what was ``used``.

    That is CPU seconds, by name.
    """

    times: list[float]
    seconds: float
    used: dict[str, float]


class Clients:
    """The process of the clients: ``with Clients() as clients:`` starts and ends it."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.clients"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()

    def run(
        self,
        port: int,
        requests: list[str],
        *,
        status: int = 200,
        seconds: float,
        repeat: bool = True,
        clients: int = CLIENTS,
        meters: Mapping[str, Callable[[], float]] | None = None,
    ) -> Load:
        """Send the requests in turn, over and over unless ``repeat`` is false, for at most ``seconds``.

        A first part of the time warms up and is not counted. ``meters`` return CPU seconds; all are read when the
        counting begins and when it ends.
        """
        order = {"port": port, "status": status, "seconds": seconds, "repeat": repeat, "clients": clients}
        begin, end = self._exchange({**order, "requests": requests})
        before = _read(meters, begin)
        after = _read(meters, end)
        outcome = json.loads(self._line())
        used = {name: after[name] - before[name] for name in after} | {"clients": outcome["cpu"]}
        return Load(outcome["times"], outcome["seconds"], used)

    def _exchange(self, order: dict[str, Any]) -> tuple[float, float]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        begin, end = json.loads(self._line())
        return begin, end

    def _line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "The clients failed; what they said is above."
        return line


def _read(meters: Mapping[str, Callable[[], float]] | None, at: float) -> dict[str, float]:
    if not meters:
        return {}
    time.sleep(max(0.0, at - time.monotonic()))
    return {name: meter() for name, meter in meters.items()}


def _run(order: dict[str, Any]) -> dict[str, Any]:
    requests = [request.encode() for request in order["requests"]]
    supply = cycle(requests) if order["repeat"] else iter(requests)
    connections = [Connection(order["port"]) for _ in range(order["clients"])]
    begin = time.monotonic() + (min(0.5, order["seconds"] / 4) if order["repeat"] else 0)
    end = begin + order["seconds"]
    print(json.dumps([begin, end]), flush=True)
    cpu = time.process_time()
    waiting = {}
    with select.epoll() as epoll:
        for connection, request in zip(connections, islice(supply, len(connections)), strict=False):
            connection.send(request)
            waiting[connection.socket.fileno()] = connection
            epoll.register(connection.socket, select.EPOLLIN)
        times, last = _serve(epoll, waiting, supply, order["status"], begin, end)
    for connection in connections:
        connection.close()
    # A run that sent requests to the end lasts until then; one that ran out of them, until its last answer.
    over = end if next(supply, None) is not None else last
    return {"times": times, "seconds": over - begin, "cpu": time.process_time() - cpu}


def _serve(
    epoll: select.epoll, waiting: dict[int, Connection], supply: Any, status: int, begin: float, end: float
) -> tuple[list[float], float]:
    """Read answers and send the next requests; return how long those in time took, and when the last one came."""
    times, now = [], begin
    while waiting:
        ready = epoll.poll(_PATIENCE)
        if not ready:
            raise TimeoutError(f"No answer in {_PATIENCE} seconds.")
        for descriptor, _ in ready:
            connection = waiting[descriptor]
            answer = connection.receive()
            if answer is None:
                continue
            assert answer.status == status, answer
            now = time.monotonic()
            if begin <= now < end:
                times.append((now - connection.sent) * 1000)
            request = next(supply, None) if now < end else None
            if request is None:
                epoll.unregister(descriptor)
                del waiting[descriptor]
            else:
                connection.send(request)
    return times, now


def main() -> None:
    """Run the orders of the standard input, until it ends."""
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

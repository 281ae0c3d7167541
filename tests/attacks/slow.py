"""Clients that open connections and send nothing, or a byte a second, and open them again when they are closed."""

import selectors
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# What a trickling client sends after the complete lines; a silent one sends nothing at all.
HEADERS = b"GET /v6/job-types/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /v6/jobs/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
CHUNKS = b"POST /v6/jobs/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
A_CHUNK = b"1\r\na\r\n"

_UNCHECKED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_UNCHECKED.check_hostname = False
_UNCHECKED.verify_mode = ssl.CERT_NONE


@dataclass
class Slow:
    """``count`` connections to ``port`` that send ``opening`` and then ``drip`` each second, forever."""

    port: int
    count: int
    opening: bytes = b""
    drip: bytes = b""
    tls: bool = False
    opened: int = 0
    refused: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def attacking(self) -> Iterator[None]:
        """Attack while the block runs."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        connections: list[socket.socket] = []
        with selectors.DefaultSelector() as closed:
            while not self._over.is_set():
                while len(connections) < self.count and (one := self._open()):
                    connections.append(one)
                    closed.register(one, selectors.EVENT_READ)
                ended = {key.fileobj for key, _ in closed.select(0)}
                for one in list(connections):
                    if one in ended or not self._send(one):
                        closed.unregister(one)
                        connections.remove(one)
                        one.close()
                self._over.wait(1)
        for one in connections:
            one.close()

    def _open(self) -> socket.socket | None:
        try:
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=2)
            one = _UNCHECKED.wrap_socket(plain) if self.tls else plain
            one.settimeout(2)
            one.sendall(self.opening)
        except OSError:
            self.refused += 1
            return None
        self.opened += 1
        return one

    def _send(self, one: socket.socket) -> bool:
        try:
            one.sendall(self.drip)
        except OSError:
            return False
        return True

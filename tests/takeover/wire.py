"""A server that answers with bytes that a test gives it, those of broken servers and proxies too."""

import ssl
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server, socket

END = b""
"""In the place of an answer: the server closes the connection before it is asked for one."""


class Wire:
    """The server. ``requests`` has what it was asked, ``connections`` is how many there were."""

    def __init__(self, answers: Sequence[bytes], listening: socket) -> None:
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers, self._listening = deque(answers), listening

    def serve(self) -> None:
        """Answer one connection after the other, until no answers are left."""
        while self._answers:
            # Some clients do not like the certificate, and some do not wait for the end of an answer.
            with suppress(OSError):
                connection, _ = self._listening.accept()
                self.connections += 1
                with connection:
                    self._converse(connection)

    def _converse(self, connection: socket) -> None:
        while self._answers and self._answers[0] != END and (request := _received(connection)):
            self.requests.append(request)
            connection.sendall(self._answers.popleft())
        if self._answers and self._answers[0] == END:
            self._answers.popleft()


@contextmanager
def saying(*answers: bytes, certificate: Path | None = None) -> Iterator[Wire]:
    """Run a server with these answers, one for each request, on a free port until the end of the block."""
    with create_server(("127.0.0.1", 0)) as listening:
        wire = Wire(answers, listening)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            wire = Wire(answers, context.wrap_socket(listening, server_side=True))
            wire.url = wire.url.replace("http:", "https:")
        thread = threading.Thread(target=wire.serve)
        thread.start()
        yield wire
        thread.join(timeout=60)
        assert not thread.is_alive()


def _received(connection: socket) -> bytes:
    """Return the next request, which has no body; nothing if the client has closed the connection."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        some = connection.recv(65_536)
        if not some:
            return b""
        request += some
    return request

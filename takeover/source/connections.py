"""GET requests on connections that are kept, by the standard library: other clients take more time."""

from collections.abc import Mapping
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import socket
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httpx

_Origin = tuple[str, str, int | None]


class TooLarge(Exception):
    """An answer has more bytes than it may have."""


class ConnectionFailed(Exception):
    """No whole answer came. The message is the name of what went wrong."""


class Response(NamedTuple):
    """A whole answer."""

    status: int
    headers: Message
    content: bytes


class Connections:
    """Sends GET requests with the same ``headers``, in as many threads as there are at once.

    ``connect_timeout`` and ``timeout`` are the seconds to wait for a connection, and for more of an answer.
    """

    def __init__(self, headers: Mapping[str, str], *, connect_timeout: float, timeout: float) -> None:
        self._headers, self._connect_timeout, self._timeout = headers, connect_timeout, timeout
        # As httpx does, it trusts the authorities of SSL_CERT_FILE, or else those of certifi.
        self._tls = httpx.create_ssl_context()
        self._idle: dict[_Origin, list[HTTPConnection]] = {}

    def close(self) -> None:
        """Close all connections."""
        for connections in self._idle.values():
            while connections:
                connections.pop().close()

    def get(self, url: str, *, most_bytes: int) -> Response:
        """Return the answer to a request, of which at most so many bytes are read.

        Raises TooLarge, and ConnectionFailed.
        """
        parts = urlsplit(url)
        origin = parts.scheme, parts.hostname or "", parts.port
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection = self._take(origin)
        is_kept = connection.sock is not None
        try:
            try:
                response = self._send(connection, target)
            except (ConnectionError, HTTPException):
                if not is_kept:
                    raise
                # The other side closed it while it was idle.
                connection.close()
                response = self._send(connection, target)
            answer = Response(response.status, response.headers, _content(response, most_bytes))
        except (OSError, HTTPException, UnicodeError) as error:
            connection.close()
            raise ConnectionFailed(type(error).__name__) from None
        except BaseException:
            connection.close()
            raise
        self._idle[origin].append(connection)
        return answer

    def _take(self, origin: _Origin) -> HTTPConnection:
        """Return an idle connection, or a new one, which is not open yet."""
        try:
            return self._idle.setdefault(origin, []).pop()
        except IndexError:
            pass
        scheme, host, port = origin
        if scheme == "https":
            return HTTPSConnection(host, port, timeout=self._connect_timeout, context=self._tls)
        return HTTPConnection(host, port, timeout=self._connect_timeout)

    def _send(self, connection: HTTPConnection, target: str) -> HTTPResponse:
        if connection.sock is None:
            connection.connect()
            # The stubs of ``HTTPConnection`` do not know that it has a socket then.
            cast(socket, connection.sock).settimeout(self._timeout)
        connection.request("GET", target, headers=self._headers)
        return connection.getresponse()


def _content(response: HTTPResponse, most: int) -> bytes:
    """Return the body; of one whose length is announced, less is an IncompleteRead. Raises TooLarge."""
    if response.length is not None:
        if response.length > most:
            raise TooLarge
        return response.read()
    content = response.read(most + 1)
    if len(content) > most:
        raise TooLarge
    return content

"""GET requests on connections that are kept, by sockets and a parser in C: other clients take more time."""

from collections.abc import Mapping
from contextlib import closing
from functools import cached_property
from socket import create_connection, socket
from ssl import SSLContext
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

from takeover.source.errors import SourceError

_PORTS = {"http": 80, "https": 443}
_BYTES_AT_ONCE = 64 * 1024
_LENIENCIES = {
    "lenient_headers": True,
    "lenient_chunked_length": True,
    "lenient_transfer_encoding": True,
    "lenient_version": True,
    "lenient_data_after_close": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_spaces_after_chunk_size": True,
}
_Origin = tuple[str, str, int]


class TooLarge(Exception):
    """An answer has more bytes than it may have."""


class ConnectionFailed(Exception):
    """No whole answer came. The message is the name of what went wrong."""


class Response(NamedTuple):
    """A whole answer. The names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Connections:
    """Sends GET requests with the same ``headers``, in as many threads as there are at once.

    ``connect_timeout`` and ``timeout`` are the seconds to wait for a connection, and for more of an answer.
    """

    def __init__(self, headers: Mapping[str, str], *, connect_timeout: float, timeout: float) -> None:
        lines = {**headers, "Accept-Encoding": "identity"}.items()
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in lines)
        self._connect_timeout, self._timeout = connect_timeout, timeout
        self._idle: dict[_Origin, list[socket]] = {}

    @cached_property
    def _tls(self) -> SSLContext:
        """As httpx does, it trusts the authorities of SSL_CERT_FILE, or else those of certifi."""
        try:
            return httpx.create_ssl_context()
        except OSError as error:
            raise SourceError(
                f"SSL_CERT_FILE and SSL_CERT_DIR do not name certificates that can be read: {error}."
            ) from None

    def close(self) -> None:
        """Close all connections."""
        for connections in self._idle.values():
            while connections:
                connections.pop().close()

    def get(self, url: str, *, most_bytes: int) -> Response:
        """Return the answer to a request, of which at most so many bytes are read, with its headers.

        Raises TooLarge, ConnectionFailed, and SourceError where the authorities of TLS cannot be read.
        """
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{self._headers}\r\n"
        origin = parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]
        try:
            answer = self._exchange(origin, request.encode("ascii"), most_bytes)
        except (OSError, HttpParserError, HttpParserUpgrade, UnicodeError) as error:
            raise ConnectionFailed(type(error).__name__) from None
        return Response(answer.status, answer.headers, b"".join(answer.content))

    def _exchange(self, origin: _Origin, request: bytes, most: int) -> "_Answer":
        """Return the answer to a request: on an idle connection, or on a new one where none is open any more."""
        idle = self._idle.setdefault(origin, [])
        while True:
            try:
                connection, is_kept = idle.pop(), True
            except IndexError:
                connection, is_kept = self._connect(origin), False
            try:
                with closing(_Answer()) as answer:
                    connection.sendall(request)
                    while not answer.is_whole:
                        answer.feed(connection.recv(_BYTES_AT_ONCE))
                        if max(answer.size, answer.length) > most:
                            raise TooLarge
            except ConnectionError:
                connection.close()
                if is_kept and not answer.size:
                    continue  # The other side closed it while it was idle.
                raise
            except BaseException:
                connection.close()
                raise
            if answer.is_last:
                connection.close()
            else:
                idle.append(connection)
            return answer

    def _connect(self, origin: _Origin) -> socket:
        """Return a new connection."""
        scheme, host, port = origin
        connection = create_connection((host, port), self._connect_timeout)
        try:
            if scheme == "https":
                connection = self._tls.wrap_socket(connection, server_hostname=host)
            connection.settimeout(self._timeout)
        except BaseException:
            connection.close()
            raise
        return connection


class _More(Exception):
    """Something follows an answer that is whole."""


class _Answer:
    """An answer that is being received. The parser calls what begins with ``on_``.

    ``size`` is how many bytes have come, ``length`` what the answer says of its body. ``is_whole`` says that it has
    come, and ``is_last`` that no other one follows on this connection. Proxies that bend the rules of HTTP are
    borne with: nothing is asked before the answer to what was asked.
    """

    def __init__(self) -> None:
        self.status = self.size = self.length = 0
        self.headers: dict[str, str] = {}
        self.content: list[bytes] = []
        self.is_whole = self.is_last = False
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENCIES)

    def close(self) -> None:
        """Let go of the parser, which holds this answer: its memory is free as soon as nobody needs it."""
        del self._parser

    def feed(self, data: bytes) -> None:
        """Read what has come; nothing is the end of the connection.

        Raises HttpParserError for what is no HTTP, and ConnectionError if the end comes too early.
        """
        self.size += len(data)
        if not data:
            # Without a length, a body ends with its connection (RFC 9112, section 6.3).
            coding = self.headers.get("transfer-encoding", "").lower()
            says_its_end = "chunked" in coding if coding else "content-length" in self.headers
            if says_its_end or not self.status:
                raise ConnectionResetError
            self.is_whole = self.is_last = True
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            # What a callback raises is hidden there, Ctrl-C too.
            hidden = error.__context__ if isinstance(error, HttpParserCallbackError) else None
            if hidden is not None and not isinstance(hidden, _More):
                raise hidden from None
            if not self.is_whole:
                raise
            self.is_last = True  # What follows belongs to no request.

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise _More

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:  # else it follows the body
            self.headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        length = self.headers.get("content-length", "")
        self.length = int(length) if length.isdecimal() else 0

    def on_body(self, body: bytes) -> None:
        self.content.append(body)

    def on_message_complete(self) -> None:
        if self.status < 200:  # An interim answer (RFC 9110, section 15.2).
            self.status, self.headers = 0, {}
            return
        self.is_whole, self.is_last = True, not self._parser.should_keep_alive()

"""Bodies that come in chunks (RFC 9112, section 7.1), decoded as they arrive."""

import re

MOST_FRAMING = 1 << 19  # bytes around the data of a body: a client may send some 100,000 chunks
LONGEST_LINE = 4096

_SIZE = re.compile(rb"0*([0-9a-fA-F]{1,15})[ \t]*(?:;[\t -~\x80-\xff]*)?")
_TRAILER = re.compile(rb"[\t -~\x80-\xff]*")


class InvalidChunks(ValueError):
    """What arrived is no body in chunks."""


class ChunkedBody:
    """The body of a request whose ``head`` has arrived.

    ``is_too_large`` says that it has more than ``most`` bytes, or far too many chunks; no more of it is read then.
    """

    def __init__(self, head: bytes, most: int) -> None:
        self.is_whole = self.is_too_large = False
        self._head, self._most = head, most
        self._body = bytearray()
        self._framing = 0
        self._missing = 0  # bytes of the current chunk
        self._is_after_data = self._is_in_trailers = False

    def __len__(self) -> int:
        return len(self._head) + len(self._body)

    def take(self, arriving: bytearray) -> None:
        """Decode what has arrived, and remove it from ``arriving``. Raises InvalidChunks."""
        start = 0
        while not (self.is_whole or self.is_too_large):
            if self._missing:
                piece = arriving[start : start + self._missing]
                if not piece:
                    break
                start += len(piece)
                self._missing -= len(piece)
                self._body += piece
            else:
                end = arriving.find(b"\r\n", start, start + LONGEST_LINE)
                if end < 0:
                    if len(arriving) - start >= LONGEST_LINE:
                        raise InvalidChunks(f"A line between chunks is longer than {LONGEST_LINE} bytes.")
                    break
                self._read_line(arriving[start:end])
                self._framing += end + 2 - start
                start = end + 2
            self.is_too_large = len(self._body) + self._missing > self._most or self._framing > MOST_FRAMING
        del arriving[:start]

    def request(self) -> bytes:
        """Return the request with its body in a single chunk; zeros stand for a body that is too large."""
        body = bytes(self._most + 1) if self.is_too_large else self._body
        chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return self._head + chunk + b"0\r\n\r\n"

    def _read_line(self, line: bytearray) -> None:
        if self._is_in_trailers:
            if not _TRAILER.fullmatch(line):
                raise InvalidChunks("A field after the last chunk has control characters.")
            self.is_whole = not line
        elif self._is_after_data:
            if line:
                raise InvalidChunks("The data of a chunk is longer than its size says.")
            self._is_after_data = False
        elif size := _SIZE.fullmatch(line):
            self._missing = int(size[1], 16)
            self._is_after_data, self._is_in_trailers = bool(self._missing), not self._missing
        else:
            raise InvalidChunks("A chunk does not begin with its size in hexadecimal digits.")

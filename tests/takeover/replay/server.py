"""An HTTP server on the loopback interface that answers as a live Scale 7 did, with faults by plan."""

import json
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tests.takeover.replay.faults import Fault, Plan, nothing
from tests.takeover.replay.recordings import Document, Recordings

TOKEN = "0123456789abcdef0123456789abcdef01234567"

_LINKED = "http://scale.example.com/api/v6/"  # another host and another mount than the ones that were asked
_LARGEST_PAGE = 1000
_NO_PAGE = b"<h1>Not Found</h1><p>The requested resource was not found on this server.</p>"
_KNOWN_ROUTE = re.compile(r"(job-types/[^/]+/[0-9.]+/|(recipe-types/[^/]+|(errors|jobs|workspaces)/[0-9]+)/).*")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 seconds


class Replay(ThreadingHTTPServer):
    """The server.

    ``plan`` says what goes wrong, ``delay`` how many seconds a slow answer takes. No page has more than
    ``page_size`` rows. With ``shuffles``, rows of the same sort key come in another order with each page, as a
    database may return them. ``watch`` is called with the number of each request before it is answered.
    ``requests`` has the method and target of all that came, ``most_at_once`` is how many were under way at once.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, recordings: Recordings, mount: str = "/v6/") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recordings, self.mount = recordings, mount
        self.plan: Plan = nothing
        self.delay = 0.05
        self.page_size = _LARGEST_PAGE
        self.shuffles = False
        self.watch: Callable[[int], None] = lambda _number: None
        self.requests: list[str] = []
        self.most_at_once = self._under_way = 0
        self._random, self._lock = random.Random(22), threading.Lock()

    @property
    def url(self) -> str:
        """The base of the API, with its mount."""
        return f"http://127.0.0.1:{self.server_port}{self.mount}"

    def count(self, request: str) -> int:
        """Note a request, and return its number, from 1."""
        with self._lock:
            self.requests.append(request)
            return len(self.requests)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a request as long as it is being answered."""
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def answer(self, target: str, *, is_staff: bool) -> tuple[int, Document | None]:
        """Return the status and the document at a path and query; no document stands for an HTML page."""
        url = urlsplit(target)
        if not url.path.startswith(self.mount):
            return 404, None
        path = url.path.removeprefix(self.mount)
        document = self.recordings.document(path, is_staff=is_staff)
        if document is not None:
            return 200, document
        rows = self.recordings.rows(path)
        if rows is not None:
            return self._page(path, rows, parse_qs(url.query))
        # What its routes do not know is a page, and they know no version with a pre-release or build metadata.
        is_known = _KNOWN_ROUTE.fullmatch(path) is not None
        return 404, {"detail": "Not found."} if is_known else None

    def shutdown_request(self, request: Any) -> None:
        """Close the connection at once, so that one that is to be reset is reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave: they are what the tests are about."""

    def _page(self, path: str, rows: list[Document], query: dict[str, list[str]]) -> tuple[int, Document]:
        number, size = int(query.get("page", ["1"])[0]), int(query.get("page_size", ["100"])[0])
        rows = _selected(rows, query)
        if path == "jobs/" or "order" in query:
            rows = _ordered(rows, query.get("order", ["last_modified"]))
        if self.shuffles:
            rows = self._shuffled(rows, query.get("order", ["last_modified" if path == "jobs/" else "name"])[0])
        size = min(size, self.page_size)
        first = (number - 1) * size
        if number < 1 or (first >= len(rows) and number > 1):
            return 404, {"detail": "Invalid page."}
        links = [
            _link(path, {**query, "page": [str(other)]}) if other > 0 and (other - 1) * size < len(rows) else None
            for other in (number + 1, number - 1)
        ]
        page = rows[first : first + size]
        return 200, {"count": len(rows), "next": links[0], "previous": links[1], "results": page}

    def _shuffled(self, rows: list[Document], order: str) -> list[Document]:
        """Return rows with those that have the same sort key in an order of chance."""
        name = order.removeprefix("-")
        if not rows or name not in rows[0]:
            return rows
        with self._lock:
            chance = {row["id"]: self._random.random() for row in rows}
        places: dict[str, int] = {}
        for row in rows:
            places.setdefault(row[name], len(places))
        return sorted(rows, key=lambda row: (places[row[name]], chance[row["id"]]))


class _Handler(BaseHTTPRequestHandler):
    server: Replay
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        with self.server.under_way():
            self._reply()

    def _reply(self) -> None:
        number = self.server.count(f"{self.command} {self.path}")
        self.server.watch(number)
        fault = self.server.plan(number)
        if fault is Fault.SLOW:
            time.sleep(self.server.delay)
        simple = {
            Fault.MISSING: (404, _NO_PAGE),
            Fault.BROKEN: (500, b"<h1>Server Error (500)</h1>"),
            Fault.UNAVAILABLE: (503, b"<h1>Service Unavailable</h1>"),
            Fault.TOO_MANY: (429, b""),
            Fault.REFUSED: (401, b'{"detail":"Invalid token."}'),
            Fault.NO_JSON: (200, b"<h1>One moment, please</h1>"),
        }
        if fault is Fault.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.close_connection = True
        elif fault in simple:
            self._send(*simple[fault])
        else:
            is_staff = self.headers.get("Authorization") == f"Token {TOKEN}"
            status, document = self.server.answer(self.path, is_staff=is_staff)
            body = _NO_PAGE if document is None else json.dumps(document, ensure_ascii=False).encode()
            self._send(status, body, is_cut=fault is Fault.CUT_OFF)

    def _send(self, status: int, body: bytes, *, is_cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_cut else body)
        self.close_connection = self.close_connection or is_cut

    def _note(self) -> None:
        """Refuse what is no GET; ``requests`` has it."""
        self.server.count(f"{self.command} {self.path}")
        self.close_connection = True
        self._send(405, b'{"detail":"Method not allowed."}')

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _note  # noqa: N815  (so http.server names them)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def replay(recordings: Recordings | None = None, mount: str = "/v6/") -> Iterator[Replay]:
    """Run a server on a free port until the end of the block."""
    server = Replay(recordings or Recordings.read(), mount)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _selected(rows: list[Document], query: dict[str, list[str]]) -> list[Document]:
    """Return the rows that the filters of jobs let pass, which go by the last change there."""
    if "status" in query:
        rows = [row for row in rows if row["status"] in query["status"]]
    if "started" in query:
        rows = [row for row in rows if row["last_modified"] >= query["started"][0]]
    if "ended" in query:
        rows = [row for row in rows if row["last_modified"] <= query["ended"][0]]
    return rows


def _ordered(rows: list[Document], order: list[str]) -> list[Document]:
    for name in reversed(order):
        rows = sorted(rows, key=lambda row: row[name.removeprefix("-")], reverse=name.startswith("-"))
    return rows


def _link(path: str, query: dict[str, list[str]]) -> str:
    """Return the URL of another page; the first one has no number, as there."""
    if query["page"] == ["1"]:
        del query["page"]
    return f"{_LINKED}{quote(path)}" + (f"?{urlencode(sorted(query.items()), doseq=True)}" if query else "")

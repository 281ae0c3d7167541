"""gunicorn's worker with threads, in which no thread waits for a client.

The worker as it comes gives a new connection to a thread, which waits there for the request: a few clients that
send a byte a second occupy all threads, and so do those that do not read their answers. Here the event loop of the
process reads instead, from all connections at once, and gives gunicorn's parser what it has read when that is a
whole request. What a client does not take of its answer at once, the event loop sends, too. And there waits a
request that waits for something to happen (see ``core.http.holding``).
"""

import json
import re
import selectors
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import TConn

from core import deadlines
from scale.chunks import ChunkedBody, InvalidChunks
from scale.sharing import SharingWorker

PATIENCE = 20.0  # seconds for a request to arrive
PATIENCE_WITH_READERS = 60.0  # seconds for a client to take its answer
LINGER = 2.0  # seconds for a client to close its connection after the last answer
LONGEST_LINE = 1 << 16  # bytes of a request line: Scale's web client sends an id for each job type
LONGEST_HEADERS = 1 << 16  # bytes
LOOK = 5.0  # seconds after which a held request is served again without any news
LARGEST_HELD = 1 << 16  # bytes of a request that may be held
MOST_HELD = 1 << 26  # bytes of requests that have not arrived as a whole, and of answers that were not taken
PROBES = (b"GET /healthz ", b"HEAD /healthz ")

_CHUNK = 1 << 16  # bytes to read at once; the memory for more comes from the kernel each time
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d+)[ \t]*\r", re.IGNORECASE)
_LONGEST_LENGTH = 18  # digits, without zeros at the beginning; int() refuses thousands of them
_IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


class PatientSocket(socket.socket):
    """A connection on which ``sendall`` does not wait: it keeps what the client does not take, in ``leaving``.

    ``began`` is when its request arrived, and ``waited`` for how many seconds that was held until it is served now.
    A request that is held has one of the ``places``.
    """

    def __init__(self, fileno: int, places: BoundedSemaphore) -> None:
        super().__init__(fileno=fileno)
        self.leaving = bytearray()
        self.places = places
        self.began = self.waited = 0.0
        self.may_be_held = False
        self.held_until: float | None = None

    def hold(self, seconds: float) -> None:
        """Discard the answer, and let the request be served again, until ``seconds`` after it arrived.

        Nothing happens later than that, without a place for it, and in a process that is about to end.
        """
        end = self.began + seconds
        is_wanted = self.may_be_held and self.held_until is None and time.monotonic() < end
        if is_wanted and self.places.acquire(blocking=False):
            self.held_until = end

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        if self.held_until is not None:
            return
        rest = memoryview(data)
        if not self.leaving:
            with suppress(BlockingIOError):
                rest = rest[self.send(data, flags | socket.MSG_DONTWAIT) :]
        self.leaving += rest


class PatientWorker(SharingWorker):
    """Keeps connections that no thread works on in ``waiting``, with the times at which they are closed.

    In ``held`` are those whose requests wait for something to happen, with the times when they are served again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[TConn, float] = {}
        self.held: dict[TConn, float] = {}
        self.places = BoundedSemaphore(max(1, self.worker_connections // 2))
        self.asking: set[TConn] = set()  # those that were held, and are served again now
        self.news = 0  # how often something has happened
        # A thread for the probe that needs nothing but a thread: all others may be waiting for the database.
        self.probe_pool = ThreadPoolExecutor(max_workers=1)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to a thread if its next request has arrived, and wait for the rest of it otherwise.

        gunicorn calls this for each new connection, and for each with something to read.
        """
        if conn not in self.waiting:
            if not conn.initialized:
                conn.sock = PatientSocket(conn.sock.detach(), self.places)
            conn.arriving = bytearray(conn.parser.unreader.take_buffered() if conn.parser else b"")
            conn.whole = 0  # bytes of the request, once its head is there
            conn.chunks = None  # instead, if its body comes in chunks
        try:
            if self._waits(conn):
                return
        except OSError:  # The client has gone.
            self._close(conn)
            return
        self.waiting.pop(conn, None)
        request = (conn.chunks.request() if conn.chunks else b"") + conn.arriving
        conn.arriving, conn.chunks = bytearray(), None
        conn.init()
        conn.sock.began = time.monotonic()
        self._serve(conn, request)

    def _serve(self, conn: TConn, request: bytes, *, may_be_held: bool = True) -> None:
        """Give a request to a thread."""
        conn.parser.unreader.unread(request)
        conn.data_ready = True
        conn.arrived, conn.news, conn.sock.held_until = time.monotonic(), self.news, None
        conn.sock.waited = round(conn.arrived - conn.sock.began, 3)
        conn.sock.may_be_held = may_be_held and self.alive and len(request) <= LARGEST_HELD
        conn.request = request if conn.sock.may_be_held else b""
        pool = self.probe_pool if request.startswith(PROBES) else self.tpool
        future = pool.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def handle(self, conn: TConn) -> object:
        """Serve a request in a thread; its time counts from its arrival, before it waited for the thread."""
        deadlines.begin(conn.arrived)
        return super().handle(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Close a connection after the answer to a body that was not read."""
        if conn.is_too_large:
            req.force_close()
        if conn.sock.waited:  # The client was told to go on when the request arrived.
            req._expected_100_continue = False
        return super().handle_request(req, conn)

    def finish_request(self, conn: TConn, future: "Future[object]") -> None:
        """Wait in the event loop for a client to take its answer, and to close its connection after the last one.

        gunicorn would wait for the one in the thread, and stop the loop for the other.
        """
        self.asking.discard(conn)
        if conn.sock.held_until is not None:
            self._hold(conn)
            return
        conn.request = b""
        if conn.sock.leaving:
            conn.sock.setblocking(False)
            self.waiting[conn] = time.monotonic() + PATIENCE_WITH_READERS
            self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self._on_writable, conn, future))
        elif future.cancelled() or future.exception() or future.result():
            super().finish_request(conn, future)
        else:
            self._linger(conn)

    def hear(self) -> None:
        """Serve held requests again: something has happened. Any thread may call this."""
        self.method_queue.defer(self._hear)

    def _hear(self) -> None:
        self.news += 1

    def _hold(self, conn: TConn) -> None:
        """Keep a request until it is served again; a look is not one of the requests that a process serves."""
        self.nr -= 1
        self.held[conn] = min(conn.sock.held_until, time.monotonic() + (LOOK if self.alive else 0))
        try:
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_sign_of_held, conn))
        except (OSError, ValueError):  # It was closed after a fault.
            self._close(conn)

    def _ask_again(self) -> None:
        """Serve those held requests again that there is news for, or whose time has come; a few threads are for it.

        The one comes first that was looked at first. It is done at the end of a round of the event loop, in which a
        connection may have an event.
        """
        now = time.monotonic()
        for conn, due in list(self.held.items()):
            if len(self.asking) >= max(1, self.cfg.threads // 2):
                return
            if conn.news < self.news or due <= now:
                self._ask(conn)

    def _ask(self, conn: TConn, *, may_be_held: bool = True) -> None:
        del self.held[conn]
        self.places.release()
        self.poller.unregister(conn.sock)
        self.asking.add(conn)
        # A parser ends with a request that is the last one of its connection.
        conn.parser, conn.initialized = None, False
        conn.init()
        self._serve(conn, conn.request, may_be_held=may_be_held)

    def _on_sign_of_held(self, conn: TConn, sock: socket.socket) -> None:
        """Close a connection that its client has closed."""
        try:
            is_open = bool(sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return
        except OSError:
            is_open = False
        if is_open:  # The client sends its next request, which has to wait: this one is answered.
            self._ask(conn, may_be_held=False)
        else:
            self._drop(conn)

    def murder_pending(self) -> None:
        """Close the connections whose time is up, and without room for more those that have waited longest.

        The event loop calls this at the end of each of its rounds, in which a connection may have an event.
        """
        self._ask_again()
        now = time.monotonic()
        for conn in [conn for conn, end in self.waiting.items() if end < now]:
            self._drop(conn)
        while self.waiting and self.nr_conns >= self.worker_connections:
            self._drop(next(iter(self.waiting)))
        held = {conn: size for conn in self.waiting if (size := _bytes_of(conn))}
        excess = sum(held.values()) - max(MOST_HELD, 4 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        for conn, size in held.items():
            if excess <= 0:
                break
            self._drop(conn)
            excess -= size
        super().murder_pending()

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no connection wait beyond ``deadline`` for a request to begin: the worker is about to end."""
        super()._cap_keepalive(deadline)
        self.waiting = {conn: end if _bytes_of(conn) else min(end, deadline) for conn, end in self.waiting.items()}
        for conn in list(self.held):
            self._ask(conn)

    def _waits(self, conn: TConn) -> bool:
        """Read what has arrived of a request; return False if it is whole, else let it wait or refuse it."""
        conn.sock.setblocking(False)
        with suppress(BlockingIOError):
            piece = conn.sock.recv(_CHUNK)
            if not piece:
                self._close(conn)
                return True
            conn.arriving += piece
        if not (conn.whole or conn.chunks):
            if self._refuses_head(conn):
                return True
            if (conn.whole or conn.chunks) and conn.is_too_large:
                return False  # The application refuses it by its length.
        if conn.chunks:
            try:
                conn.chunks.take(conn.arriving)
            except InvalidChunks as error:
                self._refuse(conn, "400 Bad Request", str(error))
                return True
            conn.is_too_large = conn.chunks.is_too_large
            if conn.chunks.is_whole or conn.is_too_large:
                return False
        elif conn.whole and len(conn.arriving) >= conn.whole:
            return False
        self.waiting.setdefault(conn, time.monotonic() + PATIENCE)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))
        return True

    def _refuses_head(self, conn: TConn) -> bool:
        """Read the head of a request if it has arrived; return whether it was refused, as it is too long."""
        line = conn.arriving.find(b"\r\n", 0, LONGEST_LINE + 2)
        if line < 0:
            if len(conn.arriving) > LONGEST_LINE + 1:
                self._refuse(conn, "414 URI Too Long", "The request line is longer than 64 KiB.")
                return True
        elif (end := conn.arriving.find(b"\r\n\r\n", line, line + LONGEST_HEADERS)) >= 0:
            self._read_head(conn, end + 4)
        elif len(conn.arriving) >= line + LONGEST_HEADERS:
            self._refuse(conn, "431 Request Header Fields Too Large", "The headers are larger than 64 KiB.")
            return True
        return False

    def _read_head(self, conn: TConn, end: int) -> None:
        """Find out how the body comes after a head of ``end`` bytes; ask for it if the client waits for that."""
        head = bytes(conn.arriving[: end - 2])
        length, most = _LENGTH.search(head), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = int(length[1][:_LONGEST_LENGTH]) if length else 0
        if _IN_CHUNKS.search(head):
            conn.chunks = ChunkedBody(bytes(conn.arriving[:end]), most)
            del conn.arriving[:end]
            conn.is_too_large = False
        else:
            conn.whole = end + body
            conn.is_too_large = body > most
        if not conn.is_too_large and len(conn.arriving) < max(conn.whole, 1) and _EXPECTS.search(head):
            conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, conn: TConn, status: str, detail: str) -> None:
        """Answer a request of which no more is read."""
        body = json.dumps({"detail": detail})
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json"
        conn.sock.send(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        self._linger(conn)

    def _on_readable(self, conn: TConn, sock: socket.socket) -> None:
        self.poller.unregister(sock)
        self.enqueue_req(conn)

    def _on_writable(self, conn: TConn, future: "Future[object]", sock: PatientSocket) -> None:
        """Send more of an answer; when the client has taken all of it, go on with the connection."""
        try:
            del sock.leaving[: sock.send(sock.leaving)]
        except OSError:  # The client has gone.
            self._drop(conn)
            return
        if not sock.leaving:
            self.poller.unregister(sock)
            del self.waiting[conn]
            self.finish_request(conn, future)

    def _linger(self, conn: TConn) -> None:
        """End the service's side of a connection, and wait for the client to end its own."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_rest, conn))
        except OSError:
            self._close(conn)
        else:
            self.waiting[conn] = time.monotonic() + LINGER

    def _on_rest(self, conn: TConn, sock: socket.socket) -> None:
        """Discard what a client still sends, and close the connection when it has ended."""
        with suppress(OSError):
            if sock.recv(_CHUNK):
                return
        self._drop(conn)

    def _drop(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.waiting.pop(conn, None)
        if self.held.pop(conn, None) is not None:
            self.places.release()
        self.nr_conns -= 1
        conn.close()


def _bytes_of(conn: TConn) -> int:
    """Return how many bytes are kept for a connection that no thread works on."""
    return len(conn.arriving) + len(conn.chunks or b"") + len(conn.sock.leaving)

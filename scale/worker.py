"""gunicorn's worker with threads, which takes a thread only for a request that has arrived as a whole.

The worker as it comes gives a new connection to a thread, which waits there for the request: a few clients that
send a byte a second occupy all threads. Here the event loop of the process reads instead, from all connections at
once, and gives gunicorn's parser what it has read when that is a whole request.
"""

import json
import re
import selectors
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import TConn, ThreadWorker

from core import deadlines

PATIENCE = 20.0  # seconds for a request to arrive
LINGER = 2.0  # seconds for a client to close its connection after the last answer
LONGEST_HEAD = 1 << 16
PROBES = (b"GET /healthz ", b"HEAD /healthz ")

_CHUNK = 1 << 18
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d+)[ \t]*\r", re.IGNORECASE)
_LONGEST_LENGTH = 18  # digits, without zeros at the beginning; int() refuses thousands of them
_IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


class PatientWorker(ThreadWorker):
    """Keeps connections that no thread works on in ``waiting``, with the times at which they are closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[TConn, float] = {}
        # A thread for the probe that needs nothing but a thread: all others may be waiting for the database.
        self.probe_pool = ThreadPoolExecutor(max_workers=1)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to a thread if its next request has arrived, and wait for the rest of it otherwise.

        gunicorn calls this for each new connection, and for each with something to read.
        """
        if conn not in self.waiting:
            conn.arriving = bytearray(conn.parser.unreader.take_buffered() if conn.parser else b"")
            conn.whole = 0  # bytes of the request, once its head is there
        try:
            if self._waits(conn):
                return
        except OSError:  # The client has gone.
            self._close(conn)
            return
        self.waiting.pop(conn, None)
        conn.init()
        conn.parser.unreader.unread(bytes(conn.arriving))
        # A body in chunks, which is not here yet, would hold the one thread of the probes for as long as it takes.
        head, _, _ = bytes(conn.arriving[:LONGEST_HEAD]).partition(b"\r\n\r\n")
        is_probe = head.startswith(PROBES) and not _IN_CHUNKS.search(head)
        conn.arriving = bytearray()
        conn.data_ready = True
        conn.arrived = time.monotonic()
        pool = self.probe_pool if is_probe else self.tpool
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
        return super().handle_request(req, conn)

    def finish_request(self, conn: TConn, future: "Future[object]") -> None:
        """Wait in the event loop for a client to close its connection; gunicorn would stop the loop for that."""
        if future.cancelled() or future.exception() or future.result():
            super().finish_request(conn, future)
        else:
            self._linger(conn)

    def murder_pending(self) -> None:
        """Close the connections whose time is up, and without room for others those that have waited longest.

        The event loop calls this at the end of each of its rounds, in which a connection may have an event.
        """
        now = time.monotonic()
        for conn in [conn for conn, end in self.waiting.items() if end < now]:
            self._drop(conn)
        while self.waiting and self.nr_conns >= self.worker_connections:
            self._drop(next(iter(self.waiting)))

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no connection wait beyond ``deadline`` for a request to begin: the worker is about to end."""
        super()._cap_keepalive(deadline)
        self.waiting = {conn: end if conn.arriving else min(end, deadline) for conn, end in self.waiting.items()}

    def _waits(self, conn: TConn) -> bool:
        """Read what has arrived of a request; return False if it is whole, else let it wait or refuse it."""
        conn.sock.setblocking(False)
        with suppress(BlockingIOError):
            piece = conn.sock.recv(_CHUNK)
            if not piece:
                self._close(conn)
                return True
            conn.arriving += piece
        if not conn.whole and (end := conn.arriving.find(b"\r\n\r\n", 0, LONGEST_HEAD)) >= 0:
            head = bytes(conn.arriving[: end + 2])
            length = _LENGTH.search(head)
            body = int(length[1][:_LONGEST_LENGTH]) if length else 0
            conn.whole = end + 4 + body
            conn.is_too_large = body > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            if conn.is_too_large:
                return False  # The application refuses it by its length.
            if len(conn.arriving) < conn.whole and _EXPECTS.search(head):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if conn.whole and len(conn.arriving) >= conn.whole:
            return False
        if not conn.whole and len(conn.arriving) >= LONGEST_HEAD:
            self._refuse(conn, "431 Request Header Fields Too Large", "The headers are larger than 64 KiB.")
            return True
        self.waiting.setdefault(conn, time.monotonic() + PATIENCE)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))
        return True

    def _refuse(self, conn: TConn, status: str, detail: str) -> None:
        """Answer a request of which no more is read."""
        body = json.dumps({"detail": detail})
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json"
        conn.sock.send(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        self._linger(conn)

    def _on_readable(self, conn: TConn, sock: socket.socket) -> None:
        self.poller.unregister(sock)
        self.enqueue_req(conn)

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
            if sock.recv(LONGEST_HEAD):
                return
        self._drop(conn)

    def _drop(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.waiting.pop(conn, None)
        self.nr_conns -= 1
        conn.close()

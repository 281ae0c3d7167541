"""Word of jobs that were queued, for the processes that hold claims.

A thread of each web process sends and receives it. On PostgreSQL it uses LISTEN and NOTIFY, on its own connection:
a NOTIFY in the transactions that queue jobs would let these commit only one after the other. On SQLite it looks
whether anything was written. A message may be lost with a connection; claims are then answered later.
"""

import logging
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction

_logger = logging.getLogger(__name__)

_TOGETHER = 0.02  # seconds: jobs that are queued within them are one piece of news
_LOOK = 0.1  # seconds between two looks at SQLite
_ALIVE = 60_000  # milliseconds of silence, after which PostgreSQL is asked whether it is there
_PAUSE = 2.0  # seconds after a connection was lost

# What wakes the thread of this process, if it has one.
_waker: socket.socket | None = None


def announce() -> None:
    """Let all web processes know, once this transaction is committed, that jobs were queued. Takes no statement."""
    if _waker:
        transaction.on_commit(partial(_wake, _waker))


def start(tell: Callable[[], None]) -> None:
    """Call ``tell`` from now on, in a thread, when jobs were queued by whatever process serves requests."""
    global _waker
    _waker, sleeper = socket.socketpair()
    _waker.setblocking(False)
    Thread(target=_hear, args=(tell, sleeper), daemon=True, name="arrivals").start()


def _wake(waker: socket.socket) -> None:
    # It may be full of what the thread has not read, which is word enough. Nothing depends on it.
    with suppress(OSError):
        waker.send(b".")


def _hear(tell: Callable[[], None], sleeper: socket.socket) -> None:
    hear = _hear_notices if connection.vendor == "postgresql" else _look_for_writes
    while True:
        try:
            with connection.cursor() as cursor:
                hear(cursor, tell, sleeper)
        except (DatabaseError, InterfaceError, OSError) as error:
            _logger.warning("no word of jobs", extra={"reason": str(error)})
        with suppress(DatabaseError, InterfaceError):
            connection.close()
        time.sleep(_PAUSE)


def _hear_notices(cursor: Any, tell: Callable[[], None], sleeper: socket.socket) -> None:
    """Listen until the connection is lost, which is raised."""
    cursor.execute("LISTEN jobs_queued")
    heard = cursor.connection
    ready = select.poll()
    for source in (heard, sleeper):
        ready.register(source, select.POLLIN)
    tell()
    while True:
        events = dict(ready.poll(_ALIVE))
        if sleeper.fileno() in events:
            sleeper.recv(4096)
            cursor.execute("NOTIFY jobs_queued")
        if not events:
            cursor.execute("SELECT 1")
        with connection.wrap_database_errors:
            heard.poll()
        if heard.notifies:
            heard.notifies.clear()
            tell()
            time.sleep(_TOGETHER)


def _look_for_writes(cursor: Any, tell: Callable[[], None], sleeper: socket.socket) -> None:
    """Look at the number that SQLite counts up for this connection when another one has written."""
    seen = None
    while True:
        (number,) = cursor.execute("PRAGMA data_version").fetchone()
        if number != seen:
            seen = number
            tell()
        time.sleep(_LOOK)

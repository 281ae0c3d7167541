"""The time that a process that serves requests waits for PostgreSQL, whatever the server or the network does.

The server ends a statement or a wait for locks that takes too long by itself, unless it hangs. Then psycopg2 calls
``wait`` here for all that it waits for: connections, statements, commits.
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, STATUS_SETUP, set_wait_callback

# When the request that is being served has to be answered, by ``time.monotonic()``; None outside of one.
_end: ContextVar[float | None] = ContextVar("end", default=None)


class Overdue(OperationalError):
    """PostgreSQL did not respond in time: it hangs, or the way to it does. The connection is closed."""


def begin(arrived: float) -> None:
    """Let this thread serve a request that arrived at ``arrived``, by ``time.monotonic()``."""
    _end.set(arrived + settings.DATABASE_REQUEST_TIMEOUT)


def begin_anew() -> None:
    """Let the request have its whole time for the database again, after it waited for something else."""
    if _end.get() is not None:
        begin(time.monotonic())


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Wait for the database at most ``seconds`` in this block, and not beyond the end of the request."""
    token = _end.set(_until(seconds))
    try:
        yield
    finally:
        _end.reset(token)


def remaining() -> float:
    """Return for how many seconds the request may still wait for the database."""
    return _until(settings.DATABASE_REQUEST_TIMEOUT) - time.monotonic()


def bind() -> None:
    """Bind all connections that this process will open: it serves requests.

    Commands, migrations and backups are other processes, which may take as long as they need.
    """
    for database in connections.settings.values():
        if database["ENGINE"] == "django.db.backends.postgresql":
            options = database["OPTIONS"]
            # What the URL of the database sets comes later, and wins.
            options["options"] = (
                f"-c statement_timeout={settings.DATABASE_STATEMENT_TIMEOUT}s "
                f"-c lock_timeout={settings.DATABASE_LOCK_TIMEOUT}s {options.get('options', '')}"
            ).rstrip()
    set_wait_callback(wait)


def wait(connection: Any) -> None:
    """Wait until ``connection`` is ready, as psycopg2 asks for; raise Overdue when the time is up."""
    end = _until(settings.DATABASE_REQUEST_TIMEOUT)
    if connection.status == STATUS_SETUP:
        # It connects, and libpq leaves its own timeout to this function.
        end = _until(float(connection.info.dsn_parameters["connect_timeout"]))
    while (state := connection.poll()) != POLL_OK:
        ready = select.poll()
        ready.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        left = end - time.monotonic()
        if left <= 0 or not ready.poll(left * 1000):
            raise Overdue("PostgreSQL did not respond in time.")


def _until(seconds: float) -> float:
    """Return the end of the next ``seconds``, or of the request if that is earlier."""
    end = time.monotonic() + seconds
    request_end = _end.get()
    return end if request_end is None else min(end, request_end)

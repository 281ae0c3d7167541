"""Requests and statements that take long, as lines of the log: which route and whose, without what was sent.

A wrapper that Django calls for each statement counts those of the request that is being served.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

logger = logging.getLogger("scale.slow")

_LONGEST_STATEMENT = 500
# Values are parameters, which are not part of a statement; and what is written into one is of the code. Still:
_LITERALS = re.compile(r"'[^']*'|\b\d+\b")


class Work:
    """What the request that is being served has taken so far."""

    __slots__ = ("began", "database", "queries", "request")

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.began = time.perf_counter()
        self.queries = 0
        self.database = 0.0  # milliseconds

    def milliseconds(self) -> float:
        """Return how long it has taken."""
        return (time.perf_counter() - self.began) * 1000

    def end(self, status: int, milliseconds: float) -> None:
        """Log the request, whose answer has this status, if it was slow."""
        if 0 < settings.SLOW_REQUEST_MS <= milliseconds:
            database = round(self.database, 2)
            self._warn("slow request", milliseconds, status=status, database_milliseconds=database)

    def add(self, statement: str, milliseconds: float) -> None:
        """Count a statement that took so long, and log it if it was slow."""
        self.queries += 1
        self.database += milliseconds
        if 0 < settings.SLOW_STATEMENT_MS <= milliseconds:
            shown = " ".join(_LITERALS.sub("…", statement).split())[:_LONGEST_STATEMENT]
            self._warn("slow statement", milliseconds, statement=shown)

    def _warn(self, message: str, milliseconds: float, **details: object) -> None:
        match = self.request.resolver_match
        shown = {
            "method": self.request.method,
            "route": f"/{match.route}" if match else None,
            "account": _account(self.request),
            "milliseconds": round(milliseconds, 2),
            "queries": self.queries,
            **details,
        }
        logger.warning(message, extra=shown)


_work: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def watched(request: HttpRequest) -> Iterator[Work]:
    """Count what ``request`` takes in this block."""
    token = _work.set(work := Work(request))
    try:
        yield work
    finally:
        _work.reset(token)


def current_work() -> Work:
    """Return what the request that is being served has taken so far. Raises LookupError outside of one."""
    work = _work.get()
    if work is None:
        raise LookupError("No request is being served here.")
    return work


def watch(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Let the statements of a connection count: a receiver of ``connection_created``."""
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    work = _work.get()
    if work is None:
        return execute(sql, params, many, context)
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        work.add(sql, (time.perf_counter() - began) * 1000)


def _account(request: HttpRequest) -> str | None:
    """Return the name of the account that sends ``request``, if that is known; None without asking the database."""
    account = getattr(request, "user", None)
    if isinstance(account, SimpleLazyObject):
        account = getattr(request, "_cached_user", None)
    return account.get_username() or None if account is not None else None

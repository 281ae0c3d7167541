"""Reads from a PostgreSQL replica, by whoever it can show everything that they wrote themselves."""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

REPLICA = "replica"
PAUSE = 5.0  # seconds that a replica is left alone after it failed

logger = logging.getLogger(__name__)

_SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
# A token that is revoked, or a right that is withdrawn, is so at once. `scale` keeps the positions themselves.
_PRIMARY_APPS = frozenset(["admin", "auth", "axes", "contenttypes", "knox", "scale", "sessions"])


@dataclass(slots=True)
class _Reading:
    """A request that may read from the replica, and the database that its first read chose."""

    request: HttpRequest
    database: str | None = None


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


class ReplicaRouter:
    """Writes, and all reads outside of safe requests to the API, go to the primary.

    The first read of a safe request chooses for the whole of it, so that an answer shows one database.
    """

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        reading = _reading.get()
        if reading is None or model._meta.app_label in _PRIMARY_APPS:
            return DEFAULT_DB_ALIAS
        if reading.database is None:
            reading.database = _choose(reading.request)
        return reading.database

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db != REPLICA


class ReplicaMiddleware:
    """Lets safe requests to the API read from the replica, and keeps the position after what others wrote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE_METHODS:
            return self._read(request) if request.path_info.startswith("/v6/") else self.get_response(request)
        response = self.get_response(request)
        # Refusals too: whoever is told that a name is taken, or a tag is old, wants to see by what.
        if request.path_info.startswith(("/v6/", "/admin/")):
            _keep_position(request)
        return response

    def _read(self, request: HttpRequest) -> HttpResponse:
        reading = _Reading(request)
        token = _reading.set(reading)
        try:
            response = self.get_response(request)
            if response.status_code >= 500 and reading.database == REPLICA:
                # It ended, canceled a query that was in the way of its replay, or has not replayed a migration
                # yet. Reading again is safe, and the primary knows none of these.
                logger.warning("replica failed a request, which is read again from the primary")
                reading.database = DEFAULT_DB_ALIAS
                response = self.get_response(request)
            return response
        finally:
            _reading.reset(token)


class _Availability:
    """Whether this process tries the replica: when it failed, one request every PAUSE seconds does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_try: float | None = None  # None while it is in use

    def may_try(self) -> bool:
        with self._lock:
            if self._next_try is None:
                return True
            now = time.monotonic()
            if now < self._next_try:
                return False
            # The others go on without it meanwhile, and do not wait for its connect timeout.
            self._next_try = now + PAUSE
            return True

    def failed(self, cause: str) -> None:
        with self._lock:
            if self._next_try is None:
                logger.warning("replica given up", extra={"cause": cause})
            self._next_try = time.monotonic() + PAUSE

    def succeeded(self) -> None:
        with self._lock:
            if self._next_try is not None:
                logger.info("replica in use again")
            self._next_try = None


_availability = _Availability()

# What an account must find is where the log ended after its last write. A crash of the primary may lose the newest
# of these positions, but not the writes before them: recovery ends with a checkpoint behind all of those. A
# replica that is further behind than the last checkpoint is of no use to anyone who writes anyway.
_NEEDED = """
    SELECT greatest(
        (SELECT position FROM scale_lastwrite WHERE account_id = %s),
        (SELECT redo_lsn - '0/0' FROM pg_control_checkpoint())
    )::bigint
"""

# NULL on a server that is no replica, or no longer.
_REPLAYED = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END::bigint"

# Both statements, sent at once, are one transaction. It need not be durable (see above), and must not wait for the
# disk: clients that share an account would wait for each other's.
# The insert position, unlike pg_current_wal_lsn(), is never before a commit that was not made durable either.
# It is looked up again when the row is locked, so that of two writers the later one cannot move it back.
_KEEP = """
    SET LOCAL synchronous_commit = off;
    INSERT INTO scale_lastwrite (account_id, position) VALUES (%s, pg_current_wal_insert_lsn() - '0/0')
    ON CONFLICT (account_id) DO UPDATE SET position = pg_current_wal_insert_lsn() - '0/0'
"""


def _choose(request: HttpRequest) -> str:
    """The database that a safe request reads from.

    Its account is known by now, or is looked up here, on the primary. Only staff can write; for all others any
    state of the replica will do.
    """
    if not _availability.may_try():
        return DEFAULT_DB_ALIAS
    account = _writer(request)
    needed = 0 if account is None else _position_needed(account)
    replayed = _position_replayed()
    return REPLICA if replayed is not None and replayed >= needed else DEFAULT_DB_ALIAS


def _writer(request: HttpRequest) -> int | None:
    """The id of the account that `request` comes from, when it is one that can write."""
    # What another middleware answers itself, as it does a request without TLS, has no account.
    account = getattr(request, "user", None)
    return account.pk if account is not None and account.is_staff else None


def _position_needed(account: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, [account])
        return cursor.fetchone()[0]


def _position_replayed() -> int | None:
    """How far the replica is; None when it cannot be used, and then it is left alone for a while."""
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(_REPLAYED)
            position: int | None = cursor.fetchone()[0]
    except Error as error:
        _availability.failed(str(error).partition("\n")[0])
        return None
    if position is None:
        _availability.failed("It is not in recovery: it is no replica.")
    else:
        _availability.succeeded()
    return position


def _keep_position(request: HttpRequest) -> None:
    """Keeps how far the replica must be before the account of `request` reads from it again."""
    try:
        account = _writer(request)
        if account is not None:
            with connection.cursor() as cursor:
                cursor.execute(_KEEP, [account])
    except Error as error:
        # What the request was for is done, and said so.
        logger.warning("position of a write not kept", extra={"cause": str(error).partition("\n")[0]})

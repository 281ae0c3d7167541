"""Reads from a PostgreSQL replica, for clients to which it can show everything that they wrote themselves."""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from core import deadlines

REPLICA = "replica"
PAUSE = 5.0  # seconds for which a replica is not used after it failed
PATIENCE = 2.0  # seconds for a replica to say how far it is; one that hangs costs a request no more
REPEAT = 5.0  # seconds that must be left of a request to read it again from the primary

logger = logging.getLogger(__name__)

_SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
# Revoking a token or a right has to take effect at once. The positions themselves are in `scale`.
_PRIMARY_APPS = frozenset(["admin", "auth", "axes", "contenttypes", "knox", "scale", "sessions"])


@dataclass(slots=True)
class _Reading:
    """A request that may read from the replica, and the database that was chosen for its first read."""

    request: HttpRequest
    database: str | None = None


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


class ReplicaRouter:
    """Sends writes, and all reads outside of safe requests to the API, to the primary.

    The first read of a safe request chooses the database for all of its reads: an answer shows one database.
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
    """Lets safe requests to the API read from the replica, and stores the position of the log after all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE_METHODS:
            return self._read(request) if request.path_info.startswith("/v6/") else self.get_response(request)
        response = self.get_response(request)
        # After refusals too: a client whose name is taken or whose tag is old reads the row that is the reason.
        _store_position(request)
        return response

    def _read(self, request: HttpRequest) -> HttpResponse:
        reading = _Reading(request)
        token = _reading.set(reading)
        try:
            response = self.get_response(request)
            failed = response.status_code >= 500 and reading.database == REPLICA
            if failed and deadlines.remaining() > REPEAT:
                # It stopped, canceled a query that delayed its replay, or has not replayed a migration yet. None of
                # that happens on the primary, and reading again is safe.
                logger.warning("replica failed a request, which is read again from the primary")
                reading.database = DEFAULT_DB_ALIAS
                response = self.get_response(request)
            return response
        finally:
            _reading.reset(token)


class _Availability:
    """Whether this process uses the replica: after a failure, one request every PAUSE seconds tries it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_try: float | None = None  # None while it is in use
        self._failed_at = 0.0

    def may_try(self) -> bool:
        with self._lock:
            if self._next_try is None:
                return True
            now = time.monotonic()
            if now < self._next_try:
                return False
            # Other requests use the primary meanwhile and do not wait for the connect timeout of the replica.
            self._next_try = now + PAUSE
            return True

    def failed(self, cause: Error | str) -> None:
        with self._lock:
            if self._next_try is None:
                logger.warning("replica given up", extra={"cause": cause})
            self._failed_at = time.monotonic()
            self._next_try = self._failed_at + PAUSE

    def succeeded(self, asked_at: float) -> None:
        """Use it again, unless it was asked before it failed: such an answer was on its way, and is of then."""
        with self._lock:
            if self._next_try is not None and asked_at > self._failed_at:
                logger.info("replica in use again")
                self._next_try = None


_availability = _Availability()

# The position that a replica must have reached for an account: the end of the log after the account's last write. A
# crash of the primary may lose the newest of these positions, but not the writes before them. Recovery ends with a
# checkpoint after all of those writes, so that the position of the last checkpoint is required too.
_NEEDED = """
    SELECT greatest(
        (SELECT position FROM scale_lastwrite WHERE account_id = %s),
        (SELECT redo_lsn - '0/0' FROM pg_control_checkpoint())
    )::bigint
"""

# NULL on a server that is not a replica, or no longer one.
_REPLAYED = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END::bigint"

# Both statements are sent at once and are one transaction. It need not be durable (see above) and must not wait for
# the disk, since clients that share an account would wait for each other.
# The insert position, unlike pg_current_wal_lsn(), is also after commits that are not durable yet. It is read again
# when the row is locked, so that the later one of two writers cannot move it back.
_STORE = """
    SET LOCAL synchronous_commit = off;
    INSERT INTO scale_lastwrite (account_id, position) VALUES (%s, pg_current_wal_insert_lsn() - '0/0')
    ON CONFLICT (account_id) DO UPDATE SET position = pg_current_wal_insert_lsn() - '0/0'
"""


def _choose(request: HttpRequest) -> str:
    """Return the database that a safe request reads from.

    The account of the request is known already, or is looked up on the primary. Without an account nobody can
    write, so that any state of the replica will do.
    """
    if not _availability.may_try():
        return DEFAULT_DB_ALIAS
    account = _writer(request)
    needed = 0 if account is None else _position_needed(account)
    replayed = _position_replayed()
    return REPLICA if replayed is not None and replayed >= needed else DEFAULT_DB_ALIAS


def _writer(request: HttpRequest) -> int | None:
    """Return the id of the account that sent ``request``, or None without one."""
    # A request that another middleware answered, as one without TLS, has no account.
    account = getattr(request, "user", None)
    return account.pk if account is not None else None


def _position_needed(account: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, [account])
        return cursor.fetchone()[0]


def _position_replayed() -> int | None:
    """Return how far the replica has replayed the log; None when it cannot be used, and pause using it then."""
    asked_at = time.monotonic()
    try:
        with deadlines.within(PATIENCE), connections[REPLICA].cursor() as cursor:
            cursor.execute(_REPLAYED)
            position: int | None = cursor.fetchone()[0]
    except Error as error:
        _availability.failed(error)
        return None
    if position is None:
        _availability.failed("It is not in recovery: it is no replica.")
    else:
        _availability.succeeded(asked_at)
    return position


def _store_position(request: HttpRequest) -> None:
    """Store how far the replica must be before the account of ``request`` reads from it again."""
    try:
        account = _writer(request)
        if account is not None:
            with connection.cursor() as cursor:
                cursor.execute(_STORE, [account])
    except Error as error:
        # The request itself succeeded, and its answer is ready.
        logger.warning("position of a write not stored", extra={"cause": error})

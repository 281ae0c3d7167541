"""When the database cannot serve: it is unavailable, or it lacks migrations."""

from functools import lru_cache
from typing import TypeGuard

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# Codes of PostgreSQL, appendix A: read_only_sql_transaction, undefined_table and undefined_column.
_READ_ONLY_TRANSACTION = "25006"
_UNDEFINED = ("42P01", "42703")


def is_outage(exception: BaseException | None) -> TypeGuard[DatabaseError | InterfaceError]:
    """Return whether ``exception`` means that the database is unavailable: unreachable, read-only, full or busy.

    SQLite raises OperationalError for a missing table or column too; that is a fault of the installation.
    """
    if isinstance(exception, InternalError):
        return getattr(exception.__cause__, "pgcode", None) == _READ_ONLY_TRANSACTION
    if type(exception) is DatabaseError:
        # psycopg2 raises a plain DatabaseError without a code when a connection breaks while it reads a result.
        return getattr(exception.__cause__, "pgcode", "") is None
    return isinstance(exception, OperationalError | InterfaceError) and not str(exception).startswith("no such")


def lacks_migrations(exception: BaseException | None) -> bool:
    """Return whether ``exception`` is of a table or a column that a migration makes which the database lacks."""
    is_missing = (isinstance(exception, OperationalError) and str(exception).startswith("no such")) or (
        isinstance(exception, ProgrammingError) and getattr(exception.__cause__, "pgcode", None) in _UNDEFINED
    )
    if not is_missing:
        return False
    try:
        return bool(missing_migrations())
    except DatabaseError:
        return False


def missing_migrations() -> list[tuple[str, str]]:
    """Return the newest migration of each app that the database lacks, as (app, name), in order."""
    return sorted(_known_migrations() - set(MigrationRecorder(connection).applied_migrations()))


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Return the newest migration of each app in this code, as (app, name)."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())

"""The time at which rows are written: the database's, since the clocks of two web processes may differ."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Now
from django.utils import timezone


def statement_time() -> Expression:
    """Return the time at which the database received the statement that this is part of.

    It is the same in all columns and rows of the statement. In one that follows the statement that locked the rows,
    it is no earlier than the changes that those locks waited for. SQLite is in the process that writes, and its own
    clock only counts milliseconds, so there it is the time at which this is called.
    """
    return Now() if connection.vendor == "postgresql" else Value(timezone.now(), DateTimeField())


class ClockNow(Now):
    """The time at which it is evaluated: after what statements before it waited for, in one round trip too."""

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="CLOCK_TIMESTAMP()", **context)


def database_time() -> datetime:
    """Return the time of the database: one query on PostgreSQL, none on SQLite."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
        return now


def exact_time(read: datetime) -> datetime:
    """Return the time that a prepared statement read as ``Now()``, which on SQLite only counts milliseconds."""
    return read if connection.vendor == "postgresql" else timezone.now()

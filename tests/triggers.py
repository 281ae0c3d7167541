"""Writes that triggers do not see."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def no_trigger(table: str = "jobs_job") -> Iterator[None]:
    """Write rows of ``table`` without its triggers in a ``with`` block, as ``pg_restore --disable-triggers`` does.

    On SQLite, where triggers cannot be disabled, they work all the same.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            yield
            return
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

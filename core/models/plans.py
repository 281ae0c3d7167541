"""Statements that PostgreSQL parses and plans once for a connection, and not each time that they run.

psycopg2 sends a statement as a text. To read it and to choose indexes takes PostgreSQL longer than to find ten jobs
by their keys: half of its time in a claim. Of each ``Fixed`` statement a connection of this module makes a prepared
one (PREPARE), and runs that by its name (EXECUTE), by one plan for any values.
"""

import re
import time
from collections.abc import Sequence
from itertools import count
from typing import Any, Self
from uuid import uuid4

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg2.extensions import connection, cursor

# The SQL and its parameters.
SQL = tuple[str, Sequence[Any]]

# How long a plan is used, in seconds. It is for tables of the size that they had when it was made: of an empty one
# PostgreSQL would read every row, for as long as nothing else lets it plan again. The next transaction
# takes a millisecond more than without plans, since those of triggers and foreign keys are made again, too.
RENEWED_EVERY = 1.0
# How many statements a connection prepares: each takes PostgreSQL some 50 kB. Others run as they are.
MOST = 200

# A placeholder of SQL, or the sign %.
PLACEHOLDER = re.compile("%[%s]")


class Fixed(str):
    """The SQL of a statement that is the same each time but for its parameters.

    PostgreSQL learns their types from where they are, unlike those of constants: a number that is shown is text.
    """

    __slots__ = ()


class Together(str):
    """Statements that follow each other in one text."""

    statements: Sequence[SQL]

    @classmethod
    def of(cls, statements: Sequence[SQL]) -> Self:
        text = cls("; ".join([one for one, _ in statements]))
        text.statements = statements
        return text


class Connection(connection):
    """A connection whose cursors keep the plans of ``Fixed`` statements."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # What runs a statement that is prepared, by the SQL of the statement.
        self.prepared: dict[str, str] = {}
        self.planned = 0.0


class Cursor(cursor):
    """A cursor that runs ``Fixed`` statements by their names, and shows them with their values, as others."""

    connection: Connection
    _ran: tuple[Together, Any] | None = None

    def execute(self, query: Any, parameters: Any = None) -> None:
        self._ran = (query, parameters) if isinstance(query, Together) else None
        if self._ran is None:
            super().execute(query, parameters)
            return
        for text, values in query.statements:
            if isinstance(text, Fixed) and text not in self.connection.prepared:
                self._prepare(text, len(values))
        texts = [self.connection.prepared.get(text, text) for text, _ in query.statements]
        if (now := time.monotonic()) > self.connection.planned + RENEWED_EVERY:
            texts.insert(0, "DISCARD PLANS")
            self.connection.planned = now
        try:
            super().execute("; ".join(texts), parameters)
        except (FeatureNotSupported, InvalidSqlStatementName):
            # A migration changed the type of what one returns, or a pooler the session: they are prepared anew.
            self.connection.prepared.clear()
            raise

    def _prepare(self, text: Fixed, values: int) -> None:
        """Prepare a statement with so many values. PostgreSQL keeps the whole text of PREPARE, which has none."""
        if len(self.connection.prepared) < MOST:
            # No other name is like it, even where connections are shared behind a pooler.
            name = f"fixed_{uuid4().hex}"
            super().execute(f"PREPARE {name} AS {_numbered(text)}")
            placeholders = ", ".join(["%s"] * values)
            self.connection.prepared[text] = f"EXECUTE {name} ({placeholders})" if values else f"EXECUTE {name}"

    @property
    def query(self) -> bytes | None:
        """What ran last, with its values."""
        return super().query if self._ran is None else self.mogrify(*self._ran)


# What Django passes on to psycopg2.
KEEPING_PLANS = {"connection_factory": Connection, "cursor_factory": Cursor}


def plan_for_any_values(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Let PostgreSQL make one plan of each statement that a new connection prepares, and of each in its triggers.

    To find out whether that is as good, it would plan five runs for their values first. A connection lives for a
    minute, and of few requests most would be among these. This is a receiver of ``connection_created``.
    """
    if isinstance(connection.connection, Connection):
        with connection.cursor() as first:
            first.execute("SET plan_cache_mode = force_generic_plan")


def _numbered(text: str) -> str:
    """Return the SQL as PREPARE takes it, with ``$1``, ``$2`` and so on for its placeholders."""
    numbers = count(1)
    return PLACEHOLDER.sub(lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", text)

"""Statements that follow each other: in one round trip to the database, where it takes them so."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from core.models.plans import SQL, Together


def execute_together(statements: Iterable[SQL], *, using: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    """Run ``statements`` in their order, and return the rows of the last one.

    On PostgreSQL they are one round trip, which takes longer than a small statement itself. Each sees what those
    before it locked and wrote, as it would alone; but ``Now()`` is the same in all, even if one waited for a lock:
    ``core.models.clock.ClockNow`` is not.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        each = list(statements)
        statements = [(Together.of(each), [*chain.from_iterable(values for _, values in each)])]
    with connection.cursor() as cursor:
        for text, values in statements:
            cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else []

"""The floor of a read: the rows of its answer by one hand-written statement, and a dump of them by orjson."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from tests.benchmarks.entries import Read

_TRIES = 3


def milliseconds(act: Callable[[], object]) -> float:
    """Return how long ``act`` takes."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def fastest(read: Read) -> str:
    """Return the fastest of the statements of a read over this data set, if it has any."""
    if len(read.floors) == 1:
        return read.floors[0]
    return min(
        read.floors, key=lambda one: statistics.median(milliseconds(lambda: floor(one)) for _ in range(_TRIES))
    )


def floor(statement: str) -> list[tuple[Any, ...]]:
    """Run a statement, dump its rows as JSON, and return them."""
    rows = fetch(statement)
    as_json(rows)
    return rows


def fetch(statement: str) -> list[tuple[Any, ...]]:
    """Run a statement, and return its rows."""
    # As a constant: the database would call its now() for each row that it looks at.
    now = f"timestamptz '{timezone.now().isoformat()}'"
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("now()", now))
        return cursor.fetchall()


def as_json(rows: list[tuple[Any, ...]]) -> bytes:
    """Return rows as JSON."""
    return orjson.dumps(rows, default=str)


def check(read: Read, results: list[dict[str, Any]], statement: str) -> None:
    """Check that a floor fetches what the endpoint returns.

    Numbers of jobs may differ a little, since the window moves on meanwhile.
    """
    rows = floor(statement)
    if not read.counts:
        assert len(rows) == len(results), (read.title, len(results), len(rows))
        return
    shown = sum(group["count"] for row in results for group in row.get("job_counts", [row]))
    expected = sum(row[-1] for row in rows)
    assert abs(shown - expected) <= 0.01 * expected, (read.title, shown, expected)

"""Rows with columns of related tables: how ``values()`` names those columns, and how to nest them."""

from collections.abc import Iterable, Mapping
from typing import Any


def columns_of(relation: str, columns: Iterable[str]) -> list[str]:
    """Return the names that ``values()`` has for ``columns`` of the related row."""
    return [f"{relation}__{column}" for column in columns]


def nested(row: Mapping[str, Any], relation: str, columns: Iterable[str]) -> dict[str, Any]:
    """Return the related row, by its own column names, from a row with the columns of ``columns_of``."""
    return {column: row[f"{relation}__{column}"] for column in columns}

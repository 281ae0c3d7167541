"""Rows of columns of several tables: how a query names them, and how an answer nests them."""

from collections.abc import Iterable
from typing import Any

# Columns by name. Serializers show rows as they show models, but the types of the framework know models alone.
Row = Any


def columns_of(relation: str, columns: Iterable[str]) -> list[str]:
    """What `values()` calls `columns` of the row that `relation` leads to."""
    return [f"{relation}__{column}" for column in columns]


def nested(row: Row, relation: str, columns: Iterable[str]) -> dict[str, Any]:
    """The columns of `relation` in a row that was fetched with `columns_of`, by their own names."""
    return {column: row[f"{relation}__{column}"] for column in columns}

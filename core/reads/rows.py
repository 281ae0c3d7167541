"""Rows of ``values()``: how it names the columns of related tables, how to nest them, and rows as models."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.base import ModelState

AnyModel = TypeVar("AnyModel", bound=Model)


def columns_of(relation: str, columns: Iterable[str]) -> list[str]:
    """Return the names that ``values()`` has for ``columns`` of the related row."""
    return [f"{relation}__{column}" for column in columns]


def nested(row: Mapping[str, Any], relation: str, columns: Iterable[str]) -> dict[str, Any]:
    """Return the related row, by its own column names, from a row with the columns of ``columns_of``."""
    return {column: row[f"{relation}__{column}"] for column in columns}


def instance_of(model: type[AnyModel], columns: Mapping[str, Any], /, **related: Model) -> AnyModel:
    """Return the row of ``model`` with ``columns`` as the ORM would have fetched it, without its other columns.

    ``related`` are rows that foreign keys lead to. The constructor of models would take ten times as long.
    """
    state = ModelState()
    state.db, state.adding, state.fields_cache = DEFAULT_DB_ALIAS, False, related
    instance = model.__new__(model)
    vars(instance).update(columns, _state=state)
    return instance

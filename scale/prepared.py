"""Queries that are asked again and again: their SQL is written once, by the ORM, and kept."""

from collections.abc import Callable
from typing import Any

from django.db import connections, router
from django.db.models import Model, QuerySet

from scale.rows import Row

Value = str | int


class prepared:  # noqa: N801  (a decorator)
    """`@prepared def find(*, name: str): return Model.objects.filter(name=name).values(…)`: answers the rows.

    The ORM writes the SQL of a query anew whenever it is asked, which takes longer than the database takes to find
    a row by its key. Here it writes it for the first call, and each later call asks with its own values. These are
    keywords, each a text or a number that the query compares as it is: nothing may depend on them but parameters.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._statements: dict[str, _Statement] = {}
        self._model: type[Model] | None = None
        self.__doc__ = build.__doc__

    def __call__(self, **values: Value) -> list[Row]:
        statement = self._statements.get(router.db_for_read(self._model)) if self._model else None
        if statement is None:
            statement = _Statement(self._build, values)
            self._model = statement.model
            # Each database has its own SQL.
            self._statements[statement.alias] = statement
        return statement.rows(values)


class _Statement:
    """The SQL of a query for one database, and what makes rows of what that answers."""

    def __init__(self, build: Callable[..., QuerySet[Any, Row]], values: dict[str, Value]) -> None:
        # Values that no caller has stand for the values of the callers, to find their places.
        marks = {name: _mark(value, place) for place, (name, value) in enumerate(values.items())}
        queryset = build(**marks)
        self.model, self.alias = queryset.model, queryset.db
        self._compiler: Any = queryset.query.get_compiler(using=self.alias)
        self._sql, parameters = self._compiler.as_sql()
        names = {mark: name for name, mark in marks.items()}
        self._places = [names.get(parameter) for parameter in parameters]
        self._constants = parameters
        assert names.keys() <= set(parameters), "each value must be a parameter of the query"  # noqa: S101
        self._columns = tuple(queryset.query.selected or ())
        self._converters = self._compiler.get_converters([column for column, _, _ in self._compiler.select])

    def rows(self, values: dict[str, Value]) -> list[Row]:
        parameters = [
            constant if name is None else values[name]
            for name, constant in zip(self._places, self._constants, strict=True)
        ]
        with connections[self.alias].cursor() as cursor:
            cursor.execute(self._sql, parameters)
            rows: Any = cursor.fetchall()
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return [dict(zip(self._columns, row, strict=True)) for row in rows]


def _mark(value: Value, place: int) -> Value:
    return 2_000_000_000 + place if isinstance(value, int) else f"value {place} of a prepared query"

"""Queries that are asked often or answer much: without what the ORM does anew for each call, and for each row."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import Model, QuerySet
from django.db.models.query import ValuesListIterable

from core.reads.rows import Row

Value = str | int


def fetch(queryset: QuerySet[Any, Any]) -> list[Any]:
    """The rows of a `values_list()`, as tuples, or of a `values()`, all taken from the driver at once."""
    try:
        return Statement(queryset).rows()
    except EmptyResultSet:
        return []


class prepared:  # noqa: N801  (a decorator)
    """`@prepared def find(*, name: str): return Model.objects.filter(name=name).values(…)`: answers the rows.

    The ORM writes the SQL of a query anew whenever it is asked, which takes longer than the database takes to find
    a row by its key. Here it writes it for the first call, and each later call asks with its own values. These are
    keywords, each a text or a number that the query compares as it is: nothing may depend on them but parameters.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._model: type[Model] | None = None
        # Each database has its own SQL.
        self._statements: dict[str, Statement] = {}
        self._places: list[str | None] = []
        self.__doc__ = build.__doc__

    def __call__(self, **values: Value) -> list[Row]:
        statement = self._statements.get(router.db_for_read(self._model)) if self._model else None
        if statement is None:
            statement = self._first(values)
        given = zip(self._places, statement.parameters, strict=True)
        return statement.rows([constant if name is None else values[name] for name, constant in given])

    def _first(self, values: dict[str, Value]) -> "Statement":
        # Values that no caller has stand for the values of the callers, to find their places.
        marks = {_mark(value, place): name for place, (name, value) in enumerate(values.items())}
        queryset = self._build(**{name: mark for mark, name in marks.items()})
        statement = Statement(queryset)
        self._places = [marks.get(parameter) for parameter in statement.parameters]
        assert marks.keys() <= set(statement.parameters), "each value must be a parameter"  # noqa: S101
        self._statements[statement.alias] = statement
        self._model = queryset.model
        return statement


def _mark(value: Value, place: int) -> Value:
    return 2_000_000_000 + place if isinstance(value, int) else f"value {place} of a prepared query"


class Statement:
    """The SQL of a query of columns for one database, and what makes rows of what that answers.

    Raises EmptyResultSet for a query that the ORM has no SQL for, because no row can match.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.alias = queryset.db
        self._compiler: Any = queryset.query.get_compiler(using=self.alias)
        self._sql, self.parameters = self._compiler.as_sql()
        self._converters = self._compiler.get_converters([column for column, _, _ in self._compiler.select])
        is_list = queryset._iterable_class is ValuesListIterable
        self._columns = None if is_list else tuple(queryset.query.selected or ())

    def rows(self, parameters: list[Any] | None = None) -> list[Any]:
        with connections[self.alias].cursor() as cursor:
            cursor.execute(self._sql, self.parameters if parameters is None else parameters)
            rows: Any = cursor.fetchall()
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        if self._columns is None:
            return list(rows)
        return [dict(zip(self._columns, row, strict=True)) for row in rows]

"""Queries that run often or return many rows, without the work that the ORM repeats for each call and each row."""

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import Model, QuerySet
from django.db.models.query import ValuesListIterable

from core.models.plans import SQL, Fixed
from core.models.statements import execute_together

Parameter = str | int
Row = TypeVar("Row")

# The values with which a query is first written, to see where each of its keywords goes: no query has them as
# constants. In the SQL each is a mark if it stands alone, and not within a text or another number.
_TEXT, _NUMBER = "keyword {} of a prepared query", 2_046_800_000
_MARK = re.compile(r"'keyword (\d+) of a prepared query'|(?<![\w'.-])20468(\d{5})(?![\w'.])")
_PART_OF_MARK = re.compile(r"of a prepared query|20468\d{5}")


def fetch(queryset: QuerySet[Any, Row]) -> list[Row]:
    """Return the rows of a ``values()`` or ``values_list()``, read from the driver all at once."""
    try:
        statement = Statement(queryset)
    except EmptyResultSet:
        return []
    return statement.rows((statement.sql, statement.parameters))


class prepared(Generic[Row]):  # noqa: N801  (a decorator)
    """Decorate a function that returns a queryset of ``values()``, so that it returns the rows::

        @prepared
        def find(*, name: str) -> QuerySet[Model, dict[str, Any]]:
            return Model.objects.filter(name=name).values("id", "name")

    The ORM writes the SQL of a query each time that it runs, which takes longer than the database takes to find a
    row by its key. Here it writes the SQL once, for the first call; later calls run it with their own values, and
    PostgreSQL plans it for many (``core.models.plans``). Values are keyword arguments: strings, or integers of 64
    bits for columns of integers. They are nothing but parameters or the number of rows of a slice: the SQL must not
    depend on them.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._model: type[Model] | None = None
        # Each database has its own SQL.
        self._statements: dict[str, _Prepared] = {}
        self.__doc__ = build.__doc__

    def __call__(self, **values: Parameter) -> list[Row]:
        return self.after(**values)

    def after(self, *earlier: SQL, **values: Parameter) -> list[Row]:
        """Return the rows as they are after ``earlier`` statements, which run in the same round trip."""
        statement = self._for(values)
        return statement.rows(*earlier, statement.bound(values))

    def sql(self, **values: Parameter) -> SQL:
        """Return the statement, to run it before another one."""
        return self._for(values).bound(values)

    def _for(self, values: dict[str, Parameter]) -> "_Prepared":
        kept = self._statements.get(router.db_for_read(self._model)) if self._model else None
        return kept or self._prepare(values)

    def _prepare(self, values: dict[str, Parameter]) -> "_Prepared":
        statement = _Prepared(self._build, values)
        # Other threads may use it from here on.
        self._statements[statement.alias] = statement
        self._model = statement.model
        return statement


class Statement:
    """The SQL of a ``values()`` or ``values_list()`` for one database, and how its results become rows.

    Raise EmptyResultSet for a query that no row can match: the ORM writes no SQL for it.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.alias, self.model = queryset.db, queryset.model
        self._compiler: Any = queryset.query.get_compiler(using=self.alias)
        self.sql, self.parameters = self._compiler.as_sql()
        self._converters = self._compiler.get_converters([column for column, _, _ in self._compiler.select])
        is_list = queryset._iterable_class is ValuesListIterable
        self._columns = None if is_list else tuple(queryset.query.selected or ())

    def rows(self, *statements: SQL) -> list[Any]:
        """Run ``statements``, the last of which is this one, and return its rows: dicts or tuples."""
        rows: Any = execute_together(statements, using=self.alias)
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        if self._columns is None:
            return list(rows)
        return [dict(zip(self._columns, row, strict=True)) for row in rows]


class _Prepared(Statement):
    """A statement whose parameters are keywords. Whatever else the ORM passes beside the SQL is written into it.

    PostgreSQL learns from constants which types and which indexes there are. Of a parameter it learns the type from
    the column beside it, which may be too small for a number.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], values: dict[str, Parameter]) -> None:
        names = list(values)
        marked = {
            name: _NUMBER + place if isinstance(values[name], int) else _TEXT.format(place)
            for place, name in enumerate(names)
        }
        super().__init__(build(**marked))
        written = _written(self).replace("%", "%%")
        self.sql = Fixed(_MARK.sub(lambda mark: "%s" if mark[1] else "CAST(%s AS bigint)", written))
        self._keywords = [names[int(text or number)] for text, number in _MARK.findall(written)]
        is_whole = set(self._keywords) == set(names) and not _PART_OF_MARK.search(self.sql)
        assert is_whole, "each value must be a parameter, as it is"  # noqa: S101

    def bound(self, values: dict[str, Parameter]) -> SQL:
        return self.sql, [values[name] for name in self._keywords]


def _written(statement: Statement) -> str:
    """Return the SQL of a statement with its parameters in it."""
    connection: Any = connections[statement.alias]
    if not statement.parameters:
        return statement.sql % ()
    if connection.vendor == "postgresql":
        return connection.ops.compose_sql(statement.sql, statement.parameters)
    with connection.cursor() as cursor:
        return connection.ops.last_executed_query(cursor, statement.sql, statement.parameters)

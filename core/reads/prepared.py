"""Queries that run often or return many rows, without the work that the ORM repeats for each call and each row."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import Model, QuerySet
from django.db.models.query import ValuesListIterable

from core.models.plans import PLACEHOLDER, SQL, Fixed
from core.models.statements import execute_together

Parameter = str | int
Row = TypeVar("Row")


def fetch(queryset: QuerySet[Any, Row]) -> list[Row]:
    """Return the rows of a ``values()`` or ``values_list()``, read from the driver all at once."""
    try:
        return Statement(queryset).rows()
    except EmptyResultSet:
        return []


class prepared(Generic[Row]):  # noqa: N801  (a decorator)
    """Decorate a function that returns a queryset of ``values()``, so that it returns the rows::

        @prepared
        def find(*, name: str) -> QuerySet[Model, dict[str, Any]]:
            return Model.objects.filter(name=name).values("id", "name")

    The ORM writes the SQL of a query each time that it runs, which takes longer than the database takes to find a
    row by its key. Here it writes the SQL once, for the first call; later calls run it with their own values, and
    PostgreSQL plans it for many (``core.models.plans``). Values are keyword arguments, strings or integers of 64
    bits, and nothing but parameters or the number of rows of a slice: the SQL must not depend on them.
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
        statement, parameters = self._bound(values)
        return statement.rows(parameters, earlier)

    def sql(self, **values: Parameter) -> SQL:
        """Return the statement, to run it before another one."""
        statement, parameters = self._bound(values)
        return statement.sql, parameters

    def _bound(self, values: dict[str, Parameter]) -> "tuple[Statement, list[Any]]":
        kept = self._statements.get(router.db_for_read(self._model)) if self._model else None
        statement, keywords = kept or self._prepare(values)
        given = zip(keywords, statement.parameters, strict=True)
        return statement, [constant if name is None else values[name] for name, constant in given]

    def _prepare(self, values: dict[str, Parameter]) -> "_Prepared":
        # The query is built with placeholders, values that no caller sends, which show where the keywords go.
        placeholders = {_placeholder(value, number): name for number, (name, value) in enumerate(values.items())}
        queryset = self._build(**{name: placeholder for placeholder, name in placeholders.items()})
        statement = Statement(queryset)
        for placeholder in placeholders:
            # The ORM writes the number of rows of a slice as it is.
            before, limit, after = statement.sql.partition(f" LIMIT {placeholder}")
            if limit:
                statement.sql = f"{before} LIMIT %s{after}"
                statement.parameters = [*statement.parameters]
                statement.parameters.insert(PLACEHOLDER.findall(before).count("%s"), placeholder)
        # The path into a document is a list, and constant.
        keywords = [
            placeholders.get(parameter) if isinstance(parameter, Parameter) else None
            for parameter in statement.parameters
        ]
        assert set(placeholders.values()) <= set(keywords), "each value must be a parameter"  # noqa: S101
        if connections[statement.alias].vendor == "postgresql":
            keywords = _write_constants(statement, keywords)
        statement.sql = Fixed(statement.sql)
        # Other threads may use it from here on.
        self._statements[statement.alias] = statement, keywords
        self._model = queryset.model
        return statement, keywords


def _write_constants(statement: "Statement", keywords: "_Keywords") -> "_Keywords":
    """Write the constants into the SQL, and return the keywords that are left.

    PostgreSQL learns from constants which types and which indexes there are. Of a parameter it learns the type from
    the column beside it, which may be too small for a number.
    """
    operations: Any = connections[statement.alias].ops
    each = list(zip(keywords, statement.parameters, strict=True))
    written = iter(
        [
            operations.compose_sql("%s", [one]).replace("%", "%%")
            if name is None
            else "(%s)::bigint"
            if isinstance(one, int)
            else "%s"
            for name, one in each
        ]
    )
    statement.sql = PLACEHOLDER.sub(lambda one: next(written) if one[0] == "%s" else one[0], statement.sql)
    statement.parameters = [value for name, value in each if name]
    return [name for name in keywords if name]


def _placeholder(value: Parameter, number: int) -> Parameter:
    return 2_000_000_000 + number if isinstance(value, int) else f"value {number} of a prepared query"


class Statement:
    """The SQL of a ``values()`` or ``values_list()`` for one database, and how its results become rows.

    Raise EmptyResultSet for a query that no row can match: the ORM writes no SQL for it.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.alias = queryset.db
        self._compiler: Any = queryset.query.get_compiler(using=self.alias)
        self.sql, self.parameters = self._compiler.as_sql()
        self._converters = self._compiler.get_converters([column for column, _, _ in self._compiler.select])
        is_list = queryset._iterable_class is ValuesListIterable
        self._columns = None if is_list else tuple(queryset.query.selected or ())

    def rows(self, parameters: list[Any] | None = None, earlier: Iterable[SQL] = ()) -> list[Any]:
        """Run the SQL after ``earlier``, by default with the parameters of the queryset: return dicts or tuples."""
        own = self.sql, self.parameters if parameters is None else parameters
        rows: Any = execute_together([*earlier, own], using=self.alias)
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        if self._columns is None:
            return list(rows)
        return [dict(zip(self._columns, row, strict=True)) for row in rows]


# For each parameter of the SQL the keyword that it takes its value from, None for a constant.
_Keywords = list[str | None]
_Prepared = tuple[Statement, _Keywords]

"""Column types that several apps use, and expressions for them."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Lookup, Subquery
from django.db.models.sql.compiler import SQLCompiler


class DocumentField(models.JSONField):
    """A JSON object, stored as it was sent, the order of its members included.

    PostgreSQL's ``jsonb``, which JSONField uses, sorts the members and rewrites the numbers; its ``json`` stores
    the text. Nothing can be compared or indexed inside such a column, and nothing has to be.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: object, connection: BaseDatabaseWrapper, prepared: bool = False) -> str:
        # The adapter of JSONField would make it ``jsonb`` and lose the order.
        return json.dumps(value, ensure_ascii=False)

    def from_db_value(self, value: object, expression: Expression, connection: BaseDatabaseWrapper) -> Any:
        # psycopg2 decodes ``json`` itself; it leaves ``jsonb`` to Django.
        return super().from_db_value(value, expression, connection) if isinstance(value, str) else value


class CodePointsField(models.CharField):
    """Text in the order of its code points on both databases, in which an index finds it by its beginning, too."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        # SQLite has this order by itself.
        return super().db_parameters(connection) | ({"collation": "C"} if connection.vendor == "postgresql" else {})


class StringArray(Subquery):
    """The strings of a subquery of one column as a list, in the order of the subquery."""

    output_field = models.TextField()

    # The stubs of ``as_sql`` lack the ``template`` that Subquery takes.
    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="ARRAY(%(subquery)s)", **context)  # type: ignore[call-arg]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        column = connection.ops.quote_name(self.query.values_select[0])
        template = f"(SELECT json_group_array({column}) FROM (%(subquery)s))"  # noqa: S608  (a column of ours)
        return self.as_sql(compiler, connection, template=template, **context)  # type: ignore[call-arg]

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        return [] if connection.vendor == "postgresql" else [lambda text, expression, connection: json.loads(text)]


# What compares a column with an array (``array_of``), its one parameter.
ANY_OF = {
    "postgresql": "= ANY (%s::bigint[])",
    "sqlite": "IN (SELECT value FROM json_each('[' || trim(%s, '{}') || ']'))",
}


@models.IntegerField.register_lookup
@models.ForeignKey.register_lookup
class AnyOf(Lookup):
    """``id__any_of="{1,2}"``: ``id__in`` with one parameter, so that the SQL is the same for any number of ids.

    The text is that of an array of PostgreSQL (``array_of``), on SQLite too.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} {ANY_OF[connection.vendor]}", [*values, self.rhs]


def array_of(numbers: Iterable[int]) -> str:
    """Return ``numbers`` as one constant, as the planner takes milliseconds for an ARRAY of a thousand."""
    return f"{{{','.join(map(str, numbers))}}}"


class Bytes(models.Func):
    """The size of a document as it is stored, in bytes."""

    template = "octet_length(CAST(%(expressions)s AS text))"
    output_field = models.BigIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="length(CAST(%(expressions)s AS blob))", **context)

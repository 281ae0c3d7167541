"""Insertion of rows by the thousand, without a model for each, and of their ids before they are there."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db import connection, models

# What separates columns and rows of COPY, and what begins an escape (COPY, "Text Format").
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEXT_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Insert ``rows``, whose values are those of ``columns``, the names of columns of ``model``.

    A value is None, a text, a number, a boolean, an aware time, or an object or array for a column of JSON. Columns
    that are left out get the default of the database, on SQLite that of the model. One statement on PostgreSQL
    (COPY), so that its triggers look at all rows at once. Raises UnicodeEncodeError for a lone surrogate.
    """
    if connection.vendor != "postgresql":
        instances = [model(**dict(zip(columns, row, strict=True))) for row in rows]
        model._base_manager.bulk_create(instances)
        return
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    lines = BytesIO("".join("\t".join(map(_as_text, row)) + "\n" for row in rows).encode())
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", lines)


def reserve_ids(model: type[models.Model], number: int) -> list[int]:
    """Return ids that no row of ``model`` has or will be given, to insert as many rows with them, rising.

    On SQLite they are free until the transaction ends.
    """
    if not number:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_NEXT_IDS, [table, number])
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone() or (0,)
        return list(range(last + 1, last + 1 + number))


def _as_text(value: Any) -> str:
    """Return a value in the text format of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    return str(value)

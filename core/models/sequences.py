"""The sequences that ids come from, on PostgreSQL; SQLite's follow the ids by themselves."""

from django.db import connection, models, transaction


@transaction.atomic
def advance_sequences() -> list[str]:
    """Let the ids of each table continue after its last row. Return the tables whose next id was not free.

    That is so where rows were inserted with their ids, as a restore of single tables may do. Return none on SQLite.
    """
    if connection.vendor != "postgresql":
        return []
    quote = connection.ops.quote_name
    behind = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            for sequence in connection.introspection.get_sequences(cursor, table):
                name = quote(sequence["name"])
                last = f"(SELECT max({quote(sequence['column'])}) FROM {quote(table)})"  # noqa: S608  (of the schema)
                cursor.execute(f"SELECT {last} >= last_value + is_called::integer FROM {name}")  # noqa: S608
                if cursor.fetchone()[0]:
                    # Nobody takes an id meanwhile, so that the sequence never goes back.
                    cursor.execute(f"LOCK TABLE {quote(table)} IN SHARE ROW EXCLUSIVE MODE")
                    cursor.execute(f"SELECT setval(%s, {last})", [name])
                    behind.append(table)
    return behind


@transaction.atomic
def advance_sequence(model: type[models.Model], last: int) -> None:
    """Let the next id of ``model`` be beyond ``last``, for rows that are inserted with their ids."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Nobody takes an id meanwhile, so that the sequence never goes back.
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(table)} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            (name,) = cursor.fetchone()
            cursor.execute(f"SELECT setval(%s, greatest(last_value, %s)) FROM {name}", [name, last])  # noqa: S608
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [last, table])
            if not cursor.rowcount:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])

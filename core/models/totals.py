"""How many rows a table has in all, kept by triggers on PostgreSQL, for the lists that show it.

Each statement that adds or removes rows of the table adds a row to the table of its total with how many there are
more; the total is the sum of these. They are only added, so that no transaction waits for another, and about every
fifteenth statement folds them into one, unless another transaction does so. What changes rows takes no part in it.

There is no total on SQLite: an installation that uses it has few enough rows to count.

Migrations that were released run the SQL of this module: what another release needs changed is a new statement.
"""

from django.db import connection, connections, migrations, router, transaction
from django.db.models import Model

from core.models.operations import statements

_CREATE = """
CREATE TABLE {total} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION {total}_change() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    added bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM {total};
        RETURN NULL;
    END IF;
    INSERT INTO {total} (change)
    SELECT CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM changed HAVING count(*) > 0
    RETURNING id INTO added;
    -- The lock is released after the commit, so that the next one to fold finds the row that this one leaves.
    IF added % 16 = 0 AND pg_try_advisory_xact_lock('{total}'::regclass::integer, 0) THEN
        WITH gone AS (DELETE FROM {total} RETURNING change)
        INSERT INTO {total} (change) SELECT sum(change) FROM gone;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER {total}_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {total}_change();

CREATE TRIGGER {total}_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {total}_change();

CREATE TRIGGER {total}_truncate AFTER TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {total}_change();
"""
_FILL = "INSERT INTO {total} (change) SELECT count(*) FROM {table}"
_EMPTY = "DELETE FROM {total}"
_DROP = ("DROP FUNCTION {total}_change CASCADE", "DROP TABLE {total}")
_READ = {
    "postgresql": "SELECT coalesce(sum(change), 0)::bigint FROM {total}",
    "sqlite": "SELECT count(*) FROM {table}",
}


def keep_total(table: str, total: str) -> migrations.RunPython:
    """Return the operation that counts the rows of ``table``, and keeps their number in the table ``total``."""
    return statements(
        [one.format(table=table, total=total) for one in (_CREATE, _FILL)],
        [one.format(total=total) for one in _DROP],
    )


class Total:
    """The number of all rows of ``model``, which the migrations keep in the table ``name``."""

    def __init__(self, model: type[Model], name: str) -> None:
        self.name, self._model = name, model
        self._names = {"table": model._meta.db_table, "total": name}

    def count(self) -> int:
        """Return the number of all rows: one query, on PostgreSQL of a few rows."""
        database = connections[router.db_for_read(self._model)]
        with database.cursor() as cursor:
            cursor.execute(_READ[database.vendor].format(**self._names))
            (total,) = cursor.fetchone()
        return total

    @transaction.atomic
    def recount(self) -> int:
        """Count all rows again, and return 1 if the total was wrong, else 0. Nothing can change rows meanwhile.

        Return 0 on SQLite, where none is kept.
        """
        if connection.vendor != "postgresql":
            return 0
        kept, counted = (_READ[vendor].format(**self._names) for vendor in ("postgresql", "sqlite"))
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE".format(**self._names))
            cursor.execute(f"SELECT ({kept}) <> ({counted})")
            (is_wrong,) = cursor.fetchone()
            cursor.execute(_EMPTY.format(**self._names))
            cursor.execute(_FILL.format(**self._names))
        return int(is_wrong)

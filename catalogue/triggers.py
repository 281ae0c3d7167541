"""The triggers that advance the revision, for the migrations of the tables that the catalogue consists of.

On PostgreSQL they fire when a transaction commits. Transactions that change the catalogue lock the row of the
revision last and hold it for the commit alone, so that they never deadlock. SQLite has one writer at a time. There,
a migration that rebuilds a table drops its triggers and has to create them again.
"""

from django.db import connection, migrations

from core.models.operations import run_statements

_EVENTS = ("INSERT", "UPDATE", "DELETE")
_ADVANCE = """
    INSERT INTO catalogue_revision (id, number, stamp) VALUES (1, 1, {now})
    ON CONFLICT (id) DO UPDATE SET number = catalogue_revision.number + 1, stamp = excluded.stamp
"""
# A commit advances it once, however many rows it changes: a row with thousands of versions is slow to find.
_POSTGRESQL_NOW = "(extract(epoch FROM statement_timestamp()) * 1000000)::bigint"
POSTGRESQL_FUNCTION = f"""
    CREATE FUNCTION catalogue_move_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {_ADVANCE.format(now=_POSTGRESQL_NOW)}
        WHERE NOT (catalogue_revision.xmin = pg_current_xact_id()::xid
                   AND catalogue_revision.stamp = excluded.stamp);
        RETURN NULL;
    END $$
"""
_SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


def advance_revision() -> None:
    """Advance the revision although the triggers saw no change."""
    now = _POSTGRESQL_NOW if connection.vendor == "postgresql" else _SQLITE_NOW
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE.format(now=now))


def trigger_of(table: str) -> str:
    """Return the name that the trigger of a table has on PostgreSQL."""
    return f"{table}_in_catalogue"


def watch(table: str) -> migrations.RunPython:
    """Return the operation of a migration that lets changes to ``table`` advance the revision."""
    return run_statements(lambda vendor: _create(table, vendor), lambda vendor: _drop(table, vendor))


def watch_again(table: str) -> migrations.RunPython:
    """Return the operation that stands before and after those that rebuild ``table`` on SQLite, done or undone."""

    def create_again(vendor: str) -> list[str]:
        return [] if vendor == "postgresql" else [*_drop(table, vendor), *_create(table, vendor)]

    return run_statements(create_again, create_again)


def _create(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f"CREATE CONSTRAINT TRIGGER {trigger_of(table)} AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalogue_move_on()"
        ]
    advance = _ADVANCE.format(now=_SQLITE_NOW)
    return [
        f"CREATE TRIGGER {trigger_of(table)}_{event.lower()} AFTER {event} ON {table} BEGIN {advance}; END"
        for event in _EVENTS
    ]


def _drop(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [f"DROP TRIGGER {trigger_of(table)} ON {table}"]
    return [f"DROP TRIGGER IF EXISTS {trigger_of(table)}_{event.lower()}" for event in _EVENTS]

"""The triggers that move the revision on, for the migrations of the tables that the catalogue consists of.

On PostgreSQL they fire when a transaction commits: two that change the catalogue wait for each other no longer
than that, and hold the row when they need nothing else, so never in a circle. On SQLite one writes at a time
anyway; there a migration that rebuilds a table drops its triggers, and has to make them again.
"""

from collections.abc import Callable
from typing import Any

from django.db import migrations

_EVENTS = ("INSERT", "UPDATE", "DELETE")
_MOVE_ON = """
    INSERT INTO catalogue_revision (id, number, stamp) VALUES (1, 1, {now})
    ON CONFLICT (id) DO UPDATE SET number = catalogue_revision.number + 1, stamp = excluded.stamp
"""
# Once for all rows that a commit tells of: a row that one transaction updates thousands of times is slow to find.
_POSTGRESQL_NOW = "(extract(epoch FROM statement_timestamp()) * 1000000)::bigint"
POSTGRESQL_FUNCTION = f"""
    CREATE FUNCTION catalogue_move_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {_MOVE_ON.format(now=_POSTGRESQL_NOW)}
        WHERE NOT (catalogue_revision.xmin = pg_current_xact_id()::xid
                   AND catalogue_revision.stamp = excluded.stamp);
        RETURN NULL;
    END $$
"""
_SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


def trigger_of(table: str) -> str:
    """What the trigger of a table is called on PostgreSQL."""
    return f"{table}_in_catalogue"


def watch(table: str) -> migrations.RunPython:
    """The operation of a migration that lets changes to `table` move the revision on."""
    return migrations.RunPython(_on(table, _create), _on(table, _drop))


def _on(table: str, act: Callable[[str, bool], list[str]]) -> Callable[[Any, Any], None]:
    def run(apps: Any, schema_editor: Any) -> None:
        for statement in act(table, schema_editor.connection.vendor == "postgresql"):
            schema_editor.execute(statement, params=None)

    return run


def _create(table: str, is_postgresql: bool) -> list[str]:
    if is_postgresql:
        return [
            f"CREATE CONSTRAINT TRIGGER {trigger_of(table)} AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalogue_move_on()"
        ]
    move_on = _MOVE_ON.format(now=_SQLITE_NOW)
    return [
        f"CREATE TRIGGER {trigger_of(table)}_{event.lower()} AFTER {event} ON {table} BEGIN {move_on}; END"
        for event in _EVENTS
    ]


def _drop(table: str, is_postgresql: bool) -> list[str]:
    if is_postgresql:
        return [f"DROP TRIGGER {trigger_of(table)} ON {table}"]
    return [f"DROP TRIGGER IF EXISTS {trigger_of(table)}_{event.lower()}" for event in _EVENTS]

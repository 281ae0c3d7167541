"""The triggers that keep append-only tables from being emptied, which tests do after each other."""

from django.db import connection

from core.models.append_only import AppendOnlyModel
from tests.models import models_of

# name of a trigger -> the statement that creates it, as the migrations did
_removed: dict[str, str] = {}

_DEFINITIONS = {
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = %s",
}
_DROP = {"postgresql": "DROP TRIGGER {trigger} ON {table}", "sqlite": "DROP TRIGGER {trigger}"}
_EMPTYING = {"postgresql": "truncate", "sqlite": "delete"}


def append_only_models() -> list[type[AppendOnlyModel]]:
    """Return all models of rows that are never changed."""
    return [model for model in models_of() if issubclass(model, AppendOnlyModel)]


def let_tables_be_emptied() -> None:
    """Remove the triggers that refuse the statement with which Django empties a table."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        for model in append_only_models():
            table = model._meta.db_table
            cursor.execute(_DEFINITIONS[vendor], [f"{table}_no_{_EMPTYING[vendor]}"])
            for trigger, definition in cursor.fetchall():
                _removed[trigger] = definition
                cursor.execute(_DROP[vendor].format(trigger=trigger, table=table))


def keep_tables_from_being_emptied() -> None:
    """Put back what ``let_tables_be_emptied`` removed."""
    with connection.cursor() as cursor:
        for definition in _removed.values():
            cursor.execute(definition)

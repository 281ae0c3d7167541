"""Rows that are written once: models, their querysets, and the triggers that refuse everything else."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

from django.db import migrations, models

from core.models.operations import run_statements

Row = TypeVar("Row", bound=models.Model, covariant=True)

_REFUSAL = "Rows of {table} are append-only: they are never changed or deleted."


class AppendOnlyError(TypeError):
    """Code tried to change or delete rows of an append-only table."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(_REFUSAL.format(table=model._meta.db_table))


class AppendOnlyQuerySet(models.QuerySet[Row]):
    """Rows that are read and added to. The asynchronous methods call these, so that they are refused too."""

    def update(self, **values: object) -> NoReturn:
        raise AppendOnlyError(self.model)

    def bulk_update(self, *args: object, **options: object) -> NoReturn:
        raise AppendOnlyError(self.model)

    def delete(self) -> NoReturn:
        raise AppendOnlyError(self.model)

    def bulk_create(self, objs: Iterable[Any], *args: Any, update_conflicts: bool = False, **options: Any) -> Any:
        if update_conflicts:
            raise AppendOnlyError(self.model)
        return super().bulk_create(objs, *args, **options)


class AppendOnlyModel(models.Model):
    """A row that is never changed or deleted: not by models and querysets, nor, with ``guard``, by SQL.

    A row that an append-only table refers to cannot be deleted either, whatever ``on_delete`` says.
    """

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(type(self))
        # Without it, Django would try an UPDATE first where the row has been given an id.
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *args: object, **options: object) -> NoReturn:
        raise AppendOnlyError(type(self))


def guard(table: str, *, keys: Collection[Sequence[str]] = ()) -> migrations.RunPython:
    """Return the operation of a migration that makes the database refuse to change the rows of ``table``.

    UPDATE, DELETE and TRUNCATE fail on PostgreSQL; UPDATE, DELETE and REPLACE on SQLite. ``keys`` are the unique
    sets of columns of the table, apart from ``id``: SQLite's REPLACE deletes the rows that conflict with any of
    them without firing a trigger for it. A migration that rebuilds the table on SQLite has to guard it again.
    """
    return run_statements(lambda vendor: guarding(table, vendor, keys), lambda vendor: unguarding(table, vendor))


def guard_once(table: str, condition: str) -> migrations.RunPython:
    """Return the operation that makes the database refuse to change rows of ``table`` that meet ``condition``.

    The condition is SQL about the row as it is stored, which it calls ``OLD``.
    """
    refusal = f"Rows of {table} are never changed once {condition.replace('OLD.', '')}."
    when = f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition})"
    forwards = {
        "postgresql": [
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
            f"CREATE TRIGGER {table}_once {when} EXECUTE FUNCTION {table}_refuse()",
        ],
        "sqlite": [f"CREATE TRIGGER {table}_once {when} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"],
    }
    backwards = {
        "postgresql": [f"DROP FUNCTION {table}_refuse() CASCADE"],
        "sqlite": [f"DROP TRIGGER {table}_once"],
    }
    return run_statements(forwards.__getitem__, backwards.__getitem__)


def guarding(table: str, vendor: str, keys: Collection[Sequence[str]] = ()) -> list[str]:
    """Return the statements that guard ``table`` in a database of ``vendor``; see ``guard``."""
    refusal = _REFUSAL.format(table=table)
    if vendor == "postgresql":
        return [
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
        ]
    conflict = " OR ".join(
        "(" + " AND ".join(f"{column} = NEW.{column}" for column in key) + ")" for key in (("id",), *keys)
    )
    replaced = f"SELECT 1 FROM {table} WHERE {conflict}"  # noqa: S608  (names of the schema)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({replaced}) {refuse}",
    ]


def unguarding(table: str, vendor: str) -> list[str]:
    """Return the statements that undo ``guarding``."""
    if vendor == "postgresql":
        return [f"DROP FUNCTION IF EXISTS {table}_refuse() CASCADE"]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{word}" for word in ("update", "delete", "replace")]

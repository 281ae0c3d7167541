"""Rows of append-only tables are never changed or deleted, by the ORM or by SQL."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from audit.models import Record
from core.models.append_only import AppendOnlyError, AppendOnlyModel
from tests.append_only import append_only_models, keep_tables_from_being_emptied
from tests.factories import make_job_type
from tests.recipes.factories import job_node, make_recipe

Model = type[AppendOnlyModel]

MODELS = pytest.mark.parametrize("model", append_only_models(), ids=lambda model: model._meta.db_table)
REFUSED = "never changed or deleted"


@pytest.fixture(autouse=True)
def rows(db: None) -> None:
    """Rows in each append-only table, and the triggers that other tests do without."""
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    keep_tables_from_being_emptied()


def columns_of(model: Model) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def keys_of(model: Model) -> list[tuple[str, ...]]:
    """The sets of columns that identify a row: the primary key, and those that are declared unique."""
    unique = [(field.name,) for field in model._meta.concrete_fields if field.unique]
    together = [constraint.fields for constraint in model._meta.total_unique_constraints]
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    return [tuple(columns[name] for name in key) for key in (*unique, *together)]


@async_to_sync
async def awaited(coroutine: Awaitable[Any]) -> Any:
    return await coroutine


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_records_are_append_only() -> None:
    assert Record in append_only_models()


BY_THE_ORM: dict[str, Callable[[Model], Any]] = {
    "save": lambda model: model.objects.earliest("pk").save(),
    "asave": lambda model: awaited(model.objects.earliest("pk").asave()),
    "delete": lambda model: model.objects.earliest("pk").delete(),
    "adelete": lambda model: awaited(model.objects.earliest("pk").adelete()),
    "update": lambda model: model.objects.update(pk=0),
    "aupdate": lambda model: awaited(model.objects.aupdate(pk=0)),
    "update of a filter": lambda model: model.objects.filter(pk=0).update(pk=0),
    "delete of all": lambda model: model.objects.all().delete(),
    "adelete of all": lambda model: awaited(model.objects.all().adelete()),
    "bulk_update": lambda model: model.objects.bulk_update(model.objects.all(), [columns_of(model)[0].name]),
    "update_or_create": lambda model: model.objects.update_or_create(pk=model.objects.earliest("pk").pk),
    "bulk_create with updates": lambda model: model.objects.bulk_create(
        model.objects.all(),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[columns_of(model)[0].name],
    ),
    "abulk_create with updates": lambda model: awaited(
        model.objects.abulk_create([], update_conflicts=True, unique_fields=["id"], update_fields=["id"])
    ),
}


@MODELS
@pytest.mark.parametrize("change", BY_THE_ORM)
def test_models_and_querysets_refuse_to_change_rows(model: Model, change: str) -> None:
    before = list(model.objects.values())
    with pytest.raises(AppendOnlyError, match=f"Rows of {model._meta.db_table} are .*{REFUSED}"):
        BY_THE_ORM[change](model)
    assert list(model.objects.values()) == before != []


BENEATH_THE_ORM: dict[str, Callable[[Model], Any]] = {
    "UPDATE": lambda model: run(f"UPDATE {model._meta.db_table} SET id = id"),
    "DELETE": lambda model: run(f"DELETE FROM {model._meta.db_table}"),
    "the collector of deletions": lambda model: model._base_manager.all()._raw_delete(using="default"),
    "the base manager": lambda model: model._base_manager.update(id=0),
    "a fixture of an existing row": lambda model: model.objects.earliest("pk").save_base(raw=True),
    "an upsert": lambda model: run(
        f"INSERT INTO {model._meta.db_table} SELECT * FROM {model._meta.db_table} WHERE true "
        "ON CONFLICT (id) DO UPDATE SET id = 0"
    ),
}


@MODELS
@pytest.mark.parametrize("change", BENEATH_THE_ORM)
def test_the_database_refuses_to_change_rows(model: Model, change: str) -> None:
    before = list(model.objects.values())
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        BENEATH_THE_ORM[change](model)
    assert list(model.objects.values()) == before != []


if connection.vendor == "postgresql":

    @MODELS
    @pytest.mark.parametrize("cascade", ["", "CASCADE"])
    def test_postgresql_refuses_to_empty_the_table(model: Model, cascade: str) -> None:
        # As the service, which has no deferred check of a foreign key pending when it begins.
        run("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=f"{REFUSED}|foreign key"), transaction.atomic():
            run(f"TRUNCATE {model._meta.db_table} {cascade}")
        assert model.objects.exists()

else:

    @MODELS
    @pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE"])
    def test_sqlite_refuses_to_replace_a_row_by_any_of_its_keys(model: Model, verb: str) -> None:
        table, columns = model._meta.db_table, [field.column for field in model._meta.concrete_fields]
        before = list(model.objects.values())
        for key in keys_of(model):
            # Another id, where that is not the key of the conflict.
            values = ", ".join(column if column != "id" or "id" in key else "id + 1000" for column in columns)
            with pytest.raises(DatabaseError, match=REFUSED):
                run(f"{verb} INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}")
        assert list(model.objects.values()) == before != []


@MODELS
def test_a_row_with_an_id_that_is_taken_is_an_integrity_error(model: Model) -> None:
    values = model.objects.values().earliest("pk")
    for insert in (
        lambda: model(**values).save(),
        lambda: model.objects.create(**values),
        lambda: model.objects.bulk_create([model(**values)]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            insert()
    assert model.objects.values().earliest("pk") == values


@MODELS
def test_rows_are_added_with_or_without_an_id(model: Model) -> None:
    """Copies of a row, each with another number where that is part of a key."""
    values = dict(model.objects.values().earliest("pk"))
    numbers = [field.attname for field in columns_of(model) if field.attname == "revision_num"]
    count = model.objects.count()
    del values["id"]
    model(**values | dict.fromkeys(numbers, 101)).save()
    model.objects.create(**values | {"id": 10**6} | dict.fromkeys(numbers, 102))
    model.objects.bulk_create([model(**values | dict.fromkeys(numbers, 103))])
    assert model.objects.count() == count + 3
    assert model.objects.get_or_create(pk=10**6)[1] is False

"""Rows that are never committed: those of a test, and those that the tests of a module share."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest_django
from django.db import connection, transaction

from catalogue.triggers import trigger_of

CATALOGUE_TABLES = (
    *("job_types_jobtype", "recipes_recipetype", "errors_error", "workspaces_workspace"),
    *("recipes_recipetype_job_types", "recipes_recipetype_sub_recipe_types"),
)


def count_changes_at_once() -> None:
    """Count changes to the catalogue when they are made, in a transaction that is never committed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {', '.join(map(trigger_of, CATALOGUE_TABLES))} IMMEDIATE")


@contextmanager
def shared(django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Keep what is written inside for as long as the block lasts, for a fixture of a module to yield in.

    A test of the module that uses the fixture ``db`` as well leaves the rows as it found them.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        count_changes_at_once()
        yield
        transaction.set_rollback(True)

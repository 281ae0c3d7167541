"""Databases beside the one that the benchmark measures, and statements in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection


@contextmanager
def database_of_its_own(name: str) -> Iterator[None]:
    """Let the connection lead to a new database, migrated and empty, and drop that afterwards."""
    with _new_database(name, ""):
        call_command("migrate", verbosity=0)
        yield


@contextmanager
def copy_of_the_database(name: str) -> Iterator[None]:
    """Let the connection lead to a copy of its database, which nobody else may use, and drop that afterwards."""
    with _new_database(name, f"TEMPLATE {connection.settings_dict['NAME']} STRATEGY file_copy"):
        yield


@contextmanager
def leading_to(name: str) -> Iterator[None]:
    """Let the connection lead to another database."""
    before = connection.settings_dict["NAME"]
    _lead_to(name)
    try:
        yield
    finally:
        _lead_to(before)


def execute(statement: str, values: Any = None) -> None:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def no_trigger() -> Iterator[None]:
    """Run the statements of a ``with`` block without any trigger, not even those that check references."""
    execute("SET session_replication_role = replica")
    yield
    execute("SET session_replication_role = DEFAULT")


def vacuum(table: str = "") -> None:
    """Vacuum one table or all, as autovacuum would do in time."""
    execute(f"VACUUM (ANALYZE) {table}")


@contextmanager
def _new_database(name: str, options: str) -> Iterator[None]:
    execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    execute(f"CREATE DATABASE {name} {options}")
    try:
        with leading_to(name):
            yield
    finally:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


def _lead_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name

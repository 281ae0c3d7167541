"""Operations of migrations that run SQL, which depends on the database."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

Statements = Callable[[str], Iterable[str]]  # by the vendor of the database: "postgresql" or "sqlite"


def run_statements(forwards: Statements, backwards: Statements) -> migrations.RunPython:
    """Return the operation that runs the statements for the database that is migrated."""

    def run(statements: Statements) -> Callable[[Any, Any], None]:
        def execute(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
            for statement in statements(schema_editor.connection.vendor):
                schema_editor.execute(statement, params=None)

        return execute

    return migrations.RunPython(run(forwards), run(backwards))


def search_path(*functions: str) -> migrations.RunPython:
    """Return the operation that lets these functions of PostgreSQL find their tables whatever the session searches.

    ``pg_restore`` searches no schema, and a logical replica searches as the owner of the subscription. A function
    is given with the types of its arguments. From now on it searches as the migration does.
    """
    return statements(
        [f"ALTER FUNCTION {function} SET search_path FROM CURRENT" for function in functions],
        [f"ALTER FUNCTION {function} RESET search_path" for function in functions],
    )


def statements(forwards: Iterable[str], backwards: Iterable[str]) -> migrations.RunPython:
    """Return the operation that runs statements on PostgreSQL, and nothing on other databases."""
    return run_statements(
        lambda vendor: forwards if vendor == "postgresql" else (),
        lambda vendor: backwards if vendor == "postgresql" else (),
    )

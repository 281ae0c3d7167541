"""Statements that migrations run on PostgreSQL alone."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import migrations


def statements(forwards: Iterable[str], backwards: Iterable[str]) -> migrations.RunPython:
    """The operation of a migration that runs statements on PostgreSQL, and nothing elsewhere."""
    return migrations.RunPython(_runner(forwards), _runner(backwards))


def _runner(all_of_them: Iterable[str]) -> Callable[[Any, Any], None]:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in all_of_them:
                schema_editor.execute(statement, params=None)

    return run

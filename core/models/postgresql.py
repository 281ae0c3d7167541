"""Statements that migrations run on PostgreSQL alone."""

from collections.abc import Iterable

from django.db import migrations

from core.models.operations import run_statements


def statements(forwards: Iterable[str], backwards: Iterable[str]) -> migrations.RunPython:
    """Return the operation of a migration that runs statements on PostgreSQL, and nothing on other databases."""
    return run_statements(
        lambda vendor: forwards if vendor == "postgresql" else (),
        lambda vendor: backwards if vendor == "postgresql" else (),
    )

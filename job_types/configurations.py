"""Configurations as they are stored: the settings that they may not hold any longer."""

from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler

from core.models.columns import DocumentField
from job_types.models import JobType, JobTypeConfiguration

_MOST_PATHS = 100  # of json_remove: a function of SQLite has at most 127 arguments


class WithoutSettings(Func):
    """The column ``configuration`` without the settings with these names, its members in their order."""

    output_field = DocumentField()

    def __init__(self, names: Collection[str]) -> None:
        super().__init__("configuration")
        self.names = list(names)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        column, _ = compiler.compile(self.source_expressions[0])
        kept = "SELECT json_object_agg(key, value) FROM json_each(member.value) WHERE key <> ALL(%s)"
        # What stands from another day may be no object, which json_each refuses.
        is_object = "key = 'settings' AND json_typeof(value) = 'object'"
        value = f"CASE WHEN {is_object} THEN coalesce(({kept}), '{{}}') ELSE value END"
        return f"(SELECT json_object_agg(key, {value}) FROM json_each({column}) AS member)", [self.names]  # noqa: S608  (a column of ours)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        column, _ = compiler.compile(self.source_expressions[0])
        paths = [f'$.settings."{name}"' for name in self.names]  # no name of a manifest has a quote
        for first in range(0, len(paths), _MOST_PATHS):
            some = paths[first : first + _MOST_PATHS]
            column = f"json_remove({column}, {', '.join(['%s'] * len(some))})"
        return column, paths


def remove_settings(job_type: JobType, names: Collection[str]) -> None:
    """Remove the settings with these names from all configurations that a job type, which is locked, had."""
    had = JobTypeConfiguration.objects.filter(job_type=job_type, configuration__settings__isnull=False)
    had.update(configuration=WithoutSettings(names))

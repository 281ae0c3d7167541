"""What jobs configure differently from their job types: the settings that they may not hold any longer."""

from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler

from core.models.clock import statement_time
from core.models.columns import DocumentField
from idempotency.services import forget_answers
from job_types.models import JobType
from jobs.models import Job

_ROWS_AT_ONCE = 1000
_MOST_PATHS = 100  # of json_remove: a function of SQLite has at most 127 arguments


class WithoutSettings(Func):
    """The configuration of a job without the settings with these names, its members in their order."""

    output_field = DocumentField()

    def __init__(self, names: Collection[str]) -> None:
        super().__init__("configuration")
        self.names = list(names)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        column, _ = compiler.compile(self.source_expressions[0])
        kept = "SELECT json_object_agg(key, value) FROM json_each(member.value) WHERE key <> ALL(%s)"
        value = f"CASE key WHEN 'settings' THEN coalesce(({kept}), '{{}}') ELSE value END"
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
    """Remove the settings with these names from all jobs of a job type, which is locked, and from kept answers.

    A job with settings of its own locks its job type when it is created, so that none is created meanwhile. The
    index ``job_with_settings`` finds these jobs: others are not read, however many there are. Each batch is two
    statements; writers lock jobs in id order.
    """
    own_settings = Job.objects.filter(job_type=job_type, configuration__settings__isnull=False)
    rows = own_settings.order_by("pk").values_list("pk", "configuration").select_for_update(no_key=True)
    now, last = statement_time(), 0
    while batch := list(rows.filter(pk__gt=last)[:_ROWS_AT_ONCE]):
        holding = [pk for pk, own in batch if not own["settings"].keys().isdisjoint(names)]
        Job.objects.filter(pk__in=holding).update(configuration=WithoutSettings(names), last_modified=now)
        last = batch[-1][0]
    forget_answers(holding=f'"job_type":{{"id":{job_type.pk},')

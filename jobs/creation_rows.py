"""What creating jobs reads of their job types, and the statement that writes their rows."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from core.models.columns import array_of
from core.reads.prepared import prepared
from core.reads.rows import columns_of
from job_types.models import JobType, JobTypeRevision
from job_types.querysets import BRIEF_COLUMNS
from job_types.selectors import REVISION_DETAIL_COLUMNS
from jobs.models import Job

# A job type by its id, or by its name and version.
JobTypeKey = int | tuple[str, str]
# The columns of a current revision, and of its job type as ``job_type__name``; and ``now``.
Current = dict[str, Any]

# All but the manifest, of which ``job_types.manifests`` has most in memory.
_REVISION_COLUMNS = tuple(column for column in REVISION_DETAIL_COLUMNS if column != "manifest")
_COLUMNS = (
    *_REVISION_COLUMNS,
    "resources",
    *columns_of("job_type", (*BRIEF_COLUMNS, "configuration", "configuration_num", "max_tries")),
)
# Of one parameter, an array of objects, so that the SQL is the same for any number of rows. In turn, for a thousand
# rows: 38 ms where the ORM took 98 and COPY 36, which would need another statement for the ids.
_INSERT = {
    "postgresql": "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_to_recordset(%s) AS row ({types})",
    "sqlite": "INSERT INTO {table} ({columns}) SELECT {members} FROM json_each(%s)",
}


def current_revisions(keys: Collection[JobTypeKey]) -> dict[JobTypeKey, Current]:
    """Return the current revisions of those of these job types that exist.

    One query, two if several are named by name and version. ``now`` is when the database received the last one.
    """
    names = {key for key in keys if isinstance(key, tuple)}
    if len(names) == len(keys) == 1:
        ((name, version),) = names
        return dict(zip(names, _current_of_name(name=name, version=version), strict=False))
    ids: dict[JobTypeKey, int] = {key: key for key in keys if isinstance(key, int)}
    if names:
        versions = JobType.objects.filter(name__in={name for name, _ in names}).values_list("pk", "name", "version")
        ids |= {(name, version): pk for pk, name, version in versions if (name, version) in names}
    rows = {row["job_type__id"]: row for row in _current(ids=array_of(ids.values()))}
    return {key: rows[pk] for key, pk in ids.items() if pk in rows}


def lock_job_types(ids: Collection[int]) -> None:
    """Lock these job types for the rest of the transaction, in id order: one query."""
    list(JobType.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def insert_jobs(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert jobs, whose ``rows`` have the same columns, and return their ids in this order: one query.

    Values are JSON values, and times.
    """
    # All jobs of a request have the same times.
    array = json.dumps(rows, ensure_ascii=False, default=cache(_time))
    with connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor, tuple(rows[0])), [array])
        # Ids are given in the order of the array.
        return sorted(pk for (pk,) in cursor.fetchall())


@cache
def _statement(vendor: str, names: tuple[str, ...]) -> str:
    """Return the SQL that inserts rows with the columns ``names``."""
    quoted = [connection.ops.quote_name(name) for name in names]
    types = {field.column: field.db_type(connection) for field in Job._meta.concrete_fields}
    statement = _INSERT[vendor].format(
        table=connection.ops.quote_name(Job._meta.db_table),
        columns=", ".join(quoted),
        types=", ".join(f"{column} {types[name]}" for column, name in zip(quoted, names, strict=True)),
        members=", ".join(f"json_extract(value, '$.{name}')" for name in names),
    )
    return f"{statement} RETURNING id"


def _time(value: Any) -> str:
    return str(connection.ops.adapt_datetimefield_value(value))


def _current_revisions() -> QuerySet[JobTypeRevision, dict[str, Any]]:
    current = JobTypeRevision.objects.filter(revision_num=F("job_type__revision_num"))
    return current.values(*_COLUMNS, now=Now())


@prepared
def _current(*, ids: str) -> QuerySet[JobTypeRevision, dict[str, Any]]:
    return _current_revisions().filter(job_type_id__any_of=ids)


@prepared
def _current_of_name(*, name: str, version: str) -> QuerySet[JobTypeRevision, dict[str, Any]]:
    return _current_revisions().filter(job_type__name=name, job_type__version=version)

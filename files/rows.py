"""Files as lists and details show them, in the shape of v6.

What v6 shows of parts that this service does not have (countries, sensors, recipe runs, batches) is null or empty
in every row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, cast
from urllib.parse import quote

from django.db.models import F, FilteredRelation, Q, QuerySet

from core.models.columns import array_of
from core.reads.prepared import fetch, prepared
from core.reads.rows import columns_of, nested
from core.services import Missing
from files.models import File
from files.querysets import is_id

SOURCE, PRODUCT = "SOURCE", "PRODUCT"
FILE_TYPES = (SOURCE, PRODUCT)


class FileColumns(TypedDict):
    """What rows show of the row of a file itself, as it is stored."""

    id: int
    uuid: str
    file_name: str
    media_type: str
    file_size: int
    sha256: str
    file_path: str
    is_deleted: bool
    created: datetime
    deleted: datetime | None
    data_started: datetime | None
    data_ended: datetime | None
    last_modified: datetime


class FileRow(FileColumns):
    """A file in a list, as far as this service knows of it; ``NOTHING_YET`` follows."""

    workspace: Mapping[str, Any]
    file_type: str
    url: str | None
    job_type: Mapping[str, Any] | None
    job: Mapping[str, Any] | None
    job_exe: Mapping[str, Any] | None
    job_output: str | None


COLUMNS = tuple(FileColumns.__annotations__)
WORKSPACE_COLUMNS = ("id", "name")
# Of the job type of its job, whose app this one does not know.
JOB_TYPE_COLUMNS = (
    *("id", "name", "version", "title", "description", "is_active", "is_paused", "is_published", "is_system"),
    *("icon_code", "unmet_resources"),
)
# What no file has, so that no filter finds it and no order depends on it.
NOTHING_YET: dict[str, Any] = {
    "data_type_tags": [],
    "source_started": None,
    "source_ended": None,
    "source_sensor_class": None,
    "source_sensor": None,
    "source_collection": None,
    "source_task": None,
    "geometry": None,
    "center_point": None,
    "countries": [],
    "recipe_type": None,
    "recipe": None,
    "recipe_node": None,
    "batch": None,
    "is_superseded": False,
    "superseded": None,
}
_JOB_TYPE = "job__job_type"
_SHOWN_COLUMNS = (
    *COLUMNS,
    *columns_of("workspace", (*WORKSPACE_COLUMNS, "base_url")),
    *("job_id", "exe_num", "job_output", "made_by__id"),
    *columns_of(_JOB_TYPE, JOB_TYPE_COLUMNS),
)


def file_rows(ids: Sequence[int]) -> list[FileRow]:
    """Return what lists show of the files with these ids, in their order: one query, none without ids.

    A page is found by ids alone, because what is skipped on the way to it needs no workspace, job and job type.
    """
    if not ids:
        return []
    by_id = {row["id"]: _row(row) for row in _listed(ids=array_of(ids))}
    return [by_id[pk] for pk in ids]


@prepared
def _listed(*, ids: str) -> QuerySet[Any, dict[str, Any]]:
    return _with_relations(File.objects.filter(pk__any_of=ids), *_SHOWN_COLUMNS)


def file_details(key: str) -> dict[str, Any]:
    """Return the details of the file with this id or UUID: one query. Raises Missing."""
    for row in _by_id(pk=int(key)) if is_id(key) else fetch(_details_of(File.objects.with_key(key))):
        return {**_row(row), "meta_data": row["meta_data"]}
    raise no_such_file(key)


def _details_of(files: QuerySet[File]) -> QuerySet[Any, dict[str, Any]]:
    return _with_relations(files, *_SHOWN_COLUMNS, "meta_data")


@prepared
def _by_id(*, pk: int) -> QuerySet[Any, dict[str, Any]]:
    return _details_of(File.objects.filter(pk=pk))


def no_such_file(key: str) -> Missing:
    """Return the exception that says that there is no such file."""
    return Missing(f"No file has the id or the UUID {key!r}; /v6/files/ lists them.")


def url_of(base_url: str, path: str) -> str | None:
    """Return the URL of a path in a workspace; None if the workspace has no URL."""
    return f"{base_url.rstrip('/')}/{quote(path)}" if base_url else None


def _with_relations(files: QuerySet[File], *columns: str) -> QuerySet[Any, dict[str, Any]]:
    made_by = FilteredRelation("job__executions", condition=Q(job__executions__exe_num=F("exe_num")))
    return files.annotate(made_by=made_by).values(*columns)


def _row(row: Mapping[str, Any]) -> FileRow:
    is_product = row["job_id"] is not None
    shown = {
        **{column: row[column] for column in COLUMNS},
        "uuid": str(row["uuid"]),
        "workspace": nested(row, "workspace", WORKSPACE_COLUMNS),
        "file_type": PRODUCT if is_product else SOURCE,
        "url": url_of(row["workspace__base_url"], row["file_path"]),
        "job_type": nested(row, _JOB_TYPE, JOB_TYPE_COLUMNS) if is_product else None,
        "job": {"id": row["job_id"]} if is_product else None,
        "job_exe": {"id": row["made_by__id"], "exe_num": row["exe_num"]} if is_product else None,
        "job_output": row["job_output"] or None,
        **NOTHING_YET,
    }
    return cast(FileRow, shown)

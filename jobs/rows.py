"""Jobs as lists and details show them, in the shape of v6.

What v6 shows of parts that this service does not have (recipe runs, batches, ingests, files) is null or empty in
every row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from django.db.models import F, FilteredRelation, Q, QuerySet

from core.models.columns import array_of
from core.reads.prepared import fetch, prepared
from core.reads.rows import columns_of, nested
from core.services import Missing
from errors.selectors import COLUMNS as ERROR_COLUMNS
from job_types.querysets import BRIEF_COLUMNS
from job_types.selectors import REVISION_DETAIL_COLUMNS
from jobs.execution_rows import DETAILS_COLUMNS as TRY_COLUMNS
from jobs.execution_rows import execution_details, overdue
from jobs.execution_rows import without_accounts as try_without_accounts
from jobs.models import Job
from jobs.node_rows import brief_node, id_of_node
from seed import overlay_configuration


class JobColumns(TypedDict):
    """What rows show of the row of a job itself, as it is stored."""

    id: int
    status: str
    priority: int
    exit_code: int | None
    max_tries: int
    num_exes: int
    created: datetime
    queued: datetime | None
    started: datetime | None
    ended: datetime | None
    last_status_change: datetime
    last_modified: datetime


class JobRow(JobColumns):
    """A job in a list, as far as this service knows of it; ``NOTHING_YET`` follows."""

    job_type: Mapping[str, Any]
    job_type_rev: Mapping[str, Any]
    error: Mapping[str, Any] | None
    node: Mapping[str, Any] | None
    event: dict[str, Any]


COLUMNS = tuple(JobColumns.__annotations__)
# What no job has, so that no filter finds it and no order depends on it.
NOTHING_YET: dict[str, Any] = {
    "ingest_event": None,
    "recipe": None,
    "batch": None,
    "is_superseded": False,
    "superseded": None,
    "superseded_job": None,
    "input_files": {},
    "input_file_size": None,
    "source_started": None,
    "source_ended": None,
    "source_sensor_class": None,
    "source_sensor": None,
    "source_collection": None,
    "source_task": None,
}
_NO_DATA: dict[str, Any] = {"files": {}, "json": {}}

_LIST_COLUMNS = (
    *COLUMNS,
    "node",
    "created_by",
    *columns_of("job_type", BRIEF_COLUMNS),
    *columns_of("job_type_rev", ("id", "revision_num", "docker_image")),
    *columns_of("error", ERROR_COLUMNS),
)
_FROZEN = "job_type_configuration__configuration"
_DETAILS_COLUMNS = (
    *dict.fromkeys(
        (
            *_LIST_COLUMNS,
            *columns_of("job_type_rev", (*REVISION_DETAIL_COLUMNS, "resources")),
        )
    ),
    *("input", "output", "configuration", _FROZEN),
    *columns_of("last_try", TRY_COLUMNS),
)
# Those that a job has which was not tried yet.
_NULLS = dict.fromkeys((*_DETAILS_COLUMNS, "node_id"))


def job_rows(ids: Sequence[int]) -> list[JobRow]:
    """Return what lists show of the jobs with these ids, in their order: one query, none without ids.

    A page is found by ids alone, because what is skipped on the way to it needs no job type, revision and error.
    """
    if not ids:
        return []
    by_id = {row["id"]: _row(row) for row in _listed(ids=array_of(ids))}
    # A job that has changed meanwhile stays where it was found.
    return [by_id[pk] for pk in ids]


@prepared
def _listed(*, ids: str) -> QuerySet[Any, dict[str, Any]]:
    return Job.objects.filter(pk__any_of=ids).values(*_LIST_COLUMNS, node_id=id_of_node("node"))


def details_rows(pk: int, using: str | None = None) -> list[dict[str, Any]]:
    """Return the job with this id, if there is one, with the columns of which ``details_of`` makes its details.

    One query, of the database ``using``. In ``overdue`` it has its id if its try runs on after its lease.
    """
    return _details(pk=pk) if using is None else fetch(_details_of(pk=pk).using(using))


def _details_of(*, pk: int) -> QuerySet[Any, dict[str, Any]]:
    last_try = FilteredRelation("executions", condition=Q(executions__exe_num=F("num_exes")))
    return (
        Job.objects.filter(pk=pk)
        .annotate(last_try=last_try)
        .values(
            *_DETAILS_COLUMNS,
            node_id=id_of_node("node"),
            node_id_of_try=id_of_node("last_try__node"),
            overdue=overdue("pk", "last_try__"),
        )
    )


_details = prepared(_details_of)


def no_such_job(pk: int) -> Missing:
    """Return the exception that says that there is no job with this id."""
    return Missing(f"There is no job with the id {pk}; see /v6/jobs/.")


def details_of_new(
    row: Mapping[str, Any], revision: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the details of a job that was created, which has not been tried: no query.

    ``row`` has the columns of the job that are not null, ``revision`` those of its revision but for the manifest,
    and those of its job type as ``job_type__name``.
    """
    columns = {
        **_NULLS,
        **{name if name.startswith("job_type__") else f"job_type_rev__{name}": revision[name] for name in revision},
        **row,
        "job_type_rev__manifest": manifest,
        _FROZEN: revision["job_type__configuration"],
    }
    return details_of(columns)


def details_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details of the job with these columns."""
    shown = cast(dict[str, Any], _row(row))
    revision = nested(row, "job_type_rev", REVISION_DETAIL_COLUMNS)
    configuration = overlay_configuration(row[_FROZEN], row["configuration"])
    return {
        **shown,
        "job_type_rev": {"id": revision.pop("id"), "job_type": shown["job_type"], **revision},
        "superseded_by_job": None,
        "resources": {"resources": row["job_type_rev__resources"]},
        "execution": None if row["last_try__id"] is None else _last_try(row, shown["job_type"]),
        "input": _NO_DATA | row["input"],
        "output": _NO_DATA | row["output"],
        "configuration": {
            **configuration,
            "priority": row["priority"],
            "output_workspaces": {"default": "", "outputs": {}} | configuration["output_workspaces"],
        },
    }


def without_accounts(job: Any) -> Any:
    """Return a job of a list, or its details, as readers without an account see it."""
    shown = {**job, "event": {**job["event"], "description": {"user": None}}}
    if last_try := job.get("execution"):
        shown["execution"] = try_without_accounts(last_try)
    return shown


def _row(row: Mapping[str, Any]) -> JobRow:
    revision = nested(row, "job_type_rev", ("revision_num", "docker_image"))
    shown = {
        "id": row["id"],
        "job_type": nested(row, "job_type", BRIEF_COLUMNS),
        "job_type_rev": {"id": row["job_type_rev__id"], "job_type": {"id": row["job_type__id"]}, **revision},
        "error": None if row["error__id"] is None else nested(row, "error", ERROR_COLUMNS),
        "node": brief_node(row),
        # Jobs are created through the API alone, so that their events are their creations.
        "event": {
            "id": row["id"],
            "type": "USER",
            "occurred": row["created"],
            "description": {"user": row["created_by"]},
        },
        **{column: row[column] for column in COLUMNS[1:]},
        **NOTHING_YET,
    }
    return cast(JobRow, shown)


def _last_try(row: Mapping[str, Any], job_type: Mapping[str, Any]) -> dict[str, Any]:
    last = nested(row, "last_try", TRY_COLUMNS)
    return execution_details({**last, "node_id": row["node_id_of_try"]}, job_type)

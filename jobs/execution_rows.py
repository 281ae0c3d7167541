"""Tries of jobs as lists and details show them: in the shape of v6, and beside it what ended them.

What v6 shows of parts that this service does not have (a cluster, tasks, sizes of files) is null or empty.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Case, QuerySet, When
from django.db.models.functions import Now

from core.models.columns import array_of
from core.reads.prepared import fetch, prepared
from core.reads.rows import columns_of, nested
from core.services import Missing
from errors.selectors import COLUMNS as ERROR_COLUMNS
from job_types.querysets import BRIEF_COLUMNS
from jobs.models import JobExecution
from jobs.node_rows import brief_node, id_of_node
from jobs.products import product_path

Row = Mapping[str, Any]


class ExecutionColumns(TypedDict):
    """What rows show of the row of a try itself, as it is stored."""

    id: int
    status: str
    exe_num: int
    queued: datetime | None
    started: datetime
    ended: datetime | None
    end: str | None
    ended_by: str | None
    exit_code: int | None
    times_out: datetime | None
    lease_expires: datetime | None
    log_workspace: str | None


COLUMNS = tuple(ExecutionColumns.__annotations__)
_LIST_COLUMNS = (
    *COLUMNS,
    *("node", "job_id", "account__username", "job_type_rev__timeout"),
    *columns_of("error", ERROR_COLUMNS),
)
# Without the job type, which the row of a job has already.
DETAILS_COLUMNS = (*_LIST_COLUMNS, "job_type_rev__resources")
_JOB_TYPE = "job_type_rev__job_type"
# As v6 shows them of a try that left nothing.
_NO_RESULTS = {
    "task_results": {"tasks": [], "version": "1.0"},
    "configuration": {"tasks": [], "version": "2.0"},
    "output": {"output_data": [], "version": "1.0"},
}


def overdue(job: str, relation: str = "") -> Case:
    """Return the column ``job``, which holds the id of a job, where its try runs on after its lease; else null.

    ``relation`` leads to the try, and ends in ``__``.
    """
    return Case(When(**{f"{relation}ended": None, f"{relation}lease_expires__lt": Now()}, then=job))


def execution_rows(tries: QuerySet[JobExecution], *more: str) -> QuerySet[Any, dict[str, Any]]:
    """Return ``tries`` with the columns of which ``execution`` makes what lists show, and ``more`` of them."""
    columns = (*_LIST_COLUMNS, *columns_of(_JOB_TYPE, BRIEF_COLUMNS), *more)
    return tries.values(*columns, node_id=id_of_node("node"), overdue=overdue("job_id"))


def executions_with(ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what lists show of the tries with these ids, in their order: one query, none without ids."""
    if not ids:
        return []
    by_id = {row["id"]: execution(row) for row in _listed(ids=array_of(ids))}
    return [by_id[pk] for pk in ids]


@prepared
def _listed(*, ids: str) -> QuerySet[Any, dict[str, Any]]:
    return execution_rows(JobExecution.objects.filter(pk__any_of=ids))


def details_rows(key: Mapping[str, int], using: str | None = None) -> list[dict[str, Any]]:
    """Return the try with this key, if there is one, with the columns of which ``execution_details`` are made.

    ``key`` is its ``pk``, or its ``job_id`` and ``exe_num``. One query, of the database ``using``.
    """
    if using is not None:
        return fetch(_details_of(**key).using(using))
    return _by_id(**key) if "pk" in key else _by_number(**key)


def _details_of(**key: int) -> QuerySet[Any, dict[str, Any]]:
    return execution_rows(JobExecution.objects.filter(**key), "job_type_rev__resources")


@prepared
def _by_id(*, pk: int) -> QuerySet[Any, dict[str, Any]]:
    return _details_of(pk=pk)


@prepared
def _by_number(*, job_id: int, exe_num: int) -> QuerySet[Any, dict[str, Any]]:
    return _details_of(job_id=job_id, exe_num=exe_num)


def no_such_try(pk: int) -> Missing:
    """Return the exception that says that there is no try with this id."""
    return Missing(f"There is no try with the id {pk}; see /v6/job-executions/.")


def execution(row: Row) -> dict[str, Any]:
    """Return a try as lists show it."""
    return _shown(row, nested(row, _JOB_TYPE, BRIEF_COLUMNS))


def execution_details(row: Row, job_type: Row | None = None) -> dict[str, Any]:
    """Return a whole try; of a row without its job type, with the given one."""
    job_type = nested(row, _JOB_TYPE, BRIEF_COLUMNS) if job_type is None else job_type
    return {**_shown(row, job_type), "resources": {"resources": row["job_type_rev__resources"]}, **_NO_RESULTS}


def without_accounts(shown: dict[str, Any]) -> dict[str, Any]:
    """Return a try as readers without an account see it."""
    return {**shown, "account": None, "ended_by": None}


def _shown(row: Row, job_type: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "status": row["status"],
        "exe_num": row["exe_num"],
        "cluster_id": None,
        "created": row["started"],
        **{column: row[column] for column in ("queued", "started", "ended")},
        "job": {"id": row["job_id"]},
        "node": brief_node(row),
        "error": None if row["error__id"] is None else nested(row, "error", ERROR_COLUMNS),
        "job_type": job_type,
        "timeout": row["job_type_rev__timeout"],
        "input_file_size": None,
        "account": row["account__username"],
        **{column: row[column] for column in COLUMNS[COLUMNS.index("end") :]},
        "log_path": None
        if row["log_workspace"] is None
        else product_path(job_type["name"], job_type["version"], row["job_id"], row["exe_num"]),
    }

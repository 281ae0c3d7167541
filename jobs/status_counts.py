"""The counts of status/: the jobs of each job type by status, and by the category of their error."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypedDict

import orjson
from django.db import connections

from core.models.columns import array_of
from job_types.models import JobType
from jobs.models import Job
from jobs.states import Status

# The characters of a time with all digits of its fraction, as answers show it.
_WHOLE = len("2026-11-29T12:00:00.000001Z")


class JobTypeStatus(TypedDict):
    """What JobTypeStatusSerializer describes: a job type, and its jobs by status and category, which are JSON."""

    job_type: Mapping[str, Any]
    job_counts: orjson.Fragment


def job_type_statuses(
    job_types: Sequence[Mapping[str, Any]], *, revision: str, started: datetime, ended: datetime
) -> list[JobTypeStatus]:
    """Return the rows of status/ for these job types, in their order: one query, that of ``counts_by_status``.

    ``revision`` is that of the catalogue, for which the number of all job types is kept.
    """
    # To look up a thousand ids for each job takes longer than to count the jobs of some other job types too.
    ids = [row["id"] for row in job_types]
    chosen = ids if 2 * len(ids) <= _number_of_job_types(revision) else None
    counts = counts_by_status(job_types=chosen, started=started, ended=ended)
    return [{"job_type": row, "job_counts": orjson.Fragment(counts.get(row["id"], "[]"))} for row in job_types]


@lru_cache(maxsize=1)
def _number_of_job_types(revision: str) -> int:
    return JobType.objects.count()


def counts_by_status(*, job_types: Collection[int] | None, started: datetime, ended: datetime) -> Mapping[int, str]:
    """Return the counts of the jobs of each of ``job_types`` (ids), or of all, that has any, as JSON: one query.

    Counted are the jobs whose last status change lies between ``started`` and ``ended``, and all that run. One pass
    each over the window in the indexes job_completed and job_changed, and one over the tally of the running jobs.
    """
    connection = connections[Job.objects.db]
    chosen, as_array = _CHOSEN[connection.vendor]
    statement = _BY_STATUS.format(chosen="" if job_types is None else chosen, **_BY_STATUS_OF[connection.vendor])
    stored = connection.ops.adapt_datetimefield_value
    values = {"started": stored(started), "ended": stored(ended), "job_types": as_array(job_types or ())}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        kinds = cursor.fetchall()
    counts: defaultdict[int, list[str]] = defaultdict(list)
    # Kind by kind, in the order of a job's life, so that the groups of no job type have to be sorted.
    for status, category, *lists in sorted(kinds, key=lambda kind: (Status.values.index(kind[0]), kind[1] or "")):
        head, tail = f'{{"status":"{status}","count":', f'"category":{orjson.dumps(category).decode()}}}'
        ids, numbers, times = lists
        for job_type, count, time in zip(orjson.loads(ids), orjson.loads(numbers), _in_utc(times), strict=True):
            counts[job_type].append(f'{head}{count},"most_recent":"{time}",{tail}')
    return {job_type: f"[{','.join(groups)}]" for job_type, groups in counts.items()}


def _in_utc(times: str) -> list[str]:
    """Return the times of a list that the database has written as JSON, in the form that all answers have."""
    # PostgreSQL leaves out zeros at the end of a fraction, SQLite a fraction that is zero.
    written = orjson.loads(times.replace('+00:00"', 'Z"'))
    return [time if len(time) == _WHOLE else _written_anew(time) for time in written]


def _written_anew(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(UTC).isoformat().replace("+00:00", "Z")


# Each kind of count is one row of lists, since thousands of rows take longer to send and to read than to count. For
# the same reason the counts are written as JSON, and never are objects.
_BY_STATUS = """
    SELECT status, category, CAST({list}(job_type_id) AS text), CAST({list}(count) AS text),
           CAST({list}({most_recent}) AS text)
    FROM (
        SELECT job_type_id, status, category, count(*) AS count, max(last_status_change) AS most_recent
        FROM jobs_job LEFT JOIN errors_error ON errors_error.id = error_id
        WHERE last_status_change BETWEEN %(started)s AND %(ended)s AND NOT (status IN ('COMPLETED', 'RUNNING'))
            {chosen}
        GROUP BY job_type_id, status, category
        UNION ALL
        SELECT job_type_id, 'COMPLETED', NULL, count(*), max(last_status_change) FROM jobs_job
        WHERE last_status_change BETWEEN %(started)s AND %(ended)s AND status = 'COMPLETED' {chosen}
        GROUP BY job_type_id
        UNION ALL
        SELECT job_type_id, 'RUNNING', NULL, {running}, {latest} FROM {runs} AS runs
        WHERE status = 'RUNNING' {chosen} GROUP BY job_type_id HAVING {running} > 0
    ) AS counts
    GROUP BY status, category
"""
_BY_STATUS_OF = {
    # See jobs.tally. The jobs themselves are read where the one that began to run last may have ceased to.
    "postgresql": {
        "runs": "jobs_tally",
        "running": "sum(change)",
        "latest": """
            CASE WHEN max(ceased) >= max(began) THEN (
                SELECT max(last_status_change) FROM jobs_job
                WHERE status = 'RUNNING' AND job_type_id = runs.job_type_id
            ) ELSE max(began) END
        """,
        "list": "json_agg",
        "most_recent": "most_recent",
    },
    "sqlite": {
        "runs": "jobs_job",
        "running": "count(*)",
        "latest": "max(last_status_change)",
        "list": "json_group_array",
        "most_recent": "replace(most_recent, ' ', 'T') || '+00:00'",
    },
}
_CHOSEN: dict[str, tuple[str, Callable[[Collection[int]], str]]] = {
    "postgresql": ("AND job_type_id = ANY (%(job_types)s::bigint[])", array_of),
    "sqlite": (
        "AND job_type_id IN (SELECT value FROM json_each(%(job_types)s))",
        lambda ids: orjson.dumps(list(ids)).decode(),
    ),
}

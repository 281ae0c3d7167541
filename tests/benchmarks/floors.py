"""The floor of each status service: its counts by one hand-written statement, and a JSON dump of the rows."""

import json
from typing import Any

from django.db import connection

from job_types.queries import BRIEF_COLUMNS

_JOB_TYPE = ", ".join(f"t.{column}" for column in BRIEF_COLUMNS)
_ERROR = (
    "e.id, e.name, e.title, e.description, e.job_type_name, e.category, e.is_builtin, e.should_be_retried, "
    "e.created, e.last_modified"
)
_STATUS = f"""
    SELECT {_JOB_TYPE}, c.status, c.category, c.count, c.most_recent
    FROM job_types_jobtype t LEFT JOIN (
        SELECT j.job_type_id, j.status, e.category, count(*), max(j.last_status_change) AS most_recent
        FROM jobs_job j LEFT JOIN errors_error e ON e.id = j.error_id
        WHERE j.last_status_change BETWEEN now() - interval '{{window}}' AND now() AND j.status <> 'RUNNING'
        GROUP BY 1, 2, 3
        UNION ALL
        SELECT job_type_id, status, NULL, count(*), max(last_status_change)
        FROM jobs_job WHERE status = 'RUNNING' GROUP BY 1, 2
    ) c ON c.job_type_id = t.id
    ORDER BY t.name, t.version_key, t.id
"""
_GROUPS = f"""
    SELECT {_JOB_TYPE}, c.count, c.longest
    FROM (SELECT job_type_id, count(*), min({{since}}) AS longest FROM jobs_job WHERE {{chosen}} GROUP BY 1) c
    JOIN job_types_jobtype t ON t.id = c.job_type_id
    ORDER BY c.longest, t.id LIMIT 1000
"""
_FAILURES = f"""
    SELECT {_JOB_TYPE}, {_ERROR}, c.count, c.first_error, c.last_error
    FROM (
        SELECT j.job_type_id, j.error_id, count(*), min(j.last_status_change) AS first_error,
               max(j.last_status_change) AS last_error
        FROM jobs_job j JOIN errors_error e ON e.id = j.error_id AND e.category = 'SYSTEM'
        WHERE j.status = 'FAILED' GROUP BY 1, 2
    ) c
    JOIN job_types_jobtype t ON t.id = c.job_type_id JOIN errors_error e ON e.id = c.error_id
    ORDER BY c.last_error DESC, t.id, e.id LIMIT 1000
"""
# endpoint -> (statement, the place of the count in its rows)
_COUNT = len(BRIEF_COLUMNS)
FLOORS: dict[str, tuple[str, int]] = {
    "status/": (_STATUS.format(window="3 hours"), _COUNT + 2),
    "status/?started=P1D": (_STATUS.format(window="1 day"), _COUNT + 2),
    "status/?started=P31D": (_STATUS.format(window="31 days"), _COUNT + 2),
    "pending/": (
        _GROUPS.format(since="coalesce(queued, last_status_change)", chosen="status IN ('PENDING', 'QUEUED')"),
        _COUNT,
    ),
    "running/": (_GROUPS.format(since="started", chosen="status = 'RUNNING'"), _COUNT),
    "system-failures/": (_FAILURES, _COUNT + 10),
}


def floor(endpoint: str) -> list[tuple[Any, ...]]:
    """Runs the statement of an endpoint and dumps its rows; answers them."""
    with connection.cursor() as cursor:
        cursor.execute(FLOORS[endpoint][0])
        rows = cursor.fetchall()
    json.dumps(rows, default=str)
    return rows


def counted(endpoint: str, rows: list[tuple[Any, ...]]) -> int:
    """How many jobs the rows count."""
    return sum(row[FLOORS[endpoint][1]] or 0 for row in rows)

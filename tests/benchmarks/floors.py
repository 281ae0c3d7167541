"""The floor of each status service: its counts alone, by one hand-written statement, and a JSON dump of them."""

import json
from typing import Any

from django.db import connection

_STATUS = """
    SELECT j.job_type_id, j.status, e.category, max(j.last_status_change), count(*)
    FROM jobs_job j LEFT JOIN errors_error e ON e.id = j.error_id
    WHERE j.last_status_change BETWEEN now() - interval '{window}' AND now() AND j.status <> 'RUNNING'
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT job_type_id, status, NULL, max(last_status_change), count(*)
    FROM jobs_job WHERE status = 'RUNNING' GROUP BY 1, 2
"""
_GROUPS = """
    SELECT job_type_id, min({since}) AS longest, count(*)
    FROM jobs_job WHERE {chosen} GROUP BY 1 ORDER BY 2, 1 LIMIT 1000
"""
_FAILURES = """
    SELECT j.job_type_id, j.error_id, min(j.last_status_change), max(j.last_status_change) AS last_error, count(*)
    FROM jobs_job j JOIN errors_error e ON e.id = j.error_id AND e.category = 'SYSTEM'
    WHERE j.status = 'FAILED' GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT 1000
"""
# endpoint -> statement; the last column of its rows is the count
FLOORS = {
    "status/": _STATUS.format(window="3 hours"),
    "status/?started=P1D": _STATUS.format(window="1 day"),
    "status/?started=P31D": _STATUS.format(window="31 days"),
    "pending/": _GROUPS.format(
        since="coalesce(queued, last_status_change)", chosen="status IN ('PENDING', 'QUEUED')"
    ),
    "running/": _GROUPS.format(since="started", chosen="status = 'RUNNING'"),
    "system-failures/": _FAILURES,
}


def floor(endpoint: str) -> list[tuple[Any, ...]]:
    """Runs the statement of an endpoint and dumps its rows; answers them."""
    with connection.cursor() as cursor:
        cursor.execute(FLOORS[endpoint])
        rows = cursor.fetchall()
    json.dumps(rows, default=str)
    return rows

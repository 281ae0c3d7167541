"""The floor of each read: the rows of its answer by one hand-written statement, and a dump of them by orjson."""

from typing import Any

import orjson
from django.db import connection

_TYPE = """
    id, name, version, title, description, is_active, is_paused, is_published, is_system, icon_code,
    unmet_resources, max_scheduled, max_tries, revision_num, docker_image, created, deprecated, paused,
    last_modified
"""
_BRIEF = "id, name, version, title, description, is_active, is_paused, is_published, icon_code, unmet_resources"
_LIST = f"SELECT {_TYPE}, count(*) OVER () FROM job_types_jobtype ORDER BY name, version_key, id LIMIT {{limit}}"
_NAMES = f"""
    SELECT {_TYPE}, versions FROM job_types_jobtype t
    JOIN (SELECT name AS of_name, (array_agg(id ORDER BY version_key DESC, id DESC))[1] AS latest,
                 array_agg(version ORDER BY version_key, id) AS versions
          FROM job_types_jobtype GROUP BY 1) AS names ON names.latest = t.id
    ORDER BY name LIMIT 200
"""
_ONE = "name = 'algorithm-000' AND version = '1.0.0'"
_DETAILS = f"SELECT {_TYPE}, manifest, configuration FROM job_types_jobtype WHERE {_ONE}"
_REVISIONS = f"""
    SELECT r.id, r.revision_num, r.docker_image, r.created, {", ".join("t." + c.strip() for c in _BRIEF.split(","))}
           {{more}}
    FROM job_types_jobtyperevision r JOIN job_types_jobtype t ON t.id = r.job_type_id
    WHERE {_ONE} {{which}} ORDER BY revision_num DESC
"""
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
# The services that count jobs: endpoint -> statement; the last column of its rows is the count.
COUNTS = {
    "/v6/job-types/status/?page_size=1000": _STATUS.format(window="3 hours"),
    "/v6/job-types/status/?page_size=1000&started=P1D": _STATUS.format(window="1 day"),
    "/v6/job-types/status/?page_size=1000&started=P31D": _STATUS.format(window="31 days"),
    "/v6/job-types/pending/?page_size=1000": _GROUPS.format(
        since="coalesce(queued, last_status_change)", chosen="status IN ('PENDING', 'QUEUED')"
    ),
    "/v6/job-types/running/?page_size=1000": _GROUPS.format(since="started", chosen="status = 'RUNNING'"),
    "/v6/job-types/system-failures/?page_size=1000": _FAILURES,
}
FLOORS = {
    "/v6/job-types/": _LIST.format(limit=100),
    "/v6/job-types/?page_size=1000": _LIST.format(limit=1000),
    "/v6/job-type-names/?page_size=200": _NAMES,
    "/v6/job-types/algorithm-000/": f"SELECT {_TYPE} FROM job_types_jobtype WHERE name = 'algorithm-000'",
    "/v6/job-types/algorithm-000/1.0.0/": _DETAILS,
    "/v6/job-types/algorithm-000/1.0.0/revisions/": _REVISIONS.format(more="", which=""),
    "/v6/job-types/algorithm-000/1.0.0/revisions/1/": _REVISIONS.format(
        more=", r.manifest", which="AND r.revision_num = 1"
    ),
    **COUNTS,
    "/v6/jobs/": """
        SELECT j.id, j.status, j.priority, j.node, j.exit_code, j.max_tries, j.num_exes, j.created, j.queued,
               j.started, j.ended, j.last_status_change, j.last_modified, r.revision_num, r.docker_image,
               t.name, t.version, t.title, t.description, e.name, e.title, e.description, e.category
        FROM jobs_job j JOIN job_types_jobtype t ON t.id = j.job_type_id
        JOIN job_types_jobtyperevision r ON r.id = j.job_type_rev_id LEFT JOIN errors_error e ON e.id = j.error_id
        ORDER BY j.last_status_change DESC, j.id LIMIT 100
    """,
    "/v6/errors/?page_size=1000": "SELECT * FROM errors_error ORDER BY id",
    "/v6/workspaces/": "SELECT * FROM workspaces_workspace ORDER BY name",
    "/v6/audit/": "SELECT * FROM audit_record ORDER BY id DESC LIMIT 100",
}


def floor(endpoint: str) -> list[tuple[Any, ...]]:
    """Runs the statement of an endpoint and dumps its rows; answers them."""
    with connection.cursor() as cursor:
        cursor.execute(FLOORS[endpoint])
        rows = cursor.fetchall()
    orjson.dumps(rows, default=str)
    return rows

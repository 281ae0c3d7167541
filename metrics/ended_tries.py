"""How many tries ended (``EndedTries``), held against the tries themselves."""

from django.db import connection

# Where there is one row for each job type and end, it is changed.
_SAME_ROW = {
    "postgresql": "",
    "sqlite": 'ON CONFLICT (job_type_id, "end") DO UPDATE SET tries = tries + excluded.tries',
}
_MEND = """
    INSERT INTO metrics_endedtries (job_type_id, "end", tries)
    SELECT job_type_id, "end", sum(tries)
    FROM (
        SELECT job_type_id, try."end", count(*) AS tries
        FROM jobs_jobexecution AS try
        JOIN job_types_jobtyperevision AS revision ON revision.id = try.job_type_rev_id
        WHERE try."end" IS NOT NULL GROUP BY 1, 2
        UNION ALL SELECT job_type_id, "end", -tries FROM metrics_endedtries
    ) AS differences
    GROUP BY job_type_id, "end" HAVING sum(tries) <> 0
"""


def recount() -> int:
    """Count all tries that ended, mend the numbers, and return how many were wrong.

    Tries can be changed meanwhile: a row is added for each difference.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{_MEND} {_SAME_ROW[connection.vendor]}")
        return cursor.rowcount

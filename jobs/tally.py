"""The tally: how many jobs of each revision are queued and run, maintained by triggers in PostgreSQL.

No read counts these jobs, and no claim searches the queue for the revisions that are in it. After each statement,
triggers add a row to the table ``jobs_tally`` for each revision of which jobs began or ceased to be queued or to
run. Rows are only added, so that no transaction waits for another; a count is the sum of the rows. A statement that
leaves more than 16 rows of a status and revision folds them into one, unless another transaction is doing so.

| column | meaning |
| --- | --- |
| ``status`` | QUEUED or RUNNING |
| ``job_type_id``, ``job_type_rev_id`` | the revision |
| ``change`` | how many jobs entered this status, less those that left it |
| ``began``, ``ceased`` | the latest ``last_status_change`` of the jobs that entered, that left; null of none |
| ``id`` | a key, without which PostgreSQL deletes no row of a published table |

The latest change among the running jobs is the greatest ``began``, as long as every ``ceased`` is earlier: then the
job that changed at that time has not ceased to run. Otherwise it may have, and the jobs of the job type are read.

Migrations 0011 and 0023 create it. There is no tally on SQLite: an installation that uses it has few enough jobs
to count.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from django.db import connection, transaction

from core.models.columns import ANY_OF, array_of
from jobs.states import Status

_FILL = """
    INSERT INTO jobs_tally
    SELECT status, job_type_id, job_type_rev_id, count(*), max(last_status_change)
    FROM jobs_job WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2, 3
"""
_WRONG = """
    SELECT count(*)
    FROM (
        SELECT status, job_type_rev_id, sum(change) AS jobs FROM jobs_tally GROUP BY 1, 2 HAVING sum(change) <> 0
    ) AS tally
    FULL JOIN (
        SELECT status, job_type_rev_id, count(*) AS jobs
        FROM jobs_job WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2
    ) AS jobs USING (status, job_type_rev_id)
    WHERE tally.jobs IS DISTINCT FROM jobs.jobs
"""
_MARK = {
    # Each change of the numbers is a row, or several.
    "postgresql": "SELECT max(id) FROM jobs_tally",
    "sqlite": "SELECT group_concat(number) FROM (SELECT count(*) AS number FROM jobs_job WHERE status IN "
    "('QUEUED', 'RUNNING') GROUP BY status)",
}
_COUNTS = {
    "postgresql": """
        SELECT job_type_id, status, sum(change)::bigint FROM jobs_tally WHERE job_type_id = ANY (%s::bigint[])
        GROUP BY job_type_id, status
    """,
    "sqlite": """
        SELECT job_type_id, status, count(*) FROM jobs_job
        WHERE status IN ('QUEUED', 'RUNNING') AND job_type_id IN (SELECT value FROM json_each(%s))
        GROUP BY job_type_id, status
    """,
}
_RUNNING = """
    SELECT job_type_id, {count} FROM {table} WHERE status = 'RUNNING' AND job_type_id {any_of} GROUP BY job_type_id
"""
_NUMBERS = {"postgresql": ("sum(change)::bigint", "jobs_tally"), "sqlite": ("count(*)", "jobs_job")}


@transaction.atomic
def recount() -> int:
    """Count the queued and the running jobs again, and return how many numbers were wrong.

    Nothing can change jobs meanwhile. Return 0 on SQLite, where there is no tally.
    """
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE jobs_job IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_WRONG)
        (wrong,) = cursor.fetchone()
        cursor.execute("DELETE FROM jobs_tally")
        cursor.execute(_FILL)
    return wrong


def mark() -> str:
    """Return what changes with the numbers of queued and running jobs: one query, of one row on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK[connection.vendor])
        (found,) = cursor.fetchone()
    return str(found)


def counts_of(job_types: Collection[int]) -> Mapping[int, Mapping[str, int]]:
    """Return how many jobs of each of these job types (ids) are QUEUED and RUNNING, by status: one query."""
    ids = array_of(job_types) if connection.vendor == "postgresql" else json.dumps(list(job_types))
    counts: defaultdict[int, dict[str, int]] = defaultdict(lambda: {Status.QUEUED: 0, Status.RUNNING: 0})
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS[connection.vendor], [ids])
        for job_type, status, count in cursor.fetchall():
            counts[job_type][status] = count
    return counts


def running_of(job_types: Collection[int]) -> Mapping[int, int]:
    """Return how many jobs of each of these job types (ids) run, 0 for all others: one query, none without any."""
    if not job_types:
        return Counter()
    count, table = _NUMBERS[connection.vendor]
    statement = _RUNNING.format(count=count, table=table, any_of=ANY_OF[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [array_of(job_types)])
        return Counter(dict(cursor.fetchall()))

"""The tally: how many jobs of each job type run, maintained by triggers in PostgreSQL so that no read counts jobs.

After each statement, triggers add a row to the table ``jobs_tally`` for each job type of which jobs began or ceased
to run. Rows are only added, so that no transaction waits for another; the count of a job type is the sum of its
rows. A statement that leaves more than 16 rows of a job type folds them into one, unless another transaction is
doing so.

| column | meaning |
| --- | --- |
| ``job_type_id`` | the job type |
| ``change`` | how many jobs began to run, less those that ceased to |
| ``id`` | a key, without which PostgreSQL deletes no row of a published table |
| ``began``, ``ceased`` | the latest ``last_status_change`` of the jobs that began, that ceased; null of none |

The latest change among the running jobs is the greatest ``began``, as long as every ``ceased`` is earlier: then the
job that changed at that time has not ceased to run. Otherwise it may have, and the jobs of the job type are read.

``tally.sql`` and ``KEY`` create it. There is no tally on SQLite: an installation that uses it has few enough jobs
to count.
"""

from pathlib import Path

from django.db import connection, transaction

_FILL = """
    INSERT INTO jobs_tally
    SELECT job_type_id, count(*), max(last_status_change) FROM jobs_job WHERE status = 'RUNNING' GROUP BY 1
"""
_WRONG = """
    SELECT count(*)
    FROM (SELECT job_type_id, sum(change) AS jobs FROM jobs_tally GROUP BY 1 HAVING sum(change) <> 0) AS tally
    FULL JOIN (SELECT job_type_id, count(*) AS jobs FROM jobs_job WHERE status = 'RUNNING' GROUP BY 1) AS running
        USING (job_type_id)
    WHERE tally.jobs IS DISTINCT FROM running.jobs
"""
CREATE = ((Path(__file__).parent / "tally.sql").read_text(encoding="utf-8"), _FILL)
FUNCTIONS = tuple(
    f"jobs_tally_{function}" for function in ("insert()", "update()", "delete()", "truncate()", "fold(bigint[])")
)
DROP = (*(f"DROP FUNCTION {function} CASCADE" for function in FUNCTIONS), "DROP TABLE jobs_tally")
# The last column, so that statements that name no columns leave it out.
KEY = "ALTER TABLE jobs_tally ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"


@transaction.atomic
def recount() -> int:
    """Count the running jobs of all job types again, and return how many job types had a wrong number.

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

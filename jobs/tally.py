"""The tally: how many jobs of each job type run, maintained by triggers in PostgreSQL so that no read counts jobs.

After each statement, triggers add a row to the table ``jobs_tally`` for each job type of which jobs began or ceased
to run. Rows are only added, so that no transaction waits for another; the count of a job type is the sum of its
rows. A statement that leaves more than 16 rows of a job type folds them into one, unless another transaction is
doing so.

| column | meaning |
| --- | --- |
| ``job_type_id`` | the job type |
| ``change`` | how many jobs began to run, less those that ceased to |
| ``began``, ``ceased`` | the latest ``last_status_change`` of the jobs that began, that ceased; null of none |

The latest change among the running jobs is the greatest ``began``, as long as every ``ceased`` is earlier: then the
job that changed at that time has not ceased to run. Otherwise it may have, and the jobs of the job type are read.

There is no tally on SQLite: an installation that uses it has few enough jobs to count.
"""

from django.db import connection, transaction

_TABLE = """
    CREATE TABLE jobs_tally (
        job_type_id bigint NOT NULL,
        change integer NOT NULL,
        began timestamptz,
        ceased timestamptz
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
    CREATE INDEX jobs_tally_of_job_type ON jobs_tally (job_type_id)
"""
# Rows that add up to nothing can be deleted only if they are all rows of a job type: then each job that ceased is
# among those that began. So one transaction at a time folds a job type. An advisory lock is released after the
# commit, and each statement of a function sees what was committed before it: the next to fold finds the row that
# the last one left.
_FOLD = """
    CREATE FUNCTION jobs_tally_fold(job_types bigint[]) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        folded bigint;
    BEGIN
        FOREACH folded IN ARRAY coalesce(job_types, '{}') LOOP
            IF (SELECT count(*) FROM jobs_tally WHERE job_type_id = folded) > 16
                AND pg_try_advisory_xact_lock('jobs_tally'::regclass::integer, (folded % 2147483647)::integer)
            THEN
                WITH gone AS (DELETE FROM jobs_tally WHERE job_type_id = folded RETURNING change, began, ceased)
                INSERT INTO jobs_tally
                SELECT folded, sum(change), max(began), max(ceased) FROM gone HAVING sum(change) <> 0;
            END IF;
        END LOOP;
    END $$
"""
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
_EMPTY = """
    CREATE FUNCTION jobs_tally_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM jobs_tally;
        RETURN NULL;
    END $$
"""
_BEGAN = "SELECT job_type_id, 1, last_status_change, NULL::timestamptz FROM after WHERE status = 'RUNNING'"
_CEASED = "SELECT job_type_id, -1, NULL::timestamptz, last_status_change FROM before WHERE status = 'RUNNING'"
# Event -> which jobs a statement of that kind started and stopped, and the tables of its rows before and after.
_STEPS = {
    "INSERT": (_BEGAN, "NEW TABLE AS after"),
    "UPDATE": (f"{_BEGAN} UNION ALL {_CEASED}", "OLD TABLE AS before NEW TABLE AS after"),
    "DELETE": (_CEASED, "OLD TABLE AS before"),
}


def _function(event: str, steps: str) -> str:
    return f"""
        CREATE FUNCTION jobs_tally_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            job_types bigint[];
        BEGIN
            WITH steps (job_type_id, change, began, ceased) AS ({steps}), added AS (
                INSERT INTO jobs_tally
                SELECT job_type_id, sum(change), max(began), max(ceased) FROM steps GROUP BY job_type_id
                HAVING sum(change) <> 0 OR max(began) <> max(ceased)
                RETURNING job_type_id
            )
            SELECT array_agg(job_type_id) INTO job_types FROM added;
            PERFORM jobs_tally_fold(job_types);
            RETURN NULL;
        END $$
    """  # noqa: S608  (constants of this module)


def _trigger(event: str, tables: str = "") -> str:
    return f"""
        CREATE TRIGGER jobs_tally_{event.lower()} AFTER {event} ON jobs_job {tables and f"REFERENCING {tables}"}
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_tally_{event.lower()}()
    """


CREATE = (
    _TABLE,
    _FOLD,
    _EMPTY,
    *(_function(event, steps) for event, (steps, _) in _STEPS.items()),
    *(_trigger(event, tables) for event, (_, tables) in _STEPS.items()),
    _trigger("TRUNCATE"),
    _FILL,
)
DROP = (
    *(f"DROP FUNCTION jobs_tally_{event.lower()}() CASCADE" for event in (*_STEPS, "TRUNCATE")),
    "DROP FUNCTION jobs_tally_fold(bigint[])",
    "DROP TABLE jobs_tally",
)


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

"""How PostgreSQL runs what claims and reports send, before it has statistics: after a great load, or a restore.

Each is planned for its values, and for any.
"""

import re
from uuid import uuid4

import pytest
from django.db import connection

from core.models.bulk import update_of
from core.models.columns import array_of
from core.models.plans import SQL, Fixed
from core.models.statements import execute_together
from jobs import claim_rows, claims, heartbeats, locked, selectors
from jobs.models import JobExecution
from tests.factories import make_job, make_job_type
from tests.triggers import no_trigger

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql", because="SQLite plans by what it is asked alone"),
]


def copies(table: str, count: int, **others: str) -> str:
    """The statement that copies the one row of a table, with ``others``: expressions of the number of the copy."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        names = [f'"{name}"' for (name,) in cursor.fetchall()]
    values = [others.get(name.strip('"'), name) for name in names]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
        f"FROM {table}, generate_series(1, {count}) AS number"
    )


def jobs_that_run(count: int) -> JobExecution:
    """Write so many jobs that run, and their tries, with ids that follow each other; return the first try."""
    job = make_job(make_job_type(), "RUNNING")
    one: JobExecution = job.executions.get()
    new_jobs = copies("jobs_job", count, id=f"{job.pk} + number")
    new_tries = copies("jobs_jobexecution", count, id=f"{one.pk} + number", job_id=f"{job.pk} + number")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with no_trigger(), no_trigger("jobs_jobexecution"), connection.cursor() as cursor:
        cursor.execute(new_jobs)
        cursor.execute(new_tries)
    return one


def plan_of(statement: SQL, mode: str) -> str:
    """How PostgreSQL runs a statement, which is prepared before; ``mode`` is that of its plan."""
    sql, values = statement
    execute_together([("SET LOCAL plan_cache_mode = %s", [mode]), (Fixed(sql), values)])
    with connection.cursor() as cursor:
        executed = cursor.connection.prepared[sql]
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {executed}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.fixture(params=["force_custom_plan", "force_generic_plan"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_tries_of_a_few_jobs_are_found_by_these_jobs_without_statistics(mode: str) -> None:
    one = jobs_that_run(30_000)
    plan = plan_of(locked._lock_tries.sql(ids=array_of(range(one.job_id, one.job_id + 10))), mode)
    assert re.search(r"rows=10(\.00)? ", plan), plan
    assert "Seq Scan" not in plan, plan


def test_a_few_tries_are_changed_without_a_look_at_the_others(mode: str) -> None:
    one = jobs_that_run(3_000)
    rows = [{"id": one.pk + number, "lease_expires": one.lease_expires} for number in range(10)]
    assert "Seq Scan" not in (plan := plan_of(update_of(JobExecution, rows), mode)), plan


def test_what_is_written_is_read_once_for_a_thousand_tries(mode: str) -> None:
    one = jobs_that_run(3_000)
    rows = [{"id": one.pk + number, "lease_expires": one.lease_expires} for number in range(1_000)]
    plan = plan_of(update_of(JobExecution, rows), mode)
    assert re.search(r"Function Scan on json_to_recordset given .*rows=1000(\.00)? loops=1\)", plan), plan


def test_the_tries_of_a_heartbeat_are_found_by_their_jobs_however_many_run_on_the_node(mode: str) -> None:
    one = jobs_that_run(3_000)
    some = array_of(range(one.job_id, one.job_id + 10))
    plan = plan_of(heartbeats._running.sql(jobs=some, node="node", account=0), mode)
    assert re.search(r"(using|on) execution_unique_number ", plan), plan


def test_the_tries_of_a_claim_are_found_by_the_claim(mode: str) -> None:
    jobs_that_run(3_000)
    own: dict[str, str | int] = {"claim_id": uuid4().hex, "hostname": "node", "account": 0}
    lock = claim_rows._lock.sql(ids=array_of([1]), most=10, node=1, **own)
    for statement in (claims._running_of.sql(**own), claims._goes_on.sql(**own), lock):
        assert re.search(r"(using|on) execution_claim ", plan := plan_of(statement, mode)), plan


def test_jobs_that_others_hold_are_hashed_and_not_searched_for_each_job_of_the_queue(mode: str) -> None:
    one = make_job(make_job_type())
    new_jobs = copies("jobs_job", 3_000, id=f"{one.pk} + number")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with no_trigger():
            cursor.execute(new_jobs)
    revisions, held = array_of([one.job_type_rev_id]), array_of(range(one.pk, one.pk + 2_900))
    values = [revisions, array_of([100]), held, 100, held, 100]
    plan = plan_of((selectors._NEXT_JOBS, values), mode)
    assert plan.count("hashed SubPlan") == 2, plan
    assert re.search(r"rows=100(\.00)? ", plan), plan

"""How PostgreSQL carries out what reports run, before it has statistics: after a great load, or a restore."""

import re

import pytest
from django.db import connection

from core.models.bulk import update_of
from core.models.columns import array_of
from core.models.statements import SQL
from jobs import locked
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


def plan_of(statement: SQL) -> str:
    sql, values = statement
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_tries_of_a_few_jobs_are_found_by_these_jobs_without_statistics() -> None:
    one = jobs_that_run(30_000)
    plan = plan_of(locked._lock_tries.sql(ids=array_of(range(one.job_id, one.job_id + 10))))
    assert re.search(r"rows=10(\.00)? ", plan), plan
    assert "Seq Scan" not in plan, plan


def test_a_few_tries_are_changed_without_a_look_at_the_others() -> None:
    one = jobs_that_run(3_000)
    rows = [{"id": one.pk + number, "lease_expires": one.lease_expires} for number in range(10)]
    assert "Seq Scan" not in (plan := plan_of(update_of(JobExecution, rows))), plan


def test_what_is_written_is_read_once_for_a_thousand_tries() -> None:
    one = jobs_that_run(3_000)
    rows = [{"id": one.pk + number, "lease_expires": one.lease_expires} for number in range(1_000)]
    plan = plan_of(update_of(JobExecution, rows))
    assert re.search(r"Function Scan on json_to_recordset given .*rows=1000(\.00)? loops=1\)", plan), plan

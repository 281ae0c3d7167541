"""How PostgreSQL carries out what reports run, before it has statistics: after a great load, or a restore."""

import re

import pytest
from django.db import connection

from core.models.columns import array_of
from jobs import locked
from tests.factories import make_job, make_job_type
from tests.triggers import no_trigger

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql", because="SQLite plans by what it is asked alone"),
]
JOBS = 30_000


def copies(table: str, **others: str) -> str:
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
        f"FROM {table}, generate_series(1, {JOBS}) AS number"
    )


def test_the_tries_of_a_few_jobs_are_found_by_these_jobs_without_statistics() -> None:
    job = make_job(make_job_type(), "RUNNING")
    one = job.executions.get()
    new_jobs = copies("jobs_job", id=f"{job.pk} + number")
    new_tries = copies("jobs_jobexecution", id=f"{one.pk} + number", job_id=f"{job.pk} + number")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with no_trigger(), no_trigger("jobs_jobexecution"), connection.cursor() as cursor:
        cursor.execute(new_jobs)
        cursor.execute(new_tries)
    sql, values = locked._lock_tries.sql(ids=array_of(range(job.pk, job.pk + 10)))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert re.search(r"rows=10(\.00)? ", plan), plan
    assert "Seq Scan" not in plan, plan

"""What PostgreSQL asks of tables and triggers where others use the database too: publications, restores."""

import json

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from jobs.models import Job
from jobs.status_counts import counts_by_status
from tests.factories import make_job, make_job_type
from workspaces.services import create_workspace

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql", because="SQLite has neither publications nor schemas"),
]


def names(statement: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {name for (name,) in cursor.fetchall()}


def test_each_table_has_a_key_so_that_a_publication_can_hold_it() -> None:
    keyed = "SELECT indrelid FROM pg_index WHERE indisprimary"
    own = "FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    assert "jobs_tally" in names(f"SELECT relname {own}")
    assert names(f"SELECT relname {own} AND oid NOT IN ({keyed})") == set()


def test_each_function_that_names_a_table_searches_the_same_schemas_in_any_session() -> None:
    own = "FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    free = names(f"SELECT proname {own} AND NOT coalesce(proconfig::text LIKE '%search_path%', false)")
    assert {name for name in free if not name.endswith("_refuse")} == set()
    assert len(names(f"SELECT proname {own}")) > len(free) >= 3


def test_jobs_are_claimed_and_end_while_all_tables_are_published(staff: APIClient) -> None:
    """Without a key, PostgreSQL refuses to fold the rows of the tally, with the twentieth claim or so."""
    job_type = make_job_type()
    jobs = [make_job(job_type).pk for _ in range(40)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    for _ in jobs:
        answer = staff.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json")
        assert (answer.status_code, len(answer.json()["results"])) == (200, 1)
    changes = [{"job_id": pk, "status": "COMPLETED"} for pk in jobs[:30]]
    answer = staff.post("/v6/jobs/transitions/", {"changes": changes}, format="json")
    assert answer.json()["changed"] == 30
    now = Job.objects.latest("last_status_change").last_status_change
    (running,) = [
        group
        for group in json.loads(counts_by_status(job_types=[job_type.pk], started=now, ended=now)[job_type.pk])
        if group["status"] == "RUNNING"
    ]
    assert running["count"] == 10


@pytest.mark.parametrize("table", ["jobs_job", "job_types_jobtype", "workspaces_workspace"])
def test_rows_are_changed_in_a_session_that_searches_no_schema(table: str) -> None:
    """So does pg_restore."""
    make_job(make_job_type(), "RUNNING")
    create_workspace(name="raw", fields={})
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute(f"UPDATE {schema}.{table} SET last_modified = last_modified")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if table != "job_types_jobtype":
            cursor.execute(f"DELETE FROM {schema}.jobs_jobexecution")
            cursor.execute(f"DELETE FROM {schema}.{table}")
        cursor.execute(f"SET LOCAL search_path = {schema}")

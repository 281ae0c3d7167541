"""Plans that connections to PostgreSQL keep."""

from uuid import uuid4

import pytest
from django.db import DataError, NotSupportedError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import plans
from core.models.plans import Fixed
from core.models.statements import execute_together
from tests.factories import make_job, make_job_type

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql", because="SQLite plans a statement in microseconds"),
]


def new_statement(sql: str) -> Fixed:
    """A statement that no test before has prepared; they share a connection."""
    return Fixed(f"{sql} /* {uuid4().hex} */")


def kept(statement: str) -> list[tuple[str, int, int]]:
    """What the connection has prepared for a statement: its text, and the runs by a kept plan and by new ones."""
    *_, own = statement.split("/* ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        return [row for row in cursor.fetchall() if own in row[0]]


def test_a_fixed_statement_is_prepared_once_without_its_values_and_planned_once() -> None:
    jobs = [make_job(make_job_type(), priority=priority).pk for priority in range(1, 11)]
    find = new_statement("SELECT priority, '%%' FROM jobs_job WHERE id = %s AND priority = %s")
    for priority, job in enumerate(jobs, start=1):
        assert execute_together([(find, [job, priority])]) == [(priority, "%")]
    ((text, by_one_plan, by_its_own),) = kept(find)
    assert text.partition(" AS ")[2] == find.replace("= %s", "= $1", 1).replace("%s", "$2").replace("%%", "%")
    assert (by_one_plan, by_its_own) == (10, 0)


def test_what_differs_from_call_to_call_is_not_prepared() -> None:
    job = make_job(make_job_type(), priority=7).pk
    read = new_statement(f"SELECT priority FROM jobs_job WHERE id = {job}")
    assert execute_together([(str(read), [])]) == [(7,)]
    with connection.cursor() as cursor:
        cursor.execute(read)
        assert cursor.fetchall() == [(7,)]
    assert kept(read) == []


def test_the_statement_is_shown_with_its_values_whether_it_is_new_or_not() -> None:
    job = make_job(make_job_type(), priority=7).pk
    read = new_statement("SELECT priority FROM jobs_job WHERE id = %s")
    others = [("SET LOCAL enable_sort = off", ())]
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            execute_together([*others, (read, [job])])
        assert [one["sql"] for one in queries] == [f"SET LOCAL enable_sort = off; {read % job}"]


def test_a_statement_that_failed_and_one_that_was_rolled_back_run_again() -> None:
    divide = new_statement("SELECT 12 / %s")
    other = new_statement("SELECT 1 + %s")
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        execute_together([(divide, [0]), (other, [1])])
    assert execute_together([(divide, [4]), (other, [1])]) == [(2,)]
    assert execute_together([(divide, [4])]) == [(3,)]
    assert len(kept(divide)) == len(kept(other)) == 1


def test_a_statement_runs_again_after_a_migration_changed_the_type_of_what_it_returns() -> None:
    find = new_statement("SELECT text FROM texts WHERE text = %s")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE texts ON COMMIT DROP AS SELECT 'a'::varchar(10) AS text")
        assert execute_together([(find, ["a"])]) == [("a",)]
        cursor.execute("ALTER TABLE texts ALTER COLUMN text TYPE varchar(20)")
    with pytest.raises(NotSupportedError, match="must not change result type"), transaction.atomic():
        execute_together([(find, ["a"])])
    assert execute_together([(find, ["a"])]) == [("a",)]


def test_a_plan_for_a_small_table_is_given_up_once_the_table_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    find = new_statement("SELECT number FROM numbers WHERE number = %s")
    monkeypatch.setattr(plans, "RENEWED_EVERY", 3600)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE numbers (number integer PRIMARY KEY) ON COMMIT DROP")
        cursor.execute("INSERT INTO numbers VALUES (0)")
        cursor.execute("ANALYZE numbers")
        for renewed, plan in ((3600, "Seq Scan"), (0, "Index Only Scan")):
            monkeypatch.setattr(plans, "RENEWED_EVERY", renewed)
            execute_together([(find, [0])])
            cursor.execute(f"EXPLAIN {cursor.connection.prepared[find]}", [0])
            assert cursor.fetchone()[0].startswith(plan)
            cursor.execute("INSERT INTO numbers SELECT generate_series(1, 20000) ON CONFLICT DO NOTHING")


def test_a_connection_prepares_only_so_many_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST", 0)
    divide = new_statement("SELECT 12 / %s, '%%'")
    assert execute_together([(divide, [4])]) == [(3, "%")]
    assert kept(divide) == []

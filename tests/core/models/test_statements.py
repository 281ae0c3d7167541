"""Statements that run together."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models.plans import Fixed
from core.models.statements import execute_together
from core.reads.prepared import prepared
from jobs.models import Job
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db

RAISE = "UPDATE jobs_job SET priority = priority + %s WHERE id = %s"


@pytest.mark.parametrize("kind", [str, Fixed])
def test_each_statement_sees_what_those_before_it_wrote_and_the_last_one_returns_its_rows(kind: type[str]) -> None:
    job = make_job(make_job_type(), priority=1).pk
    read = (kind("SELECT priority, '%%' FROM jobs_job WHERE id = %s"), [job])
    statements = [(kind(RAISE), [1, job]), (kind(RAISE), [2, job]), read]
    with CaptureQueriesContext(connection) as queries:
        assert execute_together(statements) == [(4, "%")]
    assert len(queries) == (1 if connection.vendor == "postgresql" else 3)
    assert execute_together(statements[:1]) == []


def test_a_prepared_query_returns_what_is_after_earlier_statements() -> None:
    job, other = (make_job(make_job_type(name), priority=1).pk for name in ("a", "b"))
    find = prepared(lambda *, pk: Job.objects.filter(pk=pk).values("id", "priority"))
    assert find.after((RAISE, [1, job]), (RAISE, [1, other]), pk=job) == [{"id": job, "priority": 2}]
    assert find.after(find.sql(pk=job), pk=other) == find(pk=other) == [{"id": other, "priority": 2}]

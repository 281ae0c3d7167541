"""Rows that are changed by the thousand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models.bulk import update_of
from core.models.statements import execute_together
from jobs.models import Job
from tests.factories import make_job, make_job_type


@pytest.mark.django_db
def test_one_query_changes_each_row_to_its_own_values_and_leaves_other_columns_and_rows() -> None:
    job_type = make_job_type()
    first, second, other = (make_job(job_type, exit_code=1) for _ in range(3))
    when = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
    output = {"json": {"z": 1.5, "a": [True, None, "é\\ \"'$"], "large": 2**70}}
    before = Job.objects.values().get(pk=other.pk)

    with CaptureQueriesContext(connection) as queries:
        rows: list[dict[str, Any]] = [
            {"id": second.pk, "exit_code": None, "node": "ü", "output": {}, "last_modified": when},
            {"id": first.pk, "exit_code": -7, "node": "%s", "output": output, "last_modified": when},
        ]
        execute_together([update_of(Job, rows)])

    assert len(queries) == 1
    changed = Job.objects.in_bulk([first.pk, second.pk])
    columns = ("exit_code", "node", "output", "last_modified", "priority")
    assert [[getattr(changed[one.pk], name) for name in columns] for one in (first, second)] == [
        [-7, "%s", output, when, first.priority],
        [None, "ü", {}, when, second.priority],
    ]
    assert list(changed[first.pk].output["json"]) == ["z", "a", "large"]
    assert Job.objects.values().get(pk=other.pk) == before


@pytest.mark.only_on("sqlite", because="on PostgreSQL tests/jobs/test_plans.py shows what is read")
@pytest.mark.django_db
def test_a_thousand_rows_are_looked_up_one_by_one_and_not_the_array_for_each_of_them() -> None:
    sql, parameters = update_of(Job, [{"id": number, "exit_code": 1} for number in range(1, 1001)])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        steps = [step for *_, step in cursor.fetchall()]
    assert steps[0].startswith("SCAN given"), steps
    assert steps[1].startswith("SEARCH jobs_job USING INTEGER PRIMARY KEY"), steps

"""The totals that are kept of all jobs, tries and files, compared with the rows after all kinds of changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.models.totals import Total
from files.models import File
from files.totals import FILES
from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.totals import JOBS, TRIES
from tests.factories import make_job, make_job_type, make_try
from tests.files.factories import make_file
from tests.threads import at_once
from tests.triggers import no_trigger

ON_POSTGRESQL = connection.vendor == "postgresql"


@dataclass(frozen=True, slots=True)
class Kept:
    """A total, the rows that it is of, what makes one more of them or changes all, and the list that shows it.

    ``query`` returns the filter that finds one of them.
    """

    total: Total
    model: Any
    make: Callable[[], Any]
    change: dict[str, Any]
    url: str
    query: Callable[[Any], str]

    def rows(self) -> int:
        """Return how many rows the total is the sum of; none on SQLite."""
        if not ON_POSTGRESQL:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.total.name}")
            return cursor.fetchone()[0]


def _job() -> Job:
    return make_job(JobType.objects.first() or make_job_type())


def _try() -> JobExecution:
    job = _job()
    return make_try(job, status="RUNNING", end=None, started=job.created, node="node-1")


def _file() -> File:
    return make_file(f"scene-{uuid4()}.tif")


KEPT = [
    Kept(JOBS, Job, _job, {"priority": 1}, "/v6/jobs/", lambda job: f"job_id={job.pk}"),
    Kept(TRIES, JobExecution, _try, {"stdout": "x"}, "/v6/job-executions/", lambda one: f"job_id={one.job_id}"),
    Kept(FILES, File, _file, {"media_type": "x/y"}, "/v6/files/", lambda file: f"file_name={file.file_name}"),
]
each = pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.total.name)


@each
@pytest.mark.django_db
def test_the_total_follows_each_statement_and_has_few_rows(kept: Kept) -> None:
    count, rows = kept.total.count, kept.model.objects
    assert count() == 0
    for number in range(1, 41):
        kept.make()
        assert count() == number
        assert kept.rows() <= 16
    rows.filter(pk__in=rows.order_by("pk").values("pk")[:15]).delete()
    assert count() == rows.count() == 25
    rows.update(**kept.change)
    rows.filter(pk=0).delete()
    assert count() == 25
    with transaction.atomic():
        kept.make()
        assert count() == 26
        transaction.set_rollback(True)
    assert count() == 25
    rows.all().delete()
    assert count() == 0


@each
@pytest.mark.django_db(transaction=True)
def test_concurrent_statements_add_up(kept: Kept) -> None:
    first = kept.make()

    def add_and_remove(number: int) -> None:
        for turn in range(12):
            with transaction.atomic():
                made = [kept.make() for _ in range(3)]
                made[turn % 3].delete()

    at_once(8, add_and_remove)
    first.delete()
    assert kept.total.count() == kept.model.objects.count() == 8 * 12 * 2
    assert kept.rows() < 100


@each
@pytest.mark.django_db
def test_a_list_without_filters_reads_no_row_to_show_how_many_there_are(kept: Kept, anyone: APIClient) -> None:
    _job()  # has no try
    first, second = kept.make(), kept.make()
    there = kept.model.objects.count()
    url = f"{kept.url}?page_size=1"
    with CaptureQueriesContext(connection) as captured:
        assert anyone.get(url).json()["count"] == there
    counts = [query["sql"].lower() for query in captured if "count(*)" in query["sql"].lower()]
    assert len(counts) == (0 if ON_POSTGRESQL else 1)
    assert anyone.get(f"{url}&page={there}").json()["next"] is None
    assert anyone.get(f"{url}&page={there + 1}").status_code == 404
    kept.make()
    both = anyone.get(f"{url}&{kept.query(first)}&{kept.query(second)}").json()
    assert (both["count"], len(both["results"])) == (2, 1)
    assert anyone.get(f"{url}&ended=2000-01-01").json()["count"] == 0


@each
@pytest.mark.django_db(transaction=True)
def test_a_recount_corrects_changes_made_without_the_triggers(kept: Kept) -> None:
    kept.make()
    assert kept.total.recount() == 0
    with no_trigger(kept.model._meta.db_table):
        kept.make()
    assert kept.total.recount() == (1 if ON_POSTGRESQL else 0)
    assert kept.total.recount() == 0
    assert kept.total.count() == 2


@each
@pytest.mark.django_db(transaction=True)
def test_truncating_the_table_leaves_none(kept: Kept) -> None:
    kept.make()
    call_command("flush", interactive=False, verbosity=0)
    assert (kept.total.count(), kept.rows()) == (0, 0)
    kept.make()
    assert kept.total.count() == 1

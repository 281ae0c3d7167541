"""The total of all jobs that is kept, compared with the jobs themselves after all kinds of changes."""

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from jobs.models import Job
from jobs.total import AllJobs, recount
from tests.factories import make_job, make_job_type
from tests.threads import at_once
from tests.triggers import no_trigger

ON_POSTGRESQL = connection.vendor == "postgresql"


def kept() -> int:
    """Return the total, as the list of all jobs shows it."""
    return AllJobs(Job.objects.values).count()


def rows() -> int:
    """Return how many rows the total is the sum of; none on SQLite."""
    if not ON_POSTGRESQL:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_total")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_total_follows_each_statement_and_has_few_rows() -> None:
    job_type = make_job_type()
    assert kept() == 0
    for number in range(1, 41):
        make_job(job_type)
        assert kept() == number
        assert rows() <= 16
    Job.objects.filter(pk__in=Job.objects.order_by("pk").values("pk")[:15]).delete()
    assert kept() == Job.objects.count() == 25
    Job.objects.update(priority=1)
    Job.objects.filter(pk=0).delete()
    assert kept() == 25
    with transaction.atomic():
        make_job(job_type)
        assert kept() == 26
        transaction.set_rollback(True)
    assert kept() == 25
    Job.objects.all().delete()
    assert kept() == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_statements_add_up() -> None:
    job_type = make_job_type()

    def add_and_remove(number: int) -> None:
        for turn in range(12):
            with transaction.atomic():
                jobs = [make_job(job_type) for _ in range(3)]
                jobs[turn % 3].delete()

    at_once(8, add_and_remove)
    assert kept() == Job.objects.count() == 8 * 12 * 2
    assert rows() < 100


@pytest.mark.django_db
def test_the_list_of_all_jobs_reads_no_job_to_show_their_number(anyone: APIClient) -> None:
    job_type = make_job_type()
    for status in ("QUEUED", "QUEUED", "RUNNING"):
        make_job(job_type, status)
    url = "/v6/jobs/?page_size=1"
    with CaptureQueriesContext(connection) as captured:
        assert anyone.get(url).json()["count"] == 3
    counts = [query["sql"].lower() for query in captured if "count(*)" in query["sql"].lower()]
    assert len(counts) == (0 if ON_POSTGRESQL else 1)
    assert anyone.get(f"{url}&page=3").json()["next"] is None
    assert anyone.get(f"{url}&page=4").status_code == 404
    assert anyone.get(f"{url}&status=QUEUED").json()["count"] == 2


@pytest.mark.django_db(transaction=True)
def test_a_recount_corrects_changes_made_without_the_triggers() -> None:
    job_type = make_job_type()
    make_job(job_type)
    assert recount() == 0
    with no_trigger():
        make_job(job_type)
    assert recount() == (1 if ON_POSTGRESQL else 0)
    assert recount() == 0
    assert kept() == 2


@pytest.mark.django_db(transaction=True)
def test_truncating_jobs_leaves_none() -> None:
    make_job(make_job_type())
    call_command("flush", interactive=False, verbosity=0)
    assert (kept(), rows()) == (0, 0)
    make_job(make_job_type())
    assert kept() == 1

"""``manage.py check_counts``: rows that were written without triggers and sequences, and what it makes of them."""

import io

import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from jobs.models import Job
from jobs.tally import recount
from metrics import hours
from tests.factories import make_job, make_job_type
from tests.triggers import no_trigger
from workspaces.models import Workspace
from workspaces.services import create_workspace

ON_POSTGRESQL = connection.vendor == "postgresql"
TOTALS = [f"{name}: right." for name in ("jobs_total", "jobs_execution_total", "files_total")]
COUNTED = "metrics_hourlycount: right."
TRIES_COUNTED = "metrics_endedtries: right."
ADVANCED = "catalogue_revision: advanced, so that clients and caches read all lists again."


def check_counts() -> list[str]:
    output = io.StringIO()
    call_command("check_counts", stdout=output)
    return output.getvalue().splitlines()


@pytest.mark.django_db
def test_nothing_is_wrong_where_all_was_written_through_triggers_and_sequences() -> None:
    make_job(make_job_type(), "RUNNING")
    create_workspace(name="raw", fields={})
    hours.recount()
    assert check_counts() == ["jobs_tally: right.", *TOTALS, COUNTED, TRIES_COUNTED, ADVANCED]


@pytest.mark.django_db
@pytest.mark.only_on("postgresql", because="SQLite has no tally, and its ids follow the rows")
def test_counts_and_ids_after_a_restore_with_triggers_disabled_are_reported_and_mended(staff: APIClient) -> None:
    job_type = make_job_type()
    make_job(job_type, "RUNNING")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        columns = ", ".join(field.column for field in Job._meta.concrete_fields if field.column != "id")
        with no_trigger():
            cursor.execute(f"INSERT INTO jobs_job (id, {columns}) SELECT id + 1, {columns} FROM jobs_job")
        cursor.execute("SELECT setval(pg_get_serial_sequence('jobs_tally', 'id'), 1, false)")
    assert check_counts() == [
        "jobs_tally: numbers of queued or running jobs that were wrong: 1.",
        "jobs_total: numbers of all jobs that were wrong: 1.",
        *TOTALS[1:],
        "jobs_job: the next id was taken; ids continue after the last row.",
        COUNTED,
        TRIES_COUNTED,
        ADVANCED,
    ]
    assert recount() == 0
    body = {"job_type_id": job_type.pk}
    answer = staff.post("/v6/jobs/", body, format="json")
    assert (answer.status_code, answer.json()["id"]) == (201, Job.objects.latest("pk").pk)
    assert Job.objects.count() == 3


@pytest.mark.django_db
def test_a_list_that_a_client_has_seen_before_the_restore_is_read_again(staff: APIClient) -> None:
    create_workspace(name="raw", fields={"title": "Old"})
    tag = staff.get("/v6/workspaces/")["ETag"]
    with connection.cursor() as cursor:
        if ON_POSTGRESQL:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE workspaces_workspace DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER workspaces_workspace_in_catalogue_update")
        Workspace.objects.update(title="Restored")
    assert staff.get("/v6/workspaces/", headers={"If-None-Match": tag}).status_code == 304
    check_counts()
    answer = staff.get("/v6/workspaces/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["results"][0]["title"]) == (200, "Restored")

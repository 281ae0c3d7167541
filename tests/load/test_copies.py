"""Copies of the database that others make: dumps of single tables, restored, and a logical replica."""

import shutil
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from catalogue.models import current_revision
from errors.models import Error
from errors.services import load_builtin_errors
from jobs.models import Job
from jobs.tally import recount
from metrics import hours
from tests.factories import make_body, make_job, make_job_type
from tests.load.database import OWNER, Database, run
from tests.load.subscriber import TABLES, Subscriber, dump, source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file() -> Iterator[str]:
    """A file that the programs of PostgreSQL can write."""
    folder = Path(tempfile.mkdtemp(prefix="scale-dump-"))
    if OWNER:
        shutil.chown(folder, OWNER)
    yield str(folder / "dump")
    shutil.rmtree(folder)


def restore(file: str, *options: str) -> None:
    run("pg_restore", f"--dbname={source()}", "--data-only", "--exit-on-error", *options, file)


@pytest.fixture
def rows() -> list[Any]:
    """Some jobs, among them running ones."""
    job_types = [make_job_type(name) for name in ("a", "b")]
    for job_type in job_types:
        for status in ("RUNNING", "QUEUED", "RUNNING", "FAILED"):
            make_job(job_type, status)
    return jobs()


def jobs() -> list[Any]:
    return list(Job.objects.order_by("pk").values_list())


def test_jobs_that_were_dumped_alone_are_restored_and_counted(staff: APIClient, rows: list[Any], file: str) -> None:
    dump("--data-only", "--table=jobs_job", f"--file={file}")
    Job.objects.all().delete()
    restore(file)
    assert jobs() == rows
    assert (recount(), hours.recount()) == (0, 0)
    answer = staff.get("/v6/job-types/running/")
    assert [group["count"] for group in answer.json()["results"]] == [2, 2]


def test_a_table_of_the_catalogue_that_was_dumped_alone_is_restored_and_advances_the_revision(file: str) -> None:
    load_builtin_errors()
    before = list(Error.objects.order_by("pk").values_list())
    dump("--data-only", "--table=errors_error", f"--file={file}")
    Error.objects.all().delete()
    revision = current_revision()
    restore(file)
    assert list(Error.objects.order_by("pk").values_list()) == before
    assert current_revision() != revision


def test_what_a_restore_with_triggers_disabled_leaves_wrong_is_mended(
    staff: APIClient, rows: list[Any], file: str
) -> None:
    dump("--data-only", "--table=jobs_job", f"--file={file}")
    Job.objects.all().delete()
    restore(file, "--disable-triggers")
    assert jobs() == rows
    output = StringIO()
    call_command("check_counts", stdout=output)
    assert "jobs_tally: numbers of queued or running jobs that were wrong: 4." in output.getvalue()
    assert (recount(), hours.recount()) == (0, 0)
    counts = staff.get("/v6/job-types/status/").json()["results"]
    assert [one["count"] for row in counts for one in row["job_counts"] if one["status"] == "RUNNING"] == [2, 2]
    assert staff.post("/v6/jobs/", {"job_type_name": "a", "job_type_version": "1.0.0"}, "json").status_code == 201


@pytest.fixture(scope="module")
def logical(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The server with the ``wal_level`` that logical replication needs, which takes a restart."""

    def restart(setting: str) -> None:
        with django_db_blocker.unblock():
            database = Database()
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER SYSTEM {setting}")
            connection.close()
            database.start()

    restart("SET wal_level = logical")
    yield
    restart("RESET wal_level")


@pytest.mark.usefixtures("logical")
def test_a_subscriber_to_all_tables_has_the_same_rows(staff: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGTZ", "UTC")
    staff.default_format = "json"
    make_job(make_job_type("early"), "RUNNING")
    with Subscriber() as subscriber:
        assert staff.post("/v6/job-types/", make_body()).status_code == 201
        assert staff.patch("/v6/job-types/test/1.0.0/", {"docker_image": "other"}).status_code == 200
        assert staff.post("/v6/workspaces/", {"name": "raw"}).status_code == 201
        for _ in range(60):
            body = {"job_type_name": "test", "job_type_version": "1.0.0"}
            assert staff.post("/v6/jobs/", body).status_code == 201
        claimed = [one["id"] for _ in range(50) for one in claim(staff)]
        assert len(set(claimed)) == 50
        changes = [{"job_id": pk, "status": "COMPLETED"} for pk in claimed[:20]]
        assert staff.post("/v6/jobs/transitions/", {"changes": changes}).status_code == 200
        assert staff.post("/v6/jobs/cancel/", {"job_id": claimed[20:40]}).json()["count"] == 20
        assert staff.post("/v6/jobs/requeue/", {"status": "CANCELED"}).json()["count"] == 20
        subscriber.catch_up()
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            for (table,) in cursor.fetchall():
                content = (
                    f"SELECT count(*) || ' ' || md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} AS t"
                )
                cursor.execute(content)
                assert subscriber.ask(content) == cursor.fetchone()[0], table


def claim(staff: APIClient) -> list[dict[str, Any]]:
    answer = staff.post("/v6/jobs/claim/", {"node": "a", "limit": 1})
    assert answer.status_code == 200
    results: list[dict[str, Any]] = answer.json()["results"]
    return results

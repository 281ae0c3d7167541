"""The constraints, indexes and foreign keys of jobs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from errors.services import builtin_error
from jobs.models import Job
from jobs.states import ENDED, TRANSITIONS, Status, entering
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", Status.values)
def test_the_columns_that_entering_a_status_sets_satisfy_the_constraints(status: str) -> None:
    job = make_job(make_job_type(), status)
    job.refresh_from_db()
    assert (job.ended is not None) == (status in ENDED)
    assert (job.error is not None) == (status == "FAILED")
    assert str(job) == f"job {job.pk}"


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        ("QUEUED", {"status": "DONE"}),
        ("QUEUED", {"queued": None}),
        ("QUEUED", {"ended": timezone.now()}),
        ("QUEUED", {"priority": 0}),
        ("RUNNING", {"started": None}),
        ("RUNNING", {"ended": timezone.now()}),
        ("FAILED", {"error_id": None}),
        ("FAILED", {"ended": None}),
        ("COMPLETED", {"ended": None}),
        ("CANCELED", {"ended": None}),
        ("COMPLETED", {"started": timezone.now() + timedelta(days=1)}),
    ],
)
def test_the_database_refuses_a_row_that_contradicts_itself(status: str, columns: dict[str, Any]) -> None:
    job = make_job(make_job_type(), status)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**columns)


@pytest.mark.parametrize("status", [status for status in Status.values if status != "FAILED"])
def test_the_database_refuses_an_error_of_a_job_that_is_not_failed(status: str) -> None:
    job = make_job(make_job_type(), status)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(error=builtin_error("unknown"))


def test_what_jobs_refer_to_cannot_be_deleted() -> None:
    job = make_job(make_job_type(), "FAILED")
    for row in (job.job_type, job.error):
        assert row is not None
        with pytest.raises(ProtectedError):
            row.delete()


def test_every_status_can_be_entered_and_all_but_completed_can_be_left() -> None:
    reached = {after for following in TRANSITIONS.values() for after in following}
    assert reached == set(Status.values)
    assert [status for status, following in TRANSITIONS.items() if not following] == ["COMPLETED"]
    now = timezone.now()
    for status in Status:
        assert entering(status, now)["last_status_change"] == now


def test_revisions_store_the_resources_of_their_manifests() -> None:
    """tests/scale/test_migrations.py checks that a migration fills in those of old revisions."""
    scalars = [{"name": "cpus", "value": 2}, {"name": "sharedMem", "value": 0.5}]
    revision = make_job_type(job={"resources": {"scalar": scalars}}).revisions.get()
    assert revision.resources == {"cpus": 2, "sharedMem": 0.5}
    assert make_job_type("other").revisions.get().resources == {}


def test_the_indexes_hold_all_columns_that_the_services_read() -> None:
    """On PostgreSQL with the history vacuumed, the plans are index-only; docs/performance.md shows them."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "jobs_job")
    assert constraints["job_completed"]["columns"] == ["last_status_change", "job_type_id"]
    assert constraints["job_changed"]["columns"] == ["last_status_change", "status", "job_type_id", "error_id"]
    assert constraints["job_waiting"]["columns"] == ["job_type_id", "queued", "last_status_change"]
    assert constraints["job_running"]["columns"] == ["job_type_id", "started", "last_status_change"]
    assert constraints["job_failed"]["columns"] == ["error_id", "job_type_id", "last_status_change"]
    assert constraints["job_queue_head"]["columns"] == ["priority", "queued", "id", "job_type_rev_id"]
    assert constraints["job_queue"]["columns"] == ["job_type_rev_id", "priority", "queued", "id"]

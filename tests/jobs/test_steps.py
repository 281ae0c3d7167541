"""POST /v6/jobs/cancel/ and /v6/jobs/requeue/."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from jobs import services
from jobs.models import Job
from jobs.states import Status
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db

CANCEL, REQUEUE = "/v6/jobs/cancel/", "/v6/jobs/requeue/"


def statuses() -> list[str]:
    return list(Job.objects.order_by("pk").values_list("status", flat=True))


def test_canceling_changes_all_jobs_that_can_be_canceled(staff: APIClient) -> None:
    job_type = make_job_type()
    for status in Status.values:
        make_job(job_type, status)
    answer = staff.post(CANCEL, {"job_type_name": "test"}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"count": 5, "remaining": 0})
    assert statuses() == ["CANCELED"] * 5 + ["COMPLETED", "CANCELED"]
    assert staff.post(CANCEL, {"job_type_name": "test"}, format="json").json()["count"] == 0


def test_a_requeued_job_is_reset_and_gets_new_tries(staff: APIClient) -> None:
    job_type = make_job_type()
    for status in Status.values:
        make_job(job_type, status, num_exes=3)
    answer = staff.post(REQUEUE, {"job_type_id": [job_type.pk]}, format="json")
    assert answer.json() == {"count": 2, "remaining": 0}
    assert statuses() == ["PENDING", "BLOCKED", "QUEUED", "RUNNING", "QUEUED", "COMPLETED", "QUEUED"]
    job = Job.objects.get(pk=Job.objects.order_by("pk")[4].pk)
    assert (job.error, job.ended, job.started, job.node) == (None, None, None, None)
    assert (job.num_exes, job.max_tries) == (3, 6)
    assert job.queued == job.last_status_change == job.last_modified


def test_jobs_of_a_deprecated_job_type_are_not_requeued(staff: APIClient) -> None:
    make_job(make_job_type(is_active=False), "FAILED")
    assert staff.post(REQUEUE, {"status": "FAILED"}, format="json").json()["count"] == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": "FAILED"}, ["QUEUED", "CANCELED", "QUEUED"]),
        ({"status": ["FAILED", "CANCELED"]}, ["QUEUED", "QUEUED", "QUEUED"]),
        ({"error_category": "SYSTEM", "ended": "PT1H"}, ["QUEUED", "CANCELED", "FAILED"]),
        ({"job_id": 10**18}, ["FAILED", "CANCELED", "FAILED"]),
        ({"started": "PT30M", "status": "FAILED"}, ["FAILED", "CANCELED", "QUEUED"]),
    ],
)
def test_the_filters_of_the_list_select_the_jobs(
    staff: APIClient, body: dict[str, Any], expected: list[str]
) -> None:
    job_type = make_job_type()
    make_job(job_type, "FAILED", last_status_change=timezone.now() - timedelta(hours=2))
    make_job(job_type, "CANCELED")
    make_job(job_type, "FAILED")
    assert staff.post(REQUEUE, body, format="json").status_code == 200
    assert statuses() == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Name at least one filter: started, ended"),
        ({"status": "DONE"}, "status: must be one of PENDING"),
        ({"status": []}, "status: must be a string or a whole number"),
        ({"status": None}, "status: "),
        ({"status": ""}, "status: must not be blank."),
        ({"job_id": True}, "job_id: must be a string or a whole number"),
        ({"job_id": 1.5}, "job_id: must be a string or a whole number"),
        ({"job_id": {"a": 1}}, "job_id: must be a string or a whole number"),
        ({"started": ["PT1H", "PT2H"]}, "started: must be one value."),
        ({"started": "PT1H", "ended": "PT2H"}, "started: must not be after ended."),
        ({"order": "id"}, "order: unknown field; the valid ones are: started"),
        ([], "The body is not a JSON object."),
    ],
)
@pytest.mark.parametrize("url", [CANCEL, REQUEUE])
def test_an_invalid_selection_is_a_400_and_changes_nothing(
    staff: APIClient, url: str, body: Any, message: str
) -> None:
    make_job(make_job_type())
    answer = staff.post(url, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(message)
    assert statuses() == ["QUEUED"]


def test_jobs_beyond_the_limit_are_counted_as_remaining_and_changed_by_the_next_request(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_AT_ONCE", 3)
    job_type = make_job_type()
    for _ in range(4):
        make_job(job_type)
    assert staff.post(CANCEL, {"status": "QUEUED"}, format="json").json() == {"count": 3, "remaining": 1}
    assert statuses() == ["CANCELED"] * 3 + ["QUEUED"]
    assert staff.post(CANCEL, {"status": "QUEUED"}, format="json").json() == {"count": 1, "remaining": 0}


def test_ten_thousand_jobs_are_changed_by_one_request(staff: APIClient) -> None:
    job_type = make_job_type()
    revision = job_type.revisions.get()
    now = timezone.now()
    Job.objects.bulk_create(
        (Job(job_type=job_type, job_type_rev=revision, status="QUEUED", queued=now) for _ in range(10_001)),
        batch_size=2_000,
    )
    assert staff.post(CANCEL, {"status": "QUEUED"}, format="json").json() == {"count": 10_000, "remaining": 1}
    assert staff.post(REQUEUE, {"status": "CANCELED"}, format="json").json() == {"count": 10_000, "remaining": 0}

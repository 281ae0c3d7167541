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


@pytest.mark.parametrize("held", ["PENDING", "BLOCKED"])
def test_a_held_job_is_held_again_when_it_is_requeued(staff: APIClient, held: str) -> None:
    make_job(make_job_type(), held)
    for url, after in ((CANCEL, "CANCELED"), (REQUEUE, held)):
        assert staff.post(url, {"job_type_name": "test"}, format="json").json() == {"count": 1, "remaining": 0}
        assert statuses() == [after]
    assert Job.objects.get().queued is None


@pytest.mark.parametrize("held", ["PENDING", "BLOCKED"])
def test_a_held_job_whose_cancellation_was_reported_is_held_again_when_it_is_requeued(
    staff: APIClient, held: str
) -> None:
    job = make_job(make_job_type())
    changes = [{"job_id": job.pk, "status": status} for status in dict.fromkeys(["PENDING", held, "CANCELED"])]
    assert staff.post("/v6/jobs/transitions/", {"changes": changes}, format="json").json()["refused"] == 0
    staff.post(REQUEUE, {"job_id": job.pk}, format="json")
    assert statuses() == [held]


def test_a_job_canceled_before_its_status_was_kept_is_queued_only_if_it_ever_was(staff: APIClient) -> None:
    job_type = make_job_type()
    for queued in (None, timezone.now()):
        make_job(job_type, "CANCELED", canceled_from=None, queued=queued)
    staff.post(REQUEUE, {"status": "CANCELED"}, format="json")
    assert statuses() == ["PENDING", "QUEUED"]


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


def test_the_bodies_of_v6_select_the_jobs(staff: APIClient) -> None:
    first, second, other = make_job_type("first"), make_job_type("first", "2.0.0"), make_job_type("other")
    jobs = [make_job(job_type, "FAILED") for job_type in (first, second, other)]
    error = jobs[0].error_id
    every = ["QUEUED", "QUEUED", "QUEUED"]
    key = {"name": "first", "version": "2.0.0"}
    bodies: list[tuple[dict[str, Any], list[str]]] = [
        ({"job_ids": [jobs[0].pk, jobs[2].pk]}, ["QUEUED", "FAILED", "QUEUED"]),
        ({"job_type_ids": [second.pk, other.pk]}, ["FAILED", "QUEUED", "QUEUED"]),
        ({"job_type_names": ["first", "unknown"]}, ["QUEUED", "QUEUED", "FAILED"]),
        ({"job_types": [key, {"name": "other", "version": "2.0.0"}]}, ["FAILED", "QUEUED", "FAILED"]),
        ({"job_type_version": "1.0.0"}, ["QUEUED", "FAILED", "QUEUED"]),
        ({"job_ids": [float(jobs[0].pk)]}, ["QUEUED", "FAILED", "FAILED"]),
        ({"error_ids": [error], "error_categories": ["SYSTEM"], "is_superseded": False}, every),
        ({"error_name": "unknown", "job_id": jobs[0].pk, "job_ids": [jobs[1].pk]}, ["FAILED"] * 3),
        ({"status": "FAILED", "url": "/v6/jobs/requeue/"}, every),
        ({"status": "FAILED", "batch_ids": [1]}, ["FAILED"] * 3),
        ({"status": "FAILED", "recipe_ids": [1]}, ["FAILED"] * 3),
        ({"status": "FAILED", "is_superseded": True}, ["FAILED"] * 3),
        ({"node": "a"}, ["FAILED"] * 3),
    ]
    for body, expected in bodies:
        Job.objects.update(status="FAILED", error=error, ended=timezone.now(), last_status_change=timezone.now())
        answer = staff.post(REQUEUE, body, format="json")
        assert (answer.status_code, answer.json()["count"], statuses()) == (200, expected.count("QUEUED"), expected)


def test_a_body_with_every_filter_of_v6_is_taken(staff: APIClient) -> None:
    body = {
        "job_ids": [1],
        "job_type_ids": [1],
        "job_type_names": ["x"],
        "error_categories": ["SYSTEM"],
        "error_ids": [1],
        "status": "FAILED",
    }
    for url, more in ((CANCEL, {}), (REQUEUE, {"priority": 1})):
        answer = staff.post(url, {**body, **more}, format="json")
        assert (answer.status_code, answer.json()) == (200, {"count": 0, "remaining": 0})


def test_a_requeued_job_gets_the_priority_that_the_body_names(staff: APIClient) -> None:
    job = make_job(make_job_type(), "FAILED", priority=100)
    staff.post(REQUEUE, {"job_ids": [job.pk], "priority": 7}, format="json")
    assert staff.get(f"/v6/jobs/{job.pk}/").json()["priority"] == 7


@pytest.mark.parametrize(
    ("url", "action", "before", "others"),
    [(CANCEL, "canceled", "QUEUED", {}), (REQUEUE, "requeued", "FAILED", {"priority": {"new": 7}})],
)
def test_a_mass_change_is_in_the_audit_with_account_selection_and_count(
    staff: APIClient, url: str, action: str, before: str, others: dict[str, Any]
) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, before).pk for _ in range(3)]
    body = {"job_types": [{"name": "test", "version": "1.0.0"}], "job_ids": [*jobs, *range(10**6, 10**6 + 200)]}
    staff.post(url, body | ({"priority": 7} if others else {}), format="json")
    (found,) = staff.get(f"/v6/audit/?kind=job&action={action}").json()["results"]
    assert (found["actor"], found["source"], found["name"], found["version"]) == ("staff", "api", "", "")
    kept = [str(pk) for pk in body["job_ids"][:100]]
    assert found["changes"] == {
        "selection": {"new": {"job_types": ["test 1.0.0"], "job_ids": [*kept, "and 103 more"]}},
        "count": {"new": 3},
        **others,
    }
    staff.post(url, body, format="json")
    assert staff.get(f"/v6/audit/?kind=job&action={action}").json()["count"] == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"url": "/"}, "Name at least one filter: started, ended"),
        ({"is_superseded": False}, "Name at least one filter: started, ended"),
        ({"status": "FAILED", "is_superseded": "no"}, "is_superseded: must be true or false."),
        ({"job_ids": ["x"]}, "job_ids: must be a whole number."),
        ({"job_ids": []}, "job_ids: must be a string or a whole number"),
        ({"job_types": []}, "job_types: "),
        ({"job_types": "test"}, "job_types: must be an array of job types."),
        ({"job_types": [{"name": "test"}]}, "job_types.0.version: "),
        ({"job_types": [{"name": "test", "version": 1}]}, "job_types.0.version: must be a string."),
        ({"error_categories": ["X"]}, "error_categories: must be one of SYSTEM"),
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


def test_a_fault_in_a_selection_names_its_field(staff: APIClient) -> None:
    answer = staff.post(CANCEL, {"job_ids": ["x"], "job_types": [3]}, format="json").json()
    assert [found["path"] for found in answer["errors"]] == ["/job_types/0"]
    answer = staff.post(CANCEL, {"job_ids": ["x"], "error_categories": ["X"]}, format="json").json()
    assert [found["path"] for found in answer["errors"]] == ["/job_ids", "/error_categories"]


@pytest.mark.parametrize("priority", [0, "1", None])
def test_an_invalid_priority_is_a_400(staff: APIClient, priority: object) -> None:
    answer = staff.post(REQUEUE, {"job_id": 1, "priority": priority}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/priority")


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

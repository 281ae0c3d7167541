"""POST /v6/jobs/transitions/."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Job
from jobs.states import TRANSITIONS, Status
from tests.factories import make_job, make_job_type, make_try

pytestmark = pytest.mark.django_db

URL = "/v6/jobs/transitions/"
ERRORS = [{"code": 3, "name": "bad-pixels", "title": "Bad pixels", "category": "data"}]


@pytest.fixture
def job_type() -> JobType:
    load_builtin_errors()
    return make_job_type(job={"errors": ERRORS})


def report(staff: APIClient, *changes: dict[str, Any], **fields: Any) -> Any:
    return staff.post(URL, {"changes": list(changes), **fields}, format="json")


def outcomes(answer: Any) -> list[tuple[str, str | None]]:
    assert answer.status_code == 200, answer.json()
    return [(row["outcome"], row["status"]) for row in answer.json()["results"]]


def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in Job.objects.order_by("pk").values()]


@pytest.mark.parametrize("after", Status.values)
@pytest.mark.parametrize("before", Status.values)
def test_every_step_is_legal_or_refused_with_the_legal_ones_named(
    staff: APIClient, job_type: JobType, before: str, after: str
) -> None:
    job = make_job(job_type, before, max_tries=0)
    stored = rows()
    answer = report(staff, {"job_id": job.pk, "status": after})
    if after == before:
        assert outcomes(answer) == [("unchanged", before)]
        assert rows() == stored
    elif after in TRANSITIONS[before]:
        assert outcomes(answer) == [("changed", after)]
        assert Job.objects.get().status == after
    else:
        legal = ", ".join(TRANSITIONS[before]) or "none"
        assert answer.json()["results"] == [
            {
                "job_id": job.pk,
                "outcome": "refused",
                "status": before,
                "refusal": {
                    "name": "ILLEGAL_TRANSITION",
                    "description": f"changes[0]: job {job.pk} is {before} and cannot become {after}; "
                    f"it can become: {legal}.",
                    "path": "/changes/0/status",
                },
            }
        ]
        assert rows() == stored


@pytest.mark.parametrize(("before", "after"), [(one, two) for one in TRANSITIONS for two in TRANSITIONS[one]])
def test_a_legal_step_reported_twice_changes_nothing_the_second_time(
    staff: APIClient, job_type: JobType, before: str, after: str
) -> None:
    job = make_job(job_type, before, num_exes=1)
    change: dict[str, Any] = {"job_id": job.pk, "status": after, "when": timezone.now().isoformat()}
    assert outcomes(report(staff, change))[0][0] == "changed"
    stored = rows()
    assert outcomes(report(staff, change))[0][0] == "unchanged"
    assert rows() == stored


def test_the_life_of_a_job_sets_its_times(staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type, "PENDING", last_status_change=timezone.now() - timedelta(hours=9))
    at = {name: job.created + timedelta(hours=hour) for hour, name in enumerate(["made", "queue", "start", "end"])}
    steps: list[tuple[str, str, dict[str, Any]]] = [("QUEUED", "queue", {}), ("RUNNING", "start", {"node": "a"})]
    steps += [("COMPLETED", "end", {"node": "a", "exit_code": 0, "output": {"json": {"b": 1, "a": 2}}})]
    for status, name, fields in steps:
        change = {"job_id": job.pk, "status": status, "when": at[name].isoformat(), **fields}
        assert outcomes(report(staff, change)) == [("changed", status)]
    job.refresh_from_db()
    assert (job.queued, job.started, job.ended) == (at["queue"], at["start"], at["end"])
    assert job.last_status_change == at["end"]
    assert (job.node, job.exit_code, job.num_exes) == ("a", 0, 1)
    assert list(job.output["json"]) == ["b", "a"]
    assert job.last_modified > at["end"]


@pytest.mark.parametrize(
    ("fields", "owner", "name"),
    [
        ({"exit_code": 3}, "test", "bad-pixels"),
        ({"exit_code": 4}, None, "algorithm-unknown"),
        ({"exit_code": 3, "error": "missing-file"}, None, "missing-file"),
        ({"error": "bad-pixels"}, "test", "bad-pixels"),
        ({}, None, "unknown"),
    ],
)
def test_a_failure_gets_the_error_that_is_named_or_its_exit_code_means(
    staff: APIClient, job_type: JobType, fields: dict[str, Any], owner: str | None, name: str
) -> None:
    job = make_job(job_type, "RUNNING", num_exes=3)
    assert outcomes(report(staff, {"job_id": job.pk, "status": "FAILED", **fields})) == [("changed", "FAILED")]
    job.refresh_from_db()
    assert job.error == Error.objects.get(job_type_name=owner, name=name)
    assert job.exit_code == fields.get("exit_code")


def test_an_exit_code_that_a_system_job_type_does_not_map_is_an_error_of_the_system(
    staff: APIClient, job_type: JobType
) -> None:
    JobType.objects.update(is_system=True)
    for code, name in ((4, "unknown"), (3, "bad-pixels")):
        job = make_job(job_type, "RUNNING", num_exes=3)
        report(staff, {"job_id": job.pk, "status": "FAILED", "exit_code": code})
        error = Job.objects.select_related("error").get(pk=job.pk).error
        assert error
        assert error.name == name
    assert Error.objects.get(name="unknown").category == "SYSTEM"


def test_the_exit_code_means_what_the_manifest_of_the_jobs_own_revision_says(
    staff: APIClient, job_type: JobType
) -> None:
    job = make_job(job_type, "RUNNING")
    manifest = copy.deepcopy(job_type.manifest)
    manifest["job"]["errors"] = [{"code": 3, "name": "something-else"}]
    staff.patch("/v6/job-types/test/1.0.0/", {"manifest": manifest}, format="json")
    report(staff, {"job_id": job.pk, "status": "FAILED", "exit_code": 3})
    job.refresh_from_db()
    assert job.error
    assert job.error.name == "bad-pixels"


def test_a_failure_that_should_be_retried_is_queued_until_no_try_is_left(
    staff: APIClient, job_type: JobType
) -> None:
    job = make_job(job_type, "QUEUED", max_tries=2)
    failure = {"job_id": job.pk, "status": "FAILED", "error": "node-lost", "exit_code": 9}
    for expected in ("QUEUED", "FAILED"):
        report(staff, {"job_id": job.pk, "status": "RUNNING", "node": "a"})
        assert outcomes(report(staff, failure)) == [("changed", expected)]
        job.refresh_from_db()
        assert (job.status, job.exit_code) == (expected, 9)
    assert (job.num_exes, job.error and job.error.name) == (2, "node-lost")
    assert outcomes(report(staff, {"job_id": job.pk, "status": "QUEUED"})) == [("changed", "QUEUED")]
    job.refresh_from_db()
    assert (job.max_tries, job.error, job.ended, job.started) == (5, None, None, None)


def test_builtin_errors_are_loaded_when_a_failure_needs_one(staff: APIClient) -> None:
    job = make_job(make_job_type(), "RUNNING", num_exes=3)
    report(staff, {"job_id": job.pk, "status": "FAILED", "exit_code": 1})
    job.refresh_from_db()
    assert job.error
    assert job.error.name == "algorithm-unknown"


def test_a_report_of_an_earlier_try_changes_nothing(staff: APIClient, job_type: JobType) -> None:
    start = timezone.now() - timedelta(minutes=5)
    job = make_job(job_type, "RUNNING", num_exes=2, node="b", last_status_change=start)
    stored = rows()
    before = (start - timedelta(minutes=1)).isoformat()
    for late in (
        {"status": "FAILED", "num_exes": 1},
        {"status": "COMPLETED", "num_exes": 1, "node": "a"},
        {"status": "RUNNING", "num_exes": 2},
        {"status": "FAILED", "when": before},
    ):
        assert outcomes(report(staff, {"job_id": job.pk, **late})) == [("unchanged", "RUNNING")]
    assert rows() == stored


@pytest.mark.parametrize("over", ["CANCELED", "FAILED"])
@pytest.mark.parametrize("fields", [{"num_exes": 1}, {"node": "a"}, {"num_exes": 1, "node": "a"}])
def test_a_node_that_gives_back_a_job_that_has_ended_does_not_requeue_it(
    staff: APIClient, job_type: JobType, over: str, fields: dict[str, Any]
) -> None:
    job = make_job(job_type, over, num_exes=1)
    stored = rows()
    assert outcomes(report(staff, {"job_id": job.pk, "status": "QUEUED", **fields})) == [("unchanged", over)]
    assert rows() == stored


def test_a_report_from_another_node_or_of_a_future_try_is_refused(staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type, "RUNNING", num_exes=1, node="b")
    stored = rows()
    answer = report(
        staff,
        {"job_id": job.pk, "status": "COMPLETED", "node": "a"},
        {"job_id": job.pk, "status": "RUNNING", "node": "a"},
        {"job_id": job.pk, "status": "COMPLETED", "num_exes": 2},
    )
    names = [row["refusal"]["name"] for row in answer.json()["results"]]
    assert names == ["OTHER_NODE", "OTHER_NODE", "UNKNOWN_TRY"]
    assert rows() == stored


def test_clocks_of_nodes_may_differ_by_minutes(staff: APIClient, job_type: JobType) -> None:
    job = make_job(job_type, "RUNNING", num_exes=1)
    early = (job.last_status_change - timedelta(seconds=2)).isoformat()
    assert outcomes(report(staff, {"job_id": job.pk, "status": "COMPLETED", "when": early})) == [
        ("changed", "COMPLETED")
    ]
    job.refresh_from_db()
    assert job.ended == job.started
    ahead = make_job(job_type, "RUNNING", num_exes=1)
    soon = (timezone.now() + timedelta(minutes=1)).isoformat()
    report(staff, {"job_id": ahead.pk, "status": "COMPLETED", "when": soon})
    ahead.refresh_from_db()
    assert ahead.ended
    assert ahead.ended <= timezone.now()
    far = (timezone.now() + timedelta(hours=1)).isoformat()
    other = make_job(job_type, "RUNNING", num_exes=1)
    answer = report(staff, {"job_id": other.pk, "status": "COMPLETED", "when": far})
    assert answer.json()["results"][0]["refusal"]["name"] == "INVALID_TIME"


def test_legal_changes_are_carried_out_and_the_others_refused(staff: APIClient, job_type: JobType) -> None:
    jobs = [make_job(job_type, status) for status in ("QUEUED", "COMPLETED", "RUNNING")]
    answer = report(
        staff,
        {"job_id": jobs[0].pk, "status": "RUNNING"},
        {"job_id": jobs[1].pk, "status": "RUNNING"},
        {"job_id": 10**15, "status": "RUNNING"},
        {"job_id": jobs[2].pk, "status": "FAILED", "error": "nonsense"},
        {"job_id": jobs[0].pk, "status": "COMPLETED"},
        {"job_id": jobs[2].pk, "status": "RUNNING"},
    )
    assert outcomes(answer) == [
        ("changed", "RUNNING"),
        ("refused", "COMPLETED"),
        ("refused", None),
        ("refused", "RUNNING"),
        ("changed", "COMPLETED"),
        ("unchanged", "RUNNING"),
    ]
    counts = {name: answer.json()[name] for name in ("changed", "unchanged", "refused")}
    assert counts == {"changed": 2, "unchanged": 1, "refused": 3}
    assert [row["refusal"] and row["refusal"]["name"] for row in answer.json()["results"]] == [
        None,
        "ILLEGAL_TRANSITION",
        "UNKNOWN_JOB",
        "UNKNOWN_ERROR",
        None,
        None,
    ]
    assert [row["status"] for row in rows()] == ["COMPLETED", "COMPLETED", "RUNNING"]


def test_atomic_changes_are_carried_out_all_or_none(staff: APIClient, job_type: JobType) -> None:
    jobs = [make_job(job_type) for _ in range(3)]
    stored = rows()
    changes = [{"job_id": job.pk, "status": "RUNNING"} for job in jobs]
    answer = report(staff, *changes, {"job_id": jobs[0].pk, "status": "PENDING"}, atomic=True)
    assert answer.status_code == 400
    assert [(found["name"], found["path"]) for found in answer.json()["errors"]] == [
        ("ILLEGAL_TRANSITION", "/changes/3/status")
    ]
    assert rows() == stored
    assert outcomes(report(staff, *changes, atomic=True)) == [("changed", "RUNNING")] * 3


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"status": "RUNNING"}, "/changes/0"),
        ({"job_id": 1}, "/changes/0"),
        ({"job_id": "1", "status": "RUNNING"}, "/changes/0/job_id"),
        ({"job_id": 1, "status": "running"}, "/changes/0/status"),
        ({"job_id": 1, "status": ["RUNNING"]}, "/changes/0/status"),
        ({"job_id": 1, "status": "RUNNING", "exit_code": 1}, "/changes/0/exit_code"),
        ({"job_id": 1, "status": "COMPLETED", "error": "x"}, "/changes/0/error"),
        ({"job_id": 1, "status": "FAILED", "output": {}}, "/changes/0/output"),
        ({"job_id": 1, "status": "COMPLETED", "output": []}, "/changes/0/output"),
        ({"job_id": 1, "status": "COMPLETED", "exit_code": 2**40}, "/changes/0/exit_code"),
        ({"job_id": 1, "status": "RUNNING", "when": "soon"}, "/changes/0/when"),
        ({"job_id": 1, "status": "RUNNING", "when": "PT1H"}, "/changes/0/when"),
        ({"job_id": 1, "status": "RUNNING", "when": 5}, "/changes/0/when"),
        ({"job_id": 1, "status": "RUNNING", "node": ""}, "/changes/0/node"),
        ({"job_id": 1, "status": "RUNNING", "num_exes": 0}, "/changes/0/num_exes"),
        ({"job_id": 1, "status": "RUNNING", "x": 0}, "/changes/0/x"),
        (5, "/changes/0"),
    ],
)
def test_a_malformed_change_is_a_400_and_nothing_is_written(
    staff: APIClient, job_type: JobType, change: Any, path: str
) -> None:
    job = make_job(job_type)
    stored = rows()
    answer = report(staff, change, {"job_id": job.pk, "status": "RUNNING"})
    assert answer.status_code == 400
    assert [found["path"] for found in answer.json()["errors"]] == [path]
    assert rows() == stored


@pytest.mark.parametrize("body", [{}, {"changes": {}}, {"changes": None}, {"changes": [], "atomic": 1}, [], None])
def test_a_malformed_body_is_a_400(staff: APIClient, body: Any) -> None:
    answer = staff.post(URL, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(microseconds=1)], ids=["alike", "all different"])
def test_a_thousand_changes_are_one_transaction_of_few_queries(
    staff: APIClient, job_type: JobType, apart: timedelta
) -> None:
    began = timezone.now() - timedelta(minutes=1)
    Job.objects.bulk_create(
        Job(job_type=job_type, job_type_rev=job_type.revisions.get(), status="RUNNING", started=began, num_exes=3)
        for _ in range(1000)
    )
    Job.objects.update(last_status_change=began)
    for job in Job.objects.select_related("job_type_rev"):
        make_try(job)
    pks = Job.objects.order_by("pk").values_list("pk", flat=True)
    changes = [
        {"job_id": pk, "status": "FAILED", "exit_code": pk % 5, "when": (began + index * apart).isoformat()}
        for index, pk in enumerate(pks)
    ]
    changes[500:] = [
        {**change, "status": "COMPLETED", "exit_code": 0, "output": {"number": index}}
        for index, change in enumerate(changes[500:])
    ]
    with CaptureQueriesContext(connection) as captured:
        answer = report(staff, *changes)
    assert answer.json()["changed"] == 1000
    jobs = list(Job.objects.order_by("pk"))
    assert [job.ended for job in jobs] == [began + index * apart for index in range(1000)]
    assert Job.objects.filter(status="FAILED", error__name="bad-pixels").count() == 100
    assert [job.output for job in jobs[500:]] == [{"number": index} for index in range(500)]
    # SQLite takes 999 parameters in a statement.
    assert len(captured) < (60 if connection.vendor == "sqlite" else 20)
    answer = report(staff, *changes, changes[0])
    assert answer.status_code == 400
    assert answer.json()["detail"] == "changes: must hold at most 1000 changes."

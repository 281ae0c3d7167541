"""Web processes whose clocks differ: steps of a job follow each other all the same, and rows hold no wrong time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import DateTimeField, F, Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.claims import claim_jobs
from jobs.models import Job
from tests.factories import make_body, make_job, make_job_type
from tests.jobs.clock import set_clock
from tests.models import models_of
from tests.recipes.factories import job_node, make_recipe

pytestmark = pytest.mark.django_db

Skew = Callable[[timedelta], None]
SKEWS = [timedelta(seconds=3), timedelta(seconds=-3), timedelta(hours=1), timedelta(hours=-1)]
NEW = {"job_type_name": "test", "job_type_version": "1.0.0"}


@pytest.fixture
def skew(monkeypatch: pytest.MonkeyPatch) -> Skew:
    """Let the process be as far ahead of the true time as the argument says; behind it, if that is negative."""
    true = timezone.now
    return lambda ahead: monkeypatch.setattr(timezone, "now", lambda: true() + ahead)


@pytest.fixture
def job_type(db: None) -> JobType:
    return make_job_type()


def post(client: APIClient, path: str, body: Any) -> Any:
    answer = client.post(f"/v6/{path}/", body, format="json")
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def claim(client: APIClient) -> None:
    assert len(post(client, "jobs/claim", {"node": "a", "limit": 1})["results"]) == 1


def report(status: str, **fields: Any) -> Callable[[APIClient], None]:
    def step(client: APIClient) -> None:
        change = {"job_id": Job.objects.get().pk, "status": status, **fields}
        assert post(client, "jobs/transitions", {"changes": [change]})["changed"] == 1

    return step


def change_all(path: str) -> Callable[[APIClient], None]:
    def step(client: APIClient) -> None:
        assert post(client, f"jobs/{path}", {"job_type_name": "test"})["count"] == 1

    return step


def let_the_lease_end(client: APIClient) -> None:
    """Let the job be claimed again that was canceled while it ran."""
    Job.objects.update(retry_after=None)


LIVES = {
    "canceled while it runs": [
        claim,
        change_all("cancel"),
        change_all("requeue"),
        let_the_lease_end,
        claim,
        report("COMPLETED"),
    ],
    "failed": [claim, report("FAILED", exit_code=1), change_all("cancel"), report("QUEUED"), report("RUNNING")],
    "given back": [
        report("RUNNING"),
        report("QUEUED"),
        claim,
        report("FAILED", exit_code=1),
        report("QUEUED"),
        claim,
    ],
}


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("ahead", SKEWS, ids=str)
def test_steps_by_two_processes_with_other_clocks_are_in_order(
    staff: APIClient, job_type: JobType, skew: Skew, ahead: timedelta, life: str
) -> None:
    job = post(staff, "jobs", NEW)
    assert job["created"] == job["queued"] == job["last_status_change"] == job["last_modified"]
    before = Job.objects.get()
    for number, step in enumerate(LIVES[life]):
        skew(timedelta() if number % 2 else ahead)
        step(staff)
        after = Job.objects.get()
        assert after.last_status_change >= before.last_status_change
        assert after.last_modified >= after.last_status_change
        assert after.started is None or after.ended is None or after.ended >= after.started
        before = after


@pytest.mark.parametrize("status", ["CANCELED", "COMPLETED"])
def test_a_job_of_the_future_ends_no_earlier_than_it_started(
    staff: APIClient, job_type: JobType, status: str
) -> None:
    """Such rows are there where earlier releases took the times of processes that were ahead."""
    soon = timezone.now() + timedelta(hours=1)
    make_job(job_type, "RUNNING", last_status_change=soon)
    report(status)(staff)
    job = Job.objects.get()
    assert (job.started, job.ended, job.last_status_change, job.last_modified) == (soon, soon, soon, soon)


def test_steps_of_other_jobs_are_not_later_because_of_a_job_of_the_future(
    staff: APIClient, job_type: JobType
) -> None:
    now = timezone.now()
    for moment in (now, now + timedelta(hours=1)):
        make_job(job_type, "RUNNING", last_status_change=moment)
    assert post(staff, "jobs/cancel", {"job_type_name": "test"})["count"] == 2
    first, second = Job.objects.order_by("pk")
    assert first.ended is not None
    assert now <= first.ended < now + timedelta(minutes=1)
    assert second.ended == now + timedelta(hours=1)


@pytest.mark.only_on("postgresql", because="SQLite has no clock but that of the process")
@pytest.mark.usefixtures("workspaces")
def test_no_row_holds_a_time_of_the_process(staff: APIClient, skew: Skew) -> None:
    begin = timezone.now()
    skew(timedelta(days=1))
    staff.default_format = "json"
    post(staff, "job-types", make_body(is_active=False, is_paused=True))
    for change in ({"is_active": True, "is_paused": False}, {"is_paused": True}, {"docker_image": "other"}):
        assert staff.patch("/v6/job-types/test/1.0.0/", change).status_code == 200
    staff.patch("/v6/job-types/test/1.0.0/", {"is_paused": False})
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    for fields in ({"title": "New"}, {"is_active": False}, {"is_active": True}):
        assert staff.patch("/v6/recipe-types/recipe/", fields).status_code == 200
    post(staff, "workspaces", {"name": "other", "is_active": False})
    assert staff.patch("/v6/workspaces/other/", {"is_active": True}).status_code == 200
    for _ in range(3):
        post(staff, "jobs", NEW)
    post(staff, "jobs/claim", {"node": "a", "limit": 1, "resources": {"cpus": 9, "mem": 9999, "disk": 9999}})
    running = Job.objects.get(status="RUNNING").pk
    post(staff, "jobs/transitions", {"changes": [{"job_id": running, "status": "FAILED", "exit_code": 1}]})
    post(staff, "jobs/cancel", {"job_id": running})
    assert staff.patch("/v6/job-types/test/1.0.0/", {"is_active": False}).status_code == 200
    wrong: dict[str, list[datetime]] = {}
    rows = 0
    for model in models_of("audit", "errors", "job_types", "jobs", "recipes", "workspaces"):
        for column in [field.name for field in model._meta.fields if isinstance(field, DateTimeField)]:
            times = list(model._base_manager.exclude(**{column: None}).values_list(column, flat=True))
            rows += len(times)
            if found := [moment for moment in times if moment > begin + timedelta(hours=1)]:
                wrong[f"{model._meta.label}.{column}"] = found
    assert wrong == {}
    assert rows > 40


def test_a_job_that_is_inserted_without_times_has_those_of_the_database(job_type: JobType) -> None:
    now = timezone.now()
    jobs = Job.objects.bulk_create(Job(job_type=job_type, job_type_rev=job_type.revisions.get()) for _ in range(2))
    for job in jobs:
        assert abs(job.created - now) < timedelta(minutes=1)
        assert job.created == job.last_status_change == job.last_modified


@pytest.mark.parametrize(("seconds", "outcome"), [(-60, "changed"), (200, "changed"), (400, "refused")])
@pytest.mark.only_on("postgresql", because="SQLite has no clock but that of the process")
def test_the_time_of_a_report_is_compared_with_the_clock_of_the_database(
    staff: APIClient, job_type: JobType, skew: Skew, seconds: int, outcome: str
) -> None:
    now = timezone.now()
    job = make_job(job_type, "RUNNING", last_status_change=now - timedelta(hours=1))
    skew(timedelta(days=-1))
    when = now + timedelta(seconds=seconds)
    change = {"job_id": job.pk, "status": "COMPLETED", "when": when.isoformat()}
    assert post(staff, "jobs/transitions", {"changes": [change]})["results"][0]["outcome"] == outcome
    ended = Job.objects.get().ended or now
    assert ended <= min(when, now + timedelta(minutes=1))


def test_the_clock_of_the_database_costs_steps_no_query(staff: APIClient, job_type: JobType) -> None:
    make_job(job_type)
    with CaptureQueriesContext(connection) as captured:
        claim_jobs(node="a", limit=1)
        report("COMPLETED")(staff)
        post(staff, "jobs", NEW)
        change_all("cancel")(staff)
    alone = [one["sql"] for one in captured if one["sql"].upper().startswith("SELECT STATEMENT_TIMESTAMP")]
    assert alone == []
    assert not Job.objects.filter(Q(ended__lt=F("started")) | Q(last_modified__lt=F("created"))).exists()


@pytest.mark.only_on("sqlite", because="there the function for the time of now is also that for any other time")
def test_a_clock_that_a_test_sets_changes_no_other_time(db: None) -> None:
    with connection.cursor() as cursor, set_clock() as clock:
        clock.advance(timedelta(days=400))
        for moment, hour in (
            ("2020-01-02 03:04:05.678", "2020-01-02 03"),
            (None, None),
            ("now", f"{clock.now:%Y-%m-%d %H}"),
        ):
            cursor.execute("SELECT strftime('%%Y-%%m-%%d %%H', %s)", [moment])
            assert cursor.fetchone() == (hour,)

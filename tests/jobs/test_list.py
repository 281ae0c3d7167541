"""GET /v6/jobs/ and /v6/jobs/{id}/."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import load_builtin_errors
from jobs.models import Job
from jobs.serializers import JobSerializer
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db

URL = "/v6/jobs/"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def jobs() -> dict[str, Job]:
    load_builtin_errors()
    lost = Error.objects.get(name="node-lost")
    errors = [{"code": 1, "name": "bad", "category": "data"}]
    first, second = make_job_type("first"), make_job_type("second", job={"errors": errors})
    bad = Error.objects.get(name="bad")
    at = {
        name: NOON + timedelta(hours=hour)
        for hour, name in enumerate(["queued", "running", "system", "data", "done"])
    }
    return {
        "queued": make_job(first, last_status_change=at["queued"], priority=9),
        "running": make_job(first, "RUNNING", last_status_change=at["running"], node="b", num_exes=1),
        "system": make_job(second, "FAILED", last_status_change=at["system"], error=lost, exit_code=1),
        "data": make_job(second, "FAILED", last_status_change=at["data"], error=bad),
        "done": make_job(second, "COMPLETED", last_status_change=at["done"], node="a"),
    }


def listed(anyone: APIClient, jobs: dict[str, Job], query: str) -> list[str]:
    answer = anyone.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.json()
    names = {job.pk: name for name, job in jobs.items()}
    return [names[row["id"]] for row in answer.json()["results"]]


def test_the_latest_change_comes_first(anyone: APIClient, jobs: dict[str, Job]) -> None:
    assert listed(anyone, jobs, "") == ["done", "data", "system", "running", "queued"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=RUNNING&status=QUEUED", ["running", "queued"]),
        ("job_type_name=first", ["running", "queued"]),
        ("job_type_name=first&job_type_name=second&status=COMPLETED", ["done"]),
        ("error_category=SYSTEM", ["system"]),
        ("error_category=SYSTEM&error_category=DATA", ["data", "system"]),
        ("started=2026-01-01T14:00:00Z", ["done", "data", "system"]),
        ("started=2026-01-01T13:00:00Z&ended=2026-01-01T14:00:00Z", ["system", "running"]),
        ("ended=P1000Y", []),
        ("job_id=99999999999999999999", []),
        ("status=&job_id=null&started=undefined", ["done", "data", "system", "running", "queued"]),
        ("order=priority&order=-id", ["queued", "done", "data", "system", "running"]),
        ("order=node", ["done", "running", "queued", "system", "data"]),
        ("order=-exit_code&status=FAILED", ["data", "system"]),
        ("order=last_status_change&page_size=2&page=2", ["system", "data"]),
    ],
)
def test_filters_select_and_order_sorts_jobs(
    anyone: APIClient, jobs: dict[str, Job], query: str, expected: list[str]
) -> None:
    assert listed(anyone, jobs, query) == expected


def test_filters_select_by_ids_of_jobs_job_types_and_errors(anyone: APIClient, jobs: dict[str, Job]) -> None:
    assert listed(anyone, jobs, f"job_id={jobs['done'].pk}&job_id={jobs['data'].pk}") == ["done", "data"]
    assert listed(anyone, jobs, f"job_type_id={jobs['queued'].job_type_id}") == ["running", "queued"]
    assert listed(anyone, jobs, f"error_id={jobs['data'].error_id}") == ["data"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=DONE", "status: must be one of PENDING, BLOCKED, QUEUED"),
        ("error_category=X", "error_category: must be one of SYSTEM"),
        ("job_id=x", "job_id: must be a whole number."),
        ("order=input", "order: the fields to order by are: id, status"),
        ("started=PT1H&ended=PT2H", "started: must not be after ended."),
        ("started=soon", "started: must be an ISO-8601 datetime"),
    ],
)
def test_an_invalid_query_is_a_400_that_names_the_parameter(anyone: APIClient, query: str, message: str) -> None:
    answer = anyone.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(message)


def test_a_page_that_is_not_full_takes_two_queries_whatever_the_rows_and_reads_no_document(
    anyone: APIClient, jobs: dict[str, Job]
) -> None:
    documents = ('"input"', '"output"', '"configuration"', '"manifest"', '"resources"')
    for name in ("third", "fourth"):
        with CaptureQueriesContext(connection) as captured:
            assert anyone.get(URL).status_code == 200
        assert len(captured) == 2  # the ids of the page, its rows
        assert not [column for column in documents if column in captured[0]["sql"] + captured[1]["sql"]]
        job_type = make_job_type(name)
        for _ in range(5):
            make_job(job_type)


def test_the_details_take_one_query(anyone: APIClient, jobs: dict[str, Job]) -> None:
    with CaptureQueriesContext(connection) as captured:
        answer = anyone.get(f"{URL}{jobs['system'].pk}/")
    assert len(captured) == 1
    assert answer.json()["error"]["name"] == "node-lost"
    assert '"manifest"' not in captured[0]["sql"]


@pytest.mark.parametrize("pk", ["0", "999", "999999999999999999", "9" * 40, "x"])
def test_a_job_that_does_not_exist_is_a_404(anyone: APIClient, pk: str) -> None:
    answer = anyone.get(f"{URL}{pk}/")
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_members_come_in_the_order_of_the_document(jobs: dict[str, Job], anyone: APIClient) -> None:
    listed = anyone.get(URL).json()["results"][0]
    assert [*listed] == [*JobSerializer.Meta.fields]
    (shown,) = anyone.get("/v6/job-types/first/1.0.0/revisions/").json()["results"]
    assert [*shown] == ["id", "job_type", "revision_num", "docker_image", "created"]

"""GET /v6/jobs/ and /v6/jobs/{id}/."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import load_builtin_errors
from jobs.models import Job, JobExecution, Node
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
        ("job_type_version=1.0.0", ["done", "data", "system", "running", "queued"]),
        ("job_type_version=2.0.0", []),
        ("node=a&node=b", ["done", "running"]),
        ("node=c", []),
        ("error_name=bad&error_name=unknown", ["data"]),
        ("is_superseded=false", ["done", "data", "system", "running", "queued"]),
        ("is_superseded=true", []),
        ("recipe_id=1", []),
        ("batch_id=1", []),
        ("source_started=2015-01-01T00:00:00Z", []),
        ("source_ended=PT1H", []),
        ("source_sensor_class=a", []),
        ("source_sensor=a", []),
        ("source_collection=a", []),
        ("source_task=a", []),
        ("source_task_id=1", []),
        ("recipe_id=null&source_sensor=", ["done", "data", "system", "running", "queued"]),
        ("ended=P1000Y", []),
        ("job_id=99999999999999999999", []),
        ("status=&job_id=null&started=undefined", ["done", "data", "system", "running", "queued"]),
        ("order=priority&order=-id", ["queued", "done", "data", "system", "running"]),
        ("order=node", ["done", "running", "queued", "system", "data"]),
        ("order=-exit_code&status=FAILED", ["data", "system"]),
        ("order=-node", ["queued", "system", "data", "running", "done"]),
        ("order=-job_type", ["system", "data", "done", "queued", "running"]),
        ("order=job_type__name", ["queued", "running", "system", "data", "done"]),
        ("order=-job_type.version&order=-job_type__title", ["system", "data", "done", "queued", "running"]),
        ("order=error__category", ["data", "system", "queued", "running", "done"]),
        ("order=-error.category", ["queued", "running", "done", "system", "data"]),
        ("order=error", ["data", "system", "queued", "running", "done"]),
        ("order=error.title&status=FAILED", ["system", "data"]),
        ("order=-recipe", ["queued", "running", "system", "data", "done"]),
        ("order=-batch&order=-priority", ["running", "system", "data", "done", "queued"]),
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
        ("source_started=PT1H&source_ended=PT2H", "source_started: must not be after source_ended."),
        ("recipe_id=x", "recipe_id: must be a whole number."),
        ("is_superseded=x", "is_superseded: must be true or false."),
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


NOTHING: dict[str, Any] = {
    **dict.fromkeys(["ingest_event", "recipe", "batch", "superseded", "superseded_job", "input_file_size"]),
    **dict.fromkeys(["source_started", "source_ended", "source_sensor_class", "source_sensor"]),
    **dict.fromkeys(["source_collection", "source_task"]),
    "is_superseded": False,
    "input_files": {},
}


def test_a_job_shows_what_v6_shows(staff: APIClient) -> None:
    required = [{"name": "cpus", "value": 2.0}, {"name": "mem", "value": 512.0}]
    job_type = make_job_type(job={"resources": {"scalar": required}})
    node = Node.objects.create(hostname="node-01")
    job = make_job(job_type, "FAILED", node="node-01", num_exes=2, started=NOON, queued=NOON, priority=3)
    (listed,) = staff.get(URL).json()["results"]
    shown = staff.get(f"{URL}{job.pk}/").json()
    revision = job_type.revisions.get()
    brief = {"id": revision.pk, "job_type": {"id": job_type.pk}, "revision_num": 1, "docker_image": "test:1.0.0"}
    assert listed["job_type_rev"] == brief
    assert listed["node"] == shown["node"] == {"id": node.pk, "hostname": "node-01"}
    assert {name: listed[name] for name in NOTHING} == NOTHING
    assert {name: shown[name] for name in listed if name != "job_type_rev"} == {
        name: value for name, value in listed.items() if name != "job_type_rev"
    }
    url = "/v6/job-types/test/1.0.0/revisions/1/"
    assert shown["job_type_rev"] == staff.get(url).json()
    assert shown["superseded_by_job"] is None
    assert shown["resources"] == {"resources": {"cpus": 2.0, "mem": 512.0}}
    assert shown["configuration"]["priority"] == 3
    assert shown["execution"] == {
        "id": JobExecution.objects.get().pk,
        "status": "FAILED",
        "exe_num": 2,
        "cluster_id": None,
        "created": "2026-01-01T12:00:00Z",
        "queued": "2026-01-01T12:00:00Z",
        "started": "2026-01-01T12:00:00Z",
        "ended": shown["ended"],
        "job": {"id": job.pk},
        "node": shown["node"],
        "error": shown["error"],
        "job_type": shown["job_type"],
        "timeout": 60,
        "input_file_size": None,
        "account": None,
        "end": "failed",
        "ended_by": None,
        "exit_code": None,
        "times_out": None,
        "lease_expires": None,
        "log_workspace": None,
        "log_path": None,
        "resources": shown["resources"],
        "task_results": {"tasks": [], "version": "1.0"},
        "configuration": {"tasks": [], "version": "2.0"},
        "output": {"output_data": [], "version": "1.0"},
    }


def test_a_node_that_never_claimed_has_no_id_and_a_job_that_waits_no_execution(
    anyone: APIClient, jobs: dict[str, Job]
) -> None:
    assert anyone.get(f"{URL}{jobs['done'].pk}/").json()["node"] == {"id": None, "hostname": "a"}
    waits = anyone.get(f"{URL}{jobs['queued'].pk}/").json()
    assert (waits["node"], waits["execution"]) == (None, None)


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

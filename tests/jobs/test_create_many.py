"""POST /v6/jobs/bulk/."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import Job
from jobs.tally import recount
from tests.factories import interface, make_job_type
from tests.files.factories import ids_of, make_file
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/jobs/bulk/"
PARTS = interface(
    inputs={
        "files": [{"name": "image", "mediaTypes": ["image/tiff"], "required": False}],
        "json": [{"name": "level", "type": "integer"}],
    },
    settings=[{"name": "TOKEN", "secret": True}, {"name": "HOST"}],
)


@pytest.fixture
def job_type() -> JobType:
    return make_job_type(job=PARTS, configuration={"priority": 20, "settings": {"TOKEN": "hush"}})


def levels(count: int) -> list[dict[str, Any]]:
    """Return valid inputs that all differ."""
    return [{"json": {"level": number}} for number in range(count)]


def refused(answer: Any) -> list[tuple[str, str]]:
    """Return the names and places of the errors of an answer, after which there is no job."""
    assert answer.status_code == 400, answer.content
    assert not Job.objects.exists()
    return [(found["name"], found["path"]) for found in answer.json()["errors"]]


def test_each_input_becomes_a_job_in_the_order_of_the_inputs(staff: APIClient, job_type: JobType) -> None:
    answer = staff.post(URL, {"job_type_id": job_type.pk, "inputs": levels(3)}, format="json")
    assert answer.status_code == 201
    ids = list(Job.objects.order_by("pk").values_list("pk", flat=True))
    assert answer.json() == {"count": 3, "ids": ids, "warnings": []}
    assert "Location" not in answer
    shown = [staff.get(f"/v6/jobs/{pk}/").json()["input"]["json"]["level"] for pk in ids]
    assert shown == [0, 1, 2]
    claim = staff.post("/v6/jobs/claim/", {"node": "a", "limit": 3}, format="json").json()["results"]
    assert [job["id"] for job in claim] == ids


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "PENDING"},
        {"priority": 3},
        {"configuration": {"priority": 7, "settings": {"HOST": "a"}, "version": "6"}},
    ],
)
def test_they_are_as_if_each_had_been_created_alone(
    staff: APIClient, job_type: JobType, fields: dict[str, Any]
) -> None:
    body = {"job_type_name": "test", "job_type_version": "1.0.0", **fields}
    given = {"version": "7", "files": {"image": [make_file().pk]}, "json": {"level": 1}}
    alone = staff.post("/v6/jobs/", {**body, "input": given}, format="json").json()["id"]
    alike = staff.post(URL, {**body, "inputs": [given]}, format="json").json()["ids"]
    single = staff.post(URL, {"jobs": [{**body, "input": given}]}, format="json").json()["ids"]
    times = {"created", "last_modified", "last_status_change", "queued"}
    rows: Any = Job.objects.values()
    shown = [row for row in rows if row.pop("id") in {alone, *alike, *single}]
    assert [{name: row[name] for name in row.keys() - times} for row in shown] == 3 * [
        {name: shown[0][name] for name in shown[0].keys() - times}
    ]
    for row in shown:
        assert {row[name] for name in times} == {row["created"], row["queued"]}


def test_jobs_of_several_job_types_may_be_mixed(staff: APIClient, job_type: JobType) -> None:
    for version in ("1.0.0", "2.0.0"):
        make_job_type("other", version)
    jobs = [
        {"job_type_name": "other", "job_type_version": "2.0.0"},
        {"job_type_id": job_type.pk, "input": levels(1)[0], "priority": 5},
        {"job_type_name": "test", "job_type_version": "1.0.0", "input": levels(1)[0]},
        {"job_type_name": "other", "job_type_version": "1.0.0", "status": "PENDING"},
    ]
    ids = staff.post(URL, {"jobs": jobs}, format="json").json()["ids"]
    shown = Job.objects.in_bulk(ids)
    assert [(str(shown[pk].job_type), shown[pk].priority, shown[pk].status) for pk in ids] == [
        ("other 2.0.0", 100, "QUEUED"),
        ("test 1.0.0", 5, "QUEUED"),
        ("test 1.0.0", 20, "QUEUED"),
        ("other 1.0.0", 100, "PENDING"),
    ]


def test_findings_have_the_places_of_what_they_are_about_and_no_job_is_created(
    staff: APIClient, job_type: JobType
) -> None:
    old = make_job_type("old", is_active=False)
    gone = make_file(is_deleted=True)
    good = {"job_type_id": job_type.pk, "input": levels(1)[0]}
    jobs = [
        good,
        {**good, "input": {"json": {"level": "1"}}},
        {**good, "input": {"files": {"image": [gone.pk]}, "json": {"level": 1}}},
        {**good, "input": {"files": {"image": [gone.pk + 1]}, "json": {"level": 1}}},
        {**good, "configuration": {"settings": {"TOKEN": "hush"}}},
        {"job_type_id": 10**18},
        {"job_type_id": old.pk},
        {"job_type_name": "test", "job_type_version": "2.0.0"},
    ]
    answer = staff.post(URL, {"jobs": jobs}, format="json")
    assert refused(answer) == [
        ("UNKNOWN_JOB_TYPE", "/jobs/5/job_type_id"),
        ("DEPRECATED_JOB_TYPE", "/jobs/6/job_type_id"),
        ("UNKNOWN_JOB_TYPE", "/jobs/7/job_type_name"),
        ("INVALID_INPUT_TYPE", "/jobs/1/input/json/level"),
        ("DELETED_FILE", "/jobs/2/input/files/image"),
        ("UNKNOWN_FILE", "/jobs/3/input/files/image"),
        ("SECRET_SETTING", "/jobs/4/configuration/settings/TOKEN"),
    ]
    assert "hush" not in answer.content.decode()


def test_what_all_inputs_share_is_found_once(staff: APIClient, job_type: JobType) -> None:
    configuration = {"priority": 0, "settings": {"OTHER": "a"}}
    inputs = [*levels(2), {}, {"json": {"level": 1}, "other": 1}]
    body = {"job_type_id": job_type.pk, "inputs": inputs, "configuration": configuration}
    assert refused(staff.post(URL, body, format="json")) == [
        ("MISSING_INPUT", "/inputs/2/json"),
        ("INVALID_INPUT", "/inputs/3/other"),
        ("INVALID_PRIORITY", "/configuration/priority"),
    ]
    body["job_type_id"] = job_type.pk + 1
    assert refused(staff.post(URL, body, format="json")) == [("UNKNOWN_JOB_TYPE", "/job_type_id")]


def test_warnings_have_their_places_too(staff: APIClient, job_type: JobType) -> None:
    text = make_file(media_type="text/plain")
    inputs = [*levels(1), {"files": {"image": [text.pk]}, "json": {"level": 1}}]
    configuration = {"settings": {"OTHER": "hush"}}
    body = {"job_type_id": job_type.pk, "inputs": inputs, "configuration": configuration}
    answer = staff.post(URL, body, format="json")
    assert [(found["name"], found["path"]) for found in answer.json()["warnings"]] == [
        ("UNEXPECTED_MEDIA_TYPE", "/inputs/1/files/image"),
        ("UNKNOWN_SETTING", "/configuration/settings/OTHER"),
    ]
    assert [job.configuration for job in Job.objects.all()] == 2 * [{"settings": {}}]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("INVALID_FIELD", "")]),
        ({"jobs": [{"job_type_id": 1}], "inputs": [{}]}, [("INVALID_FIELD", "")]),
        ({"inputs": [{}]}, [("INVALID_FIELD", "")]),
        ({"inputs": [{}], "job_type_name": "test"}, [("INVALID_FIELD", "")]),
        ({"inputs": [], "job_type_id": 1}, [("INVALID_FIELD", "/inputs")]),
        ({"inputs": {}, "job_type_id": 1}, [("INVALID_FIELD", "/inputs")]),
        ({"inputs": 1001 * [{}], "job_type_id": 1}, [("INVALID_FIELD", "/inputs")]),
        ({"inputs": [3], "job_type_id": 1, "input": {}}, [("UNKNOWN_FIELD", "/input")]),
        ({"jobs": []}, [("INVALID_FIELD", "/jobs")]),
        ({"jobs": 1001 * [{}]}, [("INVALID_FIELD", "/jobs")]),
        ({"jobs": [{"job_type_id": 1}], "priority": 1}, [("INVALID_FIELD", "/priority")]),
        (
            {"jobs": [{"job_type_id": 1, "priority": "1"}, 3, {"job_type_id": 1, "node": "a"}, {}]},
            [
                ("INVALID_FIELD", "/jobs/0/priority"),
                ("INVALID_FIELD", "/jobs/1"),
                ("UNKNOWN_FIELD", "/jobs/2/node"),
                ("INVALID_FIELD", "/jobs/3"),
            ],
        ),
    ],
)
def test_an_invalid_body_creates_nothing(
    staff: APIClient, body: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert refused(staff.post(URL, body, format="json")) == errors


def test_the_first_hundred_findings_are_shown(staff: APIClient, job_type: JobType) -> None:
    answer = staff.post(URL, {"job_type_id": job_type.pk, "inputs": 1000 * [{}]}, format="json")
    assert refused(answer)[99:] == [("MISSING_INPUT", "/inputs/99/json"), ("MORE_FINDINGS", "")]


def test_a_thousand_jobs_are_as_many_queries_as_one(staff: APIClient, job_type: JobType) -> None:
    create_workspace(name="raw", fields={})
    files = ids_of([make_file() for _ in range(50)])
    names = {"job_type_name": "test", "job_type_version": "1.0.0"}

    def bodies(count: int) -> list[dict[str, Any]]:
        inputs = [{"files": {"image": [files[one % 50]]}, "json": {"level": one}} for one in range(count)]
        configuration = {"output_workspaces": {"default": "raw"}, "settings": {"HOST": "a"}}
        shared = {"configuration": configuration, "job_type_id": job_type.pk}
        return [
            {**names, "inputs": inputs},
            {**shared, "inputs": inputs},
            {"jobs": [{**shared, "input": one} for one in inputs]},
        ]

    def costs(count: int) -> list[int]:
        numbers = []
        for body in bodies(count):
            with CaptureQueriesContext(connection) as queries:
                assert staff.post(URL, body, format="json").json()["count"] == count
            numbers.append(sum("knox_authtoken" not in query["sql"] for query in queries))
        return numbers

    costs(1)
    assert costs(1000) == costs(1)


def test_new_manifests_are_read_in_one_query(staff: APIClient) -> None:
    job_types = [make_job_type(f"kind-{number}") for number in range(5)]
    body = {"jobs": [{"job_type_id": one.pk} for one in 2 * job_types]}
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert staff.post(URL, body, format="json").json()["count"] == 10
        costs.append(len(queries))
    assert costs[0] == costs[1] + 1


def test_the_numbers_of_queued_jobs_are_right_afterwards(staff: APIClient, job_type: JobType) -> None:
    for status, count in (("QUEUED", 40), ("PENDING", 3)):
        body = {"job_type_id": job_type.pk, "inputs": levels(count), "status": status}
        assert staff.post(URL, body, format="json").status_code == 201
    assert recount() == 0
    (row,) = staff.get("/v6/queue/status/").json()["results"]
    assert row["count"] == 40


def test_documents_are_stored_as_they_were_sent(staff: APIClient) -> None:
    job_type = make_job_type(job=interface(inputs={"json": [{"name": "a", "type": "object"}]}))
    odd = {"z": [1e300, -0.5, 2**63 - 1, True, None], "a": {'"\\%s': "é\u2028\U0001f600'"}, "%(b)s": ""}
    body = {"job_type_id": job_type.pk, "inputs": [{"json": {"a": odd}}]}
    assert staff.post(URL, body, format="json").status_code == 201
    stored = Job.objects.get().input
    assert stored == {"json": {"a": odd}}
    assert list(stored["json"]["a"]) == ["z", "a", "%(b)s"]

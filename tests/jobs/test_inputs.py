"""The files that a new job is to run on, held against those that are registered."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from jobs.models import Job
from tests.factories import interface, make_job_type
from tests.files.factories import ids_of, make_file

pytestmark = pytest.mark.django_db

INPUTS = interface(
    inputs={
        "files": [
            {"name": "image", "mediaTypes": ["image/tiff", "image/png"]},
            {"name": "masks", "required": False, "multiple": True},
        ]
    }
)


@pytest.fixture
def job_type() -> JobType:
    return make_job_type(job=INPUTS)


def post(client: APIClient, job_type: JobType, **files: Any) -> Any:
    return client.post("/v6/jobs/", {"job_type_id": job_type.pk, "input": {"files": files}}, format="json")


def finding(name: str, sentence: str, path: str) -> dict[str, str]:
    return {"name": name, "description": sentence, "path": path}


def test_files_that_are_registered_are_taken_in_their_order(staff: APIClient, job_type: JobType) -> None:
    image, *masks = ids_of([make_file(media_type="image/tiff"), make_file("b"), make_file("a")])
    answer = post(staff, job_type, image=[image], masks=[masks[1], masks[0], float(masks[0])])
    assert (answer.status_code, answer.json()["warnings"]) == (201, [])
    assert answer.json()["input"]["files"] == {"image": [image], "masks": [masks[1], masks[0], masks[0]]}


def test_ids_of_no_file_are_refused(staff: APIClient, job_type: JobType) -> None:
    mask = make_file().pk
    unknown = [mask + number for number in range(1, 13)]
    answer = post(staff, job_type, image=[1e300], masks=[*unknown, mask])
    assert answer.status_code == 400
    named = ", ".join(map(str, unknown[:10]))
    large = str(int(1e300))[:59] + "…"
    assert answer.json()["errors"] == [
        finding(
            "UNKNOWN_FILE",
            f"input.files.image: no file has the id {large}; /v6/files/ lists them",
            "/input/files/image",
        ),
        finding(
            "UNKNOWN_FILE",
            f"input.files.masks: no file has the id {named} and 2 more; /v6/files/ lists them",
            "/input/files/masks",
        ),
    ]
    assert not Job.objects.exists()


def test_deleted_files_are_refused(staff: APIClient, job_type: JobType) -> None:
    image, mask = make_file(is_deleted=True), make_file("mask.png", is_deleted=True)
    answer = post(staff, job_type, image=[image.pk], masks=[make_file().pk, mask.pk])
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        finding(
            "DELETED_FILE",
            f"input.files.image: gone from its workspace is file {image.pk} (scene.tif)",
            "/input/files/image",
        ),
        finding(
            "DELETED_FILE",
            f"input.files.masks: gone from its workspace is file {mask.pk} (mask.png)",
            "/input/files/masks",
        ),
    ]


def test_a_media_type_that_the_manifest_does_not_name_is_a_warning(staff: APIClient, job_type: JobType) -> None:
    image, mask = make_file(media_type="text/plain"), make_file(media_type="text/plain")
    answer = post(staff, job_type, image=[image.pk], masks=[mask.pk])
    assert answer.status_code == 201
    taken = "image/tiff, image/png"
    sentence = f"input.files.image: file {image.pk} (scene.tif) is text/plain, and the manifest takes {taken}"
    assert answer.json()["warnings"] == [finding("UNEXPECTED_MEDIA_TYPE", sentence, "/input/files/image")]
    assert post(staff, job_type, image=[make_file(media_type="").pk]).json()["warnings"] == []


def test_an_input_that_is_invalid_otherwise_is_not_looked_up(staff: APIClient, job_type: JobType) -> None:
    answer = post(staff, job_type, image=["a"], other=[1], masks=[2**62])
    assert [(found["name"], found["path"]) for found in answer.json()["errors"]] == [
        ("UNKNOWN_INPUT", "/input/files/other"),
        ("INVALID_INPUT", "/input/files/image"),
        ("UNKNOWN_FILE", "/input/files/masks"),
    ]


def test_all_files_cost_one_query(staff: APIClient, job_type: JobType) -> None:
    files = ids_of([make_file() for _ in range(31)])
    costs = []
    for masks in ([], files[1:]):
        with CaptureQueriesContext(connection) as queries:
            assert post(staff, job_type, image=files[:1], masks=masks).status_code == 201
        costs.append(sum("files_file" in query["sql"] for query in queries))
    assert costs == [1, 1]


def test_a_job_without_files_asks_for_none(staff: APIClient) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert post(staff, make_job_type()).status_code == 201
    assert not any("files_file" in query["sql"] for query in queries)


def test_a_job_is_requeued_whatever_became_of_its_files(staff: APIClient, job_type: JobType) -> None:
    file = make_file()
    job = post(staff, job_type, image=[file.pk]).json()["id"]
    staff.patch(f"/v6/files/{file.pk}/", {"is_deleted": True}, format="json")
    staff.post("/v6/jobs/cancel/", {"job_id": job}, format="json")
    assert staff.post("/v6/jobs/requeue/", {"job_id": job}, format="json").json()["count"] == 1

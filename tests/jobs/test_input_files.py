"""/v6/jobs/{id}/input_files/: the files that a job reads."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.files.factories import ids_of, make_file

pytestmark = pytest.mark.django_db


def job_of(**files: list[Any]) -> Job:
    return make_job(make_job_type(), input={"files": files, "json": {}})


def listed(client: APIClient, job: Job, query: str = "") -> list[int]:
    answer = client.get(f"/v6/jobs/{job.pk}/input_files/?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_the_files_of_a_job_are_shown_as_the_list_of_files_shows_them(anyone: APIClient) -> None:
    file = make_file()
    make_file()
    job = job_of(image=[file.pk])
    answer = anyone.get(f"/v6/jobs/{job.pk}/input_files/").json()
    rows = anyone.get("/v6/files/").json()["results"]
    assert answer == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [row for row in rows if row["id"] == file.pk],
    }


def test_they_come_in_the_order_of_the_inputs_each_once(anyone: APIClient) -> None:
    first, second, third = ids_of([make_file() for _ in range(3)])
    job = job_of(masks=[third, first, float(third)], image=[second, first])
    assert listed(anyone, job) == [third, first, second]
    assert listed(anyone, job, "page_size=2&page=2") == [second]
    assert listed(anyone, job, "job_input=image") == [second, first]
    assert listed(anyone, job, "job_input=image&job_input=masks") == [third, first, second]
    assert listed(anyone, job, "job_input=other") == []


def test_filters_choose_among_them(anyone: APIClient) -> None:
    files = [
        make_file("a.tif", created="2026-01-01T00:00:00Z", is_deleted=True),
        make_file("b.tif", created="2026-01-02T00:00:00Z"),
    ]
    job = job_of(image=ids_of(files))
    make_file("a.tif")
    assert listed(anyone, job, "file_name=a.tif") == [files[0].pk]
    assert listed(anyone, job, "started=2026-01-02&time_field=created") == [files[1].pk]


def test_ids_that_no_file_has_are_left_out(anyone: APIClient) -> None:
    file = make_file()
    assert listed(anyone, job_of(image=[file.pk + 1, 10**30, 1e300, file.pk])) == [file.pk]


def test_a_job_without_files_reads_none(anyone: APIClient) -> None:
    make_file()
    assert listed(anyone, make_job(make_job_type())) == []


def test_a_job_that_does_not_exist_is_missing(anyone: APIClient) -> None:
    answer = anyone.get("/v6/jobs/1/input_files/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no job with the id 1; see /v6/jobs/."})


def test_the_list_costs_as_much_whatever_its_length(anyone: APIClient) -> None:
    ids = ids_of([make_file() for _ in range(30)])
    job_type = make_job_type()
    costs = []
    for some in (ids[:2], ids):
        job = make_job(job_type, input={"files": {"images": some}})
        with CaptureQueriesContext(connection) as queries:
            assert listed(anyone, job) == some
        costs.append(len(queries))
    assert costs == [3, 3]

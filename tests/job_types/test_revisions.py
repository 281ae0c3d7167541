"""GET …/revisions/ and …/revisions/{n}/: what a job type was."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.factories import make_job_type, make_manifest

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"


@pytest.fixture
def edited(staff: APIClient) -> None:
    make_job_type()
    staff.patch(URL, {"manifest": make_manifest(title="Second")}, format="json")
    staff.patch(URL, {"docker_image": "test:third"}, format="json")


def test_revisions_come_newest_first_with_their_images(anyone: APIClient, edited: None) -> None:
    answer = anyone.get(f"{URL}revisions/").json()
    assert (answer["count"], answer["next"], answer["previous"]) == (3, None, None)
    assert [(row["revision_num"], row["docker_image"]) for row in answer["results"]] == [
        (3, "test:third"),
        (2, "test:1.0.0"),
        (1, "test:1.0.0"),
    ]
    details = anyone.get(URL).json()
    newest = answer["results"][0]
    assert set(newest) == {"id", "job_type", "revision_num", "docker_image", "created"}
    assert newest["created"] == details["last_modified"]
    brief = (
        "id",
        "name",
        "version",
        "title",
        "description",
        "is_active",
        "is_paused",
        "is_published",
        "is_system",
        "icon_code",
        "unmet_resources",
    )
    assert newest["job_type"] == {name: details[name] for name in brief}


def test_a_revision_shows_the_manifest_as_it_was(anyone: APIClient, edited: None) -> None:
    listed = anyone.get(f"{URL}revisions/").json()["results"]
    first, second, third = (anyone.get(f"{URL}revisions/{number}/").json() for number in (1, 2, 3))
    assert first == {**listed[2], "docker_image_digest": None, "manifest": make_manifest()}
    assert second == {**listed[1], "docker_image_digest": None, "manifest": make_manifest(title="Second")}
    assert third == {**listed[0], "docker_image_digest": None, "manifest": make_manifest(title="Second")}


def test_revisions_are_paged(anyone: APIClient, edited: None) -> None:
    answer = anyone.get(f"{URL}revisions/?page_size=2&page=2").json()
    assert [row["revision_num"] for row in answer["results"]] == [1]
    assert answer["previous"] == f"http://testserver{URL}revisions/?page_size=2"


@pytest.mark.parametrize("number", ["0", "4", "99999999999", "-1", "x", "9" * 30])
def test_a_revision_that_there_is_not_is_a_404(anyone: APIClient, edited: None, number: str) -> None:
    answer = anyone.get(f"{URL}revisions/{number}/")
    assert answer.status_code == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize("url", ["/v6/job-types/test/9.9.9/revisions/", "/v6/job-types/no/1.0.0/revisions/1/"])
def test_revisions_of_no_job_type_are_a_404(anyone: APIClient, edited: None, url: str) -> None:
    answer = anyone.get(url)
    assert answer.status_code == 404
    assert "There is no job type" in answer.json()["detail"]


def test_the_list_costs_the_same_queries_for_any_number_and_reads_no_manifest(
    anyone: APIClient, staff: APIClient
) -> None:
    make_job_type()
    counts = []
    for number in range(2):
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                anyone.get(f"{URL}revisions/")
            counts.append(len(captured))
            assert not [query["sql"] for query in captured.captured_queries if '"manifest"' in query["sql"]]
        for image in range(5):
            staff.patch(URL, {"docker_image": f"{number}:{image}"}, format="json")
    # The revision of the catalogue; and once for it the job type, the list, and the rows of the page.
    assert counts == [4, 1, 4, 1]

"""The operators' pages of job types and revisions."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import example, make_job_type

pytestmark = pytest.mark.django_db

LIST = "/admin/job_types/jobtype/"


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("operator"))
    return client


def act(client: Client, action: str, *job_types: JobType) -> str:
    body = {"action": action, "_selected_action": [job_type.pk for job_type in job_types]}
    answer = client.post(LIST, body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_pages_show_everything_but_secrets(operator: Client, staff: APIClient, workspaces: None) -> None:
    staff.post("/v6/job-types/", example("add-seed-image"), format="json")
    job_type = JobType.objects.get()
    revision = job_type.revisions.get()
    pages = {
        url: operator.get(url)
        for url in (
            LIST,
            f"{LIST}{job_type.pk}/change/",
            "/admin/job_types/jobtyperevision/",
            f"/admin/job_types/jobtyperevision/?job_type__id__exact={job_type.pk}",
            f"/admin/job_types/jobtyperevision/{revision.pk}/change/",
            "/admin/errors/error/",
            "/admin/workspaces/workspace/",
            "/admin/workspaces/workspace/add/",
            "/admin/knox/authtoken/",
        )
    }
    for url, page in pages.items():
        assert page.status_code == 200, url
        assert "secret_password" not in page.content.decode(), url
    details = pages[f"{LIST}{job_type.pk}/change/"].content.decode()
    for shown in ("som.host.name", "/the/container/path", "DB_PASS"):
        assert shown in details


def test_the_actions_pause_resume_deprecate_and_activate(operator: Client) -> None:
    first, second = make_job_type("a"), make_job_type("b")
    act(operator, "pause", first, second)
    act(operator, "deprecate", first)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_paused, first.is_active, second.is_paused, second.is_active) == (True, False, True, True)
    assert first.paused
    assert first.deprecated
    act(operator, "resume", first)
    act(operator, "activate", first)
    first.refresh_from_db()
    assert (first.paused, first.deprecated) == (None, None)


def test_a_system_job_type_can_be_paused_and_refuses_the_rest_in_words(operator: Client) -> None:
    job_type = make_job_type()
    JobType.objects.update(is_system=True)
    act(operator, "pause", job_type)
    page = act(operator, "deprecate", job_type)
    assert "is a system job type" in page
    job_type.refresh_from_db()
    assert (job_type.is_paused, job_type.is_active) == (True, True)


def test_saving_the_form_goes_through_the_service(operator: Client) -> None:
    job_type = make_job_type()
    body: dict[str, Any] = {"icon_code": "f013", "is_active": "on", "is_paused": "on", "max_scheduled": "3"}
    assert operator.post(f"{LIST}{job_type.pk}/change/", body).status_code == 302
    saved = JobType.objects.get()
    assert (saved.icon_code, saved.max_scheduled, saved.is_paused, bool(saved.paused)) == ("f013", 3, True, True)
    assert operator.post(f"{LIST}{job_type.pk}/change/", body).status_code == 302
    assert JobType.objects.get().last_modified == saved.last_modified
    refused = operator.post(f"{LIST}{job_type.pk}/change/", {**body, "max_scheduled": "0"})
    assert refused.status_code == 200
    assert JobType.objects.get().max_scheduled == 3


def test_nothing_can_be_added_or_deleted(operator: Client) -> None:
    job_type = make_job_type()
    assert operator.get(f"{LIST}add/").status_code == 403
    assert operator.post(f"{LIST}{job_type.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("search", ["TILE", "raster", "Title of", "%", "'", "\0"])
def test_the_search_takes_names_titles_tags_and_anything(operator: Client, search: str) -> None:
    make_job_type("tiler", job={"tags": ["Raster 100%"]})
    page = operator.get(LIST, {"q": search})
    assert page.status_code == 200


def test_the_list_costs_the_same_for_any_number_and_reads_no_manifest(operator: Client) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(LIST).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    make_job_type("first")
    few = queries()
    for number in range(8):
        make_job_type(f"more-{number}")
    many = queries()
    assert len(few) == len(many)
    assert not [sql for sql in many if '"manifest"' in sql]

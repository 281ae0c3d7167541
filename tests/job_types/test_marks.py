"""The marks of job types whose documents today's rules refuse: shown in details, and gone with an edit."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from audit.models import Record
from job_types.models import JobType
from job_types.validation import find_marks
from tests.factories import make_job_type, make_manifest
from tests.job_types.admin_pages import LIST
from tests.recipes.factories import job_node, make_recipe

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"


def mark(path: str) -> dict[str, str]:
    return {"name": "ODD", "description": f"{path} is odd.", "path": path}


ON_MANIFEST, ON_ALL_OF_IT = mark("/manifest/job/timeout"), mark("/manifest")
ON_CONFIGURATION, ON_IMAGE, ON_ICON = mark("/configuration/priority"), mark("/docker_image"), mark("/icon_code")
MARKS = [ON_MANIFEST, ON_ALL_OF_IT, ON_CONFIGURATION, ON_IMAGE, ON_ICON]


@pytest.fixture
def marked() -> JobType:
    """A job type that was stored past the validation."""
    job_type = make_job_type(icon_code="f013")
    JobType.objects.filter(pk=job_type.pk).update(findings=MARKS, configuration={"priority": 0})
    return JobType.objects.get()


def test_a_job_type_that_was_checked_has_no_marks(anyone: APIClient) -> None:
    make_job_type()
    assert anyone.get(URL).json()["findings"] == []


@pytest.mark.usefixtures("marked")
def test_details_show_the_marks_and_lists_do_not(anyone: APIClient) -> None:
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    assert anyone.get(URL).json()["findings"] == MARKS
    assert anyone.get("/v6/recipe-types/recipe/").json()["job_types"][0]["findings"] == MARKS
    for url in ("/v6/job-types/", "/v6/job-type-names/", "/v6/job-types/test/"):
        assert ["findings" in row for row in anyone.get(url).json()["results"]] == [False]


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"manifest": make_manifest(title="Mended")}, [ON_MANIFEST, ON_ALL_OF_IT]),
        ({"configuration": {"priority": 7}}, [ON_CONFIGURATION]),
        ({"docker_image": "other:1"}, [ON_IMAGE]),
        ({"icon_code": "f015"}, [ON_ICON]),
        (
            {"manifest": make_manifest(title="Mended"), "configuration": {"priority": 7}, "is_paused": True},
            [ON_MANIFEST, ON_ALL_OF_IT, ON_CONFIGURATION],
        ),
        ({"is_paused": True, "is_active": False, "max_scheduled": 7, "is_published": True}, []),
    ],
)
def test_an_edit_drops_the_marks_on_what_it_replaces(
    staff: APIClient, change: dict[str, Any], gone: list[dict[str, str]]
) -> None:
    assert staff.patch(URL, change, "json").status_code == 200
    assert staff.get(URL).json()["findings"] == [one for one in MARKS if one not in gone]


@pytest.mark.usefixtures("marked")
def test_marks_go_in_the_update_of_the_edit(staff: APIClient) -> None:
    with CaptureQueriesContext(connection) as captured:
        staff.patch(URL, {"configuration": {"priority": 7}}, "json")
    updates = [one["sql"] for one in captured if one["sql"].startswith('UPDATE "job_types_jobtype" ')]
    assert len(updates) == 1
    assert '"configuration" = ' in updates[0]
    assert '"findings" = ' in updates[0]


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("field", ["manifest", "configuration", "docker_image", "icon_code"])
def test_what_is_sent_back_as_it_is_keeps_its_marks(staff: APIClient, field: str) -> None:
    before = staff.get(URL).json()
    assert staff.patch(URL, {field: before[field], "max_scheduled": 7}, "json").status_code == 200
    assert staff.get(URL).json()["findings"] == MARKS


@pytest.mark.usefixtures("marked")
def test_an_edit_that_is_refused_keeps_the_marks(staff: APIClient) -> None:
    assert staff.patch(URL, {"docker_image": "other:1", "manifest": {}}, "json").status_code == 400
    assert staff.get(URL).json()["findings"] == MARKS


@pytest.mark.usefixtures("marked")
def test_a_manifest_that_only_completes_the_configuration_keeps_the_marks_on_that(staff: APIClient) -> None:
    assert staff.patch(URL, {"manifest": make_manifest(title="Mended")}, "json").status_code == 200
    assert JobType.objects.get().configuration["settings"] == {}
    assert ON_CONFIGURATION in staff.get(URL).json()["findings"]


@pytest.mark.usefixtures("marked")
def test_a_registration_of_what_exists_drops_them_too(staff: APIClient) -> None:
    body = {"docker_image": "test:1.0.0", "manifest": make_manifest(title="Mended")}
    assert staff.post("/v6/job-types/", body, "json").status_code == 200
    assert staff.get(URL).json()["findings"] == [ON_CONFIGURATION, ON_IMAGE, ON_ICON]


@pytest.mark.usefixtures("marked")
def test_marks_cannot_be_set_and_may_be_sent_along(staff: APIClient) -> None:
    assert staff.patch(URL, {"findings": [], "max_scheduled": 7}, "json").status_code == 200
    assert staff.get(URL).json()["findings"] == MARKS


@pytest.mark.usefixtures("marked")
def test_the_entity_tag_is_another_one_when_marks_went(staff: APIClient) -> None:
    tag = staff.get(URL)["ETag"]
    assert staff.get(URL, HTTP_IF_NONE_MATCH=tag).status_code == 304
    staff.patch(URL, {"configuration": {"priority": 7}}, "json", HTTP_IF_MATCH=tag)
    answer = staff.get(URL, HTTP_IF_NONE_MATCH=tag)
    assert (answer.status_code, ON_CONFIGURATION in answer.json()["findings"]) == (200, False)


@pytest.mark.usefixtures("marked")
def test_the_audit_tells_that_marks_went(staff: APIClient) -> None:
    staff.patch(URL, {"icon_code": "f015"}, "json")
    changes = Record.objects.order_by("pk").last().changes  # type: ignore[union-attr]
    assert changes == {"icon_code": {"old": "f013", "new": "f015"}, "findings": {"changed": True}}


def test_a_pause_of_the_admin_keeps_the_marks(admin_client: Client, marked: JobType) -> None:
    url = f"/admin/job_types/jobtype/{marked.pk}/change/"
    page = admin_client.get(url)
    tag = page.context["adminform"].form["tag"].value()
    assert admin_client.post(url, {"tag": tag, "is_paused": "on", "icon_code": "f013"}).status_code == 302
    assert (JobType.objects.get().is_paused, JobType.objects.get().findings) == (True, MARKS)


def test_the_admin_shows_marks_and_finds_those_that_have_any(admin_client: Client, marked: JobType) -> None:
    make_job_type("other")
    url = f"/admin/job_types/jobtype/{marked.pk}/change/"
    assert "/configuration/priority is odd." in admin_client.get(url).content.decode()
    for query, expected in (("", ["other", "test"]), ("?findings=yes", ["test"])):
        listed = admin_client.get(f"{LIST}{query}").context["cl"].result_list
        assert [one.name for one in listed] == expected


def test_marks_are_what_a_registration_would_be_refused_for() -> None:
    assert find_marks(manifest=make_manifest(), configuration={}, docker_image="test:1.0.0") == []
    found = find_marks(manifest=make_manifest(timeout="soon"), configuration={"priority": 0}, docker_image="a b")
    assert [(one["name"], one["path"]) for one in found] == [
        ("INVALID_DOCKER_IMAGE", "/docker_image"),
        ("JSON_VALIDATION_ERROR", "/manifest/job/timeout"),
        ("INVALID_PRIORITY", "/configuration/priority"),
    ]


def test_at_most_a_hundred_marks_are_kept() -> None:
    errors = [{"code": number, "name": "same", "category": "job"} for number in range(300)]
    found = find_marks(manifest=make_manifest(errors=errors), configuration={})
    assert (len(found), found[-1]["name"]) == (101, "MORE_FINDINGS")

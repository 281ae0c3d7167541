"""The marks of recipe types whose definitions today's rules refuse: shown in details, and gone with an edit."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from audit.models import Record
from job_types.services import edit_job_type
from recipes.models import RecipeType
from recipes.validation import find_marks
from tests.factories import make_job_type, make_manifest
from tests.recipes.factories import FIRST, chain, job_node, make_pair, make_recipe

pytestmark = pytest.mark.django_db

URL = "/v6/recipe-types/recipe/"
LIST = "/admin/recipes/recipetype/"
ON_DEFINITION = {"name": "ODD", "description": "This is odd.", "path": "/definition/nodes/detect"}
ON_TITLE = {"name": "ODD", "description": "That is odd.", "path": "/title"}


@pytest.fixture
def marked() -> RecipeType:
    """A recipe type that was stored past the validation."""
    make_pair()
    make_recipe()
    RecipeType.objects.update(findings=[ON_DEFINITION, ON_TITLE])
    return RecipeType.objects.get()


@pytest.mark.usefixtures("marked")
def test_details_show_the_marks_and_lists_do_not(anyone: APIClient) -> None:
    assert anyone.get(URL).json()["findings"] == [ON_DEFINITION, ON_TITLE]
    assert ["findings" in row for row in anyone.get("/v6/recipe-types/").json()["results"]] == [False]


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"definition": {"nodes": {"only": job_node("second", input={})}, "input": {}}}, None),
        ({"definition": {**chain(), "version": "7"}}, [ON_DEFINITION, ON_TITLE]),
        ({"definition": {"nodes": {}}}, [ON_TITLE]),
        ({"title": "Mended"}, [ON_DEFINITION]),
        ({"definition": {"nodes": {}}, "title": "Mended"}, []),
        ({"is_active": False, "description": "Other"}, [ON_DEFINITION, ON_TITLE]),
    ],
)
def test_an_edit_drops_the_marks_on_what_it_replaces(
    staff: APIClient, change: dict[str, Any], left: list[dict[str, str]] | None
) -> None:
    """An edit that is refused (None) drops none, and a definition that is spelled otherwise is the same."""
    assert staff.patch(URL, change, "json").status_code == (400 if left is None else 200)
    assert staff.get(URL).json()["findings"] == ([ON_DEFINITION, ON_TITLE] if left is None else left)


@pytest.mark.usefixtures("marked")
def test_marks_go_in_the_update_of_the_edit_and_the_audit_tells(staff: APIClient) -> None:
    with CaptureQueriesContext(connection) as captured:
        staff.patch(URL, {"definition": {"nodes": {}}}, "json")
    updates = [one["sql"] for one in captured if one["sql"].startswith('UPDATE "recipes_recipetype" ')]
    assert len(updates) == 1
    assert '"findings" = ' in updates[0]
    changes = Record.objects.order_by("pk").last().changes  # type: ignore[union-attr]
    assert changes == {
        "definition": {"changed": True},
        "revision_num": {"old": 1, "new": 2},
        "findings": {"changed": True},
    }


@pytest.mark.usefixtures("marked")
def test_a_recipe_type_that_follows_a_job_type_keeps_its_marks(staff: APIClient) -> None:
    manifest = make_manifest("first", **FIRST, tags=["new"])
    edit_job_type(name="first", version="1.0.0", fields={"manifest": manifest})
    shown = staff.get(URL).json()
    assert (shown["revision_num"], shown["findings"]) == (2, [ON_DEFINITION, ON_TITLE])


@pytest.mark.usefixtures("marked")
def test_the_entity_tag_is_another_one_when_marks_went(staff: APIClient) -> None:
    tag = staff.get(URL)["ETag"]
    assert staff.get(URL, HTTP_IF_NONE_MATCH=tag).status_code == 304
    staff.patch(URL, {"title": "Mended"}, "json", HTTP_IF_MATCH=tag)
    answer = staff.get(URL, HTTP_IF_NONE_MATCH=tag)
    assert (answer.status_code, answer.json()["findings"]) == (200, [ON_DEFINITION])


def test_the_admin_shows_marks_and_finds_those_that_have_any(admin_client: Client, marked: RecipeType) -> None:
    make_recipe("other")
    assert "This is odd." in admin_client.get(f"{LIST}{marked.pk}/change/").content.decode()
    for query, expected in (("", ["other", "recipe"]), ("?findings=yes", ["recipe"])):
        listed = admin_client.get(f"{LIST}{query}").context["cl"].result_list
        assert [one.name for one in listed] == expected


def test_marks_are_what_an_edit_would_be_refused_for() -> None:
    make_job_type("first")
    assert find_marks({"nodes": {"a": job_node("first")}}, name="recipe") == []
    found = find_marks({"nodes": {"a": job_node("gone")}}, name="recipe")
    assert [(one["name"], one["path"]) for one in found] == [
        ("UNKNOWN_JOB_TYPE", "/definition/nodes/a/node_type/job_type_name")
    ]

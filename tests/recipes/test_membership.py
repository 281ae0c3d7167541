"""Recipe types follow the job types that they hold."""

import copy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from recipes.models import RecipeType, RecipeTypeRevision
from tests.factories import make_job_type, make_manifest
from tests.recipes.factories import FIRST, chain, from_recipe, make_pair, make_recipe, recipe_node
from tests.threads import at_once

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/first/1.0.0/"


@pytest.fixture(autouse=True)
def pair(request: pytest.FixtureRequest) -> None:
    if "transactional_db" not in request.fixturenames:
        request.getfixturevalue("db")
    make_pair()


def revise(staff: APIClient, title: str = "New", interface: Any = None, **fields: Any) -> Any:
    manifest = make_manifest("first", title=title, **(interface or FIRST))
    answer = staff.patch(URL, {"manifest": manifest, **fields}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def warnings_of(answer: dict[str, Any]) -> list[dict[str, str]]:
    """The warnings about recipes; those about workspaces are not of interest here."""
    return [warning for warning in answer["warnings"] if "RECIPE" in warning["name"]]


def node(name: str, recipe: str = "recipe") -> dict[str, Any]:
    return RecipeType.objects.get(name=recipe).definition["nodes"][name]["node_type"]


def test_a_revised_job_type_takes_its_recipes_along(staff: APIClient) -> None:
    make_recipe()
    assert warnings_of(revise(staff)) == []
    recipe = staff.get("/v6/recipe-types/recipe/").json()
    assert recipe["revision_num"] == 2
    assert node("detect")["job_type_revision"] == 2
    assert node("report")["job_type_revision"] == 1
    revisions = staff.get("/v6/recipe-types/recipe/revisions/").json()["results"]
    assert [revision["revision_num"] for revision in revisions] == [2, 1]
    old = staff.get("/v6/recipe-types/recipe/revisions/1/").json()
    assert old["definition"] == chain()
    new = staff.get("/v6/recipe-types/recipe/revisions/2/").json()
    assert new["definition"] == recipe["definition"]


def test_a_recipe_that_the_new_interface_does_not_fit_stays_and_says_why(staff: APIClient) -> None:
    make_recipe()
    less: Any = copy.deepcopy(FIRST)
    del less["interface"]["outputs"]["json"]
    (warning,) = warnings_of(revise(staff, interface=less))
    assert warning["name"] == "RECIPE_NOT_UPDATED"
    assert "recipe type recipe stays at revision 1" in warning["description"]
    assert "node 'report': its input 'cover'" in warning["description"]
    assert RecipeType.objects.get().revision_num == 1
    assert node("detect")["job_type_revision"] == 1


def test_auto_update_false_leaves_all_recipes_alone(staff: APIClient) -> None:
    make_recipe()
    assert revise(staff, auto_update=False)["revision_num"] == 2
    assert node("detect")["job_type_revision"] == 1


def test_recipes_that_contain_recipes_follow_level_by_level(staff: APIClient) -> None:
    make_recipe("inner")
    for outer, inner in (("middle", "inner"), ("outer", "middle")):
        definition = {
            "input": {"files": [{"name": "scene", "mediaTypes": ["image/tiff"]}]},
            "nodes": {"sub": recipe_node(inner, input={"scene": from_recipe("scene")})},
        }
        make_recipe(outer, definition)
    revise(staff)
    assert dict(RecipeType.objects.values_list("name", "revision_num")) == {"inner": 2, "middle": 2, "outer": 2}
    assert node("sub", "outer")["recipe_type_revision"] == 2
    edit = {"definition": {**chain(), "input": {**chain()["input"], "json": [{"name": "x", "type": "string"}]}}}
    answer = staff.patch("/v6/recipe-types/inner/", edit, format="json").json()
    assert answer["revision_num"] == 3
    assert [warning["name"] for warning in answer["warnings"]] == ["RECIPE_NOT_UPDATED"]
    assert node("sub", "middle")["recipe_type_revision"] == 2


def test_deprecated_recipes_do_not_follow(staff: APIClient) -> None:
    make_recipe(is_active=False)
    revise(staff)
    assert RecipeType.objects.get().revision_num == 1


@pytest.mark.parametrize("method", ["post", "patch"])
def test_deprecating_a_job_type_deprecates_its_recipes(staff: APIClient, method: str) -> None:
    for name in ("b", "a"):
        make_recipe(name)
    make_recipe("old", is_active=False)
    body: dict[str, Any] = {"is_active": False}
    if method == "post":
        body |= {"manifest": make_manifest("first", **FIRST), "docker_image": "first:1.0.0"}
    answer = getattr(staff, method)(URL if method == "patch" else "/v6/job-types/", body, format="json")
    (warning,) = warnings_of(answer.json())
    assert warning["name"] == "DEPRECATED_RECIPES"
    assert warning["description"].endswith("were deprecated with it: a, b.")
    assert not RecipeType.objects.filter(is_active=True).exists()
    staff.patch(URL, {"is_active": True}, format="json")
    assert not RecipeType.objects.filter(is_active=True).exists()


def test_the_details_of_a_job_type_list_its_recipe_types_in_one_query(staff: APIClient, anyone: APIClient) -> None:
    counts = []
    for name in ("b", "a"):
        make_recipe(name, title=f"Title of {name}")
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                shown = anyone.get(URL).json()["recipe_types"]
            counts.append(len(captured))
            assert '"definition"' not in "".join(query["sql"] for query in captured)
    # The revision of the catalogue; and where the details are not kept for it, these and the recipe types.
    assert counts == [3, 1, 3, 1]
    assert [one["name"] for one in shown] == ["a", "b"]
    row = anyone.get("/v6/recipe-types/?keyword=a").json()["results"][0]
    assert shown[0].items() <= row.items()
    assert set(shown[0]) == {
        "id",
        "name",
        "title",
        "description",
        "is_active",
        "is_system",
        "revision_num",
        "created",
        "deprecated",
        "last_modified",
    }
    staff.patch("/v6/recipe-types/a/", {"definition": {"nodes": {"x": chain()["nodes"]["detect"]}}}, format="json")
    definition = {"input": chain()["input"], "nodes": {"x": chain()["nodes"]["detect"]}}
    assert staff.patch("/v6/recipe-types/a/", {"definition": definition}, format="json").status_code == 200
    assert [one["name"] for one in anyone.get("/v6/job-types/second/1.0.0/").json()["recipe_types"]] == ["b"]


def test_a_hundred_recipes_take_as_many_queries_as_one(staff: APIClient) -> None:
    counts = []
    for number in range(100):
        make_recipe(f"recipe-{number}")
        if number in (0, 99):
            with CaptureQueriesContext(connection) as captured:
                revise(staff, f"Title {number}")
            counts.append(len(captured))
    # SQLite takes the records of the audit in two statements: it has an end of parameters.
    assert counts[1] <= counts[0] + (connection.vendor == "sqlite")
    assert counts[0] < 35
    assert set(RecipeType.objects.exclude(name="recipe-0").values_list("revision_num", flat=True)) == {2}
    assert RecipeTypeRevision.objects.count() == 100 + 1 + 100


@pytest.mark.django_db(transaction=True)
def test_edits_at_once_leave_the_revisions_of_every_recipe_without_a_gap(staff: APIClient) -> None:
    names = [f"recipe-{number}" for number in range(5)]
    for name in names:
        make_recipe(name)
    headers = staff._credentials  # type: ignore[attr-defined]

    def edit(number: int) -> int:
        client = APIClient()
        client.credentials(**headers)
        job_type = ("first", "second")[number % 2]
        manifest = copy.deepcopy(JobType.objects.get(name=job_type).manifest)
        manifest["job"]["title"] = f"Title {number}"
        url = f"/v6/job-types/{job_type}/1.0.0/"
        if number % 4 == 3:
            url, body = f"/v6/recipe-types/{names[number % 5]}/", {"title": f"Title {number}"}
        else:
            body = {"manifest": manifest}
        return client.patch(url, body, format="json").status_code

    assert at_once(16, edit) == [200] * 16
    for name in names:
        recipe = RecipeType.objects.get(name=name)
        numbers = recipe.revisions.order_by("revision_num").values_list("revision_num", flat=True)
        assert list(numbers) == list(range(1, recipe.revision_num + 1))
        assert recipe.revision_num == 13
        for node_type in (each["node_type"] for each in recipe.definition["nodes"].values()):
            current = JobType.objects.get(name=node_type["job_type_name"]).revision_num
            assert node_type["job_type_revision"] == current
    make_job_type("unrelated")

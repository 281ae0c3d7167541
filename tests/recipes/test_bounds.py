"""What an edit and a definition make the service read is bounded, and a refusal or a warning says so."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from recipes import following, selectors
from recipes.models import RecipeType
from seed import Interface, recipe_rules
from tests.factories import make_job_type
from tests.recipes.factories import chain, job_node, make_pair, make_recipe, recipe_node

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/first/1.0.0/"


def new_image(staff: APIClient, tag: int = 2, **fields: Any) -> list[dict[str, str]]:
    """Edit the image of the job type that the recipes hold. Return the warnings."""
    answer = staff.patch(URL, {"docker_image": f"first-1.0.0-seed:{tag}", **fields}, format="json")
    assert answer.status_code == 200, answer.content
    return [warning for warning in answer.json()["warnings"] if "RECIPE" in warning["name"]]


def revisions() -> dict[str, int]:
    return dict(RecipeType.objects.values_list("name", "revision_num"))


def test_what_is_stored_is_not_checked_as_a_whole_when_it_follows(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pair()
    nodes = {f"N{number}": chain()["nodes"]["detect"] for number in range(10)}
    alone = {"alone": job_node("unrelated"), "before": job_node("unrelated")}
    make_job_type("unrelated")
    make_recipe("inner", {**chain(), "nodes": {**chain()["nodes"], **nodes, **alone}})
    make_recipe(
        "outer",
        {
            "input": chain()["input"],
            "nodes": {"inner": recipe_node("inner", input={"scene": {"type": "recipe", "input": "scene"}})},
        },
    )
    checked: list[str] = []
    input_errors = recipe_rules._input_errors

    def counting(node: Any, *rest: Any) -> Any:
        checked.append(node.name)
        return input_errors(node, *rest)

    monkeypatch.setattr(recipe_rules, "_input_errors", counting)
    monkeypatch.setattr(recipe_rules, "definition_breaches", None)
    assert new_image(staff) == []
    assert revisions() == {"inner": 2, "outer": 2}
    assert sorted(checked) == sorted(["detect", "report", *nodes, "inner"])


@pytest.mark.parametrize("bound", ["MOST_FOLLOWING", "MOST_BYTES"])
def test_recipe_types_beyond_the_bound_stay_and_are_named(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    make_pair()
    for number in range(4):
        make_recipe(f"recipe-{number}")
    stored = selectors.Bytes("definition")
    size = RecipeType.objects.values_list(stored, flat=True)[0]
    monkeypatch.setattr(following, bound, 2 if bound == "MOST_FOLLOWING" else 2 * size + 1)
    (warning,) = new_image(staff)
    assert warning["name"] == "RECIPE_NOT_UPDATED"
    assert (
        "These stay as they are until their own definitions are edited: recipe-2, recipe-3."
        in warning["description"]
    )
    assert revisions() == {"recipe-0": 2, "recipe-1": 2, "recipe-2": 1, "recipe-3": 1}
    assert new_image(staff, 3, auto_update=False) == []
    definition = RecipeType.objects.get(name="recipe-2").definition
    definition["nodes"]["detect"]["node_type"]["job_type_revision"] = 3
    assert staff.patch("/v6/recipe-types/recipe-2/", {"definition": definition}, format="json").status_code == 200


def test_many_recipe_types_beyond_the_bound_are_one_warning(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pair()
    for number in range(4):
        make_recipe(f"recipe-{number}")
    monkeypatch.setattr(following, "MOST_FOLLOWING", 1)
    monkeypatch.setattr(following, "_MOST_NAMED", 2)
    (warning,) = new_image(staff)
    assert warning["description"].endswith("recipe-1, recipe-2 and 1 more.")


def test_a_definition_whose_nodes_run_too_much_is_refused_before_that_is_read(
    staff: APIClient, anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pair()
    make_recipe("inner")
    monkeypatch.setattr(selectors, "MOST_BYTES", 1_000)
    nodes = {"first": chain()["nodes"]["detect"], "inner": recipe_node("inner")}
    body = {"name": "outer", "title": "Outer", "definition": {"input": chain()["input"], "nodes": nodes}}
    with CaptureQueriesContext(connection) as captured:
        answer = anyone.post("/v6/recipe-types/validation/", body, format="json")
    (error,) = answer.json()["errors"]
    assert (error["name"], error["path"]) == ("TOO_LARGE_REFERENCES", "/nodes")
    assert "bytes together, and 1000 are read at most" in error["description"]
    read = [query["sql"] for query in captured if '"manifest"' in query["sql"]]
    assert all("length(CAST(" in sql for sql in read)
    assert staff.post("/v6/recipe-types/", body, format="json").status_code == 400
    (warning,) = new_image(staff)
    assert warning["name"] == "RECIPE_NOT_UPDATED"
    assert "inner stays at revision 1: nodes: the manifests" in warning["description"]


def test_manifests_that_are_alike_are_parsed_once(
    staff: APIClient, anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pair()
    for tag in range(2, 6):
        new_image(staff, tag)
    read: list[Any] = []
    of_manifest = Interface.of_manifest

    def counting(document: Any) -> Interface:
        read.append(document)
        return of_manifest(document)

    monkeypatch.setattr(Interface, "of_manifest", counting)
    fed = {"image": {"type": "recipe", "input": "scene"}}
    nodes = {f"N{number}": job_node("first", revision=number, input=fed) for number in range(1, 6)}
    body = {"title": "Recipe", "definition": {"input": chain()["input"], "nodes": nodes}}
    answer = anyone.post("/v6/recipe-types/validation/", body, format="json").json()
    assert (answer["is_valid"], answer["errors"]) == (True, [])
    assert len(read) == 1

"""What an edit, or a validation, says that it changes of a definition."""

import copy
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import make_job_type
from tests.recipes.factories import FIRST, chain, from_node, from_recipe, job_node, make_pair, make_recipe

pytestmark = pytest.mark.django_db

URL = "/v6/recipe-types/recipe/"


@pytest.fixture(autouse=True)
def recipe(db: None) -> None:
    make_pair()
    make_job_type("other", job=FIRST)
    make_recipe()


def diff_of(staff: APIClient, definition: Any) -> Any:
    """The difference in the answers of a validation and of an edit, which have to be the same."""
    body = {"name": "recipe", "definition": definition}
    validated = staff.post("/v6/recipe-types/validation/", body, format="json").json()
    edited = staff.patch(URL, {"definition": definition}, format="json").json()
    assert validated["diff"] == edited["diff"]
    return edited["diff"]


def changes(diff: Any) -> dict[str, Any]:
    return {
        name: (node["status"], [change["name"] for change in node["changes"]])
        for name, node in diff["nodes"].items()
    }


def test_a_new_revision_of_a_job_type_changes_its_node_and_those_behind_it(staff: APIClient) -> None:
    revision = {"docker_image": "first:1.0.1", "auto_update": False}
    assert staff.patch("/v6/job-types/first/1.0.0/", revision, format="json").status_code == 200
    definition = chain()
    definition["nodes"]["detect"]["node_type"]["job_type_revision"] = 2
    diff = diff_of(staff, definition)
    assert (diff["can_be_reprocessed"], diff["reasons"]) == (True, [])
    assert diff["nodes"]["detect"] == {
        "status": "CHANGED",
        "changes": [
            {"name": "JOB_TYPE_REVISION_CHANGE", "description": "Job type revision changed from 1 to 2"},
        ],
        "reprocess_new_node": True,
        "force_reprocess": False,
        "dependencies": [],
        "node_type": {
            "node_type": "job",
            "job_type_name": "first",
            "job_type_version": "1.0.0",
            "job_type_revision": 2,
            "prev_job_type_revision": 1,
        },
    }
    assert changes(diff)["report"] == ("CHANGED", ["PARENT_CHANGED"])


def test_nodes_are_new_deleted_changed_or_unchanged(staff: APIClient) -> None:
    definition: Any = chain()
    nodes = definition["nodes"]
    nodes["again"] = {**nodes.pop("report"), "dependencies": [{"name": "detect"}]}
    nodes["more"] = job_node("other", input={"image": from_recipe("scene")})
    assert changes(diff_of(staff, definition)) == {
        "detect": ("UNCHANGED", []),
        "more": ("NEW", []),
        "again": ("NEW", []),
        "report": ("DELETED", []),
    }


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"node_type": job_node("other")["node_type"]}, ["JOB_TYPE_CHANGE"]),
        ({"input": {"image": from_recipe("scene"), "more": from_recipe("scene")}}, ["INPUT_NEW"]),
        ({"dependencies": [{"name": "before"}]}, ["PARENT_NEW"]),
        (
            {"dependencies": [{"name": "before"}], "input": {"image": from_node("before", "image")}},
            ["PARENT_NEW", "INPUT_CHANGE"],
        ),
    ],
)
def test_each_change_to_a_node_is_named(staff: APIClient, members: dict[str, Any], expected: list[str]) -> None:
    definition = chain()
    scene = definition["input"]["files"]
    definition["nodes"]["before"] = condition(scene)
    definition["nodes"]["detect"] |= members
    assert changes(diff_of(staff, definition))["detect"] == ("CHANGED", expected)
    definition["nodes"]["detect"] = chain()["nodes"]["detect"]
    back = changes(diff_of(staff, definition))["detect"]
    assert back == ("CHANGED", [name.replace("NEW", "REMOVED") for name in expected])


def condition(files: list[dict[str, Any]], *values: str) -> dict[str, Any]:
    """A condition that looks at the names of one file of the recipe."""
    return {
        "input": {"image": from_recipe("scene")},
        "node_type": {
            "node_type": "condition",
            "interface": {"files": [{**files[0], "name": "image"}]},
            "data_filter": {
                "filters": [
                    {"name": "image", "type": "filename", "condition": "in", "values": list(values) or ["a"]}
                ]
            },
        },
    }


def test_changes_to_conditions_are_named(staff: APIClient) -> None:
    definition = chain()
    files = definition["input"]["files"]
    definition["nodes"]["before"] = condition(files)
    definition["nodes"]["detect"]["dependencies"] = [{"name": "before"}]
    diff_of(staff, definition)
    definition["nodes"]["before"] = condition([{**files[0], "media_types": []}], "b")
    definition["nodes"]["detect"]["dependencies"] = [{"name": "before", "acceptance": False}]
    diff = diff_of(staff, definition)
    assert changes(diff)["before"] == ("CHANGED", ["INTERFACE_CHANGE", "FILTER_CHANGE"])
    assert changes(diff)["detect"] == ("CHANGED", ["ACCEPTANCE_CHANGE"])
    assert diff["nodes"]["before"]["node_type"] == {"node_type": "condition"}
    definition["nodes"]["before"] = job_node("other", input={"image": from_recipe("scene")})
    definition["nodes"]["detect"]["dependencies"] = [{"name": "before"}]
    diff = diff_of(staff, definition)
    assert changes(diff)["before"] == ("CHANGED", ["NODE_TYPE_CHANGE"])
    assert diff["nodes"]["before"]["prev_node_type"] == "condition"


@pytest.mark.parametrize(
    "inputs",
    [
        {"json": [{"name": "more", "type": "string"}]},
        {"files": [{"name": "scene", "media_types": ["image/tiff"]}], "json": []},
    ],
)
def test_recipes_cannot_be_run_anew_if_what_they_were_given_is_not_enough(staff: APIClient, inputs: Any) -> None:
    before: Any = copy.deepcopy(chain())
    if not inputs["json"]:
        before["input"]["files"][0]["required"] = False
        before["nodes"]["detect"]["node_type"] = job_node("other")["node_type"]
        before["nodes"] = {}
        diff_of(staff, before)
    definition = {**chain(), "input": {**chain()["input"], **inputs}}
    diff = diff_of(staff, definition)
    assert diff["can_be_reprocessed"] is False
    assert [reason["name"] for reason in diff["reasons"]] == ["INPUT_CHANGE"]
    assert not any(node["reprocess_new_node"] for node in diff["nodes"].values())


def test_without_a_definition_or_with_errors_there_is_no_difference(staff: APIClient) -> None:
    assert staff.patch(URL, {"title": "New"}, format="json").json()["diff"] == {}
    definition = {"nodes": {"a": job_node("nobody")}}
    body = {"name": "recipe", "definition": definition}
    answer = staff.post("/v6/recipe-types/validation/", body, format="json").json()
    assert (answer["is_valid"], answer["diff"]) == (False, {})

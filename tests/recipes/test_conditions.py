"""Condition nodes: their interfaces and filters, what they pass on, and who runs behind them."""

import copy
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from recipes.models import RecipeType
from tests.factories import make_job_type, make_manifest
from tests.recipes.factories import FIRST, SECOND, chain, from_node, from_recipe, job_node, make_pair, make_recipe

pytestmark = pytest.mark.django_db

URL = "/v6/recipe-types/"
PLACE = "/nodes/clear/node_type/data_filter"
COVER = {"name": "cover", "type": "number", "condition": "<", "values": [0.4]}
MASK = {"name": "mask", "type": "filename", "condition": "contains", "values": ["clear"]}


@pytest.fixture(autouse=True)
def pair(db: None) -> None:
    make_pair()
    make_job_type("note", job=FIRST)


def with_condition(*filters: dict[str, Any], **interface: Any) -> dict[str, Any]:
    """The definition of the pair, where `report` runs if a condition is met, and `note` if it is not."""
    definition = chain()
    definition["nodes"]["clear"] = {
        "dependencies": [{"name": "detect", "acceptance": True}],
        "input": {"cover": from_node("detect", "cover"), "mask": from_node("detect", "mask")},
        "node_type": {
            "node_type": "condition",
            "interface": {
                "version": "7",
                "files": [{"name": "mask", "media_types": ["image/png"], "required": True, "multiple": False}],
                "json": [{"name": "cover", "type": "integer", "required": True}],
                **interface,
            },
            "data_filter": {
                "version": "7",
                "filters": list(filters) or [COVER, MASK],
                "all": True,
            },
        },
    }
    definition["nodes"]["report"] = {
        **definition["nodes"]["report"],
        "dependencies": [{"name": "clear", "acceptance": True}],
        "input": {"mask": from_node("clear", "mask"), "cover": from_node("clear", "cover")},
    }
    definition["nodes"]["note"] = job_node(
        "note", dependencies=[{"name": "clear", "acceptance": False}], input={"image": from_recipe("scene")}
    )
    return definition


def validated(staff: APIClient, definition: Any) -> dict[str, list[tuple[str, str]]]:
    """What is found in a definition, whose registration has to find the same."""
    report = staff.post(f"{URL}validation/", {"definition": definition}, format="json").json()
    answer = staff.post(URL, {"name": "recipe", "definition": definition}, format="json")
    assert answer.status_code == (201 if report["is_valid"] else 400)
    assert answer.json()["warnings"] == report["warnings"]
    return {kind: [(found["name"], found["path"]) for found in report[kind]] for kind in ("errors", "warnings")}


def test_a_condition_passes_on_what_it_takes_and_decides_who_runs(staff: APIClient) -> None:
    assert validated(staff, with_condition()) == {"errors": [], "warnings": []}
    shown = staff.get(f"{URL}recipe/").json()
    assert shown["definition"] == with_condition()
    assert [one["name"] for one in shown["job_types"]] == ["first", "note", "second"]
    assert staff.patch(f"{URL}recipe/", shown, format="json").json()["revision_num"] == 1


def test_what_a_condition_leaves_out_is_shown_with_its_default(staff: APIClient) -> None:
    definition = with_condition()
    node_type = definition["nodes"]["clear"]["node_type"]
    for document, member in ((node_type["interface"], "version"), (node_type["data_filter"], "version")):
        del document[member]
    del node_type["data_filter"]["all"]
    validated(staff, definition)
    assert staff.get(f"{URL}recipe/").json()["definition"] == with_condition()


FILTERS: list[tuple[dict[str, Any], list[tuple[str, str]], list[tuple[str, str]]]] = [
    ({}, [], []),
    ({"type": "integer", "condition": "between", "values": [1, 5.0]}, [], []),
    ({"condition": "in", "values": [1, 2.5, 3]}, [], []),
    ({"condition": "contains"}, [("INVALID_CONDITION", "/condition")], []),
    ({"condition": "=>"}, [("INVALID_DEFINITION", "/condition")], []),
    ({"type": "array"}, [("INVALID_DEFINITION", "/type")], []),
    ({"values": ["0.4"]}, [("VALUE_ERROR", "/values/0")], []),
    ({"type": "integer", "values": [1, 2.5], "condition": "in"}, [("VALUE_ERROR", "/values/1")], []),
    ({"values": [True]}, [("VALUE_ERROR", "/values/0")], []),
    ({"values": 3}, [("INVALID_DEFINITION", "/values")], []),
    ({"type": "string", "condition": "==", "values": ["a"]}, [("MISMATCHED_TYPE", "/type")], []),
    ({"type": "media-type", "condition": "==", "values": ["a"]}, [("MISMATCHED_TYPE", "/type")], []),
    ({"values": []}, [], [("UNEXPECTED_VALUES", "/values")]),
    ({"values": [1, 2]}, [], [("UNEXPECTED_VALUES", "/values")]),
    ({"condition": "between", "values": [1]}, [], [("UNEXPECTED_VALUES", "/values")]),
    ({"fields": [["a"]], "all_fields": True}, [], [("UNUSED_MEMBER", "/fields"), ("UNUSED_MEMBER", "/all_fields")]),
    ({"all_files": True}, [], [("UNUSED_MEMBER", "/all_files")]),
    ({"other": 1}, [("INVALID_DEFINITION", "/other")], []),
]


@pytest.mark.parametrize(("members", "errors", "warnings"), FILTERS)
def test_a_filter_has_a_condition_and_values_of_its_type(
    staff: APIClient, members: dict[str, Any], errors: list[tuple[str, str]], warnings: list[tuple[str, str]]
) -> None:
    assert validated(staff, with_condition({**COVER, **members}, MASK)) == {
        "errors": [(name, f"{PLACE}/filters/0{path}") for name, path in errors],
        "warnings": [(name, f"{PLACE}/filters/0{path}") for name, path in warnings],
    }


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"condition": "superset of", "values": [{"a": 1}]}, []),
        ({"condition": "superset of", "values": [{"a": 1}], "all_files": True}, []),
        ({"condition": "==", "values": [{"a": 1}]}, [("INVALID_CONDITION", "/condition")]),
        ({"condition": "superset of", "values": ["a"]}, [("VALUE_ERROR", "/values/0")]),
        ({"condition": ">", "values": [[5]], "fields": [["size", "width"]], "all_fields": True}, []),
        ({"condition": ">", "values": [[5], [6]], "fields": [["size"]]}, [("INVALID_FIELDS", "/fields")]),
        ({"condition": ">", "values": [5], "fields": ["size"]}, [("INVALID_DEFINITION", "/fields/0")]),
    ],
)
def test_filters_of_meta_data_compare_objects_or_fields(
    staff: APIClient, members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    definition = with_condition({"name": "mask", "type": "meta-data", **members}, COVER)
    found = validated(staff, definition)
    assert found["errors"] == [(name, f"{PLACE}/filters/0{path}") for name, path in expected]
    assert found["warnings"] == []


@pytest.mark.parametrize(
    ("kind", "filtered", "is_right"),
    [
        ("string", "string", True),
        ("boolean", "boolean", True),
        ("object", "object", True),
        ("number", "integer", True),
        ("array", "object", False),
        ("boolean", "string", False),
    ],
)
def test_an_input_is_filtered_as_what_it_is(staff: APIClient, kind: str, filtered: str, is_right: bool) -> None:
    values: dict[str, tuple[str, Any]] = {
        "string": ("==", "a"),
        "boolean": ("!=", True),
        "object": ("subset of", {"a": 1}),
        "integer": (">=", 1),
    }
    condition, value = values[filtered]
    definition = {
        "input": {"json": [{"name": "x", "type": kind}]},
        "nodes": {
            "clear": {
                "input": {"x": from_recipe("x")},
                "node_type": {
                    "node_type": "condition",
                    "interface": {"json": [{"name": "x", "type": kind}]},
                    "data_filter": {
                        "filters": [{"name": "x", "type": filtered, "condition": condition, "values": [value]}]
                    },
                },
            }
        },
    }
    expected = [] if is_right else [("MISMATCHED_TYPE", f"{PLACE}/filters/0/type")]
    assert validated(staff, definition) == {"errors": expected, "warnings": []}


def test_a_mistyped_name_in_a_filter_is_told_the_nearest_and_unused_inputs_are_named(staff: APIClient) -> None:
    definition = with_condition({**COVER, "name": "Covr"})
    answer = staff.post(f"{URL}validation/", {"definition": definition}, format="json").json()
    assert "the nearest is 'cover'" in answer["warnings"][0]["description"]
    assert answer["warnings"][1]["description"].endswith("inputs of the condition: mask, cover")


@pytest.mark.parametrize(
    ("node", "member", "value", "expected"),
    [
        ("clear", "input", {"cover": from_node("detect", "cover")}, ("UNFED_INPUT", "/nodes/clear")),
        ("clear", "dependencies", [{"name": "note"}], ("CIRCULAR_DEPENDENCY", "/nodes/note/dependencies")),
        (
            "report",
            "input",
            {"mask": from_node("clear", "x")},
            ("UNKNOWN_OUTPUT", "/nodes/report/input/mask/output"),
        ),
        (
            "report",
            "input",
            {"mask": from_node("clear", "mask"), "cover": from_node("clear", "mask")},
            ("INCOMPATIBLE_INPUT", "/nodes/report/input/cover"),
        ),
        ("clear", "node_type", {"node_type": "condition"}, ("INVALID_DEFINITION", "/nodes/clear/node_type")),
        (
            "clear",
            "node_type",
            {"node_type": "conditon"},
            ("INVALID_DEFINITION", "/nodes/clear/node_type/node_type"),
        ),
    ],
)
def test_connections_from_and_to_a_condition_are_checked(
    staff: APIClient, node: str, member: str, value: Any, expected: tuple[str, str]
) -> None:
    definition = with_condition()
    definition["nodes"][node][member] = value
    assert expected in validated(staff, definition)["errors"]


def test_the_interface_of_a_condition_is_checked_as_that_of_the_recipe(staff: APIClient) -> None:
    definition = with_condition(json=[{"name": "cover", "type": "integer"}, {"name": "mask", "type": "string"}])
    assert ("DUPLICATE_INPUT_NAMES", "/nodes/clear/node_type/interface/json/1/name") in validated(
        staff, definition
    )["errors"]


def test_recipes_with_conditions_follow_their_job_types(staff: APIClient) -> None:
    make_recipe(definition=with_condition())
    manifest = make_manifest("second", title="New", **SECOND)
    answer = staff.patch("/v6/job-types/second/1.0.0/", {"manifest": manifest}, format="json")
    assert [found for found in answer.json()["warnings"] if "RECIPE" in found["name"]] == []
    recipe = RecipeType.objects.get()
    assert recipe.revision_num == 2
    assert recipe.definition["nodes"]["report"]["node_type"]["job_type_revision"] == 2
    assert recipe.definition["nodes"]["clear"] == with_condition()["nodes"]["clear"]
    less: Any = copy.deepcopy(FIRST)
    less["interface"]["outputs"]["json"][0]["type"] = "string"
    manifest = make_manifest("first", **less)
    answer = staff.patch("/v6/job-types/first/1.0.0/", {"manifest": manifest}, format="json").json()
    assert "node 'clear': its input 'cover'" in answer["warnings"][-1]["description"]


def test_the_admin_draws_conditions_and_whose_lines_are_broken(admin_client: Client) -> None:
    definition = with_condition()
    definition["nodes"]["clear"]["node_type"]["data_filter"]["all"] = False
    recipe = make_recipe(definition=definition)
    page = admin_client.get(f"/admin/recipes/recipetype/{recipe.pk}/change/").content.decode()
    drawn = page[page.index("The nodes of the recipe") :]
    drawn = drawn[: drawn.index("</svg>")]
    assert (drawn.count("<rect"), drawn.count("<polygon"), drawn.count("<path")) == (3, 1, 3)
    assert "clear: cover &lt; 0.4 or mask contains clear" in drawn
    assert drawn.count("stroke-dasharray") == 1
    for line in ("after detect", "if clear is met", "if clear is not met"):
        assert f"<title>{line}</title>" in drawn

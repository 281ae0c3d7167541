"""Definitions as a live Scale 7 takes and shows them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from recipes.models import RecipeType, RecipeTypeRevision
from tests.factories import interface, make_job_type
from tests.recipes.factories import chain, from_recipe, job_node, make_pair, make_recipe, recipe_node

pytestmark = pytest.mark.django_db

URL = "/v6/recipe-types/"
IMAGE_STUFF = json.loads(Path(__file__).with_name("image-stuff.json").read_text(encoding="utf-8"))


def found(answer: Any, kind: str = "warnings") -> list[tuple[str, str]]:
    return [(each["name"], each["path"]) for each in answer.json()[kind]]


def make_image_job(name: str, output: str) -> None:
    """A job type that takes and leaves an image."""
    files = [{"name": "INPUT_FILE", "mediaTypes": ["image/png"]}]
    outputs = [{"name": output, "pattern": "*", "mediaType": "image/png"}]
    make_job_type(name, job=interface(inputs={"files": files}, outputs={"files": outputs}))


def test_a_definition_in_the_spelling_of_v6_registers_with_a_name_made_of_the_title(staff: APIClient) -> None:
    make_image_job("flip-image", "flipped_image")
    make_image_job("grayscale-image", "gray_image")
    answer = staff.post(URL, IMAGE_STUFF, format="json")
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver{URL}image-stuff/"
    assert found(answer) == [("MISMATCHED_MEDIA_TYPES", "/nodes/a/input/INPUT_FILE")]
    (file,) = answer.json()["definition"]["input"]["files"]
    assert file == {
        "name": "INPUT_FILE",
        "media_types": ["application/octet-stream"],
        "required": True,
        "multiple": False,
    }
    assert answer.json()["definition"]["nodes"]["b"] == IMAGE_STUFF["definition"]["nodes"]["b"]


def test_what_a_definition_leaves_out_is_shown_with_its_default(staff: APIClient) -> None:
    make_pair()
    definition = {
        "version": "7",
        "input": {"version": "7", "files": [{"name": "scene", "mediaTypes": ["image/tiff"]}]},
        "nodes": {
            "detect": {
                "input": chain()["nodes"]["detect"]["input"],
                "node_type": chain()["nodes"]["detect"]["node_type"],
            },
            "report": {**chain()["nodes"]["report"], "dependencies": [{"name": "detect"}]},
        },
    }
    answer = staff.post(URL, {"name": "recipe", "definition": definition}, format="json")
    assert answer.json()["definition"] == chain()
    answer = staff.patch(f"{URL}recipe/", {"definition": definition}, format="json")
    assert answer.json()["revision_num"] == 1


def test_what_was_stored_in_another_spelling_is_shown_in_that_of_v6_and_stays(staff: APIClient) -> None:
    make_pair()
    recipe = make_recipe()
    old: Any = {"version": "6", **chain()}
    old["input"] = {"files": [{"name": "scene", "mediaTypes": ["image/tiff"]}]}
    RecipeType.objects.update(definition=old)
    RecipeTypeRevision.objects.bulk_create(
        [RecipeTypeRevision(recipe_type=recipe, revision_num=2, definition=old, created=recipe.created)]
    )
    assert staff.get(f"{URL}recipe/").json()["definition"] == chain()
    assert staff.get(f"{URL}recipe/revisions/2/").json()["definition"] == chain()
    for definition in (old, chain()):
        answer = staff.patch(f"{URL}recipe/", {"definition": definition}, format="json")
        assert (answer.status_code, answer.json()["revision_num"]) == (200, 1)


WARNED: list[tuple[str, Any, list[tuple[str, str]]]] = [
    ("nodes", {}, [("NO_NODES", "/nodes")]),
    ("nodes/detect/input/other", from_recipe("scene"), [("UNKNOWN_INPUT", "/nodes/detect/input/other")]),
    ("nodes/report/input/mask", from_recipe("scene"), [("MISMATCHED_MEDIA_TYPES", "/nodes/report/input/mask")]),
    (
        "input/files",
        [{"name": "scene", "media_types": ["image/tiff", "image/png"]}],
        [("MISMATCHED_MEDIA_TYPES", "/nodes/detect/input/image")],
    ),
    (
        "nodes/report/dependencies",
        [{"name": "detect", "acceptance": False}],
        [("MISPLACED_ACCEPTANCE", "/nodes/report/dependencies/0/acceptance")],
    ),
    (f"nodes/{'Any name, ~: ' + 'ä' * 242}", job_node("third"), []),
]


@pytest.mark.parametrize(("path", "value", "expected"), WARNED)
def test_validating_registering_and_editing_give_the_same_warnings(
    staff: APIClient, path: str, value: Any, expected: list[tuple[str, str]]
) -> None:
    make_pair()
    make_job_type("third")
    definition: Any = chain()
    *way, last = path.split("/")
    place = definition
    for part in way:
        place = place[part]
    place[last] = value
    body = {"name": "recipe", "definition": definition}
    validated = staff.post(f"{URL}validation/", body, format="json")
    assert (validated.json()["is_valid"], found(validated)) == (True, expected)
    registered = staff.post(URL, body, format="json")
    assert (registered.status_code, registered.json()["warnings"]) == (201, validated.json()["warnings"])
    for method, url in (("post", URL), ("patch", f"{URL}recipe/"), ("post", f"{URL}validation/")):
        answer = getattr(staff, method)(url, body, format="json")
        assert (answer.status_code, answer.json()["warnings"]) == (200, validated.json()["warnings"])


def test_a_stored_definition_that_is_no_longer_valid_can_be_sent_back(staff: APIClient) -> None:
    make_pair()
    make_recipe()
    lost: Any = chain()
    lost["nodes"]["detect"]["node_type"]["job_type_revision"] = 7
    RecipeType.objects.update(definition=lost)
    shown = staff.get(f"{URL}recipe/").json()
    for method, url in (("patch", f"{URL}recipe/"), ("post", URL), ("post", f"{URL}validation/")):
        answer = getattr(staff, method)(url, {**shown, "title": "New"}, format="json")
        assert (answer.status_code, answer.json()["is_valid"]) == (200, True)
        assert found(answer) == [("UNKNOWN_REVISION", "/nodes/detect/node_type/job_type_revision")]
    assert RecipeType.objects.get().title == "New"
    shown["definition"]["nodes"]["more"] = job_node("first")
    assert staff.patch(f"{URL}recipe/", shown, format="json").status_code == 400


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tile and join", "tile-and-join"),
        ("Whole_chain: 2.0 (new)", "whole-chain-20-new"),
        ("Küstenlinie", "kustenlinie"),
        ("A title of more than thirty characters", "a-title-of-more-than-thirty-ch"),
        ("Validation", "validation-2"),
    ],
)
def test_the_name_is_made_of_the_title(staff: APIClient, title: str, name: str) -> None:
    answer = staff.post(URL, {"title": title, "definition": {"nodes": {}}}, format="json")
    assert (answer.status_code, answer.json()["name"]) == (201, name)


def test_a_name_that_is_taken_gets_the_next_number(staff: APIClient) -> None:
    body = {"title": "Ships", "definition": {"nodes": {}}}
    names = [staff.post(URL, body, format="json").json()["name"] for _ in range(3)]
    assert names == ["ships", "ships-2", "ships-3"]


@pytest.mark.parametrize("fields", [{}, {"title": ""}, {"title": None}, {"title": "海岸線"}])
def test_without_a_name_and_a_title_to_make_it_of_all_faults_are_reported(
    staff: APIClient, fields: dict[str, Any]
) -> None:
    answer = staff.post(URL, {"definition": {"nodes": []}, **fields}, format="json")
    assert answer.status_code == 400
    assert found(answer, "errors") == [("MISSING_FIELD", "/name"), ("INVALID_DEFINITION", "/nodes")]


def test_null_is_the_empty_text(staff: APIClient) -> None:
    make_pair()
    body = {"name": "recipe", "title": "T", "description": None, "definition": chain()}
    assert staff.post(URL, body, format="json").json()["description"] == ""
    assert staff.patch(f"{URL}recipe/", {"title": None, "description": None}, format="json").status_code == 200
    assert staff.get(f"{URL}recipe/").json()["title"] == ""


def test_validation_takes_the_other_fields_of_a_registration_and_checks_them(staff: APIClient) -> None:
    make_pair()
    body = {"title": "T", "description": "D", "is_active": True, "definition": chain()}
    answer = staff.post(f"{URL}validation/", body, format="json")
    assert answer.json() == {"is_valid": True, "errors": [], "warnings": [], "diff": {}}
    answer = staff.post(f"{URL}validation/", {**body, "title": 3}, format="json")
    assert found(answer, "errors") == [("INVALID_FIELD", "/title")]


def test_the_details_show_what_a_recipe_runs_and_what_runs_it_and_so_does_the_list(staff: APIClient) -> None:
    make_pair()
    make_recipe("inner")
    scene = {"scene": from_recipe("scene")}
    outer = {"input": chain()["input"], "nodes": {"sub": recipe_node("inner", input=scene)}}
    make_recipe("outer", outer)
    inner, shown = (staff.get(f"{URL}{name}/").json() for name in ("inner", "outer"))
    assert ([one["name"] for one in shown["sub_recipe_types"]], shown["super_recipe_types"]) == (["inner"], [])
    assert ([one["name"] for one in inner["super_recipe_types"]], inner["sub_recipe_types"]) == (["outer"], [])
    for job_type in inner["job_types"]:
        assert job_type == staff.get(f"/v6/job-types/{job_type['name']}/1.0.0/").json()
    rows = staff.get(URL).json()["results"]
    assert [(row["job_types"], row["sub_recipe_types"]) for row in rows] == [
        ([{"name": "first", "version": "1.0.0"}, {"name": "second", "version": "1.0.0"}], []),
        ([], ["inner"]),
    ]


@pytest.mark.parametrize("name", ["inner", "outer", "other"])
def test_the_entity_tag_changes_with_all_that_the_details_show(staff: APIClient, name: str) -> None:
    make_pair()
    make_recipe("inner")
    scene = {"scene": from_recipe("scene")}
    for outer in ("middle", "outer"):
        inner = "inner" if outer == "middle" else "middle"
        make_recipe(outer, {"input": chain()["input"], "nodes": {"sub": recipe_node(inner, input=scene)}})
    make_recipe("other", {"input": chain()["input"], "nodes": {"a": chain()["nodes"]["detect"]}})
    url = f"{URL}middle/" if name != "other" else f"{URL}inner/"
    tag = staff.get(url)["ETag"]
    assert staff.get(url, HTTP_IF_NONE_MATCH=tag).status_code == 304
    later = RecipeType.objects.get(name=name).last_modified + timedelta(seconds=1)
    RecipeType.objects.filter(name=name).update(title="New", last_modified=later)
    answer = staff.get(url, HTTP_IF_NONE_MATCH=tag)
    assert answer.status_code == 200
    assert staff.get(url, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_the_details_register_on_another_installation_and_sent_back_change_nothing(staff: APIClient) -> None:
    make_pair()
    make_recipe("inner")
    scene = {"scene": from_recipe("scene")}
    make_recipe("outer", {"input": chain()["input"], "nodes": {"sub": recipe_node("inner", input=scene)}})
    there = staff.get(f"{URL}outer/").json()
    there |= {"id": 99, "is_system": True, "revision_num": 7, "created": "2017-11-13T00:00:00Z", "warnings": []}
    RecipeType.objects.filter(name="outer").update(name="moved-away")
    assert staff.post(URL, there, format="json").status_code == 201
    here = staff.get(f"{URL}outer/").json()
    assert (here["revision_num"], here["is_system"], here["definition"]) == (1, False, there["definition"])
    answer = staff.patch(f"{URL}outer/", there, format="json")
    assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    assert staff.get(f"{URL}outer/").json() == here


def test_lists_and_details_take_as_many_queries_for_many_recipes_as_for_few(staff: APIClient) -> None:
    make_pair()
    scene = {"scene": from_recipe("scene")}
    counts = []
    for number in range(12):
        make_recipe(f"inner-{number}")
        make_recipe(
            f"outer-{number}",
            {
                "input": chain()["input"],
                "nodes": {
                    f"sub-{inner}": recipe_node(f"inner-{inner}", input=scene) for inner in range(number + 1)
                },
            },
        )
        counts.append([count_queries(staff, path) for path in ("", f"outer-{number}/", "inner-0/")])
    assert counts[1:] == counts[:-1]


def count_queries(staff: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert staff.get(URL + path).status_code == 200
    return len(captured)

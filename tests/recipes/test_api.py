"""/v6/recipe-types/: register, edit, list, validate, and the revisions."""

import copy
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from recipes.models import RecipeType, RecipeTypeRevision
from tests.factories import make_job_type
from tests.recipes.factories import chain, from_node, from_recipe, job_node, make_pair, make_recipe, recipe_node
from tests.threads import at_once

pytestmark = pytest.mark.django_db

URL = "/v6/recipe-types/"


def post(staff: APIClient, definition: Any = None, name: str = "recipe", **fields: Any) -> Any:
    body = {"name": name, "definition": chain() if definition is None else definition, **fields}
    return staff.post(URL, body, format="json")


def changed(path: str, value: Any) -> dict[str, Any]:
    """The definition of the pair with another value at a place; None removes it."""
    document: Any = chain()
    *way, last = path.split("/")
    place = document
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def unchanged() -> dict[str, Any]:
    """The difference between the definition of the pair and itself."""
    nodes = {
        name: {
            "status": "UNCHANGED",
            "changes": [],
            "reprocess_new_node": False,
            "force_reprocess": False,
            "dependencies": [{"name": dependency["name"]} for dependency in node["dependencies"]],
            "node_type": node["node_type"],
        }
        for name, node in chain()["nodes"].items()
    }
    return {"can_be_reprocessed": True, "reasons": [], "nodes": nodes}


def test_a_recipe_type_is_registered_and_shown(staff: APIClient, anyone: APIClient) -> None:
    make_pair()
    answer = post(staff, title="Recipe", description="Two steps")
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver{URL}recipe/")
    shown = anyone.get(f"{URL}recipe/").json()
    assert {**shown, "warnings": []} == answer.json()
    assert shown["definition"] == chain()
    assert [one["name"] for one in shown["job_types"]] == ["first", "second"]
    assert (shown["sub_recipe_types"], shown["super_recipe_types"]) == ([], [])
    (row,) = anyone.get(URL).json()["results"]
    not_listed = ("definition", "findings", "super_recipe_types")
    assert row == {
        **{name: value for name, value in shown.items() if name not in not_listed},
        "job_types": [{"name": "first", "version": "1.0.0"}, {"name": "second", "version": "1.0.0"}],
    }
    assert (row["revision_num"], row["is_active"], row["deprecated"]) == (1, True, None)


def test_registering_a_name_again_edits_it(staff: APIClient) -> None:
    make_pair()
    post(staff)
    answer = post(staff, title="New")
    assert (answer.status_code, answer.json()) == (
        200,
        {"is_valid": True, "errors": [], "warnings": [], "diff": unchanged(), "name": "recipe", "revision_num": 1},
    )
    assert RecipeType.objects.get().title == "New"


def test_what_the_details_show_can_be_sent_back_and_changes_nothing(staff: APIClient) -> None:
    make_pair()
    post(staff)
    shown = staff.get(f"{URL}recipe/").json()
    assert staff.patch(f"{URL}recipe/", shown, format="json").json()["revision_num"] == 1
    assert staff.get(f"{URL}recipe/").json() == shown
    answer = staff.patch(f"{URL}recipe/", {"name": "other", "id": 99}, format="json")
    assert [(found["name"], found["path"]) for found in answer.json()["errors"]] == [("READ_ONLY_FIELD", "/name")]


def test_a_changed_definition_makes_a_revision_and_a_switch_none(staff: APIClient, anyone: APIClient) -> None:
    make_pair()
    post(staff)
    url = f"{URL}recipe/"
    staff.patch(url, {"is_active": False}, format="json")
    recipe = RecipeType.objects.get()
    assert (recipe.revision_num, recipe.deprecated) == (1, recipe.last_modified)
    staff.patch(
        url,
        {"is_active": True, "definition": changed("input/json", [{"name": "x", "type": "string"}])},
        format="json",
    )
    recipe.refresh_from_db()
    assert (recipe.revision_num, recipe.deprecated) == (2, None)
    revisions = anyone.get(f"{url}revisions/").json()
    assert [row["revision_num"] for row in revisions["results"]] == [2, 1]
    assert anyone.get(f"{url}revisions/1/").json()["definition"] == chain()
    for path in ("revisions/3/", "revisions/0/"):
        assert anyone.get(url + path).status_code == 404
    assert anyone.get(f"{URL}other/").status_code == 404
    assert staff.patch(f"{URL}other/", {"title": "x"}, format="json").status_code == 404


FAULTS: list[tuple[str, Any, list[tuple[str, str]]]] = [
    ("nodes", None, [("INVALID_DEFINITION", "")]),
    (
        "nodes/report/dependencies",
        [{"name": "x"}, {"name": "detect"}],
        [("UNKNOWN_NODE", "/nodes/report/dependencies/0/name")],
    ),
    ("nodes/detect/dependencies", [{"name": "report"}], [("CIRCULAR_DEPENDENCY", "/nodes/report/dependencies")]),
    ("nodes/detect/dependencies", [{"name": "detect"}], [("CIRCULAR_DEPENDENCY", "/nodes/detect/dependencies")]),
    (
        "nodes/report/dependencies",
        [],
        [
            ("MISSING_DEPENDENCY", "/nodes/report/input/mask/node"),
            ("MISSING_DEPENDENCY", "/nodes/report/input/cover/node"),
        ],
    ),
    (
        "nodes/detect/node_type/job_type_version",
        "9.0.0",
        [("UNKNOWN_JOB_TYPE", "/nodes/detect/node_type/job_type_name")],
    ),
    (
        "nodes/detect/node_type/job_type_revision",
        2,
        [("UNKNOWN_REVISION", "/nodes/detect/node_type/job_type_revision")],
    ),
    (
        "nodes/detect/node_type/job_type_revision",
        10**18,
        [("UNKNOWN_REVISION", "/nodes/detect/node_type/job_type_revision")],
    ),
    (
        "nodes/detect/node_type",
        {"node_type": "recipe", "recipe_type_name": "x", "recipe_type_revision": 1},
        [("UNKNOWN_RECIPE_TYPE", "/nodes/detect/node_type/recipe_type_name")],
    ),
    ("nodes/detect/input", {}, [("UNFED_INPUT", "/nodes/detect")]),
    (
        "nodes/detect/input/other",
        {"type": "recipe", "input": "x"},
        [("UNKNOWN_RECIPE_INPUT", "/nodes/detect/input/other/input")],
    ),
    (
        "nodes/detect/input/image",
        {"type": "recipe", "input": "x"},
        [("UNKNOWN_RECIPE_INPUT", "/nodes/detect/input/image/input")],
    ),
    ("nodes/report/input/mask", from_node("detect", "x"), [("UNKNOWN_OUTPUT", "/nodes/report/input/mask/output")]),
    ("nodes/report/input/mask", from_node("detect", "cover"), [("INCOMPATIBLE_INPUT", "/nodes/report/input/mask")]),
    (
        "nodes/report/input/cover",
        from_node("detect", "mask"),
        [("INCOMPATIBLE_INPUT", "/nodes/report/input/cover")],
    ),
    ("nodes/report/input/note", from_node("detect", "cover"), [("INCOMPATIBLE_INPUT", "/nodes/report/input/note")]),
    ("input/files", [{"name": "scene", "required": False}], [("INCOMPATIBLE_INPUT", "/nodes/detect/input/image")]),
    ("input/files", [{"name": "scene", "multiple": True}], [("INCOMPATIBLE_INPUT", "/nodes/detect/input/image")]),
    (
        "input/json",
        [{"name": "scene", "type": "string"}],
        [("DUPLICATE_INPUT_NAMES", "/input/json/0/name"), ("INCOMPATIBLE_INPUT", "/nodes/detect/input/image")],
    ),
    (f"nodes/{'a' * 256}", job_node("other"), [("INVALID_NODE_NAME", f"/nodes/{'a' * 256}")]),
    ("nodes/", job_node("other"), [("INVALID_NODE_NAME", "/nodes/")]),
    (
        "input/files",
        [{"name": "scene", "media_types": ["image/tiff"], "mediaTypes": ["image/png"]}],
        [("INVALID_DEFINITION", "/input/files/0/mediaTypes")],
    ),
]


@pytest.mark.parametrize(("path", "value", "expected"), FAULTS)
def test_each_fault_is_named_with_its_place(
    staff: APIClient, path: str, value: Any, expected: list[tuple[str, str]]
) -> None:
    make_pair()
    make_job_type("other")
    definition = changed(path, value)
    validated = staff.post(f"{URL}validation/", {"definition": definition}, format="json").json()
    found = [(each["name"], each["path"]) for each in validated["errors"]]
    assert found == expected
    answer = post(staff, definition)
    assert answer.status_code == 400
    assert answer.json()["errors"] == validated["errors"]
    assert not RecipeType.objects.exists()
    for each in validated["errors"]:
        assert each["description"].isprintable()


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a b"}, "/name"),
        ({"name": "validation"}, "/name"),
        ({"name": "a" * 51}, "/name"),
        ({"title": 3}, "/title"),
        ({"is_active": "yes"}, "/is_active"),
        ({"revision": 1}, "/revision"),
    ],
)
def test_a_field_that_is_wrong_is_reported(staff: APIClient, fields: dict[str, Any], path: str) -> None:
    make_pair()
    answer = staff.post(URL, {"name": "recipe", "definition": chain(), **fields}, format="json")
    assert answer.status_code == 400
    assert [found["path"] for found in answer.json()["errors"]] == [path]


@pytest.mark.parametrize(
    "definition", [None, [], "x", 3, {"nodes": []}, {"nodes": {"a": 1}}, {"nodes": {"a\0": {}}}]
)
def test_a_definition_of_any_shape_is_a_400(staff: APIClient, definition: Any) -> None:
    assert staff.post(URL, {"name": "a", "definition": definition}, format="json").status_code == 400


def test_a_recipe_that_would_contain_itself_is_refused(staff: APIClient) -> None:
    make_pair()
    make_recipe("inner")
    scene = {"scene": from_recipe("scene")}
    outer = {"input": chain()["input"], "nodes": {"sub": recipe_node("inner", input=scene)}}
    make_recipe("outer", outer)
    own = copy.deepcopy(outer)
    for name in ("inner", "outer"):
        own["nodes"]["sub"] = recipe_node(name, input=scene)
        answer = staff.patch(f"{URL}inner/", {"definition": own}, format="json")
        assert answer.status_code == 400
        assert [(found["name"], found["path"]) for found in answer.json()["errors"]] == [
            ("CIRCULAR_RECIPE", "/nodes/sub/node_type/recipe_type_name")
        ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["alpha", "beta", "gamma"]),
        ("keyword=BETA", ["beta"]),
        ("keyword=et&keyword=first", ["alpha", "beta"]),
        ("keyword=%25", []),
        ("is_active=false", ["gamma"]),
        ("is_system=true", []),
        ("order=-name", ["gamma", "beta", "alpha"]),
        ("order=deprecated&order=-title", ["gamma", "alpha", "beta"]),
    ],
)
def test_the_list_is_chosen_and_ordered(anyone: APIClient, query: str, expected: list[str]) -> None:
    make_pair()
    make_recipe("beta", title="Second")
    make_recipe("alpha", title="The first")
    make_recipe("gamma", is_active=False)
    answer = anyone.get(f"{URL}?{query}")
    assert [row["name"] for row in answer.json()["results"]] == expected
    assert anyone.get(f"{URL}?order=definition").status_code == 400


def test_the_admin_draws_the_nodes_and_switches(admin_client: Client) -> None:
    make_pair()
    recipe = make_recipe()
    url = "/admin/recipes/recipetype/"
    page = admin_client.get(f"{url}{recipe.pk}/change/").content.decode()
    assert page.count("<rect") == 2
    assert page.count('fill="none" stroke="#79aec8"') == 1
    assert "first 1.0.0, revision 1" in page
    assert "<script" not in page[page.index("<svg") : page.index("</svg>")]
    revision = recipe.revisions.get()
    for path in (
        url,
        "/admin/recipes/recipetyperevision/",
        f"/admin/recipes/recipetyperevision/{revision.pk}/change/",
    ):
        assert admin_client.get(path).status_code == 200
    for action, active in (("deprecate", False), ("activate", True)):
        admin_client.post(url, {"action": action, "_selected_action": [recipe.pk], "confirmed": "yes"})
        recipe.refresh_from_db()
        assert recipe.is_active is active


@pytest.mark.django_db(transaction=True)
def test_registering_the_same_recipe_at_once_gives_one_201_and_fifteen_200(staff: APIClient) -> None:
    make_pair()
    headers = staff._credentials  # type: ignore[attr-defined]

    def register(_: int) -> int:
        client = APIClient()
        client.credentials(**headers)
        return post(client).status_code

    assert sorted(at_once(16, register)) == [*[200] * 15, 201]
    assert RecipeTypeRevision.objects.count() == 1

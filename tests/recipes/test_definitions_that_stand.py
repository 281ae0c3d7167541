"""Recipe types whose definitions today's rules refuse: they go on being shown, drawn, edited and deprecated."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from job_types.services import edit_job_type
from recipes.models import RecipeType
from seed import complete_definition, difference, nodes_of
from tests.factories import make_manifest
from tests.odd_documents import CIRCLE, DEFINITIONS, store_definition
from tests.recipes.factories import job_node

pytestmark = pytest.mark.django_db

URL = "/v6/recipe-types/recipe/"


@pytest.fixture(params=DEFINITIONS, ids=range(len(DEFINITIONS)))
def odd(request: pytest.FixtureRequest) -> RecipeType:
    """A recipe type with a definition that was stored past the validation."""
    return store_definition(request.param)


def test_it_is_shown_wherever_it_is_named(staff: APIClient, odd: RecipeType) -> None:
    assert staff.get(URL).json()["definition"] == complete_definition(odd.definition)
    assert staff.get(f"{URL}revisions/2/").json()["definition"] == complete_definition(odd.definition)
    for url in ("/v6/recipe-types/", f"{URL}revisions/", "/v6/job-types/test/1.0.0/"):
        assert staff.get(url).status_code == 200


@pytest.mark.usefixtures("odd")
def test_its_pages_are_shown(client: Client) -> None:
    page = "/recipes/recipe/"
    for url in ("/recipes/", page, f"{page}revisions/2/", f"{page}revisions/1/?against=2"):
        assert client.get(url).status_code == 200, url


def test_the_admin_draws_it(admin_client: Client, odd: RecipeType) -> None:
    revision = odd.revisions.get(revision_num=2)
    for page in (f"recipetype/{odd.pk}", f"recipetyperevision/{revision.pk}"):
        assert admin_client.get(f"/admin/recipes/{page}/change/").status_code == 200


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("change", [{"title": "New"}, {"description": "New"}, {"is_active": False}])
def test_a_plain_field_is_changed_alone_and_with_all_that_was_shown(
    staff: APIClient, change: dict[str, Any]
) -> None:
    before = staff.get(URL).json()
    assert staff.patch(URL, change, "json").json()["errors"] == []
    after = staff.get(URL).json()
    assert {name: after[name] for name in change} == change
    assert staff.patch(URL, {**after, "title": "Sent back"}, "json").json()["errors"] == []
    last = staff.get(URL).json()
    assert (last["title"], last["definition"], last["revision_num"]) == ("Sent back", before["definition"], 2)


@pytest.mark.usefixtures("odd")
def test_a_definition_that_is_valid_takes_its_place(staff: APIClient) -> None:
    answer = staff.patch(URL, {"definition": {"nodes": {}}}, "json").json()
    assert (answer["errors"], answer["revision_num"]) == ([], 3)


@pytest.mark.usefixtures("odd")
def test_a_job_type_that_it_holds_is_revised_compared_and_deprecated(staff: APIClient) -> None:
    edit_job_type(name="test", version="1.0.0", fields={"manifest": make_manifest(tags=["new"])})
    assert staff.get("/v6/job-types/test/1.0.0/diff/").status_code == 200
    assert staff.patch("/v6/job-types/test/1.0.0/", {"is_active": False}, "json").status_code == 200
    assert not RecipeType.objects.get().is_active


def test_a_number_that_no_client_could_send_is_shown(staff: APIClient) -> None:
    store_definition({"nodes": {"a": job_node("test", revision=2**70)}})
    assert staff.get(URL).json()["definition"]["nodes"]["a"]["node_type"]["job_type_revision"] == 2**70
    edit_job_type(name="test", version="1.0.0", fields={"manifest": make_manifest(tags=["new"])})


def test_of_a_circle_only_the_dependency_that_closes_it_is_left_out() -> None:
    shown = {node.name: [one.name for one in node.dependencies] for node in nodes_of({"nodes": CIRCLE})}
    assert shown == {"a": ["b"], "b": ["c"], "c": []}


def test_odd_definitions_are_compared_as_far_as_they_can_be_read() -> None:
    found = difference(complete_definition(DEFINITIONS[4]), complete_definition({"nodes": CIRCLE}))
    assert {name: node["status"] for name, node in found["nodes"].items()} == dict.fromkeys("cba", "NEW")

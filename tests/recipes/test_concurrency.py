"""Sixteen clients that write recipe types at the same moment."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from recipes.models import RecipeType, RecipeTypeRevision
from tests.factories import make_job_type
from tests.recipes.factories import job_node, make_recipe
from tests.threads import send_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_sixteen_registers_the_recipe_type_and_the_others_edit_it(staff: APIClient) -> None:
    make_job_type()
    body = {"name": "recipe", "definition": {"nodes": {"a": job_node("test")}}}
    assert send_at_once(staff, "post", "/v6/recipe-types/", body) == {201: 1, 200: 15}
    assert (RecipeType.objects.get().revision_num, RecipeTypeRevision.objects.count()) == (1, 1)


def test_sixteen_definitions_make_seventeen_revisions(staff: APIClient) -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})

    def body(number: int) -> Any:
        return {"definition": {"nodes": {f"node-{number}": job_node("test")}}}

    assert send_at_once(staff, "patch", "/v6/recipe-types/recipe/", body) == {200: 16}
    revisions = RecipeTypeRevision.objects.order_by("revision_num")
    assert [one.revision_num for one in revisions] == list(range(1, 18))
    assert len({str(one.definition) for one in revisions}) == 17


def test_sixteen_recipe_types_of_one_title_get_sixteen_names(staff: APIClient) -> None:
    body = {"title": "Ships", "definition": {"nodes": {}}}
    assert send_at_once(staff, "post", "/v6/recipe-types/", body) == {201: 16}
    names = set(RecipeType.objects.values_list("name", flat=True))
    assert names == {"ships", *(f"ships-{number}" for number in range(2, 17))}

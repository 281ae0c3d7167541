"""The pages of recipe types: the list, the graph, revisions and what they changed, the switch."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from pages.content import recipes
from recipes.models import RecipeType
from recipes.services import edit_recipe_type
from tests.factories import make_job_type
from tests.pages.reading import html_of, read, words
from tests.recipes.factories import chain, from_node, job_node, make_pair, make_recipe, recipe_node

pytestmark = pytest.mark.django_db


def forked() -> dict[str, Any]:
    """A definition with a condition, and a node for each of its outcomes."""
    definition = chain()
    del definition["nodes"]["report"]
    definition["nodes"] |= {
        "sunny": {
            "dependencies": [{"name": "detect"}],
            "input": {"cover": from_node("detect", "cover")},
            "node_type": {
                "node_type": "condition",
                "interface": {"files": [], "json": [{"name": "cover", "type": "integer"}]},
                "data_filter": {
                    "filters": [{"name": "cover", "type": "integer", "condition": "<", "values": [4]}],
                    "all": True,
                },
            },
        },
        "yes": job_node("test", dependencies=[{"name": "sunny", "acceptance": True}]),
        "no": recipe_node("inner", dependencies=[{"name": "sunny", "acceptance": False}]),
    }
    return definition


@pytest.fixture
def outer(db: None) -> RecipeType:
    make_pair()
    make_job_type()
    make_recipe("inner", {"nodes": {"a": job_node("test")}}, title="Inner <one>")
    return make_recipe("outer", forked())


def labels_of(html: str) -> list[str]:
    """What the nodes of the graph say to a screen reader, from the top."""
    return [unescape(label) for label in re.findall(r'transform="[^"]*">\s*<title>([^<]*)</title>', html)]


def test_the_list_says_what_recipe_types_run_and_has_the_filters_of_the_api(
    client: Client, outer: RecipeType
) -> None:
    page = read(client, "/recipes/")
    assert "inner Inner <one> Active 1 job type 1" in page
    assert "outer – Active 2 job types, 1 recipe type 1" in page
    assert "outer" not in read(client, "/recipes/?keyword=inner")
    assert "No recipe type matches" in read(client, "/recipes/?keyword=nothing")
    refused = client.get("/recipes/?colour=red")
    assert (refused.status_code, "colour: unknown query parameter" in words(refused.content.decode())) == (
        400,
        True,
    )


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    assert "No recipe types yet" in read(client, "/recipes/")


def test_the_graph_says_of_each_node_what_it_runs_and_when(client: Client, outer: RecipeType) -> None:
    page = html_of(client, "/recipes/outer/")
    labels = labels_of(page)
    assert labels[:2] == [
        "detect: job type first 1.0.0, revision 1",
        "sunny: condition cover < 4, after detect",
    ]
    assert sorted(labels[2:]) == [
        "no: recipe type inner, revision 1, if sunny is not met",
        "yes: job type test 1.0.0, revision 1, if sunny is met",
    ]
    assert re.search(r'<a href="/recipes/inner/" class="node recipe"', page)
    assert (page.count('class="line broken"'), page.count('class="line"')) == (1, 2)
    assert (">met</text>" in page, ">not met</text>" in page) == (True, True)


def test_the_table_has_the_nodes_in_words_with_their_inputs(client: Client, outer: RecipeType) -> None:
    page = read(client, "/recipes/outer/")
    assert "detect job type first 1.0.0, revision 1 first image from scene of the recipe" in page
    assert "sunny condition cover < 4 after detect cover from cover of detect" in page
    assert "scene file of image/tiff yes" in page


def test_a_node_that_runs_an_older_revision_says_which_is_current(client: Client, outer: RecipeType) -> None:
    fields: Any = {"definition": {"nodes": {"b": job_node("test")}}, "auto_update": False}
    edit_recipe_type(name="inner", fields=fields)
    assert "inner, revision 1 (now 2)" in read(client, "/recipes/outer/")


def test_a_graph_that_is_too_large_is_a_table_alone(
    client: Client, outer: RecipeType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "MOST_NODES", 3)
    page = read(client, "/recipes/outer/")
    assert "It is too large to be drawn" in page
    assert "sunny condition cover < 4 after detect" in page


def test_a_revision_shows_what_it_changed_node_by_node(client: Client, outer: RecipeType) -> None:
    definition = forked()
    del definition["nodes"]["no"]
    definition["nodes"]["yes"]["dependencies"] = [{"name": "sunny", "acceptance": False}]
    definition["nodes"]["more"] = job_node("test", dependencies=[{"name": "detect"}])
    definition["input"]["json"] = [{"name": "note", "type": "string"}]
    fields: Any = {"definition": definition}
    edit_recipe_type(name="outer", fields=fields)
    page = html_of(client, "/recipes/outer/revisions/2/")
    text = words(page)
    assert "Against revision 1" in text
    assert "more New" in text
    assert "no Deleted" in text
    assert re.search(r"yes Changed Acceptance of parent node .sunny. changed", text)
    assert re.search(r"cannot be given to this one\. The input .note. of the recipe: it is new, and required", text)
    assert "more: job type test 1.0.0, revision 1, after detect, new" in labels_of(page)
    assert "It is the first revision." in read(client, "/recipes/outer/revisions/1/")
    assert "Against revision 2" in read(client, "/recipes/outer/revisions/1/?against=2")
    assert "All nodes are as they were." in read(client, "/recipes/outer/revisions/2/?against=2")


@pytest.mark.parametrize(
    ("url", "status", "says"),
    [
        ("/recipes/none/", 404, "There is no recipe type none"),
        ("/recipes/none/revisions/1/", 404, "There is no recipe type none"),
        ("/recipes/outer/revisions/7/", 404, "There is no revision 7 of outer; it has 1."),
        ("/recipes/outer/revisions/1/?against=7", 404, "There is no revision 7 of outer; it has 1."),
        ("/recipes/outer/revisions/1/?against=x", 400, "against: must be a whole number."),
        ("/recipes/outer/revisions/1/?to=1", 400, "to: unknown query parameter"),
    ],
)
def test_what_does_not_exist_is_said_in_words(
    client: Client, outer: RecipeType, url: str, status: int, says: str
) -> None:
    answer = client.get(url)
    assert (answer.status_code, says in words(answer.content.decode())) == (status, True)


def test_a_publisher_deprecates_and_activates_knowing_what_contains_it(
    logged_in: Callable[..., Client], outer: RecipeType
) -> None:
    publisher = logged_in("Publishers")
    assert 'href="/recipes/inner/deprecate/"' in html_of(publisher, "/recipes/inner/")
    asked = read(publisher, "/recipes/inner/deprecate/")
    assert "These recipe types contain it, and stay as they are outer" in asked
    answer = publisher.post("/recipes/inner/deprecate/")
    assert (answer.status_code, answer["Location"]) == (303, "/recipes/inner/")
    page = read(publisher, "/recipes/inner/")
    assert "inner is deprecated." in page
    assert "Deprecated since" in page
    publisher.post("/recipes/inner/deprecate/")
    assert "inner was already deprecated." in read(publisher, "/recipes/inner/")
    publisher.post("/recipes/inner/activate/")
    assert RecipeType.objects.get(name="inner").is_active
    assert [record.actor for record in Record.objects.filter(name="inner").order_by("-id")[:2]] == ["ada", "ada"]


def test_others_are_offered_no_switch_and_refused_one(
    client: Client, logged_in: Callable[..., Client], outer: RecipeType
) -> None:
    for browser, status in ((client, 302), (logged_in("Workers"), 403)):
        assert "/recipes/inner/deprecate/" not in html_of(browser, "/recipes/inner/")
        assert browser.get("/recipes/inner/deprecate/").status_code == status
        assert browser.post("/recipes/inner/deprecate/").status_code == status
    assert RecipeType.objects.get(name="inner").is_active


@pytest.mark.parametrize(
    ("url", "queries"), [("/recipes/", 4), ("/recipes/outer/", 5), ("/recipes/outer/revisions/1/?against=1", 4)]
)
def test_what_the_pages_cost(
    client: Client, outer: RecipeType, url: str, queries: int, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(queries):
        client.get(url)

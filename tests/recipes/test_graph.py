"""What is drawn of a definition: boxes and lines, all within the drawing."""

import re
from typing import Any

from recipes.graph import drawing, graph
from tests.recipes.factories import job_node, recipe_node


def after(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "acceptance": True} for name in names]


# A line past both of the nodes between its ends.
DEFINITION = {
    "input": {},
    "nodes": {
        "a": job_node("first"),
        "b": job_node("second", dependencies=after("a")),
        "c": recipe_node("inner", dependencies=after("a")),
        "d": job_node("a-job-type-with-a-very-long-name", dependencies=after("a", "b", "c")),
    },
}


def test_all_that_is_drawn_is_within_the_drawing() -> None:
    drawn = graph(DEFINITION)
    assert len(drawn.lines) == 5
    for box in drawn.boxes:
        assert 0 < box.x < box.x + box.width < drawn.width
        assert 0 < box.y < box.y + box.height < drawn.height
    for line in drawn.lines:
        for curve in re.findall(r"[MC]([\d. ]+)", line.path):
            numbers = [float(number) for number in curve.split()]
            assert all(0 < x < drawn.width for x in numbers[::2])
            assert all(0 < y < drawn.height for y in numbers[1::2])


def test_a_text_that_is_too_long_for_its_box_is_cut() -> None:
    box = next(box for box in graph(DEFINITION).boxes if box.node.name == "d")
    assert (box.title, box.subtitle) == ("d", "a-job-type-with-a-very-long-name …")
    assert box.runs == "a-job-type-with-a-very-long-name 1.0.0, revision 1"


def test_an_empty_definition_is_an_empty_drawing() -> None:
    assert graph({"input": {}, "nodes": {}}).boxes == []


def test_the_drawing_of_the_admin_has_no_style_and_no_script() -> None:
    drawn = drawing(DEFINITION)
    assert (drawn.count("<rect"), drawn.count("<path"), "style" in drawn, "<script" in drawn) == (
        4,
        5,
        False,
        False,
    )

"""Draws the nodes of a recipe and their dependencies as SVG, from left to right, without any script."""

import json
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from seed import Condition, Dependency, JobReference, Node, RecipeReference, nodes_of

_WIDTH, _HEIGHT, _INSET, _GAP_X, _GAP_Y, _MARGIN = 220, 52, 10, 60, 20, 10
_LONGEST_LINE = 30


def drawing(definition: Mapping[str, Any]) -> SafeString:
    """Return the graph of a valid definition: a shape for each node, and lines from its dependencies to it.

    Conditions are hexagons. The line to a node that runs where a condition is not met is broken.
    """
    nodes = {node.name: node for node in nodes_of(definition)}
    places = _places(nodes)
    columns = 1 + max((column for column, _ in places.values()), default=0)
    rows = 1 + max((row for _, row in places.values()), default=0)
    corners = {
        name: (_MARGIN + column * (_WIDTH + _GAP_X), _MARGIN + row * (_HEIGHT + _GAP_Y))
        for name, (column, row) in places.items()
    }
    lines = format_html_join(
        "",
        '<path d="M{},{} C{},{} {},{} {},{}" fill="none" stroke="#79aec8" stroke-width="2"{}>'
        "<title>{}</title></path>",
        (
            (*_curve(corners[dependency.name], corners[node.name]), *_meaning(dependency, nodes))
            for node in nodes.values()
            for dependency in {dependency.name: dependency for dependency in node.dependencies}.values()
        ),
    )
    boxes = format_html_join(
        "",
        '<g><title>{}</title>{}<text x="{}" y="{}" font-weight="bold" fill="#000">{}</text>'
        '<text x="{}" y="{}" fill="#333">{}</text></g>',
        (_box(node, *corners[name]) for name, node in nodes.items()),
    )
    return format_html(
        '<div class="scale-drawing"><svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="The nodes of '
        'the recipe" width="{}" height="{}" font-family="sans-serif" font-size="12">{}{}</svg></div>',
        2 * _MARGIN + columns * (_WIDTH + _GAP_X) - _GAP_X,
        2 * _MARGIN + rows * (_HEIGHT + _GAP_Y) - _GAP_Y,
        lines,
        boxes,
    )


def _places(nodes: Mapping[str, Node]) -> dict[str, tuple[int, int]]:
    """Return the column of each node, one to the right of all its dependencies, and its row there."""
    columns: dict[str, int] = {}
    rows: dict[int, int] = {}
    places = {}
    before = {name: [dependency.name for dependency in node.dependencies] for name, node in nodes.items()}
    for name in TopologicalSorter(before).static_order():
        column = 1 + max((columns[dependency] for dependency in before[name]), default=-1)
        columns[name] = column
        places[name] = (column, rows.get(column, 0))
        rows[column] = places[name][1] + 1
    return places


def _curve(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, ...]:
    x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    x2, y2 = end[0], end[1] + _HEIGHT // 2
    middle = (x1 + x2) // 2
    return (x1, y1, middle, y1, middle, y2, x2, y2)


def _meaning(dependency: Dependency, nodes: Mapping[str, Node]) -> tuple[SafeString, str]:
    """Return the attribute that a line has beside the others, and what the line means in words."""
    if not isinstance(nodes[dependency.name].runs, Condition):
        return SafeString(), f"after {dependency.name}"
    if dependency.acceptance:
        return SafeString(), f"if {dependency.name} is met"
    return SafeString(' stroke-dasharray="6 4"'), f"if {dependency.name} is not met"


def _box(node: Node, x: int, y: int) -> tuple[Any, ...]:
    match node.runs:
        case JobReference() as job:
            runs, shape = f"{job.name} {job.version}, revision {job.revision}", _rectangle(x, y, "#e8f2f7")
        case RecipeReference() as recipe:
            runs, shape = f"{recipe.name} (recipe), revision {recipe.revision}", _rectangle(x, y, "#f7f0e0")
        case Condition() as condition:
            runs, shape = _in_words(condition), _hexagon(x, y, "#eaf5e6")
    return (
        f"{node.name}: {runs}",
        shape,
        *(x + _INSET, y + 21, _shortened(node.name)),
        *(x + _INSET, y + 40, _shortened(runs)),
    )


def _rectangle(x: int, y: int, fill: str) -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="6" fill="{}" stroke="#417690"/>',
        x,
        y,
        _WIDTH,
        _HEIGHT,
        fill,
    )


def _hexagon(x: int, y: int, fill: str) -> SafeString:
    left, right, middle = x + _INSET, x + _WIDTH - _INSET, y + _HEIGHT // 2
    corners = ((left, y), (right, y), (x + _WIDTH, middle), (right, y + _HEIGHT), (left, y + _HEIGHT), (x, middle))
    points = " ".join(f"{corner_x},{corner_y}" for corner_x, corner_y in corners)
    return format_html('<polygon points="{}" fill="{}" stroke="#417690"/>', points, fill)


def _in_words(condition: Condition) -> str:
    """Return a condition as a person says it: ``cloud_cover < 0.4 and tiles == image/tiff``."""
    filters = (
        " ".join((item["name"], item["condition"], ", ".join(map(_in_word, item["values"]))))
        for item in condition.filters
    )
    return (" and " if condition.all else " or ").join(filters) or "always"


def _in_word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"

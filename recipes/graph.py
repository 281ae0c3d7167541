"""Draws the nodes of a recipe and their dependencies as SVG, from left to right, without any script."""

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from seed import JobReference, Node, nodes_of

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 220, 52, 60, 20, 10
_LONGEST_LINE = 30


def drawing(definition: Mapping[str, Any]) -> SafeString:
    """Return the graph of a valid definition: a box for each node, and lines from its dependencies to it."""
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
        '<path d="M{},{} C{},{} {},{} {},{}" fill="none" stroke="#79aec8" stroke-width="2"/>',
        (
            _curve(corners[dependency], corners[node.name])
            for node in nodes.values()
            for dependency in dict.fromkeys(node.dependencies)
        ),
    )
    boxes = format_html_join(
        "",
        '<g><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6" fill="{}" stroke="#417690"/>'
        '<text x="{}" y="{}" font-weight="bold" fill="#000">{}</text><text x="{}" y="{}" fill="#333">{}</text></g>',
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
    for name in TopologicalSorter({name: node.dependencies for name, node in nodes.items()}).static_order():
        column = 1 + max((columns[dependency] for dependency in nodes[name].dependencies), default=-1)
        columns[name] = column
        places[name] = (column, rows.get(column, 0))
        rows[column] = places[name][1] + 1
    return places


def _curve(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, ...]:
    x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    x2, y2 = end[0], end[1] + _HEIGHT // 2
    middle = (x1 + x2) // 2
    return (x1, y1, middle, y1, middle, y2, x2, y2)


def _box(node: Node, x: int, y: int) -> tuple[Any, ...]:
    reference = node.reference
    is_job = isinstance(reference, JobReference)
    version = f" {reference.version}" if isinstance(reference, JobReference) else " (recipe)"
    runs = f"{reference.name}{version}, revision {reference.revision}"
    fill = "#e8f2f7" if is_job else "#f7f0e0"
    return (
        f"{node.name}: {runs}",
        *(x, y, _WIDTH, _HEIGHT, fill),
        *(x + 10, y + 21, _shortened(node.name)),
        *(x + 10, y + 40, _shortened(runs)),
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"

"""The graph of a recipe: what is drawn of its nodes and of their dependencies, from the top to the bottom."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from recipes.layout import Place, layered
from seed import Condition, Dependency, JobReference, Node, RecipeReference, Reference, nodes_of

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN, _INSET = 252, 56, 24, 56, 10, 12
_LONGEST_TITLE, _LONGEST_SUBTITLE = 26, 34
_ARROW = 4

# The kinds of boxes: what a node runs.
JOB, RECIPE, CONDITION = "job", "recipe", "condition"


@dataclass(frozen=True, slots=True)
class Box:
    """A node as it is drawn: ``x`` and ``y`` are its upper left corner, in pixels."""

    node: Node
    x: float
    y: float

    width, height = _WIDTH, _HEIGHT

    @property
    def kind(self) -> str:
        """What it runs: JOB, RECIPE or CONDITION."""
        return kind_of(self.node)

    @property
    def runs(self) -> str:
        """What it runs, in words."""
        return in_words(self.node.runs)

    @property
    def title(self) -> str:
        """The name, cut to fit into the box."""
        return _shortened(self.node.name, _LONGEST_TITLE)

    @property
    def subtitle(self) -> str:
        """What it runs, cut to fit into the box."""
        return _shortened(self.runs, _LONGEST_SUBTITLE)

    @property
    def outline(self) -> str:
        """The corners of a condition, which is a hexagon."""
        left, right, middle = _INSET, _WIDTH - _INSET, _HEIGHT // 2
        corners = ((left, 0), (right, 0), (_WIDTH, middle), (right, _HEIGHT), (left, _HEIGHT), (0, middle))
        return " ".join(f"{x},{y}" for x, y in corners)


class Line(NamedTuple):
    """A dependency as it is drawn: its path, its middle, and its meaning in words.

    ``label`` is ``met`` or ``not met`` behind a condition, else empty. The line to a node that runs where a
    condition is not met is broken.
    """

    path: str
    x: float
    y: float
    meaning: str
    label: str

    @property
    def is_broken(self) -> bool:
        return self.label == "not met"


class Graph(NamedTuple):
    """The boxes, from the top, and the lines between them, in a drawing of a size in pixels."""

    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]


def graph(definition: Mapping[str, Any]) -> Graph:
    """Return what is drawn of a definition."""
    nodes = {node.name: node for node in nodes_of(definition)}
    layout = layered({name: [one.name for one in node.dependencies] for name, node in nodes.items()})
    boxes = [
        Box(nodes[name], round(_middle(place) - _WIDTH / 2, 1), _top(place))
        for name, place in layout.places.items()
    ]
    lines = [
        _line([layout.places[upper.name], *layout.bends[upper.name, name], layout.places[name]], upper, nodes)
        for name, node in nodes.items()
        for upper in {one.name: one for one in node.dependencies}.values()
    ]
    ends = [box.x + _WIDTH for box in boxes] + [_middle(bend) for bends in layout.bends.values() for bend in bends]
    return Graph(
        width=max(ends, default=0) + _MARGIN,
        height=max((box.y + _HEIGHT for box in boxes), default=0) + _MARGIN,
        boxes=boxes,
        lines=lines,
    )


def drawing(definition: Mapping[str, Any]) -> SafeString:
    """Return the graph of a definition as SVG, without any script or style sheet."""
    drawn = graph(definition)
    lines = format_html_join(
        "",
        '<path d="{}" fill="none" stroke="#79aec8" stroke-width="2"{}><title>{}</title></path>',
        (
            (line.path, SafeString(' stroke-dasharray="6 4"' if line.is_broken else ""), line.meaning)
            for line in drawn.lines
        ),
    )
    boxes = format_html_join(
        "",
        '<g transform="translate({},{})"><title>{}: {}</title>{}<text x="12" y="23" font-weight="bold" '
        'fill="#000">{}</text><text x="12" y="42" fill="#333">{}</text></g>',
        (
            (box.x, box.y, box.node.name, box.runs, _SHAPES[box.kind](box), box.title, box.subtitle)
            for box in drawn.boxes
        ),
    )
    return format_html(
        '<div class="scale-drawing"><svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="The nodes of '
        'the recipe" width="{}" height="{}" font-family="sans-serif" font-size="12">{}{}</svg></div>',
        drawn.width,
        drawn.height,
        lines,
        boxes,
    )


def meaning_of(dependency: Dependency, runs: object) -> str:
    """Return in words what it means to depend on a node that ``runs`` something: ``if sunny is met``."""
    if not isinstance(runs, Condition):
        return f"after {dependency.name}"
    return f"if {dependency.name} is {_outcome(dependency)}"


def kind_of(node: Node) -> str:
    """Return what a node runs: JOB, RECIPE or CONDITION."""
    return _KINDS[type(node.runs)]


def in_words(runs: Reference | Condition) -> str:
    """Return what a node runs as a person says it; a condition as ``cloud_cover < 0.4 and tiles == image/tiff``."""
    match runs:
        case JobReference():
            return f"{runs.name} {runs.version}, revision {runs.revision}"
        case RecipeReference():
            return f"{runs.name}, revision {runs.revision}"
    filters = (
        " ".join((item["name"], item["condition"], ", ".join(map(_in_word, item["values"]))))
        for item in runs.filters
    )
    return (" and " if runs.all else " or ").join(filters) or "always"


def _line(way: Sequence[Place], upper: Dependency, nodes: Mapping[str, Node]) -> Line:
    """Return the line to a node from what it depends on, along the places on its way."""
    x, y = _middle(way[0]), _top(way[0]) + _HEIGHT
    path = [f"M{x:g} {y:g}"]
    for place in way[1:]:
        next_x, next_y = _middle(place), _top(place)
        between = (y + next_y) / 2
        path.append(f"C{x:g} {between:g} {next_x:g} {between:g} {next_x:g} {next_y:g}")
        x, y = next_x, next_y
        if place is not way[-1]:
            y += _HEIGHT
            path.append(f"V{y:g}")
    path.append(f"m{-_ARROW} {-2 * _ARROW}l{_ARROW} {2 * _ARROW}l{_ARROW} {-2 * _ARROW}")
    runs = nodes[upper.name].runs
    return Line(
        path="".join(path),
        x=round((_middle(way[0]) + _middle(way[1])) / 2, 1),
        y=_top(way[0]) + _HEIGHT + _GAP_Y / 2,
        meaning=meaning_of(upper, runs),
        label=_outcome(upper) if isinstance(runs, Condition) else "",
    )


def _outcome(dependency: Dependency) -> str:
    return "met" if dependency.acceptance else "not met"


def _middle(place: Place) -> float:
    return round(_MARGIN + place.x * (_WIDTH + _GAP_X) - _GAP_X / 2, 1)


def _top(place: Place) -> float:
    return _MARGIN + place.layer * (_HEIGHT + _GAP_Y)


def _rectangle(fill: str) -> SafeString:
    return format_html('<rect width="{}" height="{}" rx="6" fill="{}" stroke="#417690"/>', _WIDTH, _HEIGHT, fill)


def _hexagon(box: Box) -> SafeString:
    return format_html('<polygon points="{}" fill="#eaf5e6" stroke="#417690"/>', box.outline)


def _in_word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


_KINDS = {JobReference: JOB, RecipeReference: RECIPE, Condition: CONDITION}
_SHAPES = {
    JOB: lambda box: _rectangle("#e8f2f7"),
    RECIPE: lambda box: _rectangle("#f7f0e0"),
    CONDITION: _hexagon,
}

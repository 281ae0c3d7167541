"""The layout of a graph without cycles: in layers, from the top, each node below all that it depends on.

It is that of Sugiyama, Tagawa and Toda (1981): the nodes get their layers, a line that crosses layers gets a bend
in each of them, the layers are ordered so that few lines cross, and each node moves to the middle of its
neighbours.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

# The bend of a line in a layer: the upper and the lower end of the line, and the layer.
_Bend = tuple[str, str, int]
# A node, by its name, or a bend.
_Point = str | _Bend
_Neighbours = Mapping[_Point, Sequence[_Point]]

MOST_BENDS = 2_000
"""How many bends all lines have together. If they would need more, they have none, and may cross nodes."""

# The last one goes down, as people read.
_SWEEPS = 7
_WIDTH_OF_BEND = 0.25


class Place(NamedTuple):
    """Where a node or a bend is: its middle, in widths of a node from the left, and its layer, from 0."""

    x: float
    layer: int


class Layout(NamedTuple):
    """The place of each node, layer by layer from the left, and the bends of each line, from its upper end."""

    places: dict[str, Place]
    bends: dict[tuple[str, str], list[Place]]


def layered(dependencies: Mapping[str, Iterable[str]]) -> Layout:
    """Return the layout of a graph: ``dependencies`` maps each node to those that it depends on."""
    layer_of = _layers(dependencies)
    lines = [(upper, lower) for lower, uppers in dependencies.items() for upper in dict.fromkeys(uppers)]
    are_bent = sum(layer_of[lower] - layer_of[upper] - 1 for upper, lower in lines) <= MOST_BENDS
    bends: dict[tuple[str, str], list[_Bend]] = {
        (upper, lower): [(upper, lower, layer) for layer in range(layer_of[upper] + 1, layer_of[lower])]
        if are_bent
        else []
        for upper, lower in lines
    }
    layers: list[list[_Point]] = [[] for _ in range(1 + max(layer_of.values(), default=-1))]
    for name, layer in layer_of.items():
        layers[layer].append(name)
    above, below = defaultdict[_Point, list[_Point]](list), defaultdict[_Point, list[_Point]](list)
    for (upper, lower), own in bends.items():
        for offset, bend in enumerate(own, start=1):
            layers[layer_of[upper] + offset].append(bend)
        way: list[_Point] = [upper, *own, lower]
        for first, second in pairwise(way):
            above[second].append(first)
            below[first].append(second)
    _order(layers, above, below)
    x = _spread(layers, above, below)
    return Layout(
        {
            point: Place(x[point], number)
            for number, layer in enumerate(layers)
            for point in layer
            if isinstance(point, str)
        },
        {line: [Place(x[bend], bend[2]) for bend in own] for line, own in bends.items()},
    )


def _layers(dependencies: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return the layer of each node: one below the lowest of those that it depends on."""
    layers: dict[str, int] = {}
    for name in TopologicalSorter(dependencies).static_order():
        layers[name] = 1 + max((layers[upper] for upper in dependencies[name]), default=-1)
    return layers


def _order(layers: list[list[_Point]], above: _Neighbours, below: _Neighbours) -> None:
    """Sort each layer by where its neighbours are on average, downwards and upwards in turn."""
    for sweep in range(_SWEEPS):
        place = {point: float(number) for layer in layers for number, point in enumerate(layer)}
        near, order = (below, layers[::-1]) if sweep % 2 else (above, layers)
        for layer in order:
            layer.sort(key=lambda point: _middle(point, near, place))
            place.update((point, number) for number, point in enumerate(layer))


def _spread(layers: list[list[_Point]], above: _Neighbours, below: _Neighbours) -> dict[_Point, float]:
    """Return where each point is, from the left: as near to its neighbours as the others in its layer let it be."""
    x = {point: float(number) for layer in layers for number, point in enumerate(layer)}
    for near, order in ((above, layers), (below, layers[::-1]), (above, layers)):
        for layer in order:
            x.update(zip(layer, _apart(layer, [_middle(point, near, x) for point in layer]), strict=True))
    left = min((place - _width(point) / 2 for point, place in x.items()), default=0)
    return {point: place - left for point, place in x.items()}


def _middle(point: _Point, near: _Neighbours, x: Mapping[_Point, float]) -> float:
    """Return the mean place of the neighbours of a point, or its own if it has none."""
    return fmean(x[one] for one in near[point]) if near[point] else x[point]


def _apart(layer: Sequence[_Point], wanted: Iterable[float]) -> list[float]:
    """Return places as near as possible to those ``wanted``, in the order of the layer and without overlaps.

    Without their widths, the points have to be in order alone. So those that are not are put together, at their
    mean place (the pool adjacent violators algorithm).
    """
    offsets, pools = [0.0], list[list[float]]()
    for before, after in pairwise(layer):
        offsets.append(offsets[-1] + (_width(before) + _width(after)) / 2)
    for place, offset in zip(wanted, offsets, strict=False):
        pools.append([place - offset])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    settled = [fmean(pool) for pool in pools for _ in pool]
    return [place + offset for place, offset in zip(settled, offsets, strict=False)]


def _width(point: _Point) -> float:
    return 1 if isinstance(point, str) else _WIDTH_OF_BEND

"""The layout of graphs: layers, bends, and that nothing overlaps."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from recipes.layout import Place, layered

MOST_NODES = 12


def graph_of(size: int, bits: int) -> dict[str, list[str]]:
    """A graph without cycles: each node depends on those before it whose bit is set."""
    pairs = {pair: number for number, pair in enumerate(combinations(range(MOST_NODES), 2))}
    return {
        f"n{lower}": [f"n{upper}" for upper in range(lower) if bits >> pairs[upper, lower] & 1]
        for lower in range(size)
    }


def test_a_chain_is_a_column() -> None:
    layout = layered({"c": ["b"], "b": ["a"], "a": []})
    assert layout.places == {"a": Place(0.5, 0), "b": Place(0.5, 1), "c": Place(0.5, 2)}
    assert layout.bends == {("b", "c"): [], ("a", "b"): []}


def test_a_node_is_in_the_middle_above_those_that_depend_on_it() -> None:
    places = layered({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}).places
    assert (places["a"].x, places["d"].x) == (1, 1)
    assert {places["b"].x, places["c"].x} == {0.5, 1.5}


def test_lines_do_not_cross_where_they_need_not() -> None:
    places = layered({"a": [], "b": [], "c": ["b"], "d": ["a"]}).places
    assert (places["a"].x < places["b"].x) == (places["d"].x < places["c"].x)


def test_a_line_that_skips_a_layer_has_a_bend_beside_the_node_there() -> None:
    layout = layered({"a": [], "b": ["a"], "c": ["a", "b"]})
    (bend,) = layout.bends["a", "c"]
    assert bend.layer == layout.places["b"].layer
    assert abs(bend.x - layout.places["b"].x) >= 0.5


@given(size=st.integers(0, MOST_NODES), bits=st.integers(0, 2**66 - 1))
def test_nodes_are_below_what_they_depend_on_and_no_two_overlap(size: int, bits: int) -> None:
    dependencies = graph_of(size, bits)
    layout = layered(dependencies)
    assert layout.places.keys() == dependencies.keys()
    assert layout.bends.keys() == {(upper, lower) for lower, uppers in dependencies.items() for upper in uppers}
    for (upper, lower), bends in layout.bends.items():
        layers = [layout.places[upper].layer, *(bend.layer for bend in bends), layout.places[lower].layer]
        assert layers == list(range(layers[0], layers[0] + len(layers)))
    for layer in {place.layer for place in layout.places.values()}:
        row = sorted(place.x for place in layout.places.values() if place.layer == layer)
        assert all(right - left > 0.999 for left, right in pairwise(row))
        assert row[0] > 0.499

"""Which resources a fleet lacks, compared with a look at each node, and amounts that add up."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.fleet import Fleet, fits, in_millionths, in_units

NAMES = ["cpus", "gpus", "mem", "sharedMem"]
RESOURCES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 4), max_size=4)


def lower(resources: dict[str, int]) -> dict[str, int]:
    return {name.lower(): amount for name, amount in resources.items()}


def brute_force_lacking(required: dict[str, int], nodes: list[dict[str, int]]) -> list[str]:
    """Return what is lacking, found by a look at every node."""
    shortfalls = [
        sorted(name for name, amount in required.items() if amount > node.get(name.lower(), 0))
        for node in nodes or [{}]
    ]
    nowhere = set.intersection(*map(set, shortfalls))
    return sorted(nowhere) or min(shortfalls, key=lambda names: (len(names), names))


@given(st.lists(RESOURCES, max_size=8) | st.lists(RESOURCES, min_size=30, max_size=40), RESOURCES)
def test_a_fleet_lacks_what_a_look_at_every_node_finds(
    nodes: list[dict[str, int]], required: dict[str, int]
) -> None:
    fleet = Fleet(in_millionths(lower(node)).items() for node in nodes)
    found = fleet.lacking(tuple(in_millionths(required).items()))
    assert found == brute_force_lacking({name: one for name, one in required.items() if one}, [*map(lower, nodes)])


@given(RESOURCES, RESOURCES)
def test_what_fits_is_no_more_of_any_resource(required: dict[str, int], node: dict[str, int]) -> None:
    having = lower(node)
    assert fits(tuple(in_millionths(required).items()), in_millionths(having)) == all(
        amount <= having.get(name.lower(), 0) for name, amount in required.items()
    )


def test_amounts_add_up() -> None:
    assert 10 * in_millionths({"cpus": 0.1})["cpus"] == in_millionths({"cpus": 1})["cpus"]
    assert in_units(in_millionths({"mem": 512, "cpus": 0.30000000000000004})) == {"cpus": 0.3, "mem": 512.0}


def test_more_than_any_node_may_offer_fits_nowhere() -> None:
    assert not fits(tuple(in_millionths({"cpus": 1.7e308}).items()), in_millionths({"cpus": 1e15}))

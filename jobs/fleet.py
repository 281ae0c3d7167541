"""Resources that nodes have and jobs require, in millionths, which add up exactly: ten times 0.1 fit into 1.

What a node has is a mapping by name in lower case; what a job requires are pairs, with the names of its manifest.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import accumulate
from operator import and_, or_

Amounts = Mapping[str, int]
Requirement = tuple[tuple[str, int], ...]

_PARTS = 1_000_000
_LARGEST = 1e16  # more than any node can offer
_BLOCK = 16


def in_millionths(resources: Mapping[str, float]) -> dict[str, int]:
    """Return the amounts of ``resources`` in millionths, without those that are 0."""
    amounts = {name: round(min(amount, _LARGEST) * _PARTS) for name, amount in resources.items()}
    return {name: amount for name, amount in amounts.items() if amount}


def in_units(amounts: Amounts) -> dict[str, float]:
    """Return ``amounts`` in units again, by name in the order of the names."""
    return {name: amounts[name] / _PARTS for name in sorted(amounts)}


def fits(required: Requirement, having: Amounts) -> bool:
    """Return whether ``having`` holds all that is required."""
    return all(amount <= having.get(name.lower(), 0) for name, amount in required)


class Fleet:
    """What each node of a fleet has: for each resource, which nodes have at least so much of it.

    A set of nodes is an integer with a bit for each of them, so that a thousand different requirements are held
    against three thousand different nodes in milliseconds.
    """

    def __init__(self, nodes: Iterable[Iterable[tuple[str, int]]]) -> None:
        """Take what each of ``nodes`` has, as pairs of a name in lower case and an amount."""
        held: defaultdict[str, dict[int, int]] = defaultdict(dict)
        count = 0
        for node in nodes:
            for name, amount in node:
                held[name][count] = -amount
            count += 1
        bits = [1 << number for number in range(count)]
        self._all = (1 << count) - 1
        # Resource -> the negatives of the amounts that nodes have, rising; these nodes; and the sets of the first
        # of them, up to the end of each block. Sets up to each single one of them would take longer to make.
        self._having: dict[str, tuple[list[int], list[int], list[int]]] = {}
        for name, amounts in held.items():
            order = sorted(amounts, key=amounts.__getitem__)
            rising = [bits[number] for number in order]
            blocks = (reduce(or_, rising[start : start + _BLOCK]) for start in range(0, len(order), _BLOCK))
            first = list(accumulate(blocks, or_, initial=0))
            self._having[name] = ([amounts[number] for number in order], rising, first)
        self._lacking: dict[Requirement, list[str]] = {}

    def lacking(self, required: Requirement) -> list[str]:
        """Return the resources of which no node has as much as is required, in the order of their names.

        Where there is enough of each, but not on one node, return those that the node with the fewest shortfalls
        lacks; of several such nodes the one whose list comes first.
        """
        if required not in self._lacking:
            self._lacking[required] = self._find_lacking(required)
        return self._lacking[required]

    def _find_lacking(self, required: Requirement) -> list[str]:
        having = {name: self._with(name.lower(), amount) for name, amount in sorted(required)}
        if nowhere := [name for name, nodes in having.items() if not nodes]:
            return nowhere
        if not having or reduce(and_, having.values(), self._all):
            return []
        closest = self._closest(having.values())
        lacking = []
        for name, nodes in having.items():
            if without := closest & ~nodes:
                closest = without
                lacking.append(name)
        return lacking

    def _with(self, name: str, amount: int) -> int:
        """Return the nodes that have ``amount`` of a resource or more."""
        amounts, nodes, first = self._having.get(name, ([], [], [0]))
        count = bisect_right(amounts, -amount)
        whole = count // _BLOCK
        return reduce(or_, nodes[whole * _BLOCK : count], first[whole])

    def _closest(self, having: Iterable[int]) -> int:
        """Return the nodes that are in most of the sets ``having``, as many of them as any node is in."""
        missing = [self._all]  # the nodes that are outside of none, one, two … of the sets so far
        for nodes in having:
            missing = [
                inside & nodes | outside & ~nodes
                for inside, outside in zip([*missing, 0], [0, *missing], strict=True)
            ]
        return next(filter(None, missing))

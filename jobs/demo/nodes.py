"""The nodes of the demo, which nobody runs: how they are now, and which of them took jobs at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from jobs.demo.catalog import WORLD
from jobs.fleet import in_millionths, in_units
from jobs.models import Node

NODES = tuple(WORLD["nodes"])
LOST_NODE = "node-05"
# Since when those are paused, or deprecated, that are.
_PAUSED_FOR = timedelta(hours=3)
_DEPRECATED_FOR = timedelta(hours=40)
_OUTAGE = timedelta(hours=1)
_IN_USE_FOR = timedelta(days=30)


class Room:
    """What each node has left beside the jobs that run now, in millionths of each resource."""

    def __init__(self) -> None:
        capacity = in_millionths(WORLD["resources_of_each_node"])
        self._free = {name: Counter(capacity) for name in NODES}

    def take(self, nodes: Sequence[str], required: Mapping[str, float], rng: Random) -> str:
        """Return one of ``nodes`` that has room for what a job requires, which it takes from it."""
        amounts = {name.lower(): amount for name, amount in in_millionths(required).items()}
        node = rng.choice([name for name in nodes if Counter(amounts) <= self._free[name]])
        self._free[node].subtract(amounts)
        return node


def incident_before(now: datetime) -> datetime:
    """Return when a node began to lose its jobs, for an hour: yesterday at 14:00 UTC."""
    return datetime(now.year, now.month, now.day, 14, tzinfo=UTC) - timedelta(days=1)


def create_nodes(now: datetime) -> None:
    """Create the nodes, as they are ``now``; one that exists stays as it is."""
    capacity = in_units(in_millionths(WORLD["resources_of_each_node"]))
    nodes = [
        Node(
            hostname=hostname, capacity=capacity, created=now - _IN_USE_FOR, last_modified=now - _IN_USE_FOR, **said
        )
        for hostname, said in WORLD["nodes"].items()
    ]
    for node in nodes:
        node.last_seen = now
        if node.is_paused:
            node.last_modified = now - _PAUSED_FOR
        elif not node.is_active:
            node.last_seen = node.last_modified = node.deprecated = now - _DEPRECATED_FOR
    Node.objects.bulk_create(nodes, ignore_conflicts=True)


def nodes_for(when: datetime, longest: timedelta, now: datetime) -> list[str]:
    """Return the nodes that may have claimed at ``when`` a job that takes ``longest`` at most, and ended it.

    A paused node finishes what it runs; one that is deprecated had finished before. On the lost node, nothing of
    what begins here is to meet the incident.
    """
    incident = incident_before(now)
    closed = {name for name, said in WORLD["nodes"].items() if said.get("is_paused") and when > now - _PAUSED_FOR}
    closed |= {
        name
        for name, said in WORLD["nodes"].items()
        if not said.get("is_active", True) and when + longest > now - _DEPRECATED_FOR
    }
    if incident - longest <= when < incident + _OUTAGE:
        closed.add(LOST_NODE)
    return [name for name in NODES if name not in closed]

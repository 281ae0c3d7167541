"""How the fleet is doing: what its nodes have and run, and how the tries on them ended of late."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connections
from django.db.models import Case, QuerySet, TextChoices, TextField, Value, When
from django.db.models.functions import Cast, Now
from django.utils import timezone

from core.reads.prepared import fetch
from errors.models import Category
from jobs.fleet import Requirement, in_units
from jobs.models import Node, Scheduler
from jobs.nodes import REMEMBERED
from jobs.selectors import (
    QueuedRevision,
    brief_job_types,
    known_errors,
    known_revisions,
    pairs_of,
    running_revisions,
)

# For how long tries count that ended, and how many of the latest of them at most.
WINDOW = timedelta(hours=3)
MOST_TRIES = 50_000
# The nodes that were heard of last, and the revisions with most running jobs, whose jobs are counted on each node.
MOST_NODES = 1_000
MOST_REVISIONS = 30
# How old the numbers of jobs and tries on each node may be, in seconds.
COUNTED_EVERY = 5
RESOURCES = ("cpus", "mem", "disk", "gpus")
_CATEGORIES = tuple(category.lower() for category in Category.values)


class _Node(NamedTuple):
    """A node, what it has of resources as a JSON text (null if that is not known), and its state."""

    id: int
    hostname: str
    has: str | None
    state: str


class _OnNode(NamedTuple):
    """A number of jobs or tries on a node, and how many of them, or of others, have each id."""

    number: int
    ids: Mapping[int, int]


_NOTHING = _OnNode(0, {})


class NodeState(TextChoices):
    """Whether a node gets jobs, and what keeps it from them."""

    DEPRECATED = "DEPRECATED", "It is deprecated, and gets no jobs."
    OFFLINE = "OFFLINE", "It was not heard of within the last hour."
    PAUSED = "PAUSED", "It is paused, and gets no jobs."
    ACTIVE = "ACTIVE", "It gets jobs."


class SchedulerState(TextChoices):
    """Whether nodes get jobs."""

    PAUSED = "PAUSED", "It is paused: no node gets a job."
    READY = "READY", "Nodes get jobs."


def fleet_status() -> dict[str, Any]:
    """Return the resources, the nodes, the job types that run on them, and the state of the scheduler.

    Ten queries at most, whose cost does not depend on the length of the history. Two of them read each job that
    runs on the nodes and each try that ended within the window: these counts are kept for five seconds, since
    many clients ask again and again.
    """
    is_paused = Scheduler.objects.filter(pk=1, is_paused=True).exists()
    nodes = _nodes()
    counts = running_revisions()
    revisions = known_revisions(counts)
    executions = cache.get("jobs.executions")
    if executions is None:
        executions = _executions([node.hostname for node in nodes], counts, revisions)
        cache.set("jobs.executions", executions, COUNTED_EVERY)
    shown = [
        {
            "id": node.id,
            "hostname": node.hostname,
            "state": _STATES[node.state],
            "job_executions": executions.get(node.hostname, _NO_EXECUTIONS),
        }
        for node in nodes
    ]
    job_types = {one["job_type_id"] for node in shown for one in node["job_executions"]["running"]["by_job_type"]}
    return {
        "resources": _resources(nodes, counts, revisions),
        "nodes": shown,
        "job_types": brief_job_types(sorted(job_types)),
        "scheduler": _shown(SchedulerState.PAUSED if is_paused else SchedulerState.READY),
    }


def state_of_node() -> Case:
    """Return the ``NodeState`` of each node of a query."""
    return Case(
        When(is_active=False, then=Value(NodeState.DEPRECATED.value)),
        When(last_seen__lte=Now() - REMEMBERED, then=Value(NodeState.OFFLINE.value)),
        When(is_paused=True, then=Value(NodeState.PAUSED.value)),
        default=Value(NodeState.ACTIVE.value),
        output_field=TextField(),
    )


def nodes_with_states() -> list[dict[str, Any]]:
    """Return the nodes that were heard of last, with what they have, their states and what is known of these."""
    columns = ("id", "hostname", "capacity", "state", "last_seen", "pause_reason")
    return fetch(_latest_nodes().values(*columns)[:MOST_NODES])


def in_use_on(hostnames: Collection[str]) -> Mapping[str, Counter[str]]:
    """Return what the jobs that run on each of these nodes require together, in millionths by resource.

    Under ``jobs`` is how many they are. One query of the index job_on_node, and those of ``known_revisions``.
    """
    running = _on_nodes(_IN_USE, list(hostnames), nodes=_places(hostnames))
    revisions = known_revisions({pk for on_node in running.values() for pk in on_node.ids})
    # Many revisions are alike. What they require has a number, which is looked up faster than it is itself.
    numbers: dict[Requirement, int] = {}
    alike = {pk: numbers.setdefault(one.required, len(numbers)) for pk, one in revisions.items()}
    used: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for node, (total, ids) in running.items():
        counts = [0] * len(numbers)
        for pk, count in ids.items():
            counts[alike[pk]] += count
        used[node]["jobs"] = total
        for requirement, count in zip(numbers, counts, strict=True):
            if count:
                used[node].update({name.lower(): count * amount for name, amount in requirement})
    return used


def _nodes() -> list[_Node]:
    """Return the nodes that were heard of last, by name."""
    nodes = _latest_nodes().annotate(has=Cast("capacity", TextField()))
    rows = fetch(nodes.values_list("id", "hostname", "has", "state")[:MOST_NODES])
    return sorted(map(_Node._make, rows), key=attrgetter("hostname"))


def _latest_nodes() -> QuerySet[Node]:
    """Return all nodes with their states, those first that were heard of last."""
    return Node.objects.order_by("-last_seen", "-pk").annotate(state=state_of_node())


def _executions(
    hostnames: Sequence[str], counts: Mapping[int, int], revisions: Mapping[int, QueuedRevision]
) -> dict[str, dict[str, Any]]:
    """Return the tries of the nodes that have any: those that run, and how those of late ended.

    One pass over what the index job_on_node has of these nodes, and one over the window in execution_by_end.
    """
    most = sorted(counts, key=lambda pk: counts[pk], reverse=True)[:MOST_REVISIONS]
    ids = ", ".join(map(str, most)) or "NULL"
    running = _on_nodes(_RUNNING, hostnames, nodes=_places(hostnames), revisions=ids)
    since = connections[Node.objects.db].ops.adapt_datetimefield_value(timezone.now() - WINDOW)
    ended = _on_nodes(_ENDED, [since, MOST_TRIES])
    job_types = {pk: revisions[pk].job_type_id for pk in most}
    errors = known_errors({pk for on_node in ended.values() for pk in on_node.ids})
    categories = {pk: error["category"].lower() for pk, error in errors.items()}
    return {
        hostname: _shown_executions(
            running.get(hostname, _NOTHING), ended.get(hostname, _NOTHING), job_types, categories
        )
        for hostname in hostnames
        if hostname in running or hostname in ended
    }


def _places(values: Collection[str]) -> str:
    """Return a placeholder of SQL for each of the values of an IN."""
    return ", ".join(["%s"] * len(values)) or "NULL"


def _on_nodes(statement: str, values: Sequence[Any], **parts: str) -> dict[str, _OnNode]:
    """Return what a query of hostnames, numbers and ids, joined by commas, finds."""
    connection = connections[Node.objects.db]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(join=_JOIN[connection.vendor], **parts), values)
        return {
            hostname: _OnNode(number, Counter(map(int, ids.split(","))) if ids else {})
            for hostname, number, ids in cursor.fetchall()
        }


def _shown_executions(
    running: _OnNode, ended: _OnNode, job_types: Mapping[int, int], categories: Mapping[int, str]
) -> dict[str, Any]:
    """Return the tries of a node; ``job_types`` are those of revisions, ``categories`` those of errors."""
    by_job_type: Counter[int] = Counter()
    for pk, count in running.ids.items():
        by_job_type[job_types[pk]] += count
    failed = dict.fromkeys(_CATEGORIES, 0)
    for pk, count in ended.ids.items():
        failed[categories[pk]] += count
    return {
        "running": {
            "total": running.number,
            "by_job_type": [{"job_type_id": pk, "count": count} for pk, count in sorted(by_job_type.items())],
        },
        "completed": {"total": ended.number},
        "failed": {
            "total": sum(failed.values()),
            **{category: {"total": count} for category, count in failed.items()},
        },
    }


def _resources(
    nodes: Sequence[_Node], counts: Mapping[int, int], revisions: Mapping[int, QueuedRevision]
) -> dict[str, dict[str, float]]:
    """Return what the nodes that count have of each resource, and what of it is running, unavailable and free."""
    total: Counter[str] = Counter()
    switched_off: Counter[str] = Counter()
    running: Counter[str] = Counter()
    # Many nodes are alike, and so are many revisions.
    for (has, state), count in Counter((node.has, node.state) for node in nodes if node.has).items():
        if state in (NodeState.ACTIVE, NodeState.PAUSED):
            capacity = {name: count * amount for name, amount in pairs_of(has)}
            total.update(capacity)
            if state == NodeState.PAUSED:
                switched_off.update(capacity)
    required: Counter[Requirement] = Counter()
    for pk, revision in revisions.items():
        required[revision.required] += counts[pk]
    for requirement, count in required.items():
        running.update({name.lower(): count * amount for name, amount in requirement})
    shown = {}
    for name in RESOURCES:
        left = max(total[name] - running[name], 0)
        # What runs on a node that is paused counts as running.
        unavailable = min(switched_off[name], left)
        amounts = {
            "total": total[name],
            "running": running[name],
            "unavailable": unavailable,
            "free": left - unavailable,
        }
        units = in_units(amounts)
        shown[name] = {kind: units[kind] for kind in amounts}
    return shown


def _shown(state: NodeState | SchedulerState) -> dict[str, str]:
    return {"name": state.value, "title": state.value.capitalize(), "description": str(state.label)}


_NO_EXECUTIONS = _shown_executions(_NOTHING, _NOTHING, {}, {})
_STATES = {state.value: _shown(state) for state in NodeState}
_JOIN = {"postgresql": "string_agg", "sqlite": "group_concat"}
# There is one group for each node. Groups for each id as well would take twice as long, which is why the ids are
# counted in Python.
_RUNNING = """
    SELECT node, count(*),
           {join}(CAST(job_type_rev_id AS text), ',') FILTER (WHERE job_type_rev_id IN ({revisions}))
    FROM jobs_job WHERE node IN ({nodes}) AND ended IS NULL GROUP BY node
"""
_IN_USE = """
    SELECT node, count(*), {join}(CAST(job_type_rev_id AS text), ',')
    FROM jobs_job WHERE node IN ({nodes}) AND ended IS NULL GROUP BY node
"""
# The index execution_by_end has all columns of the tries.
_ENDED = """
    SELECT node, count(*) - count(error_id), {join}(CAST(error_id AS text), ',')
    FROM (
        SELECT node, "end", error_id FROM jobs_jobexecution WHERE ended > %s ORDER BY ended DESC LIMIT %s
    ) AS latest
    WHERE node IS NOT NULL AND ("end" = 'completed' OR error_id IS NOT NULL)
    GROUP BY node
"""

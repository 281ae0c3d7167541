"""How the fleet is doing: what its nodes have and run, and how the tries on them ended of late."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connections
from django.db.models import Case, Count, F, TextChoices, TextField, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from core.reads.prepared import fetch
from errors.models import Category
from jobs.fleet import in_millionths, in_units
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.nodes import REMEMBERED
from jobs.selectors import QueuedRevision, brief_job_types, known_revisions, running_revisions

# For how long tries count that ended, and how many of the latest of them at most.
WINDOW = timedelta(hours=3)
MOST_TRIES = 50_000
# The nodes that were heard of last, and the revisions with most running jobs, whose jobs are counted on each node.
MOST_NODES = 1_000
MOST_REVISIONS = 30
RESOURCES = ("cpus", "mem", "disk", "gpus")

# Node -> what is counted on it -> how many.
_OnNodes = defaultdict[str, Counter[Any]]


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

    Eight queries at most. They read the nodes, the running jobs and the tries that ended within the window: what
    they cost does not depend on the length of the history.
    """
    is_paused = Scheduler.objects.filter(pk=1, is_paused=True).exists()
    nodes = _nodes()
    counts = running_revisions()
    revisions = known_revisions(counts)
    running, ended = _running(counts, revisions), _ended()
    job_types = {pk for node in nodes for pk in running[node["hostname"]] if pk is not None}
    return {
        "resources": _resources(nodes, counts, revisions),
        "nodes": [
            {
                "id": node["id"],
                "hostname": node["hostname"],
                "state": _shown(NodeState(node["state"])),
                "job_executions": _executions(running[node["hostname"]], ended[node["hostname"]]),
            }
            for node in sorted(nodes, key=lambda node: str(node["hostname"]))
        ],
        "job_types": brief_job_types(sorted(job_types)),
        "scheduler": _shown(SchedulerState.PAUSED if is_paused else SchedulerState.READY),
    }


def _nodes() -> list[dict[str, Any]]:
    state = Case(
        When(is_active=False, then=Value(NodeState.DEPRECATED.value)),
        When(last_seen__lte=Now() - REMEMBERED, then=Value(NodeState.OFFLINE.value)),
        When(is_paused=True, then=Value(NodeState.PAUSED.value)),
        default=Value(NodeState.ACTIVE.value),
        output_field=TextField(),
    )
    nodes = Node.objects.order_by("-last_seen", "-pk").annotate(state=state)
    return fetch(nodes.values("id", "hostname", "capacity", "state")[:MOST_NODES])


def _running(counts: Mapping[int, int], revisions: Mapping[int, QueuedRevision]) -> _OnNodes:
    """Return how many jobs of each job type run on each node, those of other revisions under None.

    One pass over the index job_on_node; none if nothing runs.
    """
    running: _OnNodes = defaultdict(Counter)
    if most := sorted(counts, key=lambda pk: counts[pk], reverse=True)[:MOST_REVISIONS]:
        revision = Case(When(job_type_rev_id__in=most, then=F("job_type_rev_id")))
        jobs = Job.objects.filter(node__isnull=False, ended=None).order_by().annotate(revision=revision)
        for node, pk, count in fetch(jobs.values_list("node", "revision").annotate(count=Count("*"))):
            running[node][revisions[pk].job_type_id if pk in revisions else None] += count
    return running


def _ended() -> _OnNodes:
    """Return how many tries on each node were completed (None), and failed, by the category of the error."""
    connection = connections[JobExecution.objects.db]
    since = connection.ops.adapt_datetimefield_value(timezone.now() - WINDOW)
    ended: _OnNodes = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [since, MOST_TRIES])
        for node, category, count in cursor.fetchall():
            ended[node][category] = count
    return ended


def _executions(running: Counter[int | None], ended: Counter[str | None]) -> dict[str, Any]:
    failed = {category.lower(): {"total": ended[category]} for category in Category.values}
    by_job_type = [{"job_type_id": pk, "count": running[pk]} for pk in sorted(filter(None, running))]
    return {
        "running": {"total": running.total(), "by_job_type": by_job_type},
        "completed": {"total": ended[None]},
        "failed": {"total": ended.total() - ended[None], **failed},
    }


def _resources(
    nodes: list[dict[str, Any]], counts: Mapping[int, int], revisions: Mapping[int, QueuedRevision]
) -> dict[str, dict[str, float]]:
    """Return what the nodes that count have of each resource, and what of it is running, unavailable and free."""
    total: Counter[str] = Counter()
    switched_off: Counter[str] = Counter()
    running: Counter[str] = Counter()
    for node in nodes:
        if node["capacity"] and node["state"] in (NodeState.ACTIVE, NodeState.PAUSED):
            capacity = in_millionths(node["capacity"])
            total.update(capacity)
            if node["state"] == NodeState.PAUSED:
                switched_off.update(capacity)
    for pk, revision in revisions.items():
        for name, amount in revision.required:
            running[name.lower()] += counts[pk] * amount
    shown = {}
    for name in RESOURCES:
        left = max(total[name] - running[name], 0)
        # What runs on a node that is paused counts as running.
        unavailable = min(switched_off[name], left)
        amounts = {"running": running[name], "unavailable": unavailable, "free": left - unavailable}
        shown[name] = in_units({"total": total[name], **amounts})
    return shown


def _shown(state: NodeState | SchedulerState) -> dict[str, str]:
    return {"name": state.value, "title": state.value.capitalize(), "description": str(state.label)}


# The ORM groups no rows of a query with a limit. The index execution_by_end has all columns of the tries.
_ENDED = """
    SELECT node, category, count(*)
    FROM (
        SELECT node, "end", error_id FROM jobs_jobexecution WHERE ended > %s ORDER BY ended DESC LIMIT %s
    ) AS latest
    LEFT JOIN errors_error ON errors_error.id = error_id
    WHERE node IS NOT NULL AND ("end" = 'completed' OR error_id IS NOT NULL)
    GROUP BY node, category
"""

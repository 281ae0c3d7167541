"""Nodes as lists and details show them, and as jobs and tries do."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from core.reads.prepared import prepared
from jobs.models import Job, Node
from jobs.selectors import JobTypeGroup, job_type_groups

# How many job types the details of a node name at most.
MOST_JOB_TYPES = 100
# As v6 shows them, and after them what else this service knows.
COLUMNS = (
    *("id", "hostname", "description", "pause_reason", "is_paused", "is_active"),
    *("deprecated", "created", "last_modified", "software_version", "labels", "last_seen"),
)


def columns_of_nodes(nodes: QuerySet[Node]) -> QuerySet[Any, dict[str, Any]]:
    """Return ``nodes`` with the columns of which ``shown_node`` makes what answers show."""
    return nodes.values(*COLUMNS, "account__username", "capacity")


@prepared
def _row(*, pk: int) -> QuerySet[Any, dict[str, Any]]:
    return columns_of_nodes(Node.objects.filter(pk=pk))


def node_row(pk: int) -> dict[str, Any] | None:
    """Return the node with this id, if there is one, with the columns of ``columns_of_nodes``: one query."""
    return next(iter(_row(pk=pk)), None)


def shown_node(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node as lists show it."""
    shown = {column: row[column] for column in COLUMNS}
    return {**shown, "account": row["account__username"], "resources": row["capacity"]}


def without_account(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node as readers without an account see it."""
    return {**shown, "account": None}


def id_of_node(column: str) -> Subquery:
    """Return the id of the node whose name is in ``column``; null for a name that no node has."""
    return Subquery(Node.objects.filter(hostname=OuterRef(column)).values("pk"))


def brief_node(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the node of a job or try, whose row has its name as ``node`` and its id as ``node_id``."""
    return None if row["node"] is None else {"id": row["node_id"], "hostname": row["node"]}


def running_on(hostname: str) -> list[JobTypeGroup]:
    """Return how many jobs of each job type run on a node, most first: the queries of ``job_type_groups``, and one.

    That one finds them in the index job_on_node.
    """
    return job_type_groups(_running_on(hostname=hostname))


@prepared
def _running_on(*, hostname: str) -> QuerySet[Job, dict[str, Any]]:
    counts = Job.objects.filter(node=hostname, ended=None).values("job_type_id").annotate(count=Count("*"))
    return counts.order_by("-count", "job_type_id")[:MOST_JOB_TYPES]

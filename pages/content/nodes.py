"""What the pages of nodes show: what each has, what of it is in use, and what runs on it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from jobs import node_rows
from jobs.execution_rows import executions_with, without_accounts
from jobs.fleet import in_millionths, in_units
from jobs.fleet_status import NodeState, in_use_on, state_of_node
from jobs.models import JobExecution, Node
from jobs.switches import no_such_node
from pages.navigation import url_of

MOST_TRIES = 20
# Resources in the order in which they are shown: what they are called, and how much a unit is. Others follow.
_UNITS = {
    "cpus": ("CPUs", 1),
    "mem": ("GiB memory", 1024),
    "disk": ("GiB disk", 1024),
    "gpus": ("GPUs", 1),
    "sharedmem": ("GiB shared", 1024),
}


class Amount(NamedTuple):
    """What a node has of a resource, and what of it is free."""

    unit: str
    free: float
    total: float

    @property
    def used(self) -> float:
        """The part that is in use, in percent."""
        return round(100 * (1 - self.free / self.total), 1)


class NodeRow(TypedDict):
    """A node as the API shows it, whether it gets jobs, how many run on it, and what it has free."""

    node: Mapping[str, Any]
    state: str
    why: str
    jobs: int
    amounts: list[Amount]
    url: str
    jobs_url: str


class Running(TypedDict):
    """How many jobs of a job type run on a node, and the URL of their list."""

    job_type: Mapping[str, Any]
    count: int
    url: str


class NodePage(NodeRow):
    """A node, what runs on it by job type, and the tries that began there last."""

    running: list[Running]
    tries: list[dict[str, Any]]


def columns(nodes: Any) -> Any:
    """Return ``nodes`` with the columns of which ``shown_nodes`` makes rows."""
    return node_rows.columns_of_nodes(nodes).annotate(state=state_of_node())


def shown_nodes(rows: Sequence[Mapping[str, Any]], *, with_accounts: bool) -> list[NodeRow]:
    """Return the rows of ``columns`` as pages show them: the queries of ``in_use_on``."""
    used = in_use_on([row["hostname"] for row in rows]) if rows else {}
    return [_shown(row, used[row["hostname"]], with_accounts=with_accounts) for row in rows]


def node_page(pk: int, *, with_accounts: bool) -> NodePage:
    """Return the page of a node: the queries of ``in_use_on`` and four others. Raises Missing."""
    row = columns(Node.objects.filter(pk=pk)).first()
    if row is None:
        raise no_such_node(pk)
    hostname = row["hostname"]
    last = JobExecution.objects.filter(node=hostname).order_by("-pk").values_list("pk", flat=True)[:MOST_TRIES]
    tries = executions_with(list(last))
    (shown,) = shown_nodes([row], with_accounts=with_accounts)
    return {
        **shown,
        "running": running_on(hostname),
        "tries": tries if with_accounts else [without_accounts(one) for one in tries],
    }


def running_on(hostname: str) -> list[Running]:
    """Return what runs on a node by job type, most first: one query."""
    return [
        {
            "job_type": one["job_type"],
            "count": one["count"],
            "url": url_of(
                "jobs", query={"node": hostname, "status": "RUNNING", "job_type_id": one["job_type"]["id"]}
            ),
        }
        for one in node_rows.running_on(hostname)
    ]


def _shown(row: Mapping[str, Any], used: Mapping[str, int], *, with_accounts: bool) -> NodeRow:
    node = node_rows.shown_node(row)
    return {
        "node": node if with_accounts else node_rows.without_account(node),
        "state": row["state"],
        "why": str(NodeState(row["state"]).label),
        "jobs": used["jobs"],
        "amounts": amounts(row["capacity"] or {}, used),
        "url": url_of("node", pk=row["id"]),
        "jobs_url": url_of("jobs", query={"node": row["hostname"], "status": "RUNNING"}),
    }


def amounts(capacity: Mapping[str, float], used: Mapping[str, int]) -> list[Amount]:
    """Return what a node with this ``capacity`` has free where ``used``, in millionths, is in use."""
    total = in_millionths(capacity)
    free = in_units({name: max(total[name] - used.get(name, 0), 0) for name in total})
    units = {name: unit for name, unit in _UNITS.items() if name in total}
    units |= {name: (name, 1) for name in sorted(total.keys() - units.keys())}
    return [Amount(unit, free[name] / size, capacity[name] / size) for name, (unit, size) in units.items()]

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
from seed import is_semantic_version, precedence_key

MOST_TRIES = 20
MOST_VERSIONS = 1_000
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
    """A node as the API shows it, whether it gets jobs, how many run on it, and what it has free.

    ``newest`` is the newest version of the program that claims for it, where it has an older one; else empty.
    """

    node: Mapping[str, Any]
    newest: str
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
    """Return the rows of ``columns`` as pages show them: the queries of ``in_use_on``, and another."""
    if not rows:
        return []
    used, newest = in_use_on([row["hostname"] for row in rows]), _newest_versions()
    return [_shown(row, used[row["hostname"]], newest, with_accounts=with_accounts) for row in rows]


def node_page(pk: int, *, with_accounts: bool) -> NodePage:
    """Return the page of a node: the queries of ``in_use_on`` and ``running_on``, and four more. Raises Missing."""
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
    """Return what runs on a node by job type, most first: the queries of ``node_rows.running_on``."""
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


def _newest_versions() -> dict[str, str]:
    """Return the newest version of each program that claims for an active node: one query.

    A program is what stands before the version, as in ``scale-agent 6.1.0`` and ``scale-agent/6.1.0``. Other
    versions than semantic ones are not compared.
    """
    active = Node.objects.filter(is_active=True).order_by().values_list("software_version", flat=True)
    newest: dict[str, str] = {}
    for text in active.distinct()[:MOST_VERSIONS]:
        program, version = _program_and_version(text)
        if version and (program not in newest or precedence_key(newest[program]) < precedence_key(version)):
            newest[program] = version
    return newest


def _program_and_version(text: str) -> tuple[str, str]:
    """Return the program and the semantic version in what a node says; no version where there is none."""
    program, _, version = text.replace("/", " ").rpartition(" ")
    return (program, version) if is_semantic_version(version) else (text, "")


def _newer(text: str, newest: Mapping[str, str]) -> str:
    """Return the version of ``newest`` that goes before that in ``text``; empty if none does."""
    program, version = _program_and_version(text)
    other = newest.get(program, version)
    return other if version and precedence_key(version) < precedence_key(other) else ""


def _shown(
    row: Mapping[str, Any], used: Mapping[str, int], newest: Mapping[str, str], *, with_accounts: bool
) -> NodeRow:
    node = node_rows.shown_node(row)
    return {
        "node": node if with_accounts else node_rows.without_account(node),
        "newest": _newer(row["software_version"], newest),
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

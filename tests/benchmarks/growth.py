"""How the time of each request grows with job types, revisions, manifests, jobs, queues, nodes and clients.

An axis has a database for each of its values: a copy of the one before, to which the difference was added. The
servers on them are asked in turn, so that a ratio is of the same minutes.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice, pairwise, repeat
from typing import NamedTuple
from uuid import uuid4

from tqdm import tqdm

from core.actors import Actor, Source, acting
from job_types.models import JobType
from jobs import tally
from jobs.totals import JOBS
from tests.benchmarks.claims import number_revisions, queue_jobs, set_nodes
from tests.benchmarks.clients import Clients, Connection
from tests.benchmarks.data import (
    NAMES,
    REVISIONS,
    VERSIONS,
    add_job_types,
    add_revisions,
    enlarge_manifests,
    lengthen,
)
from tests.benchmarks.databases import copy_of_the_database, execute, leading_to, no_trigger, vacuum
from tests.benchmarks.entries import Entry, Read, Write
from tests.benchmarks.floors import milliseconds
from tests.benchmarks.measure import MOST_PER_SECOND, Bench, Row, bench
from tests.benchmarks.reads import DETAILS, reads
from tests.benchmarks.writes import claiming_node, writes

_TURNS = 5
_WARM = 3
_NOTABLE = 1.5  # times: what grows more has to be explained
# Column -> the entry that it measures.
_ENTRIES = {
    "list": "/v6/job-types/",
    "keyword": "/v6/job-types/?keyword=algorithm-05",
    "names": "/v6/job-type-names/?page_size=200",
    "details": DETAILS.path,
    "revisions": f"{DETAILS.path}revisions/",
    "status": "/v6/job-types/status/?page_size=1000",
    "failures": "/v6/job-types/system-failures/?page_size=1000",
    "queue": "/v6/queue/status/?page_size=1000",
    "jobs": "/v6/jobs/",
    "job": "/v6/jobs/{id}/",
    "nodes": "/v6/nodes/",
    "fleet": "/v6/status/",
    "revise": f"PATCH {DETAILS.path}, a new revision, which a recipe type follows",
    "create": "POST /v6/jobs/",
    "claim": "POST /v6/jobs/claim/, ten jobs",
    "report": "POST /v6/jobs/transitions/, one job",
    "report, claim": "POST /v6/jobs/transitions/, one job and a claim of one",
    "heartbeat": "POST /v6/nodes/heartbeat/, a node with a hundred jobs",
}
_EDITED = "/v6/job-types/algorithm-199/1.4.0/"
_VALIDATION = "/v6/job-types/validation/"
# Right after the catalogue has changed, when a process reads anew what it keeps.
_FIRST = {f"{name}, first": name for name in ("list", "keyword", "names", "details")}


class Axis(NamedTuple):
    """What grows, by which values, and what makes the database of one value of the one before.

    Without that, the values are numbers of clients.
    """

    name: str
    values: tuple[int, ...]
    step: Callable[[int, int], None] | None = None


class Place:
    """A server on the database of a value, and the requests that it gets, each with its status."""

    def __init__(self, asking: Bench) -> None:
        self.asking = asking
        self.entries = _entries()
        self.supplies = {name: self._supply(entry) for name, entry in self.entries.items()}

    def times(self, name: str) -> list[float]:
        """Return the milliseconds of some requests, after a few that warm up."""
        asked = _FIRST.get(name, name)
        kept_alive = Connection(self.asking.server.port)

        def send(name: str) -> None:
            entry = self.entries[name]
            answer = kept_alive.ask(next(self.supplies[name]).encode())
            assert answer.status == _status(entry), (entry.title, answer)

        times = []
        for _ in range(_WARM + max(_WARM, self.asking.rounds // _TURNS)):
            if name in _FIRST:
                send("edit")
            times.append(milliseconds(partial(send, asked)))
        kept_alive.close()
        return times[_WARM:]

    def share(self, name: str, clients: int) -> float | None:
        """Return the milliseconds between two answers while many clients ask; None of none."""
        entry = self.entries[name]
        repeated = isinstance(entry, Read)
        most = 1 if repeated else round(self.asking.seconds * MOST_PER_SECOND)
        requests = list(islice(self.supplies[name], most))
        load = self.asking.load(requests, _status(entry), repeat=repeated, clients=clients)
        return load.seconds * 1000 / len(load.times) if load.times else None

    def _supply(self, entry: Entry) -> Iterator[str]:
        if isinstance(entry, Read):
            return repeat(self.asking.request("GET", entry.path))
        return (self.asking.request(entry.method, entry.path(n), entry.body(n)) for n in range(entry.most))


def axes(jobs: int, times: Sequence[int]) -> list[Axis]:
    """Return all axes, for a database with ``jobs`` jobs and for one with each of some ``times`` as many."""
    return [
        Axis("job types", (NAMES * VERSIONS, 10_000, 100_000), add_job_types),
        Axis("revisions", (REVISIONS, 50), add_revisions),
        Axis("kB of manifests", (5, 100), lambda _, kilobytes: enlarge_manifests(kilobytes)),
        Axis("jobs", tuple(jobs * factor for factor in times), lengthen),
        Axis("queued of one type", (0, 10_000, 100_000, 1_000_000), partial(_queue, 1)),
        Axis("queued of a thousand types", (0, 10_000, 100_000, 1_000_000), partial(_queue, 1_000)),
        Axis("nodes", (3, 300, 3_000), lambda _, nodes: set_nodes(nodes)),
        Axis("clients", (1, 16, 128)),
    ]


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(clients: Clients, rounds: int, axis: Axis) -> list[Row]:
    """Return a row for each value of an axis: the median milliseconds of each request."""
    with ExitStack() as stack:
        if axis.step is None:
            with copy_of_the_database("growth"), bench(clients, rounds) as asking:
                return _rows_by_clients(axis, Place(asking))
        names = []
        for before, value in pairwise((axis.values[0], *axis.values)):
            names.append(f"growth_{value}")
            stack.enter_context(copy_of_the_database(names[-1]))
            axis.step(before, value)
            vacuum()
        places = [stack.enter_context(_place(clients, rounds, name)) for name in names]
        return _rows(axis, places)


def _rows(axis: Axis, places: Sequence[Place]) -> list[Row]:
    times: dict[tuple[int, str], list[float]] = defaultdict(list)
    asked = [*places[0].entries, *_FIRST]
    for _ in range(_TURNS):
        for name in tqdm(asked, desc=axis.name):
            for value, place in zip(axis.values, places, strict=True):
                times[value, name] += place.times(name)
    return [
        {"axis": axis.name, "value": value}
        | {name: round(statistics.median(times[value, name]), 2) for name in asked}
        for value in axis.values
    ]


def _rows_by_clients(axis: Axis, place: Place) -> list[Row]:
    asked = [name for name, entry in place.entries.items() if entry.rate]
    rows = []
    for clients in axis.values:
        shares = {name: place.share(name, clients) for name in tqdm(asked, desc=f"{clients} clients")}
        rounded = {name: share and round(share, 2) for name, share in shares.items()}
        rows.append({"axis": axis.name, "value": clients} | dict.fromkeys([*place.entries, *_FIRST]) | rounded)
    return rows


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of an axis as they are printed: each cell with its ratio to that of the first value but 0."""
    first = _basis(rows)
    return [
        {"value": f"{row['value']:,} {row['axis']}"}
        | {name: _cell(row[name], first[name]) for name in row if name not in ("axis", "value")}
        for row in rows
    ]


def notable(rows: Sequence[Row]) -> list[str]:
    """Return in words which cells of an axis grew so much that it has to be explained."""
    first = _basis(rows)
    return [
        f"{name}, {row['value']:,} {row['axis']}: {row[name] / first[name]:.2f} times"
        for row in rows
        for name in row
        if name not in ("axis", "value") and first[name] and row[name] and row[name] > _NOTABLE * first[name]
    ]


def _basis(rows: Sequence[Row]) -> Row:
    # A claim from an empty queue has nothing to do.
    return next(row for row in rows if row["value"])


def _cell(value: float | None, first: float | None) -> str | None:
    return f"{value} ({value / first:.2f})" if value and first else None


@contextmanager
def _place(clients: Clients, rounds: int, database: str) -> Iterator[Place]:
    with ExitStack() as stack:
        with leading_to(database):
            place = Place(stack.enter_context(bench(clients, rounds)))
        yield place


def _entries() -> dict[str, Entry]:
    """Return what is measured, by column."""
    entries: list[Entry] = [*reads(), *writes()]
    known = {entry.title: entry for entry in entries}
    manifest = JobType.objects.get(name="algorithm-000", version="1.0.0").manifest
    return {name: known[title] for name, title in _ENTRIES.items()} | {
        "edit": Write("", "edit", "PATCH", lambda n: _EDITED, lambda n: {"is_paused": n % 2 == 0}, rate=False),
        "validate": Write("", "validate", "POST", lambda n: _VALIDATION, lambda n: {"manifest": manifest}),
        # As much is free each time, so that a node has more in all with each of its jobs.
        "claim, resources": Write(
            "",
            "claim, resources",
            "POST",
            lambda n: "/v6/jobs/claim/",
            lambda n: {
                "node": claiming_node(n),
                "limit": 10,
                "claim_id": str(uuid4()),
                "resources": dict.fromkeys(["cpus", "mem", "sharedMem", "disk"], 2**20),
            },
        ),
    }


def _status(entry: Entry) -> int:
    return 200 if isinstance(entry, Read) else entry.status


def _queue(job_types: int, before: int, queued: int) -> None:
    """Queue jobs of so many job types until there are ``queued``; first of all, remove what is queued."""
    if not queued:
        with no_trigger():
            execute("DELETE FROM jobs_job WHERE status = 'QUEUED'")
        tally.recount()
        number_revisions(job_types)
    queue_jobs(before + 1, queued, job_types)
    JOBS.recount()

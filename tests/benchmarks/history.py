"""Numbers over time and the status of a fleet, with a history and with one that is ten times as long."""

import statistics
from collections import defaultdict
from contextlib import ExitStack

from tests.benchmarks.clients import Clients
from tests.benchmarks.data import load
from tests.benchmarks.databases import database_of_its_own
from tests.benchmarks.entries import Read
from tests.benchmarks.measure import Bench, Row, bench, spread
from tests.benchmarks.reads import reads

_FACTOR = 10
_NODES = 3_000
_TIMES = 5  # that each history is asked, one after the other


def measure(clients: Clients, rounds: int, jobs: int) -> list[Row]:
    """Return a row for each read, with a tenth of ``jobs`` and with all of them, in databases of their own."""
    with ExitStack() as stack:
        benches: dict[int, Bench] = {}
        for count in (jobs // _FACTOR, jobs):
            stack.enter_context(database_of_its_own(f"history_{count}"))
            load(count, nodes=_NODES)
            benches[count] = stack.enter_context(bench(clients, rounds))
        # Both have the same job types under the same ids.
        entries = [entry for entry in reads() if entry.area == "numbers over time" or entry.path == "/v6/status/"]
        return [_row(benches, entry) for entry in entries]


def _row(benches: dict[int, Bench], entry: Read) -> Row:
    times: dict[int, list[float]] = defaultdict(list)
    for _ in range(_TIMES):
        for count, one in benches.items():
            times[count] += one.rounds_of(entry)[0]
    fewer, more = (statistics.median(asked) for asked in times.values())
    answer = benches[max(benches)].ask(benches[max(benches)].request("GET", entry.path))
    return {
        "endpoint": entry.title,
        "kB": round(len(answer.body) / 1000, 1),
        **{
            name: value
            for count, asked in times.items()
            for name, value in spread(asked, prefix=f"{count:,} jobs: ").items()
        },
        "ratio": round(more / fewer, 2),
    }

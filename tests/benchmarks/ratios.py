"""The service beside bare Django views of the same rows, over HTTP: both are asked in turn, in random order.

Beside the floor of an endpoint, which runs in process, a small answer looks slow: HTTP takes more than its rows.
"""

import json
import random
import statistics
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from tests.benchmarks.clients import Connection
from tests.benchmarks.entries import Read
from tests.benchmarks.floors import fastest, milliseconds
from tests.benchmarks.measure import WARM, Bench, Row, spread
from tests.benchmarks.reads import DETAILS, reads
from tests.benchmarks.serving import server

# How many times as long as the bare view an answer may take.
_BOUNDS = {
    DETAILS.path: 1.25,
    "/v6/job-type-names/?page_size=200": 1.5,
    "/v6/job-types/": 1.5,
    "/v6/job-types/?page_size=1000": 1.5,
    "/v6/job-types/status/?page_size=1000": 1.5,
}
_REQUESTS = 10  # for each round, to each of the two
_LOADS = 3  # of 16 clients, on each of the two


def measure(bench: Bench) -> list[Row]:
    """Return a row for each read that has a bound."""
    chosen = [read for read in reads() if read.path in _BOUNDS]
    statements = json.dumps({read.path: fastest(read) for read in chosen})
    with (
        TemporaryDirectory() as folder,
        server(Path(folder), "tests.benchmarks.bare_wsgi", BARE=statements) as bare,
    ):
        both = (bench, Bench(bare, bench.clients, bench.token, bench.rounds))
        return [_row(read, both) for read in tqdm(chosen, desc="Ratios")]


def _row(read: Read, both: tuple[Bench, Bench]) -> Row:
    asked, rates = _asked(read, both), _rates(read, both)
    ratio = statistics.median(asked[0]) / statistics.median(asked[1])
    return {
        "endpoint": read.title,
        **spread(asked[0]),
        **spread(asked[1], prefix="bare: "),
        "ratio": round(ratio, 2),
        "bound": _BOUNDS[read.path],
        "kept": "yes" if ratio <= _BOUNDS[read.path] else "no",
        "req/s": round(rates[0], 1),
        "bare: req/s": round(rates[1], 1),
        # None in a run so short that nothing was answered.
        "of it": round(rates[0] / rates[1], 2) if rates[1] else None,
    }


def _asked(read: Read, both: tuple[Bench, Bench]) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each request to each of the two."""
    request = both[0].request("GET", read.path).encode()
    connections = [Connection(one.server.port) for one in both]

    def ask(connection: Connection) -> None:
        answer = connection.ask(request)
        assert answer.status == 200, (read.path, answer)

    asked: tuple[list[float], list[float]] = ([], [])
    turns = list(zip(connections, asked, strict=True))
    for _ in range(WARM + both[0].rounds * _REQUESTS):
        for connection, times in random.sample(turns, 2):
            times.append(milliseconds(partial(ask, connection)))
    for connection in connections:
        connection.close()
    return asked[0][WARM:], asked[1][WARM:]


def _rates(read: Read, both: tuple[Bench, Bench]) -> list[float]:
    """Return how many requests of 16 clients are answered in a second, by the service and by the bare views."""
    request = both[0].request("GET", read.path)
    loads = [[one.load([request]) for one in both] for _ in range(_LOADS)]
    return [
        sum(len(load.times) for load in one) / sum(load.seconds for load in one) for one in zip(*loads, strict=True)
    ]

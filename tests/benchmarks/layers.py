"""The savings of each layer of core/reads: the same requests, in turn, to servers that each lack one layer."""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from tests.benchmarks.clients import Connection
from tests.benchmarks.floors import milliseconds
from tests.benchmarks.measure import Bench, Row
from tests.benchmarks.serving import server
from tests.benchmarks.without import LAYERS

_WARM = 5  # requests
_WHOLE = "whole answers"
_REQUESTS = {
    "details": "/v6/job-types/algorithm-000/1.0.0/",
    "job types, 100": "/v6/job-types/",
    "job types, 1000": "/v6/job-types/?page_size=1000",
    "names, 200": "/v6/job-type-names/?page_size=200",
    "status, 1000": "/v6/job-types/status/?page_size=1000",
    "running, 1000": "/v6/job-types/running/?page_size=1000",
    "jobs, 100": "/v6/jobs/",
    "jobs, a few": "/v6/jobs/?job_type_name=algorithm-000&status=FAILED&page_size=1000",
}


def measure(bench: Bench) -> list[Row]:
    """Return a row for each layer, with the milliseconds that it saves each request, and first the whole stack's.

    A difference of medians; what is less than a tenth of a millisecond is not shown. Answers that are given again,
    whole, would hide what the other layers save: these are measured without.
    """
    others = [f"{_WHOLE},{layer}" for layer in LAYERS if layer != _WHOLE]
    with ExitStack() as stack:
        connections = {layers: stack.enter_context(_serving(layers)) for layers in ("", _WHOLE, *others)}
        medians = {
            name: _medians(bench, connections, path) for name, path in tqdm(_REQUESTS.items(), desc="Layers")
        }
    rows: list[Row] = [{"layer": "(all of them: ms)", **{name: round(one[""], 1) for name, one in medians.items()}}]
    for without, beside in ((_WHOLE, ""), *((layers, _WHOLE) for layers in others)):
        saved = {name: round(one[without] - one[beside], 1) or None for name, one in medians.items()}
        rows.append({"layer": without.rpartition(",")[2], **saved})
    return rows


@contextmanager
def _serving(without: str) -> Iterator[Connection]:
    """A connection to a server of one process that lacks a layer."""
    one = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "1", "WITHOUT": without}
    with TemporaryDirectory() as folder, server(Path(folder), "tests.benchmarks.without_wsgi", **one) as serving:
        yield Connection(serving.port)


def _medians(bench: Bench, connections: dict[str, Connection], path: str) -> dict[str, float]:
    request = bench.request("GET", path).encode()
    for _ in range(_WARM):
        for connection in connections.values():
            connection.ask(request)
    asked: dict[str, list[float]] = {layer: [] for layer in connections}
    for _ in range(bench.rounds):
        for layer, connection in connections.items():
            asked[layer].append(milliseconds(lambda: connection.ask(request)))  # noqa: B023  (called at once)
    return {layer: statistics.median(times) for layer, times in asked.items()}

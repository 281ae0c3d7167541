"""The memory of one worker, from its start to 10,000 mixed reads."""

import random
import statistics
import tempfile
from pathlib import Path

import psutil

from tests.benchmarks.entries import Read
from tests.benchmarks.measure import Bench, Row
from tests.benchmarks.serving import server

_MIB = 2**20
_REQUESTS = 10_000
_ROUNDS = 30  # from this number on all requests are sent, below it a part of them
_SECONDS = 300  # at most; what is answered by then counts


def measure(bench: Bench, reads: list[Read], endpoints: list[Row]) -> list[Row]:
    """Return the memory at the start, after a tenth of the requests, and after all of them."""
    number = min(_REQUESTS, _REQUESTS * bench.rounds // _ROUNDS)
    requests = [
        bench.request("GET", path) for path in _mixed([one for one in reads if one.rate], endpoints, number)
    ]
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), WEB_CONCURRENCY="1") as alone:
        worker = alone.workers()[0]
        rows = [_row(worker, 0)]
        for part in (requests[: number // 10], requests[number // 10 :]):
            load = bench.clients.run(alone.port, part, seconds=_SECONDS, repeat=False)
            rows.append(_row(worker, rows[-1]["requests"] + len(load.times)))
        assert alone.workers() == [worker], "The worker was replaced."
    return rows


def _mixed(reads: list[Read], endpoints: list[Row], number: int) -> list[str]:
    """Return paths of all reads, mixed: the faster half equally often, the others the less often the slower."""
    medians = {row["endpoint"]: row["median ms"] for row in endpoints}
    middle = statistics.median(medians.values())
    speeds = {read.path: 1 / max(medians[read.title], middle) for read in reads}
    share = number / sum(speeds.values())
    paths = [path for path, speed in speeds.items() for _ in range(max(1, round(share * speed)))]
    paths += [reads[0].path] * (number - len(paths))
    random.Random(0).shuffle(paths)
    return paths[:number]


def _row(worker: psutil.Process, requests: int) -> Row:
    memory = worker.memory_full_info()
    figures = {"RSS": memory.rss, "peak RSS": _peak(worker), "PSS": memory.pss, "USS": memory.uss}
    return {"requests": requests, **{f"{name} MiB": round(size / _MIB, 1) for name, size in figures.items()}}


def _peak(worker: psutil.Process) -> int:
    """Return the peak resident memory so far."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))

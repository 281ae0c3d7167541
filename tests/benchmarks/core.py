"""The throughput of one core: a worker on a core of its own, clients and PostgreSQL on the others."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks.measure import Bench, Row, rates
from tests.benchmarks.reads import DETAILS
from tests.benchmarks.serving import pinned, postmaster, server

_FACTOR = 2  # times as long as the load of an entry


def measure(bench: Bench) -> list[Row]:
    """Return rows for the details of a job type and their 304: on all cores, and with one core for the worker."""
    shared = list(_rows(bench, "all cores, shared by all"))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("A core alone is left out: this machine has only one.")
        return shared
    others = set(cores[1:])
    database = [process for process in [postmaster()] if process]
    with (
        tempfile.TemporaryDirectory() as folder,
        server(Path(folder), WEB_CONCURRENCY="1") as alone,
        pinned([psutil.Process(alone.process.pid)], {cores[0]}),
        pinned([*database, psutil.Process(bench.clients.process.pid)], others),
    ):
        where = "one for the web" if database else "one for the web, PostgreSQL elsewhere"
        return [*shared, *_rows(Bench(alone, bench.clients, bench.token, bench.rounds), where)]


def _rows(bench: Bench, cores: str) -> Iterator[Row]:
    asked: list[tuple[str, dict[str, str] | None, int]] = [(DETAILS.path, None, 200)]
    if tag := bench.ask(bench.request("GET", DETAILS.path)).header("ETag"):
        asked.append((f"{DETAILS.path}, not modified", {"If-None-Match": tag}, 304))
    for name, headers, status in asked:
        load = bench.load([bench.request("GET", DETAILS.path, headers=headers)], status, factor=_FACTOR)
        clients = round(load.used["clients"] * 1000 / max(len(load.times), 1), 2)
        yield {"endpoint": f"{name} ({cores})", **rates(load), "clients ms": clients}

"""``python -m tests.benchmarks.peers.turn NAME ACTION``: a queue, in the environment that has it.

PLACE says where the queue is, as JSON. To ``measure`` prints one turn as JSON: jobs are created one by one, by one
client and by many at once, and in bulk; then the workers run all of them, and then they are idle and get one job
after the other.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.peer import BY_MANY, WORKERS, Peer, load

_WARM = 20  # jobs
_BULK = 1_000
_PATIENCE = 300  # seconds
_SOON = 0.002  # seconds


class Runs:
    """The file that workers write to as jobs run: RUNS in the environment of this process and of theirs."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "runs"
        self.file.touch()
        os.environ["RUNS"] = str(self.file)

    def wait(self, count: int) -> dict[int, float]:
        """Wait until so many jobs have run, and return when each did, by its number. None runs twice."""
        wait_until(lambda: self.file.read_bytes().count(b"\n") >= count)
        lines = [line.split() for line in self.file.read_text().splitlines()]
        moments = {int(number): float(moment) for number, moment in lines}
        assert len(moments) == len(lines) == count, (len(moments), len(lines), count)
        return moments


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until ``is_so``, which costs little."""
    end = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"no progress in {_PATIENCE} seconds"
        time.sleep(_SOON)


def measure(name: str, queue: Peer, jobs: int, samples: int) -> dict[str, Any]:
    """Return the jobs a second of each part of their lives, and how long idle workers took to start one.

    ``jobs`` are created in bulk, a fifth as many one by one, and about as many by several clients at once;
    ``samples`` find idle workers, in milliseconds.
    """
    before = queue.completed()
    each = max(1, jobs // 5 // WORKERS)  # of the clients
    alone = range(_WARM, _WARM + jobs // 5)
    shared = range(alone.stop, alone.stop + WORKERS * each)
    total = shared.stop + jobs
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        for number in range(_WARM):
            queue.create(number)
        began = time.perf_counter()
        for number in alone:
            queue.create(number)
        one_by_one = len(alone) / (time.perf_counter() - began)
        by_many = len(shared) / _seconds_of_clients(name, shared.start, each)
        began = time.perf_counter()
        for first in range(shared.stop, total, _BULK):
            queue.create_many(range(first, min(first + _BULK, total)))
        in_bulk = jobs / (time.perf_counter() - began)
        with _workers(name, queue.processes):
            moments = runs.wait(total)
            wait_until(lambda: queue.completed() - before >= total)
            worked = total / (time.time() - min(moments.values()))
            waits = [_wait_of(queue, runs, number) for number in range(total, total + samples)]
            wait_until(lambda: queue.completed() - before >= total + samples)
    return {
        "one by one": one_by_one,
        BY_MANY: by_many,
        "in bulk": in_bulk,
        "worked": worked,
        "whole lives": 1 / (1 / in_bulk + 1 / worked),
        "waits": waits,
    }


def _wait_of(queue: Peer, runs: Runs, number: int) -> float:
    """Return the milliseconds between the creation of the next job, for which workers wait, and its start."""
    # Not always at the same moment between two looks at the queue.
    time.sleep(random.uniform(0.1, 0.4))
    began = time.time()
    queue.create(number)
    return (runs.wait(number + 1)[number] - began) * 1000


def _seconds_of_clients(name: str, first: int, each: int) -> float:
    """Return how long as many clients as there are workers take to create jobs at once, ``each`` one by one."""
    commands = [["create", f"--first={first + number * each}", f"--jobs={each}"] for number in range(WORKERS)]
    with _processes(name, commands) as clients:
        began = time.perf_counter()
        for one in clients:
            _line(one)
        return time.perf_counter() - began


@contextmanager
def _workers(name: str, processes: int) -> Iterator[None]:
    """Let the workers of a queue work in a ``with`` block."""
    with _processes(name, [["work", f"--worker={number}"] for number in range(processes)]) as started:
        yield
        assert all(one.poll() is None for one in started), "A worker ended; what it said is above."


@contextmanager
def _processes(name: str, commands: Sequence[Sequence[str]]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start a process for each command, let all begin once the last one is ready, and end them."""
    command = [sys.executable, "-m", "tests.benchmarks.peers.turn", name]
    started = [
        subprocess.Popen([*command, *one], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for one in commands
    ]
    try:
        for one in started:
            _line(one)
        for one in started:
            assert one.stdin
            one.stdin.close()
        yield started
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


def _line(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process says that it has come so far."""
    assert process.stdout
    assert process.stdout.readline(), "A process ended; what it said is above."


def main() -> None:
    """Do what the command says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("action", choices=["prepare", "measure", "create", "work"])
    parser.add_argument("--jobs", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--worker", type=int, default=0)
    chosen = parser.parse_args()
    queue = load(chosen.name, json.loads(os.environ["PLACE"]))
    if chosen.action == "prepare":
        queue.prepare()
        versions = ", ".join(f"{package} {version(package)}" for package in queue.packages)
        print(json.dumps({"versions": versions, "how": queue.how}))
    elif chosen.action == "measure":
        print(json.dumps(measure(chosen.name, queue, chosen.jobs, chosen.samples)))
    else:
        print("ready", flush=True)
        sys.stdin.read()
        if chosen.action == "work":
            queue.work(chosen.worker)
        else:
            for number in range(chosen.first, chosen.first + chosen.jobs):
                queue.create(number)
            print("created", flush=True)


if __name__ == "__main__":
    main()

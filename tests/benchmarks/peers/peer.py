"""What the benchmark asks of a queue, and the work that each job is."""

import os
import time
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

WORKERS = 4
BY_MANY = f"one by one, {WORKERS} clients"


class Peer(Protocol):
    """A queue as one of its clients or workers sees it: ``Queue(place)`` of a module beside this one.

    ``place`` says where it is, in terms of that module.
    """

    packages: Sequence[str]  # whose versions are shown
    how: str  # its workers run
    processes: int  # that ``work``; together they are WORKERS

    def prepare(self) -> None:
        """Create what the queue needs in its empty database."""

    def create(self, number: int) -> None:
        """Create the job of this number."""

    def create_many(self, numbers: Sequence[int]) -> None:
        """Create the jobs of these numbers, as many at once as the queue can."""

    def completed(self) -> int:
        """Return how many jobs the history shows as completed."""

    def work(self, worker: int) -> None:
        """Run jobs, ``run`` of their numbers, until the process is ended; ``worker`` tells the processes apart."""


def load(name: str, place: dict[str, Any]) -> Peer:
    """Return the queue of a module of this package."""
    queue: Peer = import_module(f"tests.benchmarks.peers.{name}").Queue(place)
    return queue


def run(number: int) -> None:
    """Do the work of a job: write its number and the time to the file in RUNS."""
    os.write(_runs(), b"%d %f\n" % (number, time.time()))


@cache
def _runs() -> int:
    # Each line is appended at once, whichever process writes it.
    return os.open(os.environ["RUNS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

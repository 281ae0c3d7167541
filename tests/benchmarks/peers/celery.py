"""Celery, with Redis for the queue and for the results."""

from collections.abc import Sequence
from typing import Any

from celery import Celery
from redis import Redis

from tests.benchmarks.peers.peer import WORKERS, run

_PREFETCHED = 64


class Queue:
    """The queue in the Redis on ``redis``, a port. Results are kept for good, in a database of their own.

    Its clients know of no results: they would subscribe to that of each job that they create.
    """

    packages = ("celery", "redis")
    how = f"one worker of {WORKERS} processes (prefork), worker_prefetch_multiplier={_PREFETCHED}"
    processes = 1

    def __init__(self, place: dict[str, Any]) -> None:
        self.url = f"redis://127.0.0.1:{place['redis']}"
        self.app = Celery("peers", broker=f"{self.url}/0")
        self.task = self.app.task(name="run")(run)
        self.history = Redis(port=place["redis"], db=1)

    def prepare(self) -> None:
        """Do nothing: Redis has no schema."""

    def create(self, number: int) -> None:
        self.task.delay(number)

    def create_many(self, numbers: Sequence[int]) -> None:
        # A group takes longer: it adds to each message what it consists of.
        with self.app.producer_or_acquire() as producer:
            for number in numbers:
                self.task.apply_async((number,), producer=producer)

    def completed(self) -> int:
        return int(self.history.dbsize())

    def work(self, worker: int) -> None:
        self.app.conf.update(
            result_backend=f"{self.url}/1",
            result_expires=None,
            result_extended=True,
            worker_prefetch_multiplier=_PREFETCHED,
        )
        quiet = ["--loglevel=ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.app.worker_main(["worker", "--pool=prefork", f"--concurrency={WORKERS}", *quiet])

"""PgQueuer, on PostgreSQL."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries

from tests.benchmarks.peers.peer import WORKERS, run

_BATCH = 100


class Queue:
    """The queue in the database of ``dsn``. What is over leaves the queue, and stays in its log."""

    packages = ("pgqueuer", "asyncpg")
    how = f"{WORKERS} processes of PgQueuer.run, batch_size={_BATCH}, an async entrypoint"
    processes = WORKERS

    def __init__(self, place: dict[str, Any]) -> None:
        self.dsn, self.loop = place["dsn"], asyncio.new_event_loop()
        self.connection = self.loop.run_until_complete(asyncpg.connect(self.dsn))
        self.queries = self.loop.run_until_complete(self._queries())

    def prepare(self) -> None:
        self.loop.run_until_complete(self.queries.install())
        self.loop.run_until_complete(self.queries.optimize_autovacuum())

    def create(self, number: int) -> None:
        self.loop.run_until_complete(self.queries.enqueue("run", _payload(number)))

    def create_many(self, numbers: Sequence[int]) -> None:
        many = self.queries.enqueue(["run"] * len(numbers), [*map(_payload, numbers)], [0] * len(numbers))
        self.loop.run_until_complete(many)

    def completed(self) -> int:
        query = "SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'"
        return int(self.loop.run_until_complete(self.connection.fetchval(query)))

    def work(self, worker: int) -> None:
        self.loop.run_until_complete(self._work())

    async def _queries(self) -> Queries:
        return Queries(AsyncpgDriver(self.connection))

    async def _work(self) -> None:
        workers = PgQueuer.from_asyncpg_connection(self.connection)

        @workers.entrypoint("run")
        async def one(job: Job) -> None:
            run(int(job.payload or b""))

        await workers.run(batch_size=_BATCH)


def _payload(number: int) -> bytes:
    return b"%d" % number

"""procrastinate, on PostgreSQL."""

from collections.abc import Sequence
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector

from tests.benchmarks.peers.peer import WORKERS, run

_CONCURRENCY = 10


class Queue:
    """The queue in the database of ``dsn``. Jobs that are over stay, as they do by default."""

    packages = ("procrastinate", "psycopg")
    how = f"{WORKERS} processes of run_worker, concurrency={_CONCURRENCY}, an async task"
    processes = WORKERS

    def __init__(self, place: dict[str, Any]) -> None:
        self.app = App(connector=PsycopgConnector(conninfo=place["dsn"]))
        self.task = self.app.task(name="run")(_run)
        self.history = psycopg.connect(place["dsn"], autocommit=True)
        self.app.open()

    def prepare(self) -> None:
        self.app.schema_manager.apply_schema()

    def create(self, number: int) -> None:
        self.task.defer(number=number)

    def create_many(self, numbers: Sequence[int]) -> None:
        self.task.batch_defer(*({"number": number} for number in numbers))

    def completed(self) -> int:
        row = self.history.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'").fetchone()
        return int(row[0])

    def work(self, worker: int) -> None:
        self.app.run_worker(concurrency=_CONCURRENCY)


async def _run(number: int) -> None:
    run(number)

"""A PostgreSQL that restarts under load: 503 with a sentence for a while, and nothing is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.factories import make_job_type
from tests.load.database import Database, wait_for
from tests.load.server import Client, Server
from tests.load.writers import Writers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_the_database_causes_503_until_it_is_back(tmp_path: Path, token: str, mode: str) -> None:
    database = Database()
    connection.close()
    with Server(tmp_path) as server:
        workers = [worker.pid for worker in server.workers()]
        writers = Writers(server, token)
        with writers.at_work():
            time.sleep(1)
            database.stop(mode)
            try:
                wait_for(lambda: writers.answers[503] > 20)
                assert Client(server.port).send("GET", "/readyz")[0] == 503
                assert Client(server.port).send("GET", "/healthz")[0] == 200
            finally:
                database.start()
            before = writers.answers[201]
            wait_for(lambda: writers.answers[201] > before + 50)
        writers.check()
        assert writers.cut == []
        assert [worker.pid for worker in server.workers()] == workers
        assert "Traceback" not in server.log.read_text()
    print(f"\n{mode}: {dict(writers.answers)}")


def test_claims_wait_for_jobs_again_after_the_connection_that_hears_of_them_is_lost(
    tmp_path: Path, token: str
) -> None:
    job_type = make_job_type()
    with Server(tmp_path, WEB_CONCURRENCY="1") as server, ThreadPoolExecutor() as pool:

        def claim() -> Any:
            body = {"node": "node-1", "limit": 1, "wait": 20}
            return Client(server.port, token).send("POST", "/v6/jobs/claim/", body)[1]["results"]

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
            )
            assert cursor.fetchall() == [(True,)]
        # It connects again after a pause.
        time.sleep(4)
        held = pool.submit(claim)
        time.sleep(0.5)
        Client(server.port, token).send("POST", "/v6/jobs/", {"job_type_id": job_type.pk})
        began = time.monotonic()
        assert len(held.result()) == 1
        assert time.monotonic() - began < 2
        assert "no word of jobs" in server.log.read_text()
        assert "Traceback" not in server.log.read_text()

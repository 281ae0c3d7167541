"""A PostgreSQL that restarts under load: 503 with a sentence for a while, and nothing is lost."""

import time
from pathlib import Path

import pytest
from django.db import connection

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

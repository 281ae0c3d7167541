"""The time that a process that serves requests waits for PostgreSQL."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection, connections
from psycopg2.extensions import POLL_READ, set_wait_callback

from core import deadlines


class Silent:
    """A connection to a server that accepted a statement and sends nothing."""

    status = 1

    def __init__(self) -> None:
        self.read, self.written = os.pipe()

    def poll(self) -> int:
        return int(POLL_READ)

    def fileno(self) -> int:
        return self.read


@pytest.fixture(autouse=True)
def no_request() -> Iterator[None]:
    """End the request that a test began."""
    token = deadlines._end.set(None)
    yield
    deadlines._end.reset(token)


def seconds_until_overdue(connection: Any) -> float:
    began = time.monotonic()
    with pytest.raises(deadlines.Overdue):
        deadlines.wait(connection)
    return time.monotonic() - began


def test_the_time_of_a_request_counts_from_its_arrival(settings: Any) -> None:
    settings.DATABASE_REQUEST_TIMEOUT = 1
    deadlines.begin(time.monotonic() - 0.8)
    assert 0 < deadlines.remaining() <= 0.2
    assert 0.1 < seconds_until_overdue(Silent()) < 1
    # Nothing is left for what the request asks next, such as a new connection.
    assert seconds_until_overdue(Silent()) < 0.1


def test_a_block_may_wait_for_less_but_not_for_more_than_the_request(settings: Any) -> None:
    settings.DATABASE_REQUEST_TIMEOUT = 5
    deadlines.begin(time.monotonic())
    with deadlines.within(0.1):
        assert deadlines.remaining() <= 0.1
        with deadlines.within(60):
            assert deadlines.remaining() <= 0.1
    assert deadlines.remaining() > 4


def test_without_a_request_each_wait_has_the_time_of_one(settings: Any) -> None:
    settings.DATABASE_REQUEST_TIMEOUT = 0.1
    assert 0.1 <= seconds_until_overdue(Silent()) < 1
    assert 0.1 <= seconds_until_overdue(Silent()) < 1


def test_the_benchmarks_load_their_rows_without_a_limit() -> None:
    check = "import tests.benchmarks.__main__, sys; sys.exit('scale.wsgi' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    assert subprocess.run([sys.executable, "-c", check], env=environment, check=False).returncode == 0


@pytest.fixture
def bound(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that serves requests, with a new connection."""
    settings.DATABASE_LOCK_TIMEOUT = 7
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {**connection.settings_dict["OPTIONS"]})
    connection.close()
    deadlines.bind()
    yield
    set_wait_callback(None)
    connection.close()


@pytest.mark.only_on("postgresql", because="the timeouts are those of PostgreSQL")
@pytest.mark.django_db(transaction=True)
class TestOnPostgreSQL:
    def setting(self, name: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            return cursor.fetchone()[0]

    def test_statements_and_locks_have_no_limit_in_commands(self) -> None:
        assert (self.setting("statement_timeout"), self.setting("lock_timeout")) == ("0", "0")

    def test_they_have_one_in_processes_that_serve_requests(self, bound: None) -> None:
        assert (self.setting("statement_timeout"), self.setting("lock_timeout")) == ("10s", "7s")

    def test_a_statement_that_is_overdue_closes_its_connection_and_the_next_one_gets_another(
        self, bound: None
    ) -> None:
        with connection.cursor() as cursor, pytest.raises(OperationalError) as raised, deadlines.within(0.2):
            cursor.execute("SELECT pg_sleep(5)")
        assert isinstance(raised.value.__cause__, deadlines.Overdue)
        connection.close_if_unusable_or_obsolete()
        assert self.setting("lock_timeout") == "7s"

    def test_what_the_url_of_the_database_sets_wins(self, bound: None, settings: Any) -> None:
        options = connections.settings["default"]["OPTIONS"]
        options["options"] = "-c lock_timeout=3s"
        deadlines.bind()
        connection.close()
        assert self.setting("lock_timeout") == "3s"

    def test_a_connection_that_is_refused_says_so(self, bound: None) -> None:
        with pytest.raises(psycopg2.OperationalError, match="refused"):
            psycopg2.connect(host="127.0.0.1", port=1, connect_timeout=5)

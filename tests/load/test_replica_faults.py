"""Two web processes that read from a replica: after an outage of it or of the primary nobody reads old rows."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from scale.models import LastWrite
from scale.replica import PAUSE
from tests.load.database import Database, wait_for
from tests.load.place import PATH, Place, new_token, prepare, rename, serving, titles
from tests.load.replica import Replica
from tests.load.server import Client

FAILED = "replica failed a request"
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_crash_of_the_primary_that_loses_positions_loses_no_read(place: Place) -> None:
    """The positions that a crash may lose are deleted by hand, and a checkpoint stands for that after recovery."""
    prepare(place)
    writer, readers = place.clients(new_token("writer")), place.clients()
    with place.replica.paused():
        rename(writer[0], "New")
        assert LastWrite.objects.get().position > 0
        LastWrite.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        assert titles(writer) == {"New"}
        assert titles(readers) == {"Old"}


def test_what_was_written_before_the_primary_crashed_is_seen_by_its_writer(place: Place) -> None:
    prepare(place)
    writer, readers = place.clients(new_token("writer")), place.clients()
    database = Database()
    connection.close()
    with place.replica.paused():
        connection.close()
        rename(writer[0], "New")
        database.stop("immediate")
        try:
            # Reads without an account do not need the primary.
            assert titles(readers) == {"Old"}
        finally:
            database.start()
        print(f"\npositions after the crash: {LastWrite.objects.count()} of 1")
        assert titles(writer) == {"New"}
        assert titles(readers) == {"Old"}


def test_a_replica_that_was_promoted_is_not_read(place: Place, tmp_path: Path) -> None:
    prepare(place)
    with Replica() as replica, serving(tmp_path, replica) as server:
        client = Client(server.port)
        assert titles([client]) == {"Old"}
        assert replica.reads() == 1
        replica.ask("SELECT pg_promote()")
        assert titles([client]) == {"Old"}
        rename(place.clients(new_token("writer"))[0], "New")
        assert titles([client]) == {"New"}
        assert replica.reads() == 1
        assert "It is not in recovery" in server.log.read_text(encoding="utf-8")


class Reader(threading.Thread):
    """A client that reads through all web processes in turn without a pause, and records answers other than 200."""

    def __init__(self, place: Place, token: str) -> None:
        super().__init__()
        self.clients = place.clients(token)
        self.over = threading.Event()
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        while not self.over.is_set():
            for client in self.clients:
                self.answers[client.send("GET", PATH)[0]] += 1


@contextmanager
def reading(place: Place, *tokens: str) -> Iterator[list[Reader]]:
    """Let clients read meanwhile; all of their answers must be 200."""
    readers = [Reader(place, token) for token in tokens]
    for reader in readers:
        reader.start()
    try:
        yield readers
    finally:
        for reader in readers:
            reader.over.set()
            reader.join()
    assert {status for reader in readers for status in reader.answers} == {200}


def test_a_replica_that_ends_under_readers_is_seen_by_nobody_and_used_again_later(place: Place) -> None:
    prepare(place)
    tokens = ["", new_token("reader"), new_token("user", is_staff=False)]
    with reading(place, *tokens) as readers:
        before = place.replica.reads()
        wait_for(lambda: place.replica.reads() > before + 20)
        place.replica.stop()
        rename(place.clients(new_token("writer"))[0], "New")
        assert titles(place.clients()) == {"New"}
        assert Client(place.servers[0].port).send("GET", "/readyz")[0] == 200
        time.sleep(1)
        place.replica.start()
        before = place.replica.reads()
        began = time.monotonic()
        wait_for(lambda: place.replica.reads() > before + 20)
        assert time.monotonic() - began < PAUSE + 3
    place.replica.catch_up()
    assert place.log().count('"replica given up"') == len(place.servers)
    assert place.log().count('"replica in use again"') == len(place.servers)
    with place.replica.paused():
        rename(place.clients(new_token("other"))[0], "Newest")
        assert titles(place.clients()) == {"New"}
    print(f"\nreplica stopped and started: {sum((reader.answers for reader in readers), Counter())}")


@pytest.mark.parametrize("end", ["pg_cancel_backend", "pg_terminate_backend"])
def test_queries_that_the_replica_cancels_are_answered_by_the_primary(place: Place, end: str) -> None:
    """A replica cancels queries that block its replay."""
    prepare(place)
    waiting = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND wait_event_type = 'Lock'"
    other = Client(place.servers[0].port, new_token("other"))
    before = place.log().count(FAILED)
    with reading(place, "", new_token("reader")) as readers, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE job_types_jobtype")
        # The next commit carries the lock to the replica.
        assert other.send("POST", "/v6/workspaces/", {"name": "raw"})[0] == 201
        wait_for(lambda: place.replica.ask(f"SELECT count(*) {waiting}") == len(readers))
        place.replica.ask(f"SELECT count({end}(pid)) {waiting}")
        wait_for(lambda: place.log().count(FAILED) == before + len(readers))
    print(f"\n{end}: {sum((reader.answers for reader in readers), Counter())}")


def test_a_replica_that_has_not_replayed_a_migration_is_not_read(place: Place) -> None:
    prepare(place)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE job_types_jobtype RENAME COLUMN title TO heading")
        try:
            place.replica.catch_up()
        finally:
            place.replica.ask("SELECT pg_wal_replay_pause()")
            cursor.execute("ALTER TABLE job_types_jobtype RENAME COLUMN heading TO title")
    try:
        assert titles(place.clients()) == {"Old"}
    finally:
        place.replica.ask("SELECT pg_wal_replay_resume()")
        place.replica.catch_up()

"""A PostgreSQL that hangs, or whose rows others hold: each request is a 503 in time, and the probes respond."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from django.db import connection, transaction

from tests.factories import make_job, make_job_type
from tests.load.database import Database, wait_for
from tests.load.place import Place, prepare, titles
from tests.load.server import ROOT, Client, Server

CLAIM = {"node": "a", "limit": 1, "resources": {"cpus": 1, "mem": 1024, "disk": 1024}}
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def hanging(folder: Path) -> Iterator[None]:
    """Stop all processes of the PostgreSQL with this folder of data: it accepts connections and never answers."""
    first = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    processes = [first, *first.children()]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, token: str, number: int) -> tuple[int, float, Any]:
    """Return the status, the seconds and the document of a read or of a claim, on a connection of its own."""
    began = time.monotonic()
    client = Client(port, token)
    if number % 2:
        status, document = client.send("GET", "/v6/job-types/")
    else:
        status, document = client.send("POST", "/v6/jobs/claim/", CLAIM)
    return status, time.monotonic() - began, document


def seconds(client: Client, path: str, status: int) -> float:
    began = time.monotonic()
    assert client.send("GET", path)[0] == status
    return time.monotonic() - began


@pytest.fixture
def over_tcp() -> Iterator[str]:
    """The URL of the database over TCP, on an address of this test's own."""
    database, address = Database(), f"127.{os.getpid() % 250 + 1}.3.7"
    connection.close()
    database.start(f"-h {address} -k {urlsplit(os.environ['DATABASE_URL']).query.partition('=')[2]}")
    yield f"postgresql://postgres:@{address}/{connection.settings_dict['NAME']}"
    connection.close()
    database.start()


@pytest.mark.parametrize(("way", "limit"), [("socket", 13), ("tcp", 5)])
def test_a_database_that_hangs_is_a_503_in_time_for_all(
    tmp_path: Path, token: str, way: str, limit: int, request: pytest.FixtureRequest
) -> None:
    variables = {"WEB_THREADS": "4", "DATABASE_REQUEST_TIMEOUT": str(limit)}
    if way == "tcp":
        variables["DATABASE_URL"] = request.getfixturevalue("over_tcp")
    folder, probe = Database().folder, free_port()
    connection.close()
    with (
        Server(tmp_path, PROBE_BIND=f"127.0.0.1:{probe}", **variables) as server,
        ThreadPoolExecutor(16) as clients,
    ):
        workers = [worker.pid for worker in server.workers()]
        send = partial(ask, server.port, token)
        wait_for(lambda: {status for status, _, _ in clients.map(send, range(32))} == {200})
        with hanging(folder):
            answers = clients.map(send, range(32))
            time.sleep(1)  # all threads are busy now
            healthy = seconds(Client(probe), "/healthz", 200)
            unready = seconds(Client(probe), "/readyz", 503)
            main = seconds(Client(server.port), "/healthz", 200)
            found = list(answers)
        began = time.monotonic()
        wait_for(lambda: {status for status, _, _ in clients.map(send, range(8))} == {200})
        back = time.monotonic() - began
        assert [worker.pid for worker in server.workers()] == workers
    assert {(status, document["detail"][:30]) for status, _, document in found} == {
        (503, "The database did not respond i")
    }
    worst = max(took for _, took, _ in found)
    print(
        f"\nhanging, {way}: 503 after {worst:.1f} s at most; /healthz {healthy * 1000:.0f} ms on its port, "
        f"{main * 1000:.0f} ms on the main one; /readyz 503 after {unready:.1f} s; back after {back:.1f} s"
    )
    assert worst < limit + 2
    assert max(healthy, main) < 1
    assert unready < 5


def test_a_replica_that_hangs_is_left_alone_at_once(place: Place) -> None:
    prepare(place)
    with hanging(place.replica.folder / "data"):
        began = time.monotonic()
        assert titles(place.clients()) == {"Old"}
        took = time.monotonic() - began
    print(f"\nreplica that hangs: both web processes read from the primary after {took:.1f} s")
    assert took < 10


def test_claims_behind_a_lock_are_a_503_and_hold_no_probe(tmp_path: Path, token: str) -> None:
    job_type = make_job_type()
    make_job(job_type, "QUEUED")
    probe = free_port()
    with (
        Server(tmp_path, WEB_THREADS="4", PROBE_BIND=f"127.0.0.1:{probe}") as server,
        ThreadPoolExecutor(12) as clients,
    ):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE jobs_job IN ACCESS EXCLUSIVE MODE")
            answers = clients.map(partial(ask, server.port, token), [0] * 12)
            time.sleep(1)
            healthy = [seconds(Client(port), "/healthz", 200) for port in (probe, server.port) for _ in range(10)]
            ready = seconds(Client(probe), "/readyz", 200)
            found = list(answers)
        assert ask(server.port, token, 0)[0] == 200
    assert {status for status, _, _ in found} == {503}
    # Those that waited for a thread first have less time than a wait for locks may take.
    assert any("Other requests hold the rows" in document["detail"] for _, _, document in found)
    worst, probed = max(took for _, took, _ in found), max(*healthy, ready)
    print(f"\n12 claims behind a lock: 503 after {worst:.1f} s at most; probes {probed * 1000:.0f} ms at most")
    assert worst < 15
    assert probed < 1


def test_a_statement_that_takes_too_long_says_so_and_commands_may_take_their_time(
    tmp_path: Path, token: str
) -> None:
    with Server(tmp_path, DATABASE_STATEMENT_TIMEOUT="1") as server:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE jobs_job IN ACCESS EXCLUSIVE MODE")
            client = Client(server.port, token)
            status, document = client.send("GET", "/v6/jobs/")
        assert (status, client.answered["Retry-After"]) == (503, "5")
        assert "Use filters" in document["detail"]
        command = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW statement_timeout'); "
        shown = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", f"{command} print(k.fetchone())"],
            cwd=ROOT,
            env=server.environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert shown.stdout.strip() == "('0',)"

"""Measurements of one entry after another: milliseconds, queries, bytes, requests per second, CPU time."""

import json
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.benchmarks.clients import CLIENTS, Answer, Clients, Connection, Load, prepared
from tests.benchmarks.entries import Read, Write
from tests.benchmarks.floors import check, fastest, floor, milliseconds
from tests.benchmarks.serving import cpu_seconds, cpu_seconds_of_database, server
from tests.load.server import Server

Row = dict[str, Any]
TAIL = f"p99 of {CLIENTS} ms"
WARM = 20  # requests: each thread of a worker has a connection to open
_FEWEST = 3
OF_TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
MOST_PER_SECOND = 1500  # writes that are prepared for each second of a run


class Bench:
    """Measures a server. ``rounds`` is how often each entry is sent, and scales everything else."""

    def __init__(self, server: Server, clients: Clients, token: str, rounds: int) -> None:
        self.server, self.clients, self.token, self.rounds = server, clients, token, max(_FEWEST, rounds)
        self.seconds = min(3.0, self.rounds**2 / 100)

    @contextmanager
    def without(self, layer: str) -> Iterator["Bench"]:
        """Start another server, which lacks a layer of ``tests.benchmarks.without`` (none if empty)."""
        app = "tests.benchmarks.without_wsgi"
        with tempfile.TemporaryDirectory() as folder, server(Path(folder), app, WITHOUT=layer) as serving:
            yield Bench(serving, self.clients, self.token, self.rounds)

    def read(self, entry: Read) -> Iterator[Row]:
        """Measure a read, in turn with its floor, and its 304 if it has an entity tag."""
        request = self.request("GET", entry.path)
        first = self.ask(request)
        results = _results(first)
        statement = fastest(entry) if entry.floors else None
        if statement:
            check(entry, results, statement)
        measured = self.rounds_of(entry, statement=statement)
        yield self._row(
            entry,
            "",
            measured,
            rows=len(results),
            queries=_queries("GET", entry.path),
            size=len(first.body),
            load=self.load([request]) if entry.rate and self._is_fast_enough(measured[0]) else None,
        )
        if tag := first.header("ETag"):
            known = {"If-None-Match": tag}
            yield self._row(
                entry,
                ", not modified",
                self.rounds_of(entry, status=304, headers=known),
                queries=_queries("GET", entry.path, headers=known),
                load=self.load([self.request("GET", entry.path, headers=known)], status=304),
            )

    def rounds_of(
        self,
        entry: Read,
        *,
        statement: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[list[float], list[float]]:
        """Return the milliseconds of a read, and those of a statement that is run in turn with it."""
        request = self.request("GET", entry.path, headers=headers).encode()
        kept_alive = Connection(self.server.port)

        def ask() -> None:
            answer = kept_alive.ask(request)
            assert answer.status == status, (entry.path, answer)

        for _ in range(max(_FEWEST, round(WARM * entry.share))):
            ask()
        asked, floors = [], []
        for _ in range(max(_FEWEST, round(self.rounds * entry.share))):
            asked.append(milliseconds(ask))
            if statement:
                floors.append(milliseconds(lambda: floor(statement)))
        kept_alive.close()
        return asked, floors

    def write(self, entry: Write) -> Row:
        """Measure a write."""
        documents = ((entry.path(number), entry.body(number)) for number in range(entry.most))
        requests = (self.request(entry.method, path, body) for path, body in documents)
        kept_alive = Connection(self.server.port)

        def send(request: bytes) -> Answer:
            answer = kept_alive.ask(request)
            assert answer.status == entry.status, (entry.title, answer)
            assert entry.answers.items() <= json.loads(answer.body).items(), (entry.title, answer)
            return answer

        for request in islice(requests, WARM):
            send(request.encode())
        timed = [partial(send, request.encode()) for request in islice(requests, self.rounds)]
        asked = [milliseconds(one) for one in timed]
        size = len(send(next(requests).encode()).body)
        kept_alive.close()
        path, body = next(documents)
        queries = _queries(entry.method, path, body)
        most = round(self.seconds * MOST_PER_SECOND)
        load = None
        if entry.rate and self._is_fast_enough(asked):
            load = self.load(list(islice(requests, most)), entry.status, repeat=False)
        return self._row(entry, "", (asked, []), rows=entry.rows, queries=queries, size=size, load=load)

    def _is_fast_enough(self, asked: list[float]) -> bool:
        """Return whether each client gets an answer in the time of a load; otherwise its figure means nothing."""
        return statistics.median(asked) * CLIENTS < self.seconds * 1000

    def ask(self, request: str, status: int = 200) -> Answer:
        """Return the answer to one request, sent on a connection of its own."""
        once = Connection(self.server.port)
        answer = once.ask(request.encode())
        once.close()
        assert answer.status == status, (request, answer)
        return answer

    def load(
        self,
        requests: list[str],
        status: int = 200,
        *,
        repeat: bool = True,
        factor: float = 1,
        clients: int = CLIENTS,
    ) -> Load:
        """Send requests from many clients, for ``factor`` times the usual time."""
        workers = self.server.workers()
        meters = {"web": lambda: cpu_seconds(workers), "db": cpu_seconds_of_database}
        return self.clients.run(
            self.server.port,
            requests,
            status=status,
            seconds=self.seconds * factor,
            repeat=repeat,
            clients=clients,
            meters=meters,
        )

    def request(
        self, method: str, path: str, document: Any = None, headers: Mapping[str, str] | None = None
    ) -> str:
        """Return a request of the staff account."""
        return prepared(method, path, self.token, document, headers)

    def _row(
        self,
        entry: Read | Write,
        of: str,
        measured: tuple[list[float], list[float]],
        *,
        rows: int = 0,
        queries: int,
        size: int = 0,
        load: Load | None,
    ) -> Row:
        """Return a line of the table, with None where nothing was measured."""
        asked, floors = measured
        median = statistics.median(asked)
        low = statistics.median(floors) if floors else None
        return {
            "area": entry.area,
            "endpoint": entry.title + of,
            "rows": rows,
            "queries": queries,
            "kB": round(size / 1000, 1),
            **spread(asked),
            **rates(load),
            "floor ms": low and round(low, 2),
            "ratio": low and round(median / low, 2),
        }


@contextmanager
def bench(clients: Clients, rounds: int) -> Iterator[Bench]:
    """Start a server on the database of the connection, and yield what measures it."""
    user, _ = get_user_model().objects.get_or_create(username="bench", defaults={"is_staff": True})
    token = str(AuthToken.objects.create(user=user)[1])
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as serving:
        yield Bench(serving, clients, token, rounds)


def rates(load: Load | None) -> Row:
    """Return the answers per second, the tail of their times, and the CPU milliseconds for each.

    Those are of web processes and of the database.
    """
    if load is None or not load.times:
        return dict.fromkeys(["req/s", TAIL, "web ms", "db ms"])
    return {
        "req/s": round(len(load.times) / load.seconds, 1),
        TAIL: round(percentile(load.times, 99), 2),
        **{f"{name} ms": round(load.used[name] * 1000 / len(load.times), 2) for name in ("web", "db")},
    }


def spread(times: list[float], digits: int = 2, prefix: str = "") -> Row:
    """Return the median of some milliseconds, and what one in twenty and one in a hundred exceeds; None of none."""
    named = {"median ms": 50, "p95 ms": 95, "p99 ms": 99}
    return {
        prefix + name: round(percentile(times, of_100), digits) if times else None for name, of_100 in named.items()
    }


def percentile(values: list[float], of_100: int) -> float:
    """Return a percentile of the values; of a single one, that."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[of_100 - 1]


def _results(answer: Answer) -> list[Any]:
    """Return the number of rows of a list; anything else counts as one."""
    if "json" not in (answer.header("Content-Type") or ""):
        return [None]
    return json.loads(answer.body).get("results", [None])


def _queries(method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> int:
    """Return how many statements an answer takes, without those of the login and of transactions."""
    client = APIClient(SERVER_NAME="localhost")
    client.force_authenticate(get_user_model().objects.get(username="bench"))
    sent = "" if body is None else json.dumps(body)
    if method == "GET":
        # The server under measurement has answered before, and has the revision of the catalogue cached.
        client.generic(method, path, sent, "application/json", headers=headers)
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(method, path, sent, "application/json", headers=headers)
    assert answer.status_code < 400, (path, answer.status_code)
    return sum(not query["sql"].startswith(OF_TRANSACTIONS) for query in captured)

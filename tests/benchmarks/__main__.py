"""`python -m tests.benchmarks --jobs N`: measures every endpoint over N jobs in an empty PostgreSQL."""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

import logging  # noqa: E402

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402
from knox.models import AuthToken  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from tests.benchmarks.clients import requests_per_second  # noqa: E402
from tests.benchmarks.data import LIVE, add_job_types, load  # noqa: E402
from tests.benchmarks.floors import COUNTS, FLOORS, floor  # noqa: E402
from tests.benchmarks.writes import Write, writes  # noqa: E402
from tests.load.server import Client, Server  # noqa: E402

RESULTS = Path(settings.BASE_DIR) / "var"
_HEADINGS = ("endpoint", "rows", "queries", "kB", "median ms", "p95 ms", "req/s", "floor ms", "ratio")


def main() -> None:
    """Loads the data, measures, and prints the table and, when asked for, the plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000, help=f"how many, {LIVE} of them live")
    parser.add_argument("--rounds", type=int, default=30, help="how often each endpoint is asked")
    parser.add_argument("--explain", action="store_true", help="print the plans of all queries on jobs too")
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        parser.error("DATABASE_URL must name an empty PostgreSQL database; `make bench` brings one along.")
    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)
    load(options.jobs)
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        token = staff_token()
        bench = Bench(server.port, token, options.rounds)
        rows = [bench.read(endpoint) for endpoint in FLOORS]
        rows += [bench.not_modified("/v6/job-types/algorithm-000/1.0.0/")]
        rows += [bench.write(write) for write in writes()]
        add_job_types(1800)
        rows += [bench.read("/v6/job-types/", "/v6/job-types/, of 10,000 job types")]
        memory = max(worker.memory_info().rss for worker in server.workers()) // 2**20
    report(rows, options.jobs)
    print(f"The largest worker holds {memory} MiB after all this.")
    if options.explain:
        print("\n".join(plans()))


def staff_token() -> str:
    """A token of a new member of staff."""
    user = get_user_model().objects.create_user("bench", is_staff=True)
    return str(AuthToken.objects.create(user=user)[1])


class Bench:
    """Asks a server, and measures: milliseconds, queries, bytes."""

    def __init__(self, port: int, token: str, rounds: int) -> None:
        self.port, self.token, self.rounds = port, token, rounds
        self.client = Client(port, token)
        self.numbers = count()

    def read(self, endpoint: str, name: str = "") -> dict[str, Any]:
        """A read, in turn with its floor."""
        body = self._send("GET", endpoint)
        results = json.loads(body).get("results", [None])
        if endpoint in COUNTS:
            check(endpoint, results)
        # The longest window takes seconds, and its spread is small.
        rounds = self.rounds if "P31D" not in endpoint else max(self.rounds // 4, 3)
        asked, floors = [], []
        for _ in range(_WARM):
            self._send("GET", endpoint)
        for _ in range(rounds):
            asked.append(milliseconds(lambda: self._send("GET", endpoint)))
            floors.append(milliseconds(lambda: floor(endpoint)))
        rate = requests_per_second(self.port, endpoint, clients=16, token=self.token)
        queries = self._queries(lambda client: client.get(endpoint))
        return _row(name or endpoint, len(results), queries, len(body), asked, rate=rate, floors=floors)

    def not_modified(self, endpoint: str) -> dict[str, Any]:
        """A read of what the client has already."""
        self._send("GET", endpoint)
        tag = {"If-None-Match": self.client.answered["ETag"]}
        for _ in range(_WARM):
            self._send("GET", endpoint, status=304, **tag)
        asked = [milliseconds(lambda: self._send("GET", endpoint, status=304, **tag)) for _ in range(self.rounds)]
        queries = self._queries(lambda client: client.get(endpoint, headers=tag))
        return _row(f"{endpoint}, not modified", 0, queries, 0, asked)

    def write(self, write: Write) -> dict[str, Any]:
        """A write, again and again; one client, since most write to the same job type."""

        def send() -> bytes:
            number = next(self.numbers)
            return self._send(write.method, write.path(number), write.body(number), status=write.status)

        for _ in range(_WARM):
            send()
        asked = [milliseconds(send) for _ in range(self.rounds)]
        number = next(self.numbers)
        act = {"POST": APIClient.post, "PATCH": APIClient.patch}[write.method]
        queries = self._queries(lambda client: act(client, write.path(number), write.body(number), format="json"))
        return _row(write.name, 1, queries, len(send()), asked)

    def _send(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> bytes:
        connection = self.client.connection
        sent = None if body is None else json.dumps(body)
        connection.request(
            method, path, sent, {**self.client.headers, "Content-Type": "application/json", **headers}
        )
        answer = connection.getresponse()
        self.client.answered = answer.headers
        text = answer.read()
        assert answer.status == status, (path, answer.status, text)
        return text

    def _queries(self, act: Callable[[APIClient], Any]) -> int:
        """How many statements the answer takes, those of the login and of transactions aside."""
        client = APIClient(SERVER_NAME="localhost")
        client.force_authenticate(get_user_model().objects.get(username="bench"))
        with CaptureQueriesContext(connection) as captured:
            assert act(client).status_code < 400
        return sum(not query["sql"].startswith(_OF_TRANSACTIONS) for query in captured)


_WARM = 20  # requests: each thread of each worker has a connection to open
_OF_TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def _row(
    name: str,
    rows: int,
    queries: int,
    size: int,
    asked: list[float],
    *,
    rate: float | None = None,
    floors: list[float] | None = None,
) -> dict[str, Any]:
    """A line of the table; None where there is nothing to tell."""
    median, low = statistics.median(asked), statistics.median(floors) if floors else None
    values = (
        name,
        rows,
        queries,
        round(size / 1000, 1),
        round(median, 1),
        round(statistics.quantiles(asked, n=20)[-1], 1),
        rate and round(rate),
        low and round(low, 1),
        low and round(median / low, 2),
    )
    return dict(zip(_HEADINGS, values, strict=True))


def check(endpoint: str, rows: list[dict[str, Any]]) -> None:
    """That the floor counts what the endpoint counts, but for the seconds that the window moved on meanwhile."""
    shown = sum(group["count"] for row in rows for group in row.get("job_counts", [row]))
    expected = sum(row[-1] for row in floor(endpoint))
    assert abs(shown - expected) <= 0.01 * expected, (endpoint, shown, expected)


def milliseconds(act: Callable[[], object]) -> float:
    """How long `act` takes."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def report(rows: list[dict[str, Any]], jobs: int) -> None:
    """Prints the table, and keeps it as JSON in var/."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    machine = f"PostgreSQL {version}, {os.cpu_count()} cores"
    print(f"\n{jobs:,} jobs, {LIVE:,} of them live; {machine}; req/s: 16 clients\n")
    print(f"| {' | '.join(_HEADINGS)} |\n|{' --- |' * len(_HEADINGS)}")
    for row in rows:
        cells = ["-" if row[heading] is None else str(row[heading]) for heading in _HEADINGS]
        print(f"| {' | '.join(cells)} |")
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"bench-{jobs}.json"
    facts = {"date": timezone.now().isoformat(), "postgresql": version, "cores": os.cpu_count(), "jobs": jobs}
    file.write_text(json.dumps({**facts, "endpoints": rows}, indent=2) + "\n")
    print(f"\nKept in {file.relative_to(settings.BASE_DIR)}.")


def plans() -> Iterator[str]:
    """The plans of the queries on jobs that each endpoint makes."""
    for endpoint in COUNTS:
        with CaptureQueriesContext(connection) as captured:
            APIClient().get(endpoint, HTTP_HOST="localhost")
        for query in captured:
            if '"jobs_job"' not in query["sql"]:
                continue
            yield f"\n{endpoint}"
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query['sql']}")
                yield from (f"  {line[:140]}" for (line,) in cursor.fetchall())


if __name__ == "__main__":
    main()

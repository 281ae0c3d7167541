"""`python -m tests.benchmarks --jobs N`: measures the status services over N jobs in an empty PostgreSQL."""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

import logging  # noqa: E402

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from tests.benchmarks.data import LIVE, load  # noqa: E402
from tests.benchmarks.floors import FLOORS, floor  # noqa: E402
from tests.load.server import Client, Server  # noqa: E402

RESULTS = Path(settings.BASE_DIR) / "var"
_HEADINGS = ("endpoint", "rows", "queries", "kB", "median ms", "p95 ms", "floor ms", "ratio")


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
        client = Client(server.port)
        rows = [measure(client, endpoint, options.rounds) for endpoint in FLOORS]
    report(rows, options.jobs)
    if options.explain:
        print("\n".join(plans()))


def url_of(endpoint: str) -> str:
    """The URL of an endpoint with the largest page."""
    return f"/v6/job-types/{endpoint}{'&' if '?' in endpoint else '?'}page_size=1000"


def measure(client: Client, endpoint: str, rounds: int) -> dict[str, Any]:
    """Asks an endpoint over HTTP and runs its floor, in turn; milliseconds."""
    body = get(client, endpoint)
    rows = json.loads(body)["results"]
    check(endpoint, rows)
    asked, floors = [], []
    # The longest window takes seconds, and its spread is small.
    for _ in range(rounds if endpoint != "status/?started=P31D" else max(rounds // 4, 3)):
        asked.append(milliseconds(lambda: get(client, endpoint)))
        floors.append(milliseconds(lambda: floor(endpoint)))
    with CaptureQueriesContext(connection) as captured:
        APIClient().get(url_of(endpoint), HTTP_HOST="localhost")
    median, low = statistics.median(asked), statistics.median(floors)
    values = (
        endpoint,
        len(rows),
        len(captured),
        round(len(body) / 1000),
        round(median, 1),
        round(statistics.quantiles(asked, n=20)[-1], 1),
        round(low, 1),
        round(median / low, 2),
    )
    return dict(zip(_HEADINGS, values, strict=True))


def get(client: Client, endpoint: str) -> bytes:
    """The body of an answer, over the kept-alive connection."""
    client.connection.request("GET", url_of(endpoint))
    answer = client.connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


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
    print(f"\n{jobs:,} jobs, {LIVE:,} of them live; PostgreSQL {version}, {os.cpu_count()} cores; page_size=1000\n")
    print(f"| {' | '.join(_HEADINGS)} |\n|{' --- |' * len(_HEADINGS)}")
    for row in rows:
        print(f"| {' | '.join(str(row[heading]) for heading in _HEADINGS)} |")
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"bench-{jobs}.json"
    facts = {"date": timezone.now().isoformat(), "postgresql": version, "cores": os.cpu_count(), "jobs": jobs}
    file.write_text(json.dumps({**facts, "endpoints": rows}, indent=2) + "\n")
    print(f"\nKept in {file.relative_to(settings.BASE_DIR)}.")


def plans() -> Iterator[str]:
    """The plans of the queries on jobs that each endpoint makes."""
    for endpoint in FLOORS:
        with CaptureQueriesContext(connection) as captured:
            APIClient().get(url_of(endpoint), HTTP_HOST="localhost")
        for query in captured:
            if '"jobs_job"' not in query["sql"]:
                continue
            yield f"\n{endpoint}"
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query['sql']}")
                yield from (f"  {line[:140]}" for (line,) in cursor.fetchall())


if __name__ == "__main__":
    main()

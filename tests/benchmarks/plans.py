"""The plans of the statements on jobs that the status services run."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.benchmarks.entries import Read


def plans(reads: Iterable[Read]) -> Iterator[str]:
    """Return lines: each endpoint that counts jobs, and the plans of its statements."""
    for read in reads:
        if not read.counts:
            continue
        with CaptureQueriesContext(connection) as captured:
            APIClient().get(read.path, HTTP_HOST="localhost")
        for query in captured:
            if "jobs_job" not in query["sql"]:
                continue
            yield f"\n{read.path}"
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query['sql']}")
                yield from (f"  {line[:140]}" for (line,) in cursor.fetchall())

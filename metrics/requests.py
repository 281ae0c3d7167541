"""What is counted of requests: how many there were, how long they took, and what they asked of the database."""

import os
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram, values

from core.http.slow import current_work
from metrics import processes
from metrics.labels import method_of, route_of

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# Both have to be set before the first metric is made.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = processes.folder()
values.ValueClass = values.MultiProcessValue(processes.identifier)

_requests = Counter(
    "scale_http_requests", "Requests that were answered.", ("route", "method", "status"), registry=None
)
_duration = Histogram(
    "scale_http_request_duration_seconds",
    "How long requests took.",
    ("route", "method"),
    registry=None,
    buckets=_SECONDS,
)
_database = Counter(
    "scale_http_request_database_seconds",
    "How long requests waited for their statements.",
    ("route", "method"),
    registry=None,
)
_statements = Counter(
    "scale_http_request_statements",
    "Statements that requests sent to the database.",
    ("route", "method"),
    registry=None,
)


class RequestMetricsMiddleware:
    """Counts each request by the pattern of its URL, its method and the status of its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        work = current_work()
        counted = _series(route_of(request), method_of(request), response.status_code)
        counted.requests.inc()
        counted.duration.observe(work.milliseconds() / 1000)
        counted.database.inc(work.database / 1000)
        counted.statements.inc(work.queries)
        return response


class _Series(NamedTuple):
    requests: Counter
    duration: Histogram
    database: Counter
    statements: Counter


@cache  # as many as there are series
def _series(route: str, method: str, status: int) -> _Series:
    return _Series(
        _requests.labels(route, method, status),
        _duration.labels(route, method),
        _database.labels(route, method),
        _statements.labels(route, method),
    )

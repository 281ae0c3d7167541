"""The policy of the garbage collector (``gunicorn.conf.py``) beside Python's own: the same load on two servers."""

from collections import defaultdict
from contextlib import ExitStack

from tests.benchmarks.clients import CLIENTS
from tests.benchmarks.measure import Bench, Row, spread

_TURNS = 5
_REQUESTS = {
    "details": "/v6/job-types/algorithm-000/1.0.0/",
    "status, 1000": "/v6/job-types/status/?page_size=1000",
}
# What a server lacks -> how the table calls it.
_POLICIES = {"": "after responses", "collector": "at any time"}


def measure(bench: Bench) -> list[Row]:
    """Return a row for each request and policy: the milliseconds of all answers to many clients, in turn."""
    with ExitStack() as stack:
        benches = {collects: stack.enter_context(bench.without(layer)) for layer, collects in _POLICIES.items()}
        times: dict[tuple[str, str], list[float]] = defaultdict(list)
        for _ in range(_TURNS):
            for request, path in _REQUESTS.items():
                for collects, one in benches.items():
                    times[request, collects] += one.load([one.request("GET", path)]).times
    return [
        {"request": request, "garbage is collected": collects, "clients": CLIENTS, "of": len(some), **spread(some)}
        for (request, collects), some in times.items()
    ]

"""The tail of claims and reports over HTTP, while workers claim from one queue and report what they ran."""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from typing import Any
from uuid import uuid4

from core.actors import Actor, Source, acting
from tests.benchmarks.claims import empty_queue, queue_jobs, queue_of_its_own
from tests.benchmarks.clients import Clients, Connection
from tests.benchmarks.databases import vacuum
from tests.benchmarks.measure import Bench, Row, bench, spread
from tests.benchmarks.steadiness import Watch

_WORKERS = 8
_JOB_TYPES = 10
_CLAIMED = 10
_CYCLES = 10  # that each worker runs for each round
_TURNS = 5
_WARM = 10  # before each turn: connections to the database are made, and what a process keeps is read
# What a server lacks -> how the table calls it.
_PLANS = {"": "kept", "plans": "made anew"}
_CLAIM, _REPORT = f"a claim of {_CLAIMED} jobs", f"a report of {_CLAIMED} jobs"
_STEP = "both in one request"
# Of each request when it was sent and when it was answered, in seconds.
Times = dict[str, list[tuple[float, float]]]


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(clients: Clients, rounds: int) -> list[Row]:
    """Return a row for each request that workers send, of which none pauses: first in two requests, then in one.

    And so for two servers, in turn: one keeps the plans of PostgreSQL, one lets it plan each statement anew. Beside
    the milliseconds of all are those of the requests during which the machine itself was not slow.
    """
    cycles = rounds * _CYCLES // _TURNS
    times: dict[str, Times] = {plans: defaultdict(list) for plans in _PLANS.values()}
    with queue_of_its_own():
        empty_queue(_JOB_TYPES)
        # As many for each of the two, and the first claim of the second.
        jobs = _WORKERS * _CLAIMED * 2 * (_WARM + cycles + 1)
        queue_jobs(1, jobs * _TURNS * len(_PLANS), _JOB_TYPES)
        vacuum()
        with bench(clients, rounds) as one, ExitStack() as stack:
            benches = {plans: stack.enter_context(one.without(layer)) for layer, plans in _PLANS.items()}
            watch = stack.enter_context(Watch())
            for _ in range(_TURNS):
                for plans, asking in benches.items():
                    for cycle in (_in_two_requests, _in_one_request):
                        _add(times[plans], asking, partial(cycle, cycles=cycles))
    return [_row(request, plans, some, watch) for plans, each in times.items() for request, some in each.items()]


def _row(request: str, plans: str, times: list[tuple[float, float]], watch: Watch) -> Row:
    steady = [(begin, end) for begin, end in times if watch.is_steady(begin, end)]
    return {
        "request": request,
        "plans are": plans,
        "workers": _WORKERS,
        "of": len(times),
        **spread([(end - begin) * 1000 for begin, end in times]),
        "on a steady machine": len(steady),
        **spread([(end - begin) * 1000 for begin, end in steady], prefix="steady "),
    }


def _add(times: Times, asking: Bench, cycle: Callable[..., Times]) -> None:
    """Let all workers at once run a cycle, and add the times of its requests."""
    with ThreadPoolExecutor(_WORKERS) as threads:
        for measured in threads.map(lambda worker: cycle(asking, worker), range(_WORKERS)):
            for request, some in measured.items():
                times[request] += some


def _in_two_requests(asking: Bench, worker: int, cycles: int) -> Times:
    """Let a worker claim jobs and report them, over and over; return the times of each request."""
    times: Times = {_CLAIM: [], _REPORT: []}
    with closing(Connection(asking.server.port)) as connection:
        for _ in range(_WARM + cycles):
            claimed, claimed_at = _send(asking, connection, "/v6/jobs/claim/", _claim(worker))
            _, reported_at = _send(asking, connection, "/v6/jobs/transitions/", _reports(claimed))
            times[_CLAIM].append(claimed_at)
            times[_REPORT].append(reported_at)
    return {request: some[_WARM:] for request, some in times.items()}


def _in_one_request(asking: Bench, worker: int, cycles: int) -> Times:
    """Let a worker report jobs in the request that claims the next, over and over; return its times."""
    times: Times = {_STEP: []}
    with closing(Connection(asking.server.port)) as connection:
        claimed, _ = _send(asking, connection, "/v6/jobs/claim/", _claim(worker))
        for _ in range(_WARM + cycles):
            body = {**_reports(claimed), "claim": _claim(worker)}
            answer, answered_at = _send(asking, connection, "/v6/jobs/transitions/", body)
            claimed = answer["claimed"]
            times[_STEP].append(answered_at)
    return {_STEP: times[_STEP][_WARM:]}


def _send(asking: Bench, connection: Connection, path: str, body: Any) -> tuple[Any, tuple[float, float]]:
    """Return the answer to a POST, and when it was sent and answered."""
    request = asking.request("POST", path, body).encode()
    begin = time.perf_counter()
    answer = connection.ask(request)
    end = time.perf_counter()
    assert answer.status == 200, answer
    return json.loads(answer.body), (begin, end)


def _claim(worker: int) -> dict[str, Any]:
    return {"node": f"node-{worker}", "limit": _CLAIMED, "claim_id": str(uuid4())}


def _reports(claimed: Any) -> dict[str, Any]:
    """Return the body that reports claimed jobs, all of which there were, as completed."""
    jobs = claimed["results"]
    assert len(jobs) == _CLAIMED, claimed
    return {"changes": [{"job_id": job["id"], "status": "COMPLETED", "num_exes": job["num_exes"]} for job in jobs]}

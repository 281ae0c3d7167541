"""The tail of claims and reports over HTTP, while workers claim from one queue and report what they ran."""

import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import uuid4

from core.actors import Actor, Source, acting
from tests.benchmarks.claims import empty_queue, queue_jobs, queue_of_its_own
from tests.benchmarks.clients import Clients, Connection
from tests.benchmarks.databases import vacuum
from tests.benchmarks.measure import Bench, Row, bench, spread

_WORKERS = 8
_JOB_TYPES = 10
_CLAIMED = 10
_CYCLES = 10  # that each worker runs for each round
_WARM = 10  # before: connections to the database are made, and what a process keeps is read
_CLAIM, _REPORT = f"a claim of {_CLAIMED} jobs", f"a report of {_CLAIMED} jobs"
_STEP = "both in one request"
Times = dict[str, list[float]]


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(clients: Clients, rounds: int) -> list[Row]:
    """Return a row for each request that workers send, of which none pauses: first in two requests, then in one."""
    cycles = rounds * _CYCLES
    with queue_of_its_own():
        empty_queue(_JOB_TYPES)
        # As many for each of the two, and the first claim of the second.
        queue_jobs(1, _WORKERS * _CLAIMED * 2 * (_WARM + cycles + 1), _JOB_TYPES)
        vacuum()
        with bench(clients, rounds) as asking, ThreadPoolExecutor(_WORKERS) as threads:
            times: Times = defaultdict(list)
            for cycle in (_in_two_requests, _in_one_request):
                for measured in threads.map(lambda worker: cycle(asking, worker, cycles), range(_WORKERS)):  # noqa: B023
                    for request, some in measured.items():
                        times[request] += some
    return [
        {"request": request, "workers": _WORKERS, "of": len(some), **spread(some)}
        for request, some in times.items()
    ]


def _in_two_requests(asking: Bench, worker: int, cycles: int) -> Times:
    """Let a worker claim jobs and report them, over and over; return the milliseconds of each request."""
    times: Times = {_CLAIM: [], _REPORT: []}
    with closing(Connection(asking.server.port)) as connection:
        for _ in range(_WARM + cycles):
            claimed, claiming = _send(asking, connection, "/v6/jobs/claim/", _claim(worker))
            _, reporting = _send(asking, connection, "/v6/jobs/transitions/", _reports(claimed))
            times[_CLAIM].append(claiming)
            times[_REPORT].append(reporting)
    return {request: some[_WARM:] for request, some in times.items()}


def _in_one_request(asking: Bench, worker: int, cycles: int) -> Times:
    """Let a worker report jobs in the request that claims the next, over and over; return its milliseconds."""
    times: Times = {_STEP: []}
    with closing(Connection(asking.server.port)) as connection:
        claimed, _ = _send(asking, connection, "/v6/jobs/claim/", _claim(worker))
        for _ in range(_WARM + cycles):
            body = {**_reports(claimed), "claim": _claim(worker)}
            answer, milliseconds = _send(asking, connection, "/v6/jobs/transitions/", body)
            claimed = answer["claimed"]
            times[_STEP].append(milliseconds)
    return {_STEP: times[_STEP][_WARM:]}


def _send(asking: Bench, connection: Connection, path: str, body: Any) -> tuple[Any, float]:
    """Return the answer to a POST, and how many milliseconds it took."""
    request = asking.request("POST", path, body).encode()
    begin = time.perf_counter()
    answer = connection.ask(request)
    milliseconds = (time.perf_counter() - begin) * 1000
    assert answer.status == 200, answer
    return json.loads(answer.body), milliseconds


def _claim(worker: int) -> dict[str, Any]:
    return {"node": f"node-{worker}", "limit": _CLAIMED, "claim_id": str(uuid4())}


def _reports(claimed: Any) -> dict[str, Any]:
    """Return the body that reports claimed jobs, all of which there were, as completed."""
    jobs = claimed["results"]
    assert len(jobs) == _CLAIMED, claimed
    return {"changes": [{"job_id": job["id"], "status": "COMPLETED", "num_exes": job["num_exes"]} for job in jobs]}

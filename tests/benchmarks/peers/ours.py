"""This service: jobs over HTTP, by a client and by workers that do as little as they can beside it."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.benchmarks.clients import Connection, prepared
from tests.benchmarks.peers.peer import WORKERS, run

_WAIT = 20  # seconds that the claim of an idle worker waits for a job


class Queue:
    """The service on a port, as an operator and as the worker that claims ``batch`` jobs at a time."""

    packages = ()
    processes = WORKERS

    def __init__(self, place: dict[str, Any]) -> None:
        self.place, self.connection = place, Connection(place["port"])
        self.how = f"{WORKERS} processes, each claims {place['batch']} jobs in the request that reports as many"
        self.job_type = {"job_type_id": place["job_type"]}

    def prepare(self) -> None:
        """Do nothing: the benchmark migrates the database of the service."""

    def create(self, number: int) -> None:
        self._ask("/v6/jobs/", {**self.job_type, "input": _input(number)}, 201)

    def create_many(self, numbers: Sequence[int]) -> None:
        self._ask("/v6/jobs/bulk/", {**self.job_type, "inputs": [_input(number) for number in numbers]}, 201)

    def completed(self) -> int:
        answer = self._ask("/v6/jobs/?status=COMPLETED&page_size=1", None)
        return int(answer["count"])

    def work(self, worker: int) -> None:
        token = self.place["workers"][worker]
        reports: list[dict[str, Any]] = []
        while True:
            claim = {"node": f"node-{worker}", "limit": self.place["batch"], "claim_id": str(uuid4())}
            if reports:
                answer = self._ask("/v6/jobs/transitions/", {"changes": reports, "claim": claim}, token=token)
                assert answer["changed"] == len(reports), answer
                claimed = answer["claimed"]["results"]
            else:
                claimed = self._ask("/v6/jobs/claim/", {**claim, "wait": _WAIT}, token=token)["results"]
            reports = [_run(job) for job in claimed]

    def _ask(self, path: str, body: Any, status: int = 200, token: str = "") -> Any:
        request = prepared("GET" if body is None else "POST", path, token or self.place["operator"], body)
        answer = self.connection.ask(request.encode())
        assert answer.status == status, answer
        return json.loads(answer.body)


def _input(number: int) -> dict[str, Any]:
    return {"json": {"NUMBER": number}}


def _run(job: Any) -> dict[str, Any]:
    """Run a claimed job, and return its report."""
    run(job["input"]["json"]["NUMBER"])
    return {"job_id": job["id"], "status": "COMPLETED", "num_exes": job["num_exes"]}

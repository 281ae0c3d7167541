"""Jobs that are created in a second, one by one and in bulk, in a database of its own."""

import statistics
from typing import Any

from core.actors import Actor, Source, acting
from job_types.services import register_job_type
from jobs.creation import JobsAlike, create_job, create_jobs
from tests.benchmarks.clients import Clients, Connection
from tests.benchmarks.databases import database_of_its_own
from tests.benchmarks.floors import milliseconds
from tests.benchmarks.measure import TAIL, WARM, Bench, Row, bench, rates, spread
from tests.factories import example
from tests.files.factories import make_file
from workspaces.services import create_workspace

_SIZES = (1, 10, 100, 1_000)


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(clients: Clients, rounds: int) -> list[Row]:
    """Return a row for each number of jobs that a request creates: its time, and the jobs of a second."""
    with database_of_its_own("creation"):
        for name in ("workspace_1", "workspace_2"):
            create_workspace(name=name, fields={})
        job_type = register_job_type(fields=example("add-seed-image")).instance  # type: ignore[arg-type]
        file = make_file().pk
        with bench(clients, rounds) as asking:
            return [_row(asking, size, job_type.pk, file) for size in _SIZES]


def _row(asking: Bench, size: int, job_type: int, file: int) -> Row:
    inputs = [{"files": {"INPUT_TEXT": [file]}, "json": {"READ_LENGTH": number}} for number in range(size)]
    path, body = _request(job_type, inputs)
    sent = asking.request("POST", path, body)
    kept_alive = Connection(asking.server.port)

    def ask() -> None:
        answer = kept_alive.ask(sent.encode())
        assert answer.status == 201, answer

    asked = _times(asking.rounds, ask)
    kept_alive.close()
    load = asking.load([sent], 201)
    by_many = rates(load)
    return {
        "jobs a request": size,
        "in process ms": round(statistics.median(_times(asking.rounds, lambda: _create(job_type, inputs))), 2),
        **spread(asked),
        "jobs/s": round(size * 1000 / statistics.median(asked)),
        "jobs/s, 16 clients": by_many["req/s"] and round(size * by_many["req/s"]),
        **{name: by_many[name] for name in (TAIL, "web ms", "db ms")},
    }


def _request(job_type: int, inputs: list[Any]) -> tuple[str, dict[str, Any]]:
    """Return the path and the body that create a job for each input."""
    if len(inputs) == 1:
        return "/v6/jobs/", {"job_type_id": job_type, "input": inputs[0]}
    return "/v6/jobs/bulk/", {"job_type_id": job_type, "inputs": inputs}


def _create(job_type: int, inputs: list[Any]) -> None:
    """Create the same jobs without HTTP."""
    if len(inputs) == 1:
        create_job(fields={"job_type_id": job_type, "input": inputs[0]})
    else:
        placed = [(f"/inputs/{index}", given) for index, given in enumerate(inputs)]
        create_jobs(groups=[JobsAlike({"job_type_id": job_type}, placed)])


def _times(rounds: int, act: Any) -> list[float]:
    """Return the milliseconds of ``act``, after some that warm up."""
    for _ in range(WARM):
        act()
    return [milliseconds(act) for _ in range(rounds)]

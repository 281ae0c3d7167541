"""``python -m tests.benchmarks.peers``: queues that people would pick instead, and ours in turn with them.

DATABASE_URL must name an empty PostgreSQL database (``make bench-peers`` brings one along). Each queue has a
database in that PostgreSQL, but for Celery, whose Redis is started here.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.benchmarks.peers.peer import BY_MANY, WORKERS
from tests.benchmarks.peers.redis_server import redis_server, redis_version
from tests.standalone import set_up

_RATES = ("one by one", BY_MANY, "in bulk", "worked", "whole lives")
_OURS = "ours, by 100"  # what the others are compared with


class Contender(NamedTuple):
    """A queue of a module beside this one, the Python that has it, and where it is."""

    title: str
    module: str
    python: str
    place: dict[str, Any]

    def do(self, action: str, **options: int) -> Any:
        """Let a process of its own prepare the queue, or measure a turn of it, and return what it says."""
        command = [self.python, "-m", "tests.benchmarks.peers.turn", self.module, action]
        command += [f"--{name}={value}" for name, value in options.items()]
        environment = {**os.environ, "PLACE": json.dumps(self.place)}
        # Celery would look for Django.
        del environment["DJANGO_SETTINGS_MODULE"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)


def place_of_ours(port: int) -> dict[str, Any]:
    """Return where the service is, with its job type and its workers."""
    manifest = minimal_manifest(
        name="nothing",
        interface={"command": "nothing", "inputs": {"json": [{"name": "NUMBER", "type": "integer"}]}},
    )
    registered = register_job_type(fields={"docker_image": "nothing-1.0.0-seed:1.0.0", "manifest": manifest})
    workers = [worker_token(f"node-{number}") for number in range(WORKERS)]
    return {"port": port, "operator": TOKEN, "job_type": registered.instance.pk, "workers": workers}


def contenders(port: int, redis: int | None, python: str) -> list[Contender]:
    """Return all in the order of their turns, in which ours and the others alternate; ours alone without Redis."""
    place = place_of_ours(port)
    ours = [
        Contender(f"ours, by {batch}", "ours", sys.executable, {**place, "batch": batch}) for batch in (100, 10, 1)
    ]
    if redis is None:
        return ours
    others = [
        Contender("procrastinate", "procrastinate", python, {"dsn": _database("procrastinate")}),
        Contender("PgQueuer", "pgqueuer", python, {"dsn": _database("pgqueuer")}),
        Contender("Celery", "celery", python, {"redis": redis}),
    ]
    return [one for pair in zip(ours, others, strict=True) for one in pair]


def _database(name: str) -> str:
    """Create a database, and return its URL."""
    execute(f"CREATE DATABASE {name}")
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def in_turn(queues: Sequence[Contender], rounds: int, jobs: int, samples: int) -> dict[str, list[dict[str, Any]]]:
    """Return the turns of each queue, one a round."""
    turns: dict[str, list[dict[str, Any]]] = {one.title: [] for one in queues}
    for number in range(rounds):
        for one in queues:
            turns[one.title].append(one.do("measure", jobs=jobs, samples=samples))
            rates = ", ".join(f"{name} {turns[one.title][-1][name]:,.0f}" for name in _RATES)
            print(f"Round {number + 1}, {one.title}: {rates}", file=sys.stderr, flush=True)
    return turns


def row(title: str, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of the turns of a queue, and of all waits in them."""
    waits = [wait for turn in turns for wait in turn["waits"]]
    return {
        "queue": title,
        **{f"{name}/s": f"{_median(turns, lambda turn, name=name: turn[name]):,.0f}" for name in _RATES},
        "ms until started": f"{statistics.median(waits):.1f}",
        "p95 ms": f"{percentile(waits, 95):.1f}",
    }


def ratios(title: str, turns: list[dict[str, Any]], ours: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many times as fast a queue is as ours, each a median of the ratios within a round."""
    pairs = list(zip(turns, ours, strict=True))
    return {
        "queue": title,
        **{name: f"{_median(pairs, lambda pair, name=name: pair[0][name] / pair[1][name]):.2f}" for name in _RATES},
    }


def _median(values: Sequence[Any], of: Callable[..., float]) -> float:
    return statistics.median(map(of, values))


def main(options: argparse.Namespace) -> None:
    """Measure, print the tables, and keep them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(redis_server(folder)) if options.peers else None
        served = stack.enter_context(server(folder))
        queues = contenders(served.port, redis, options.peers)
        said = {one.title: one.do("prepare") for one in queues}
        turns = in_turn(queues, options.rounds, options.jobs, options.samples)
    found = {**facts(options.jobs, options.rounds), "queues": said, "turns": turns}
    if redis:
        found["redis"] = redis_version()
    print(f"{found['cores']} cores, {found['machine']}; PostgreSQL {found['postgresql']}; code {found['code']}")
    for title, one in said.items():
        print(f"- {title}: {one['versions'] or 'this code'}; {one['how']}")
    print(f"\n{table([row(title, some) for title, some in turns.items()])}")
    print(f"\n{table([ratios(title, some, turns[_OURS]) for title, some in turns.items()])}")
    print(f"\nKept in {keep(found, 'bench-peers')}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="the Python that has the other queues; without it, only ours is measured")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each queue; 3 by default")
    parser.add_argument("--jobs", type=int, default=5_000, help="jobs created in bulk; 5,000 by default")
    parser.add_argument("--samples", type=int, default=40, help="jobs that find idle workers; 40 by default")
    chosen = parser.parse_args()
    TOKEN = set_up()

    from core.actors import Actor, Source, acting
    from job_types.services import register_job_type
    from tests.agents.acceptance import worker_token
    from tests.benchmarks.databases import execute
    from tests.benchmarks.measure import percentile
    from tests.benchmarks.report import facts, keep, table
    from tests.benchmarks.serving import server
    from tests.seed.factories import minimal_manifest

    with acting(Actor("bench", Source.COMMAND, command="tests.benchmarks")):
        main(chosen)

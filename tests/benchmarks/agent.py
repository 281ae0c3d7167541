"""``python -m tests.benchmarks.agent``: how long a job waits for an idle agent, and what agents cost.

DATABASE_URL must name an empty PostgreSQL database (``make bench-agent`` brings one along). Docker needs root.
"""

import argparse
import random
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.standalone import set_up

NAME, IMAGE, NODE, MEMORY = "idle", "idle-1.0.0-seed:1.0.0", "bench", 32
PATIENCE = 1_800.0


class Starts:
    """The moments at which containers of jobs were started, by the clock of the engine."""

    def __init__(self, engine: Any) -> None:
        self.moments: dict[int, datetime] = {}
        filters = {"event": "start", "label": f"scale.agent.node={NODE}"}
        self.events = engine.client.events(decode=True, filters=filters)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for event in self.events:
            job = int(event["Actor"]["Attributes"]["scale.agent.job"])
            self.moments[job] = datetime.fromtimestamp(event["timeNano"] / 1e9, UTC)


class Bench:
    """An engine, a service, and an agent that has nothing to do yet."""

    def __init__(self, engine: Any, operator: Any, agent: Any, outputs: Path) -> None:
        self.engine, self.operator = engine, operator
        self.agent = psutil.Process(agent.process.pid)
        self.starts = Starts(engine)
        self.alone = docker_engine.connect(engine.url)
        plan, _ = make_plan(IMAGE, Manifest.read(manifest()), Arguments(), outputs, choose_user("", (0, 0)))
        self.config = self.alone.config(plan, self.alone.image(IMAGE))

    def one_at_a_time(self, rounds: int) -> dict[str, list[float]]:
        """Return, by what they are, the milliseconds of jobs of which each finds the agent idle.

        In turn with them, the engine runs such a container by itself.
        """
        ids, alone = [], []
        for _ in range(rounds):
            ids += self._create(1)
            wait_for(ids[-1:])
            # Not always at the same moment between two claims.
            time.sleep(random.uniform(0.1, 0.6))
            alone.append(self._alone())
        jobs = [Job.objects.get(pk=pk) for pk in ids]
        reported = [_ms(job.started, job.ended) for job in jobs]
        return {
            "a job: queued until its container starts": [
                _ms(job.queued, self.starts.moments[job.pk]) for job in jobs
            ],
            "a job: claimed until it is reported": reported,
            "the engine alone: created, started, waited for": alone,
            "a job beyond the engine alone": [one - other for one, other in zip(reported, alone, strict=True)],
        }

    def _alone(self) -> float:
        """Return the milliseconds that the engine takes for a container like that of a job, until it has ended."""
        client, name, began = self.alone.client, "alone", time.perf_counter()
        client.create_container_from_config(self.config, name)
        client.start(name)
        client.wait(name)
        taken = (time.perf_counter() - began) * 1000
        client.remove_container(name, v=True, force=True)
        return taken

    def many(self, count: int) -> tuple[float, float]:
        """Return the jobs a minute of the agent, and the milliseconds of processor time that each takes it."""
        self.operator.fleet.edit_scheduler({"is_paused": True})
        ids = self._create(count)
        used, began = self._cpu(), time.monotonic()
        self.operator.fleet.edit_scheduler({"is_paused": False})
        wait_for(ids)
        return count / (time.monotonic() - began) * 60, (self._cpu() - used) / count * 1000

    def docker_run(self, count: int, at_once: int) -> float:
        """Return the containers a minute of loops of ``docker run``."""
        command = [
            "docker",
            "--host",
            self.engine.url,
            "run",
            "--rm",
            "--network=none",
            f"--memory={MEMORY}m",
            IMAGE,
        ]

        def run(number: int) -> None:
            subprocess.run(command, check=True, capture_output=True)

        began = time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(run, range(count)))
        return count / (time.monotonic() - began) * 60

    def _create(self, count: int) -> list[int]:
        body = {"job_type_name": NAME, "job_type_version": "1.0.0"}
        return [self.operator.jobs.create(body).id for _ in range(count)]

    def _cpu(self) -> float:
        return cpu_seconds([self.agent, *self.agent.children(recursive=True)])


def wait_for(ids: Iterable[int]) -> None:
    """Wait until all of these jobs have completed."""
    jobs = Job.objects.filter(pk__in=list(ids))
    until = time.monotonic() + PATIENCE
    while left := jobs.exclude(status="COMPLETED").count():
        assert time.monotonic() < until, f"{left} jobs are not done"
        time.sleep(0.05)


def _ms(begin: datetime | None, end: datetime | None) -> float:
    assert begin is not None
    assert end is not None
    return (end - begin).total_seconds() * 1000


def manifest() -> dict[str, Any]:
    """Return the manifest of a job that does nothing."""
    scalars = {"cpus": 0.1, "mem": MEMORY, "disk": 8}
    return minimal_manifest(
        name=NAME,
        resources={"scalar": [{"name": name, "value": value} for name, value in scalars.items()]},
        interface={"command": "/bin/true"},
    )


def register(engine: Any, operator: Any) -> None:
    """Build the image that does nothing, and register it."""
    build_image(engine, IMAGE, manifest(), entrypoint=["/bin/true"])
    operator.job_types.register({"docker_image": IMAGE, "manifest": manifest()})


def show(title: str, values: list[float]) -> None:
    """Print the median and the spread of some milliseconds."""
    first, *_, last = statistics.quantiles(values, n=10)
    print(f"| {title} | {statistics.median(values):.0f} | {first:.0f} | {last:.0f} | {len(values)} |")


def main(rounds: int, count: int, slots: int) -> None:
    """Measure, and print the figures."""
    with tempfile.TemporaryDirectory() as name, running_docker() as engine, Server(Path(name)) as server:
        url = f"http://127.0.0.1:{server.port}"
        operator = Scale(url, TOKEN)
        register(engine, operator)
        options = ["--engine-url", engine.url, "--slots", str(slots)]
        agent = Agent(Path(name) / NODE, url, worker_token(NODE), options)
        with Crew([agent]) as crew:
            outputs = Path(name) / "outputs"
            outputs.mkdir()
            bench = Bench(engine, operator, agent, outputs)
            # What is loaded once, and an image that is in the cache of the disk.
            bench.one_at_a_time(3)
            singles = bench.one_at_a_time(rounds)
            jobs, milliseconds = bench.many(count)
            runs = bench.docker_run(count, slots)
            crew.end()
    print("\n| milliseconds | median | 1st tenth | 9th tenth | of |\n| --- | --- | --- | --- | --- |")
    for title, values in singles.items():
        show(title, values)
    print(f"\n{count} jobs by one agent with {slots} slots: {jobs:.0f} a minute; ", end="")
    print(f"{milliseconds:.1f} ms of processor time of the agent for each")
    print(f"{count} times `docker run --rm`, {slots} at a time: {runs:.0f} a minute")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="jobs that find the agent idle; 50 by default")
    parser.add_argument("--jobs", type=int, default=200, help="jobs that are queued at once; 200 by default")
    parser.add_argument("--slots", type=int, default=4, help="how many the agent runs at a time; 4 by default")
    chosen = parser.parse_args()
    TOKEN = set_up()

    from client import Scale
    from jobs.models import Job
    from seed import Manifest
    from seed.run import docker_engine
    from seed.run.arguments import Arguments
    from seed.run.plan import make_plan
    from seed.run.users import choose_user
    from tests.agents.acceptance import worker_token
    from tests.agents.agents import Agent, Crew
    from tests.benchmarks.serving import cpu_seconds
    from tests.images.build import build_image
    from tests.images.engines import docker_engine as running_docker
    from tests.load.server import Server
    from tests.seed.factories import minimal_manifest

    main(chosen.rounds, chosen.jobs, chosen.slots)

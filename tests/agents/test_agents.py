"""Two agents on real engines, whatever is killed meanwhile: every job is done once, and nothing is left.

AGENT_JOBS (200) is how many jobs there are, AGENT_KILLS (10) how often an agent is killed, AGENT_OUTAGE (30)
for how many seconds the service is away. AGENT_SEED repeats what was decided by chance.
"""

import os
import random
import secrets
from pathlib import Path

import pytest

from tests.agents.acceptance import LEASE, Trouble, check, make_agents, run_jobs
from tests.agents.images import build_the_image
from tests.agents.site import LOGS, Site
from tests.agents.slurm_cluster import slurm_cluster
from tests.images.engines import docker_engine, podman_engine
from tests.load.server import Server

JOBS = int(os.environ.get("AGENT_JOBS", "200"))
KILLS = int(os.environ.get("AGENT_KILLS", "10"))
OUTAGE = float(os.environ.get("AGENT_OUTAGE", "30"))

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql", because="two agents and the tests write at once"),
]


@pytest.fixture
def rng() -> random.Random:
    """What decides by chance, and what it began with."""
    seed = os.environ.get("AGENT_SEED") or str(secrets.randbelow(10**6))
    print(f"\nAGENT_SEED={seed}")
    return random.Random(seed)


def test_docker_with_agents_engine_and_service_killed(tmp_path: Path, rng: random.Random) -> None:
    with (
        docker_engine() as engine,
        Server(tmp_path, LEASE_SECONDS=str(LEASE), RETRY_SECONDS="1", LOG_WORKSPACE=LOGS) as server,
    ):
        build_the_image(engine)
        site = Site(f"http://127.0.0.1:{server.port}", tmp_path, rng)
        site.prepare()
        site.create_jobs(JOBS)
        agents = make_agents(site, ["--engine-url", engine.url])
        run_jobs(site, agents, Trouble(site, server, agents, rng, KILLS, engine.restart, OUTAGE), seconds=900)
        check(site, server, agents, engine)


def test_podman_with_agents_killed(tmp_path: Path, rng: random.Random) -> None:
    with (
        podman_engine() as engine,
        Server(tmp_path, LEASE_SECONDS=str(LEASE), RETRY_SECONDS="1", LOG_WORKSPACE=LOGS) as server,
    ):
        build_the_image(engine)
        site = Site(f"http://127.0.0.1:{server.port}", tmp_path, rng)
        site.prepare()
        site.create_jobs(JOBS // 10)
        agents = make_agents(site, ["--engine-url", engine.url])
        run_jobs(site, agents, Trouble(site, server, agents, rng, kills=3), seconds=900)
        check(site, server, agents, engine)


def test_slurm_with_agents_and_service_killed(
    tmp_path: Path, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        docker_engine() as engine,
        slurm_cluster() as cluster,
        Server(tmp_path, LEASE_SECONDS=str(LEASE), RETRY_SECONDS="1", LOG_WORKSPACE=LOGS) as server,
    ):
        # Agents find the cluster by it.
        monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
        build_the_image(engine)
        site = Site(f"http://127.0.0.1:{server.port}", tmp_path, rng)
        site.prepare()
        site.create_jobs(JOBS // 4)
        agents = make_agents(site, ["--engine", "slurm", "--engine-url", engine.url])
        run_jobs(site, agents, Trouble(site, server, agents, rng, kills=4, outage=OUTAGE), seconds=900)
        check(site, server, agents, engine)
        assert cluster.run("squeue", "--noheader") == ""
        assert [path for agent in agents for path in (agent.state / "slurm").iterdir()] == []

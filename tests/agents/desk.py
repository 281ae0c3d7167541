"""A cluster whose node has a Docker Engine, and an agent's side of it, for tests of single containers."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.clock import now
from agent.engines.slurm.container import SlurmContainer
from agent.engines.slurm.engine import SlurmEngine, SlurmOptions, connect
from agent.leases import Leases
from seed.run.plan import Bind, Limits, RunPlan
from seed.run.users import User
from tests.agents.slurm_cluster import Cluster
from tests.images.build import build_image
from tests.images.engines import PATIENCE, Engine
from tests.seed.factories import minimal_manifest

IMAGE = "slurm-test:1"


@dataclass
class Printed:
    """What a container printed, by stream."""

    text: dict[str, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})

    def __call__(self, name: str, data: bytes) -> bool:
        """Take a piece."""
        self.text[name] += data.decode()
        return True


class SlurmDesk:
    """Where containers are submitted; each has a lease of ten minutes, unless it is told otherwise."""

    def __init__(self, cluster: Cluster, docker: Engine, folder: Path) -> None:
        self.cluster = cluster
        self.docker = docker
        self.folder = folder
        self.tries = 0
        self.leases = Leases(folder / "leases")
        build_image(docker, IMAGE, minimal_manifest())

    def engine(self, python: str = sys.executable) -> SlurmEngine:
        """Return an engine that knows nothing but what is in its folders, as that of a new process."""
        return connect(
            SlurmOptions(
                root=self.folder / "slurm",
                leases=self.folder / "leases",
                engine=self.docker.url,
                python=python,
            )
        )

    def plan(
        self,
        script: str,
        *,
        lease: float = 600.0,
        image: str = IMAGE,
        timeout: float | None = 600.0,
        environment: Mapping[str, str] | None = None,
        cpus: float = 1.0,
        memory: int = 64,
    ) -> RunPlan:
        """Return a plan for a script of busybox's shell, of a try of its own."""
        self.tries += 1
        self.leases.begin([(1, self.tries)], now(), lease)
        outputs = self.folder / f"outputs-{self.tries}"
        outputs.mkdir()
        return RunPlan(
            image=image,
            command=("sh", "-c", script),
            environment={"OUTPUT_DIR": "/seed/outputs", **(environment or {})},
            binds=(Bind(str(outputs), "/seed/outputs", read_only=False),),
            output_folder=outputs,
            limits=Limits(cpus, memory, 16, 16.0),
            timeout=timeout,
            network="none",
            user=User(""),
            writable_root=False,
            labels=self.labels(self.tries),
            shown_command=(),
            shown_environment={},
            name=f"scale-desk-{self.tries}",
        )

    @staticmethod
    def labels(number: int) -> dict[str, str]:
        """Return the labels of the container of a try."""
        return {"scale.agent.node": "desk", "scale.agent.job": "1", "scale.agent.try": str(number)}

    def renew(self, number: int, seconds: float) -> None:
        """Let a try run for some seconds from now."""
        self.leases.renew([(1, number)], now(), seconds)

    def containers(self) -> Sequence[str]:
        """Return the names of all containers of the node's engine, whatever their state."""
        return [str(container.name) for container in self.docker.containers()]

    def statuses(self) -> Sequence[str]:
        """Return what the node's engine says of each of its containers."""
        return [container.status for container in self.docker.containers()]

    def slurm_states(self) -> dict[str, str]:
        """Return what Slurm says of all jobs, by their names in Slurm, which no two containers share."""
        lines = self.cluster.run("squeue", "--states=all", "--noheader", "--format=%j|%T").splitlines()
        return {name: state for name, _, state in (line.partition("|") for line in lines)}


def wait_for_file(path: Path, container: SlurmContainer, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait until a container has written a file, and do something again and again meanwhile."""
    until = now() + PATIENCE
    while not path.exists():
        meanwhile()
        assert container.wait(0.1) is None, f"it ended, and there is no {path}"
        assert now() < until

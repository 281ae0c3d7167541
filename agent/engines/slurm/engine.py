"""Slurm as an engine: containers are submitted to a cluster, and found again by their folders."""

import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import agent
from agent.clock import now
from agent.engines.slurm import commands
from agent.engines.slurm.commands import Request, SlurmJob
from agent.engines.slurm.container import SlurmContainer
from agent.engines.slurm.folder import Folder, folders
from agent.engines.slurm.plans import open_part, secret_part
from agent.labels import JOB, TRY
from agent.leases import read_leases
from seed.run.engine import EngineError, EngineLost, Facts, Image, Output
from seed.run.plan import RunPlan
from seed.wording import printable

POLL_SECONDS = 2.0
"""How old Slurm's last answer may be; it is one for all jobs."""

_LEASES_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SlurmOptions:
    """How jobs are submitted and run.

    ``root`` is a folder on a file system that all nodes share, ``leases`` the file in which the agent keeps those
    of its tries, ``engine`` the URL of the container engine on the nodes (None: where it usually is there), and
    ``python`` the interpreter on the nodes.
    """

    root: Path
    leases: Path
    engine: str | None = None
    python: str = sys.executable


def connect(options: SlurmOptions) -> "SlurmEngine":
    """Connect to the cluster that Slurm's commands reach from here; raises EngineError."""
    try:
        options.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"the folder {options.root} cannot be made: {error.strerror}") from error
    return SlurmEngine(options, commands.size().most_cpus)


class SlurmEngine:
    """A cluster. Its nodes get the images, and decide as which user a container runs."""

    def __init__(self, options: SlurmOptions, cpus: float) -> None:
        self.options = options
        self.facts = Facts(cpus=cpus, is_rootless=False, is_podman=False)
        self.lock = threading.Lock()
        self.live: dict[Path, SlurmContainer] = {}
        self.asking = threading.Lock()
        self.answer: dict[str, SlurmJob] = {}
        self.failure = ""
        self.asked = self.leases_read = float("-inf")
        self.leases: Mapping[str, float] = {}

    def image(self, reference: str) -> Image:
        """Return nothing: which user an image has is for its node to find out."""
        return Image(labels={}, user="", environment={}, volumes=())

    def pull(self, reference: str, seconds: float | None = None) -> None:
        """Do nothing: a node gets an image when it needs it."""

    def start(self, plan: RunPlan, output: Output) -> SlurmContainer:
        """Submit a container as planned; it waits in the queue of Slurm first."""
        if any(one.path.name.rpartition(".")[0] == plan.name for one in folders(self.options.root)):
            raise EngineError(f"there is a container {plan.name} already")
        # A step of an earlier submission that is about to end must not find the folder of this one.
        plan = replace(plan, name=f"{plan.name}.{uuid4().hex[:8]}")
        folder = Folder(self.options.root / plan.name)
        try:
            folder.create({"plan": open_part(plan), "engine": self.options.engine})
        except OSError as error:
            folder.remove()
            raise EngineError(f"the folder {folder.path} cannot be made: {error.strerror}") from error
        container = SlurmContainer(self, folder, dict(plan.labels), secret_part(plan))
        container.follow(output)
        with self.lock:
            self.live[folder.path] = container
        try:
            commands.submit(self._request(plan, folder), self._script(folder))
        except BaseException:
            container.remove()
            raise
        return container

    def find(self, labels: Mapping[str, str]) -> Sequence[SlurmContainer]:
        """Return all containers with these labels, whatever their state; raises EngineError if Slurm is away."""
        self.slurm_job("")
        found = []
        for folder in folders(self.options.root):
            with self.lock:
                container = self.live.get(folder.path)
            if container is None and (document := folder.document()):
                container = SlurmContainer(self, folder, document["plan"]["labels"], None)
            elif container is None and folder.is_abandoned:
                folder.remove()
            if container and labels.items() <= container.labels.items():
                found.append(container)
        return found

    def slurm_job(self, name: str) -> SlurmJob | None:
        """Return what Slurm said last of a job, None if it did not know it; raises EngineLost if it is away."""
        # One thread asks for all. The others do not wait for it, as they have leases to pass on.
        if now() > self.asked + POLL_SECONDS and self.asking.acquire(blocking=False):
            try:
                self.answer, self.failure = commands.jobs(), ""
            except EngineError as error:
                self.failure = str(error)
            finally:
                self.asked = now()
                self.asking.release()
        if self.failure:
            raise EngineLost(self.failure)
        return self.answer.get(name)

    def lease_end(self, labels: Mapping[str, str]) -> float:
        """Return until when, by the clock of ``agent.clock``, a container with these labels may run."""
        with self.lock:
            if now() > self.leases_read + _LEASES_SECONDS:
                self.leases = read_leases(self.options.leases)
                self.leases_read = now()
            return self.leases.get(f"{labels.get(JOB)}-{labels.get(TRY)}", 0.0)

    def forget(self, container: SlurmContainer) -> None:
        """Take note that a container was removed."""
        with self.lock:
            self.live.pop(container.folder.path, None)

    def _request(self, plan: RunPlan, folder: Folder) -> Request:
        return Request(
            name=plan.name,
            comment=printable(" ".join(f"{name}={value}" for name, value in plan.labels.items())),
            cpus=plan.limits.cpus,
            memory=plan.limits.memory,
            gpus=plan.limits.gpus,
            seconds=plan.timeout,
            log=folder.slurm_log,
        )

    def _script(self, folder: Folder) -> str:
        source = Path(agent.__file__).parent.parent
        return commands.batch_script(self.options.python, source, folder.path)

"""What a Slurm job runs on its node: one container, as the agent orders it, and only while its lease holds."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent.clock import now
from agent.engines.slurm import journal
from agent.engines.slurm.folder import Folder
from agent.engines.slurm.guard import FOLDER, guard, sweep
from agent.engines.slurm.held import HeldContainer
from agent.engines.slurm.mail import Mail
from agent.engines.slurm.orders import PATIENCE_SECONDS, Ended, Orders
from agent.engines.slurm.plans import join
from agent.engines.slurm.sealing import Recipient
from agent.engines.slurm.streams import Streams
from agent.labels import JOB, TRY
from seed.run.docker_engine import DockerEngine, connect
from seed.run.engine import EngineError, Exit, ImageMissing, NotStarted, State
from seed.run.job import open_outputs
from seed.run.plan import RunPlan
from seed.run.users import choose_user

LABEL = "scale.slurm.job"
"""The label of a container that names the Slurm job whose step runs it."""

PULL_SECONDS = 1800.0
"""How long getting an image may take."""

_DRAIN_SECONDS, _PAUSE_SECONDS = 10.0, 1.0


class Step:
    """One container from the first message to the last one."""

    def __init__(self, folder: Folder, connect: Callable[[str | None], DockerEngine]) -> None:
        self.folder = folder
        self.connect = connect
        self.orders = Orders(journal.Reader(folder.orders))

    def tell(self, event: str, **more: Any) -> None:
        """Tell the agent, as soon as the file system is there; raises Ended if the agent has removed the folder."""
        until = now() + PATIENCE_SECONDS
        while True:
            try:
                return journal.write(self.folder.events, event=event, **more)
            except FileNotFoundError as error:
                raise Ended("") from error
            except OSError:
                if now() > until:
                    raise
                time.sleep(_PAUSE_SECONDS)

    def run(self) -> Exit:
        """Ask for the plan, run it, and return how it ended; raises Ended and EngineError."""
        plan, url = self._plan()
        guard(url, {FOLDER: str(self.folder.path)})
        streams = Streams(self.folder)
        try:
            engine = self.connect(url)
            # What remains is the same for all containers of the agent.
            sweep(engine, {name: value for name, value in plan.labels.items() if name not in (JOB, TRY)})
            plan = self._fitted(plan, engine)
            open_outputs(plan)
            self.orders.wait_until("may_run")
            container = engine.start(plan, streams.write)
        except ImageMissing:
            raise
        except EngineError as error:
            raise NotStarted(str(error)) from error
        with Mail(self.folder, self.orders, streams) as mail:
            held = HeldContainer(container, self.orders, lambda: self._stands_still(engine), mail.note)
            try:
                mail.note("started")
                end = held.end()
                container.drain(_DRAIN_SECONDS)
            finally:
                held.remove()
        streams.sync()
        return end

    def _stands_still(self, engine: DockerEngine) -> bool:
        return all(one.state != State.RUNNING for one in engine.find({FOLDER: str(self.folder.path)}))

    def _plan(self) -> tuple[RunPlan, str | None]:
        """Return the plan, of which a part is sealed for this process alone, and the URL of the engine."""
        recipient = Recipient()
        # Whatever answers this was written after it.
        self.orders.looked = now()
        slurm_job = os.environ.get("SLURM_JOB_ID", "")
        self.tell("hello", address=recipient.address, host=socket.gethostname(), slurm_job=slurm_job)
        self.orders.wait_until("sealed")
        if (document := self.folder.document()) is None:
            raise Ended("")
        return join(document["plan"], recipient.open(self.orders.sealed)), document["engine"]

    def _fitted(self, plan: RunPlan, engine: DockerEngine) -> RunPlan:
        """Return the plan as it fits the engine and the image, which the agent could not ask."""
        try:
            image = engine.image(plan.image)
        except ImageMissing:
            self.tell("pulling", image=plan.image)
            engine.pull(plan.image, PULL_SECONDS)
            image = engine.image(plan.image)
        facts = engine.facts
        ids = (os.geteuid(), os.getegid())
        user = choose_user(image.user, ids, is_rootless=facts.is_rootless, is_podman=facts.is_podman)
        # Slurm has chosen the gpus, by their numbers on this node.
        gpu_ids = tuple(os.environ.get("SLURM_JOB_GPUS", "").split(",")) if plan.limits.gpus else ()
        limits = replace(plan.limits, cpus=min(plan.limits.cpus, facts.cpus), gpu_ids=tuple(filter(None, gpu_ids)))
        own = {FOLDER: str(self.folder.path), LABEL: os.environ.get("SLURM_JOB_ID", "")}
        return replace(plan, user=user, limits=limits, labels={**plan.labels, **own})


def main() -> int:
    """Run the container of the folder that the first argument names, unless somebody else does."""
    folder = Folder(Path(sys.argv[1]))
    if not folder.take():
        return 0
    step = Step(folder, connect)

    def stop(number: int, frame: object) -> None:
        step.orders.terminated = step.orders.terminated or now()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        return _run(step)
    except Ended:
        return 0


def _run(step: Step) -> int:
    """Run a step, tell how it ended, and return the exit code of the Slurm job; raises Ended if nobody listens."""
    try:
        end = step.run()
    except Ended as error:
        if not str(error):
            raise
        step.tell("failed", kind="Ended", reason=str(error), was_terminated=step.orders.terminated is not None)
        return 1
    except EngineError as error:
        step.tell("failed", kind=type(error).__name__, reason=str(error))
        return 1
    step.tell("ended", exit=asdict(end), was_terminated=step.orders.terminated is not None)
    return 0


if __name__ == "__main__":
    sys.exit(main())

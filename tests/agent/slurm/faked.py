"""A faked Slurm, and a faked step, which writes what a real one would."""

from dataclasses import dataclass, field
from typing import Any

from agent.engines.slurm import journal
from agent.engines.slurm.commands import Request, SlurmJob, SlurmState
from agent.engines.slurm.container import SlurmContainer
from agent.engines.slurm.sealing import Recipient
from seed.run.engine import EngineError


@dataclass
class FakedSlurm:
    """Takes what is submitted, and says what ``say`` was told of the job of each container."""

    submitted: list[tuple[Request, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    known: dict[str, SlurmJob] = field(default_factory=dict)
    questions: int = 0
    failure: EngineError | None = None

    def submit(self, request: Request, script: str) -> str:
        self.fail()
        self.submitted.append((request, script))
        return str(len(self.submitted))

    def jobs(self) -> dict[str, SlurmJob]:
        self.questions += 1
        self.fail()
        return self.known

    def cancel(self, name: str) -> None:
        self.fail()
        self.cancelled.append(name)

    def fail(self) -> None:
        if self.failure:
            raise self.failure

    def say(self, one: SlurmContainer, state: SlurmState, words: str = "", *, is_hopeless: bool = False) -> None:
        self.known[one.slurm_name] = SlurmJob("7", state, words or state.upper(), is_hopeless)


def tell(one: SlurmContainer, event: str, **more: Any) -> None:
    journal.write(one.folder.events, event=event, **more)


def say_hello(one: SlurmContainer) -> Recipient:
    recipient = Recipient()
    tell(one, "hello", address=recipient.address, host="n7", slurm_job="7")
    return recipient


def orders(one: SlurmContainer) -> list[dict[str, Any]]:
    return list(journal.Reader(one.folder.orders).new())


def names(one: SlurmContainer) -> list[str]:
    return [order["order"] for order in orders(one)]

"""How a container ended, by what its step told and by what Slurm says of the job."""

from dataclasses import dataclass, replace
from typing import Any

from agent.engines.slurm.commands import SlurmJob, SlurmState
from seed.run.engine import EngineError, Exit, ImageMissing, NotStarted, PullTimedOut

# The exit codes of what got SIGKILL and SIGTERM.
KILLED, TERMINATED = 137, 143
# By the names that a step tells.
_FAILURES = {kind.__name__: kind for kind in (NotStarted, ImageMissing, PullTimedOut)}


@dataclass
class Told:
    """What a step has told.

    ``exit`` is there if the container ended, ``failure`` (a sentence, of a ``kind``) if it could not be run to its
    end. ``was_terminated`` says that Slurm sent SIGTERM to the step.
    """

    address: str = ""
    host: str = ""
    slurm_job: str = ""
    is_frozen: bool = False
    exit: Exit | None = None
    failure: str = ""
    kind: str = ""
    was_terminated: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the step has said its last word."""
        return self.exit is not None or bool(self.failure)

    def take(self, message: dict[str, Any]) -> None:
        """Take note of a message of the step."""
        match message:
            case {"event": "hello", "address": str(address), "host": str(host), "slurm_job": str(job)}:
                self.address, self.host, self.slurm_job = address, host, job
            case {"event": "frozen" | "thawed" as event}:
                self.is_frozen = event == "frozen"
            case {"event": "ended", "exit": {"code": int(code)} as end}:
                # A step may be older than the agent.
                reasons = ("out_of_memory", "timed_out", "is_lost")
                self.exit = Exit(code, **{name: bool(end.get(name)) for name in reasons})
                self.was_terminated = bool(message.get("was_terminated"))
            case {"event": "failed", "kind": str(kind), "reason": str(reason)}:
                self.kind, self.failure = kind, reason
                self.was_terminated = bool(message.get("was_terminated"))


def by_step(told: Told, *, was_stopped: bool) -> Exit | None:
    """Return how a container ended if its step knows that best, None if Slurm must be asked why.

    ``was_stopped`` says that the agent wanted the end. Raises EngineError, and NotStarted for what never ran.
    """
    if told.kind in _FAILURES:
        raise _FAILURES[told.kind](f"on {told.host}: {told.failure}")
    if told.kind in ("EngineError", "EngineLost"):
        # The step has waited for the engine of the node, so that nobody else need.
        raise EngineError(f"on {told.host}: {told.failure}")
    if told.was_terminated and not was_stopped:
        return None
    return told.exit or Exit(TERMINATED, is_lost=not was_stopped)


def by_slurm(state: SlurmState, told: Told, *, was_stopped: bool) -> Exit | None:
    """Return how a container ended that Slurm ended, None if Slurm knows of no reason."""
    end = told.exit or Exit(TERMINATED if state == SlurmState.CANCELLED else KILLED)
    if was_stopped and state in (SlurmState.CANCELLED, SlurmState.COMPLETED, SlurmState.FAILED):
        return end
    if state == SlurmState.TIMED_OUT:
        return replace(end, timed_out=True)
    if state == SlurmState.OUT_OF_MEMORY:
        return replace(end, out_of_memory=True)
    if state in (SlurmState.CANCELLED, SlurmState.LOST):
        return replace(end, is_lost=True)
    if told.was_terminated:
        # It is warned before its time is over, and ends by itself.
        return replace(end, timed_out=True)
    return None


def without_a_word(job: SlurmJob, told: Told, folder: str, last_line: str) -> EngineError:
    """Return the error for a Slurm job that has ended, and whose step left no result."""
    printed = f"; it printed: {last_line}" if last_line else ""
    sentence = f"the Slurm job {job.id} ended without a result ({job.words}){printed}"
    if told.host:
        return EngineError(f"on {told.host}: {sentence}")
    return NotStarted(f"{sentence}. Its node must have this program, and see {folder}")

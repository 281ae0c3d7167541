"""A run from start to end: the limits that no engine enforces, the timeout, and what is left cleaned up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from seed.run.engine import Container, Engine, EngineError, Exit, Output
from seed.run.folder import FolderTooLarge, size_of
from seed.run.plan import GRACE_SECONDS, RunPlan

_MIB = 2**20
_TICK_SECONDS = 0.1
_SLOWEST_TICK_SECONDS = 0.5
# Looking at the outputs takes at most this part of the time.
_SHARE_OF_LOOKING = 0.2
_DRAIN_SECONDS = 5.0
# What waits for a broken disk or network may take its time to be killed.
_KILL_SECONDS = 120.0
# The exit code of what got SIGKILL.
_KILLED = 137


class Ending(StrEnum):
    """Why a container ended."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    DISK_EXCEEDED = "disk exceeded"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: the exit code of the container, why it ended, a sentence on that, and its seconds.

    ``is_guess`` says that it was killed by somebody else, and that the ending is only the most likely reason.
    """

    exit_code: int
    ending: Ending
    seconds: float
    detail: str = ""
    is_guess: bool = False


def run_plan(
    engine: Engine,
    plan: RunPlan,
    output: Output,
    stop: threading.Event | None = None,
    started: Callable[[Container], None] = lambda container: None,
    *,
    keep: bool = False,
) -> Outcome:
    """Run a container until it ends, or until it must, as ``watch`` does.

    It is removed in any case, unless it has ended and is to be kept. ``started`` is called with the container.
    Raises EngineError if it cannot be started or is lost.
    """
    container = engine.start(plan, output)
    has_ended = False
    try:
        started(container)
        outcome = watch(container, plan, stop or threading.Event())
        has_ended = True
    finally:
        if not has_ended or not keep:
            container.remove()
    return outcome


def watch(
    container: Container,
    plan: RunPlan,
    stop: threading.Event,
    grace: Callable[[], float] = lambda: GRACE_SECONDS,
) -> Outcome:
    """Wait until a container that runs ends, or until it must: at its timeout, above its disk, if ``stop`` is set.

    The timeout of the plan counts from now on. The container is sent SIGTERM then, and SIGKILL ``grace()`` seconds
    later. Raises EngineError if it is lost; it runs on then, as far as anyone knows.
    """
    disk = _Disk(plan)
    began = time.monotonic()
    ending, detail, tick = Ending.EXITED, "", _TICK_SECONDS
    while (end := container.wait(tick)) is None:
        if stop.is_set():
            ending = Ending.STOPPED
        elif plan.timeout is not None and time.monotonic() - began >= plan.timeout:
            ending, detail = _timed_out(plan)
        elif detail := disk.excess():
            ending = Ending.DISK_EXCEEDED
        if ending != Ending.EXITED:
            end = _stopped(container, grace)
            break
        tick = min(tick * 1.5, _SLOWEST_TICK_SECONDS)
    seconds = time.monotonic() - began
    container.drain(_DRAIN_SECONDS)
    if ending == Ending.EXITED:
        ending, detail = _ending_of(end, plan, disk)
    return Outcome(end.code, ending, seconds, detail, ending == Ending.OUT_OF_MEMORY and not end.out_of_memory)


def _timed_out(plan: RunPlan) -> tuple[Ending, str]:
    return Ending.TIMED_OUT, f"it ran longer than {plan.timeout:g} seconds"


def _ending_of(end: Exit, plan: RunPlan, disk: "_Disk") -> tuple[Ending, str]:
    """Return why a container ended that nobody here stopped, with a sentence on that."""
    if detail := disk.excess(at_once=True):
        return Ending.DISK_EXCEEDED, detail
    if end.is_lost:
        return Ending.LOST, "what it ran on was lost"
    if end.timed_out:
        return _timed_out(plan)
    if (end.out_of_memory and end.code) or end.code == _KILLED:
        # Podman does not always say so; and who else kills it?
        surely = "" if end.out_of_memory else "it was killed, most likely since "
        return Ending.OUT_OF_MEMORY, f"{surely}it needs more than {plan.limits.memory} MiB of memory"
    return Ending.EXITED, ""


def _stopped(container: Container, grace: Callable[[], float]) -> Exit:
    """Stop a container, and return how it ended; it is killed when there is no grace any longer."""
    began = time.monotonic()
    if grace() > 0:
        container.send("SIGTERM")
    while (left := began + grace() - time.monotonic()) > 0:
        if end := container.wait(min(left, _SLOWEST_TICK_SECONDS)):
            return end
    container.send("SIGKILL")
    if end := container.wait(_KILL_SECONDS):
        return end
    raise EngineError(f"the container {container.name} does not end, although it was killed")


class _Disk:
    """Watches what is in the output folder of a run, as often as is cheap."""

    def __init__(self, plan: RunPlan) -> None:
        self.folder = plan.output_folder
        self.most = int(plan.limits.disk * _MIB)
        self.shown = f"{plan.limits.disk:g} MiB"
        self.next = 0.0

    def excess(self, *, at_once: bool = False) -> str:
        """Return a sentence on what is too much, "" if nothing is or it is not yet time to look again."""
        began = time.monotonic()
        if began < self.next and not at_once:
            return ""
        try:
            size = size_of(self.folder)
        except FolderTooLarge as error:
            return f"its outputs are {error}"
        self.next = time.monotonic() + (time.monotonic() - began) / _SHARE_OF_LOOKING
        return f"its outputs have more than {self.shown}" if size > self.most else ""

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: the exit code of the container, why it ended, a sentence on that, and its seconds."""

    exit_code: int
    ending: Ending
    seconds: float
    detail: str = ""


def run_plan(
    engine: Engine,
    plan: RunPlan,
    output: Output,
    stop: threading.Event | None = None,
    started: Callable[[Container], None] = lambda container: None,
    *,
    keep: bool = False,
) -> Outcome:
    """Run a container until it ends, or until it must: at its timeout, above its disk, or when ``stop`` is set.

    It is sent SIGTERM then, and SIGKILL ten seconds later. It is removed in any case, unless it has ended and is to
    be kept. ``started`` is called with the container. Raises EngineError if it cannot be started or is lost.
    """
    stop = stop or threading.Event()
    watch = _Disk(plan)
    container = engine.start(plan, output)
    began = time.monotonic()
    end: Exit | None = None
    try:
        started(container)
        ending, detail, tick = Ending.EXITED, "", _TICK_SECONDS
        while (end := container.exit()) is None:
            seconds = time.monotonic() - began
            if stop.wait(tick):
                ending = Ending.STOPPED
            elif plan.timeout is not None and seconds >= plan.timeout:
                ending, detail = Ending.TIMED_OUT, f"it ran longer than {plan.timeout:g} seconds"
            elif detail := watch.excess():
                ending = Ending.DISK_EXCEEDED
            if ending != Ending.EXITED:
                end = _stopped(container)
                break
            tick = min(tick * 1.5, _SLOWEST_TICK_SECONDS)
        seconds = time.monotonic() - began
        container.drain(_DRAIN_SECONDS)
    finally:
        if end is None or not keep:
            container.remove()
    if ending == Ending.EXITED and (detail := watch.excess(at_once=True)):
        ending = Ending.DISK_EXCEEDED
    elif ending == Ending.EXITED and ((end.out_of_memory and end.code) or end.code == _KILLED):
        # Podman does not always say so; and who else kills it?
        surely = "" if end.out_of_memory else "it was killed, most likely since "
        ending, detail = Ending.OUT_OF_MEMORY, f"{surely}it needs more than {plan.limits.memory} MiB of memory"
    return Outcome(end.code, ending, seconds, detail)


def _stopped(container: Container) -> Exit:
    """Stop a container, and return how it ended."""
    container.send("SIGTERM")
    until = time.monotonic() + GRACE_SECONDS
    while (end := container.exit()) is None and time.monotonic() < until:
        time.sleep(_TICK_SECONDS)
    if end is None:
        container.send("SIGKILL")
        until = time.monotonic() + _KILL_SECONDS
        while (end := container.exit()) is None:
            if time.monotonic() > until:
                raise EngineError(f"the container {container.name} does not end, although it was killed")
            time.sleep(_TICK_SECONDS)
    return end


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

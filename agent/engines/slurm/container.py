"""A container on some node of a cluster, as the agent sees it."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.clock import now
from agent.engines.slurm import commands, journal, verdict
from agent.engines.slurm.commands import SlurmJob, SlurmState
from agent.engines.slurm.folder import STREAMS, Folder
from agent.engines.slurm.sealing import seal
from seed.run.engine import EngineError, EngineLost, Exit, NotStarted, Output, State
from seed.wording import printable

if TYPE_CHECKING:
    from agent.engines.slurm.engine import SlurmEngine

_TICK_SECONDS = 0.2
# Each look opens some files on a shared file system.
_LOOK_SECONDS = 0.5
_PIECE = 2**20
# What a step wrote before it ended may arrive some time after Slurm has seen the end.
_ARRIVAL_SECONDS = 10.0
# Slurm shows a new job a moment after it has taken it.
_UNKNOWN_SECONDS = 60.0
_REMOVE_SECONDS = 30.0


class SlurmContainer:
    """A container that a Slurm job runs, from its submission on. Its methods may be called from several threads."""

    def __init__(
        self,
        engine: "SlurmEngine",
        folder: Folder,
        labels: Mapping[str, str],
        secret: bytes | None,
    ) -> None:
        self.engine = engine
        self.folder = folder
        self.slurm_name = folder.path.name
        self.secret = secret
        self._labels = labels
        self.lock = threading.RLock()
        self.events = journal.Reader(folder.events)
        self.told = verdict.Told()
        self.output: Output | None = None
        self.positions = dict.fromkeys(STREAMS, 0)
        self.was_stopped = False
        # The process that follows the container also passes the leases on to its node.
        self.is_followed = False
        self.lease_end = 0.0
        self.looked = float("-inf")
        self.known = now()
        self.over: float | None = None
        orders = [message.get("order") for message in journal.Reader(folder.orders).new()]
        self.is_handed_over = "run" in orders
        # The watchdog, another process, may have ordered that.
        self.is_paused = [one for one in orders if one in ("pause", "unpause")][-1:] == ["pause"]

    @property
    def name(self) -> str:
        """The name of its plan; Slurm and the engine of the node show it with a suffix."""
        return self.slurm_name.rpartition(".")[0]

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the plan that it was started with."""
        return self._labels

    @property
    def state(self) -> State:
        """Where it is in its life; one that waits in the queue of Slurm counts as running, as its try does."""
        with self.lock:
            self._look()
            if not self.is_handed_over and self.secret is None:
                # Nobody has its secrets any more, so that it will not run.
                return State.CREATED
            try:
                has_ended = self.exit() is not None
            except EngineError:
                has_ended = True
            if has_ended:
                return State.ENDED
            return State.PAUSED if self.told.is_frozen or self.is_paused else State.RUNNING

    def follow(self, output: Output) -> None:
        """Begin to hand out what it prints, from its beginning."""
        with self.lock:
            self.output, self.is_followed = output, True
            self.positions = dict.fromkeys(STREAMS, 0)

    def exit(self) -> Exit | None:
        """Return how it ended, None while it waits or runs.

        Raises NotStarted if it never ran, and will not, and EngineError if it was lost.
        """
        with self.lock:
            if not self.is_handed_over or now() > self.looked + _LOOK_SECONDS:
                self._look()
                self._hand_out()
            if self.told.is_over and (end := verdict.by_step(self.told, was_stopped=self.was_stopped)):
                return end
            try:
                job = self.engine.slurm_job(self.slurm_name)
            except EngineError:
                # Without an answer of Slurm, what the step tells is all that is known.
                return None
            return self._judged(job)

    def wait(self, seconds: float) -> Exit | None:
        """Return how it ended as soon as it has, None if it has not after some seconds."""
        until = now() + seconds
        while (end := self.exit()) is None and (left := until - now()) > 0:
            time.sleep(min(left, _TICK_SECONDS))
        return end

    def send(self, signal: str) -> None:
        """Send a signal; one that waits in the queue is taken out of it."""
        with self.lock:
            self.was_stopped = True
            if self.is_handed_over:
                self._order("signal", signal=signal)
            else:
                self.secret = None
                commands.cancel(self.slurm_name)

    def pause(self) -> None:
        """Order the node to freeze the container, which it does when it next looks for orders."""
        with self.lock:
            self._order("pause")
            self.is_paused = True

    def unpause(self) -> None:
        """Order the node to thaw the container, which it does while the lease holds."""
        with self.lock:
            self._order("unpause")
            self.is_paused = False

    def drain(self, seconds: float) -> None:
        """Hand out what it printed; its step tells of the end only when all of that is on the disk."""
        with self.lock:
            self._hand_out()

    def remove(self) -> None:
        """Kill it if it runs, take it out of the queue if it waits, and remove its folder."""
        with suppress(EngineError):
            # A step whose folder is gone ends its container by itself.
            self._end()
        self.folder.remove()
        self.engine.forget(self)

    def _end(self) -> None:
        with self.lock:
            self._look()
            if self.told.is_over:
                return
            if self.is_handed_over:
                self.send("SIGKILL")
                until = now() + _REMOVE_SECONDS
                while not self._is_over() and now() < until:
                    time.sleep(_TICK_SECONDS)
            if not self.told.is_over:
                commands.cancel(self.slurm_name)

    def _is_over(self) -> bool:
        self._look()
        job = self.engine.slurm_job(self.slurm_name)
        return self.told.is_over or job is None or job.state.is_over

    def _order(self, order: str, **more: object) -> None:
        try:
            journal.write(self.folder.orders, order=order, **more)
        except FileNotFoundError:
            # It was removed.
            return
        except OSError as error:
            raise EngineLost(f"{self.folder.orders} cannot be written: {error.strerror}") from error

    def _look(self) -> None:
        """Read what the step has told, give it the plan if it asks for it, and a new lease if there is one."""
        self.looked = now()
        with suppress(OSError):
            for message in self.events.new():
                self.told.take(message)
        if self.told.address and self.secret is not None and not self.is_handed_over:
            self._order("run", sealed=seal(self.told.address, self.secret))
            self.is_handed_over, self.secret = True, None
        if self.is_followed and self.is_handed_over and not self.told.is_over:
            end = self.engine.lease_end(self._labels)
            if end > self.lease_end:
                # The lease counts from before the promise was there, so that neither of them may take its time.
                self._order("promise")
                self._order("lease", lease=end - now())
                self.lease_end = end

    def _hand_out(self) -> None:
        """Hand out what was printed since the last time."""
        for stream in STREAMS:
            with suppress(OSError), self.folder.stream(stream).open("rb") as file:
                file.seek(self.positions[stream])
                while self.output and (data := file.read(_PIECE)):
                    self.positions[stream] += len(data)
                    if not self.output(stream, data):
                        self.output = None

    def _judged(self, job: SlurmJob | None) -> Exit | None:
        """Return how it ended by what Slurm says; raises EngineError if it neither ran nor will."""
        if job is None:
            if now() - self.known < _UNKNOWN_SECONDS:
                return None
            job = SlurmJob("", SlurmState.LOST, "Slurm does not know it any more")
        else:
            self.known = now()
        if job.is_hopeless:
            raise NotStarted(f"Slurm will not start the job {job.id}: {job.words}")
        if not job.state.is_over:
            return None
        self.over = self.over or now()
        if not self.told.is_over and now() - self.over < _ARRIVAL_SECONDS:
            return None
        if end := verdict.by_slurm(job.state, self.told, was_stopped=self.was_stopped):
            return end
        raise verdict.without_a_word(job, self.told, str(self.folder.path), self._last_line())

    def _last_line(self) -> str:
        with suppress(OSError):
            lines = self.folder.slurm_log.read_text(encoding="utf-8", errors="replace").split("\n")
            return printable(next((line for line in reversed(lines) if line.strip()), ""))[:500]
        return ""

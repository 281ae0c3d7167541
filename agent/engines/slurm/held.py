"""A container on its compute node, held to what the agent, its lease and Slurm say."""

import time
from collections.abc import Callable
from dataclasses import replace

from agent.clock import now
from agent.engines.slurm.orders import PATIENCE_SECONDS, TICK_SECONDS, Ended, Orders
from seed.run.engine import EngineError, EngineLost, Exit, LastingContainer
from seed.run.plan import GRACE_SECONDS

# The exit codes of what got SIGKILL and SIGTERM.
_SIGNALED = (137, 143)
_REMOVE_SECONDS = 300.0
_FREEZE_SECONDS = 10.0


class HeldContainer:
    """A container that runs only as long as it may.

    ``stands_still`` says whether it does by now, as some engines cannot freeze what they run. ``tell`` is called
    with ``frozen`` and ``thawed``.
    """

    def __init__(
        self,
        container: LastingContainer,
        orders: Orders,
        stands_still: Callable[[], bool],
        tell: Callable[[str], None],
    ) -> None:
        self.container = container
        self.orders = orders
        self.stands_still = stands_still
        self.tell = tell
        self.is_frozen = False
        # Since when it is frozen, and since when it should be.
        self.frozen_since = 0.0
        self.freezing_since: float | None = None
        self.was_sent_signals = False
        self.was_lost = False

    def end(self) -> Exit:
        """Wait until it has ended, and return how; nothing here waits for a file system.

        Raises Ended if it must be removed, and EngineError.
        """
        while True:
            if self.orders.is_gone:
                raise Ended("")
            try:
                self._hold()
                if end := self.container.wait(TICK_SECONDS):
                    break
            except EngineLost:
                # It may come back, and what runs in it may run on meanwhile.
                self.was_lost = True
                time.sleep(TICK_SECONDS)
        if self.was_lost and end.code in _SIGNALED and not self.was_sent_signals:
            return replace(end, is_lost=True)
        return end

    def _hold(self) -> None:
        """Let the container be as it must be by now."""
        while self.orders.signals:
            self._send(self.orders.signals[0])
            del self.orders.signals[0]
        if self.orders.terminated is not None:
            # In an orderly way only as long as the lease lasts.
            is_late = not self.orders.lease.holds or now() > self.orders.terminated + GRACE_SECONDS
            if is_late or not self.was_sent_signals:
                self._send("SIGKILL" if is_late else "SIGTERM")
        elif self.orders.may_run:
            self.freezing_since = None
            if self.is_frozen:
                self.container.unpause()
                self.is_frozen = False
                self.tell("thawed")
        elif not self.is_frozen:
            self._freeze()
        elif now() > self.frozen_since + PATIENCE_SECONDS:
            raise Ended(f"its lease was not renewed for {PATIENCE_SECONDS:g} s")

    def _freeze(self) -> None:
        self.freezing_since = self.freezing_since or now()
        self.container.pause()
        if self.stands_still():
            self.is_frozen, self.frozen_since = True, now()
            self.tell("frozen")
        elif now() > self.freezing_since + _FREEZE_SECONDS:
            raise Ended("it may not run now, and its engine does not freeze it")

    def _send(self, signal: str) -> None:
        self.was_sent_signals = True
        try:
            self.container.send(signal)
        except EngineLost:
            raise
        except EngineError:
            # Podman sends nothing to what is frozen.
            self.container.unpause()
            self.container.send(signal)

    def remove(self) -> None:
        """Remove it, as soon as the engine answers."""
        until = now() + _REMOVE_SECONDS
        while True:
            try:
                self.container.remove()
            except EngineLost:
                if now() > until:
                    raise
                time.sleep(TICK_SECONDS)
            else:
                return

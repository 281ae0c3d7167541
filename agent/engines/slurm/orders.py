"""What the agent and Slurm have told a step, and whether its container may run."""

import time
from dataclasses import dataclass, field
from typing import Any

from agent.clock import now
from agent.engines.slurm import journal
from agent.engines.slurm.lease import Lease

PATIENCE_SECONDS = 1800.0
"""How long a step waits for an agent that was killed, before it gives its resources back."""

TICK_SECONDS = 0.2


class Ended(Exception):
    """The step must not go on; the text says why, and is empty if there is nobody to tell."""


@dataclass
class Orders:
    """What has been said so far.

    ``promised`` is the last look before a lease was promised that has not come yet.
    ``sealed`` is the secret part of the plan, ``signals`` those that were not sent yet, ``terminated`` when Slurm
    wanted an end, which a signal handler sets, and ``is_gone`` that the agent has removed the folder.
    """

    reader: journal.Reader
    lease: Lease = field(default_factory=Lease)
    looked: float = field(default_factory=now)
    promised: float | None = None
    sealed: str = ""
    signals: list[str] = field(default_factory=list)
    is_paused: bool = False
    terminated: float | None = None
    is_gone: bool = False

    @property
    def may_run(self) -> bool:
        """Whether a container may run now."""
        return self.lease.holds and not self.is_paused

    def look(self) -> None:
        """Read what is new; raises Ended if the agent has removed the folder."""
        looked = now()
        try:
            for message in self.reader.new():
                self._take(message)
        except FileNotFoundError as error:
            raise Ended("") from error
        except OSError:
            # While the file system is away, nothing renews the lease.
            return
        self.looked = looked

    def wait_until(self, name: str) -> None:
        """Wait until ``name``, an attribute, is true; raises Ended if it will not be."""
        until = now() + PATIENCE_SECONDS
        while True:
            self.look()
            if self.terminated is not None or self.signals:
                raise Ended("it was stopped before it ran")
            if getattr(self, name):
                return
            if now() > until:
                raise Ended(f"the agent was not heard of for {PATIENCE_SECONDS:g} s")
            time.sleep(TICK_SECONDS)

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"order": "run", "sealed": str(sealed)}:
                self.sealed = sealed
            case {"order": "promise"}:
                self.promised = self.looked
            case {"order": "lease", "lease": int() | float() as seconds}:
                # Agents of before promise nothing.
                self.lease.renew(seconds, self.looked if self.promised is None else self.promised)
                self.promised = None
            case {"order": "signal", "signal": str(name)}:
                self.signals.append(name)
            case {"order": "pause"}:
                self.is_paused = True
            case {"order": "unpause"}:
                self.is_paused = False

"""What all tries of this node share."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from agent.labels import LABELS
from agent.leases import Leases
from agent.metrics import Metrics
from agent.pulls import Pulls
from agent.service import Service
from agent.settings import Settings
from agent.state import Key, StateFolder
from seed.run.engine import LastingEngine


def labels_of_agent(state_dir: Path) -> dict[str, str]:
    """Return the labels by which the containers of an agent are found: one agent at a time has a state folder.

    Its node and the URL of its service may be called differently after a restart.
    """
    digest = hashlib.sha256(str(state_dir.absolute()).encode()).hexdigest()
    return {f"{LABELS}.state-hash": digest[:12]}


class Node:
    """The parts of an agent that its tries use. Threads may share them."""

    def __init__(
        self,
        settings: Settings,
        service: Service,
        state: StateFolder,
        engine: LastingEngine,
        leases: Leases,
        metrics: Metrics,
        beat_now: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.service = service
        self.state = state
        self.engine = engine
        self.leases = leases
        self.metrics = metrics
        self.beat_now = beat_now
        self.labels = labels_of_agent(state.root)
        self.engine_answers = threading.Event()
        self.engine_answers.set()
        self.pulls = Pulls()
        # Of logs that are stored, also those whose tries have left them behind.
        self.room_for_logs = threading.BoundedSemaphore(settings.slots)

    def labels_of(self, key: Key) -> dict[str, str]:
        """Return the labels by which the container of a try is found."""
        return {**self.labels, f"{LABELS}.job": str(key[0]), f"{LABELS}.try": str(key[1])}

    def container_name(self, key: Key) -> str:
        """Return what the container of a try is called, which no other one is."""
        return "-".join(("scale", *self.labels.values(), *map(str, key)))

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


def labels_of_node(node: str, url: str, state_dir: Path) -> dict[str, str]:
    """Return the labels that all containers of an agent have: its node, its service and its state folder."""
    return {
        f"{LABELS}.node": node,
        f"{LABELS}.url-hash": _short_hash(url),
        f"{LABELS}.state-hash": _short_hash(str(state_dir.absolute())),
    }


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
        self.labels = labels_of_node(settings.node, service.url, state.root)
        self.engine_answers = threading.Event()
        self.engine_answers.set()
        self.pulls = Pulls()

    def labels_of(self, key: Key) -> dict[str, str]:
        """Return the labels of the container of a try."""
        return {**self.labels, f"{LABELS}.job": str(key[0]), f"{LABELS}.try": str(key[1])}

    def container_name(self, key: Key) -> str:
        """Return what the container of a try is called, which no other one is."""
        place = _short_hash("\0".join(self.labels.values()))
        return f"scale-{place}-{key[0]}-{key[1]}"

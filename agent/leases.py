"""Until when each try may run on this node, known to the agent and, by a file, to its watchdog."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agent.clock import boot_id, now
from agent.state import Key, key_of, name_of, read_json, write_json

LEAST_LEFT = 0.05
"""Which part of a lease is left when what runs without a new one is frozen: freezing takes its time, too."""


class Leases:
    """The leases of the tries of this node. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._until: dict[Key, float] = {key_of(name): until for name, until in read_leases(path).items()}
        self._changed = threading.Condition()
        self.seconds = 60.0
        self._write()

    def begin(self, keys: Iterable[Key], asked: float, seconds: float) -> None:
        """Note new tries, which may run for ``seconds`` from ``asked``, a moment before they were asked for."""
        with self._changed:
            self._until.update(dict.fromkeys(keys, 0.0))
        self.renew(keys, asked, seconds)

    def renew(self, keys: Iterable[Key], asked: float, seconds: float) -> None:
        """Let tries run for ``seconds`` from ``asked``, as far as they are not over."""
        with self._changed:
            self.seconds = seconds
            until = asked + seconds * (1 - LEAST_LEFT)
            later = {key: max(self._until[key], until) for key in keys if key in self._until}
            self._until.update(later)
            if later:
                self._write()
            self._changed.notify_all()

    def end(self, key: Key) -> None:
        """Forget a try, of which nothing runs any longer."""
        with self._changed:
            if self._until.pop(key, None) is not None:
                self._write()

    def left(self, key: Key) -> float:
        """Return for how many seconds a try may run on, none or less if it may not."""
        return self._until.get(key, 0.0) - now()

    def wait(self, key: Key, least: float, seconds: float) -> bool:
        """Wait until a try may run for ``least`` seconds, at most ``seconds`` long, and return whether it may."""
        with self._changed:
            return self._changed.wait_for(lambda: self.left(key) >= least, seconds)

    def _write(self) -> None:
        leases = {name_of(key): until for key, until in self._until.items()}
        write_json(self._path, {"boot": boot_id(), "leases": leases})


def read_leases(path: Path) -> dict[str, float]:
    """Return until when each try (``JOB-TRY``) may run, as the file says; those of another boot are over."""
    document: Any = read_json(path)
    if not isinstance(document, dict) or document.get("boot") != boot_id():
        return {}
    return {str(name): float(until) for name, until in document.get("leases", {}).items()}

"""Until when each try may run on this node, known to the agent and, by a file, to its watchdog.

The file holds two copies of the leases: the current one and the one before. A change overwrites the older copy. So
the file never grows, on a disk that jobs may have filled, and a reader always finds one complete copy.
"""

import json
import logging
import os
import threading
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from agent.clock import boot_id, now
from agent.state import Key, key_of, name_of

log = logging.getLogger(__name__)

MOST_TRIES = 10_000
"""How many tries a node may have at a time, for which there is room in the file."""

_HALF = 2**19

LEAST_LEFT = 0.05
"""Which part of a lease is left when what runs without a new one is frozen: freezing takes its time, too."""


class Leases:
    """The leases of the tries of this node. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # The number of the leases that are in the file, which is even for those in its first half.
        self._number, leases = _read(path)
        self._until: dict[Key, float] = {key_of(name): until for name, until in leases.items()}
        # When those were renewed again that had been over.
        self._gaps: dict[Key, float] = {}
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
            self._gaps |= {key: now() for key in later if 0 < self._until[key] <= now()}
            self._until.update(later)
            if later:
                self._write()
            self._changed.notify_all()

    def end(self, key: Key) -> None:
        """Forget a try, of which nothing runs any longer."""
        with self._changed:
            self._gaps.pop(key, None)
            if self._until.pop(key, None) is not None:
                self._write()

    def left(self, key: Key) -> float:
        """Return for how many seconds a try may run on, none or less if it may not."""
        return self._until.get(key, 0.0) - now()

    def was_over(self, key: Key, seconds: float) -> bool:
        """Return whether a try had no lease at any time of the last ``seconds``, as far as this agent knows."""
        return self.left(key) <= 0 or self._gaps.get(key, float("-inf")) > now() - seconds

    def wait(self, key: Key, least: float, seconds: float) -> bool:
        """Wait until a try may run for ``least`` seconds, at most ``seconds`` long, and return whether it may."""
        with self._changed:
            return self._changed.wait_for(lambda: self.left(key) >= least, seconds)

    def _write(self) -> None:
        """Let the file say what is known; if that fails, what has no lease there stands still until it succeeds."""
        leases = {name_of(key): until for key, until in self._until.items()}
        number = self._number + 1
        text = json.dumps({"number": number, "boot": boot_id(), "leases": leases}).encode()
        record = f"{zlib.crc32(text):08x} {len(text):08x}\n".encode() + text
        try:
            if not self._path.exists():
                _create(self._path)
            with self._path.open("r+b", buffering=0) as file:
                file.seek(number % 2 * _HALF)
                file.write(record)
            self._number = number
        except OSError as error:
            log.error("the leases cannot be written", extra={"file": str(self._path), "reason": str(error)})


def read_leases(path: Path) -> Mapping[str, float]:
    """Return until when each try (``JOB-TRY``) may run, as the file says; those of another boot are over."""
    return _read(path)[1]


def _create(path: Path) -> None:
    """Make a file with all the room that it will ever need."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(bytes(2 * _HALF))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read(path: Path) -> tuple[int, Mapping[str, float]]:
    """Return the number of the newest leases in a file that are whole, and these."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return 0, {}
    halves = (content[:_HALF], content[_HALF:])
    found = [json.loads(text) for half in halves if (text := _whole(half))]
    if not found:
        return 0, {}
    newest = max(found, key=lambda one: one["number"])
    return newest["number"], newest["leases"] if newest["boot"] == boot_id() else {}


def _whole(half: bytes) -> bytes:
    """Return the text in one half of the file, b"" if it was not written to its end."""
    head, _, rest = half.partition(b"\n")
    try:
        checksum, size = (int(word, 16) for word in head.split(b" "))
    except ValueError:
        return b""
    text = rest[:size]
    return text if zlib.crc32(text) == checksum else b""

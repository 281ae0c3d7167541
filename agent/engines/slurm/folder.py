"""The folder of a container on the shared file system, in which the agent and the step on a node meet."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.engines.slurm import journal
from agent.state import read_json, write_json
from seed.run.removal import remove_folder

STREAMS = ("stdout", "stderr")
_TAKEN = "taken"
# Clocks of servers differ.
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Folder:
    """Where things are.

    ``plan.json`` and ``orders`` are written by the agent, ``events``, ``stdout`` and ``stderr`` by the step, and
    ``slurm.log`` by Slurm; ``taken`` is made by the first step of several. All but that and ``slurm.log`` are there
    from the beginning. Nothing in them is secret but what is sealed.
    """

    path: Path

    @property
    def orders(self) -> Path:
        """What the agent tells the step."""
        return self.path / "orders"

    @property
    def events(self) -> Path:
        """What the step tells the agent."""
        return self.path / "events"

    @property
    def slurm_log(self) -> Path:
        """What was printed by a step that failed."""
        return self.path / "slurm.log"

    def stream(self, name: str) -> Path:
        """Return where the ``stdout`` or ``stderr`` of the container is."""
        return self.path / name

    def create(self, document: Mapping[str, Any]) -> None:
        """Make the folder; raises OSError, if it is there FileExistsError."""
        self.path.mkdir(mode=0o700, parents=True)
        for path in (self.orders, self.events, *map(self.stream, STREAMS)):
            journal.create(path)
        # Last, and whole or not at all: what has no plan was cut off here.
        write_json(self.path / "plan.json", document, durable=True)

    def document(self) -> dict[str, Any] | None:
        """Return what the agent wrote when it made the folder, None if that was cut off or damaged."""
        try:
            document = read_json(self.path / "plan.json")
        except NotADirectoryError:
            return None
        return document if isinstance(document, dict) else None

    @property
    def is_abandoned(self) -> bool:
        """Whether making it was cut off long ago."""
        try:
            return self.document() is None and time.time() - self.path.stat().st_mtime > _ABANDONED_SECONDS
        except FileNotFoundError:
            return False

    def take(self) -> bool:
        """Return whether nobody took it before; whoever did may run the container."""
        try:
            (self.path / _TAKEN).mkdir()
        except (FileExistsError, FileNotFoundError):
            return False
        return True

    def remove(self) -> None:
        """Remove it with all that is in it; nothing happens if it is gone."""
        # The plan first: without it, nobody takes what is left for a container.
        (self.path / "plan.json").unlink(missing_ok=True)
        remove_folder(self.path)


def folders(root: Path) -> Iterator[Folder]:
    """Yield the folders below ``root``."""
    if root.is_dir():
        for path in sorted(root.iterdir()):
            yield Folder(path)

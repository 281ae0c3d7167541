"""Files of JSON lines by which two machines talk on a shared file system: one writes, the other one reads."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def create(path: Path) -> None:
    """Create a journal, before it is read: NFS keeps for a minute that a name is not there."""
    path.touch(mode=0o600, exist_ok=False)


def write(path: Path, **message: Any) -> None:
    """Append a message to a journal that is there, and wait until it is on the disk. Raises OSError.

    A message that a crash cut off spoils none that follows, as each begins a line of its own.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"\n" + json.dumps(message).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Reader:
    """Reads each message of a journal once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0

    def new(self) -> Iterator[dict[str, Any]]:
        """Yield the messages that were not read before. Raises OSError.

        The file is opened each time, which is what makes NFS look at the server.
        """
        with self.path.open("rb") as file:
            file.seek(self.position)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self.position += len(whole)
        for line in whole.split(b"\n"):
            try:
                message = json.loads(line)
            except ValueError:
                # Empty, or cut off by a crash.
                continue
            if isinstance(message, dict):
                yield message

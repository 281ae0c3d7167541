"""The files in which a step keeps what its container prints."""

import os
from contextlib import suppress

from agent.engines.slurm.folder import STREAMS, Folder

LOG_LIMIT = 2**26
"""How many bytes of each stream are kept."""


class Streams:
    """The files of both streams; other machines see what has arrived after ``sync``."""

    def __init__(self, folder: Folder) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        self.files = {name: os.open(folder.stream(name), flags) for name in STREAMS}
        self.sizes = dict.fromkeys(STREAMS, 0)
        self.unsynced: set[str] = set()

    def write(self, name: str, data: bytes) -> bool:
        """Keep what was printed, as far as there is room; returns whether there is for any stream."""
        if kept := data[: max(LOG_LIMIT - self.sizes[name], 0)]:
            self.sizes[name] += os.write(self.files[name], kept)
            self.unsynced.add(name)
        return any(size < LOG_LIMIT for size in self.sizes.values())

    def sync(self) -> None:
        """Let other machines see what was printed, unless the file system is away."""
        with suppress(OSError):
            for name in list(self.unsynced):
                self.unsynced.discard(name)
                os.fsync(self.files[name])

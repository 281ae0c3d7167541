"""Files and folders of this machine that are mounted in place, held to what they were when they were checked."""

from pathlib import Path

from agent.failures import FILESYSTEM, TryFailed
from seed.wording import quoted


class Places:
    """What a container is to be given of this machine: paths without links, and what each leads to."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, int]] = {}

    def add(self, path: Path) -> None:
        """Note what is at a path that was found to be allowed. Raises OSError."""
        self._known[path] = _identity(path)

    def check(self) -> None:
        """Raise TryFailed, ``filesystem-io``, if any path leads elsewhere by now, or to something else."""
        for path, known in self._known.items():
            try:
                is_same = path.resolve(strict=True) == path and _identity(path) == known
            except (OSError, RuntimeError):
                is_same = False
            if not is_same:
                raise TryFailed(FILESYSTEM, f"{quoted(str(path))} was replaced before it could be mounted")


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino

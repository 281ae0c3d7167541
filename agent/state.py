"""The state folder of an agent: what it must know after it was killed, in files that are always whole.

    agent.lock          held while an agent runs, with the id of its process
    watchdog.lock       held while a watchdog runs
    watchdog.next       held while another one waits to take its place
    leases              until when each try may run (see agent.leases)
    claims/ID.json      a claim, written before it is sent
    jobs/JOB-TRY/       job.json, inputs/, outputs/, stdout, stderr, result.json, products.json

No secret is in any of them. All folders are the agent's alone.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from seed.run.removal import remove_folder

Key = tuple[int, int]
"""The id of a job and the number of a try."""


class StateError(Exception):
    """A state folder that cannot be used; the text is a sentence for a person."""


def write_json(path: Path, document: Any, *, durable: bool = False) -> None:
    """Put a document in the place of a file, at once; ``durable`` ones are there after a loss of power, too."""
    temporary = path.with_name(f"{path.name}.new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        # On a full disk each byte counts.
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_json(path: Path) -> Any:
    """Return the document in a file, None if there is none or it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def name_of(key: Key) -> str:
    """Return what a try is called: ``JOB-TRY``."""
    return f"{key[0]}-{key[1]}"


def key_of(name: str) -> Key:
    """Return the try that ``name_of`` called so. Raises ValueError."""
    job, _, number = name.partition("-")
    return int(job), int(number)


class StateFolder:
    """The state folder at ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.claims = self.root / "claims"
        self.jobs = self.root / "jobs"
        self.leases = self.root / "leases"
        self.agent_lock = self.root / "agent.lock"
        self.watchdog_lock = self.root / "watchdog.lock"
        self.next_watchdog_lock = self.root / "watchdog.next"

    def prepare(self) -> None:
        """Make what is missing of it, for this user alone. Raises StateError."""
        try:
            for folder in (self.root, self.claims, self.jobs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise StateError(f"the state folder {self.root} cannot be used: {error.strerror}") from error

    def job_folder(self, key: Key) -> Path:
        """Return the folder of a try, which need not be there."""
        return self.jobs / name_of(key)

    def job_keys(self) -> list[Key]:
        """Return the tries that have a folder, in order."""
        return sorted(key_of(path.name) for path in self.jobs.iterdir() if path.is_dir())

    def remove_job(self, key: Key) -> None:
        """Remove the folder of a try with all that is in it."""
        remove_folder(self.job_folder(key))

    def claim_files(self) -> Iterator[Path]:
        """Yield the claims that were written down, the oldest first."""
        yield from sorted(self.claims.glob("*.json"), key=lambda path: path.stat().st_mtime)


class Lock:
    """A lock that ends with the process that holds it, however that ends; its file may say who does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor: int | None = None

    def take(self, note: str = "") -> bool:
        """Take the lock and note something in its file; returns False if another process holds it."""
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        # It is for people, and the disk may be full.
        with suppress(OSError):
            os.write(descriptor, note.encode())
        self.descriptor = descriptor
        return True

    def wait(self) -> None:
        """Take the lock as soon as nobody else holds it."""
        self.descriptor = self._opened()
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def is_held(self) -> bool:
        """Return whether another process holds it."""
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self) -> None:
        """Let another process take it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _opened(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

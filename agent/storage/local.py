"""Workspaces that are a folder of this machine: of the type host, and exports of NFS that are mounted."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from agent.storage import Check, Content, FileMissing, StorageError, go_on
from agent.storage.copying import copy, inside, open_folder, open_inside, parts_of
from seed.wording import quoted

_ATTEMPTS = 3


class LocalStorage:
    """A workspace whose files are below ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def in_place(self, path: str) -> Path | None:
        """Return where a file is, None if only its owner may read it: the user of a container is another one."""
        found = inside(self._root, path)
        with _errors(path, "read"):
            may_be_read = found.stat().st_mode & stat.S_IROTH
        return found if may_be_read else None

    def fetch(self, path: str, target: Path, check: Check = go_on) -> Content:
        """Copy a file."""
        descriptor = open_inside(self._root, path)
        with os.fdopen(descriptor, "rb") as source, _errors(path, "copied"), target.open("xb") as copied:
            return copy(source, copied, check)

    def store(self, source: Path, path: str, check: Check = go_on) -> Content:
        """Write a file under another name, and rename it when it is on the disk."""
        *folders, name = parts_of(path)
        folder = self._made_folder(tuple(folders))
        temporary = _temporary(name)
        try:
            with _errors(path, "written"), source.open("rb") as read:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
                with os.fdopen(os.open(temporary, flags, 0o644, dir_fd=folder), "wb") as written:
                    content = copy(read, written, check)
                    written.flush()
                    # Products are read by other users than the agent's, whatever its umask is.
                    os.fchmod(written.fileno(), 0o644)
                    os.fsync(written.fileno())
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
        finally:
            os.close(folder)
        return content

    def _made_folder(self, parts: tuple[str, ...]) -> int:
        """Open a folder that is made if it is missing, while others may remove what is empty of it."""
        for _ in range(_ATTEMPTS):
            with suppress(FileMissing):
                return open_folder(self._root, parts, make=True)
        return open_folder(self._root, parts, make=True)

    def delete(self, path: str, keep: str) -> None:
        """Delete a file, what was written of it, and folders that are empty then."""
        parts = parts_of(path)
        try:
            folder = open_folder(self._root, parts[:-1])
        except FileMissing:
            return
        try:
            for name in (parts[-1], _temporary(parts[-1])):
                _unlink(name, folder, path)
        finally:
            os.close(folder)
        self._remove_empty(PurePosixPath(*parts).parent, PurePosixPath(keep))

    def _remove_empty(self, folder: PurePosixPath, keep: PurePosixPath) -> None:
        while folder != keep and folder.is_relative_to(keep):
            outer = open_folder(self._root, folder.parent.parts)
            try:
                os.rmdir(folder.name, dir_fd=outer)
            except OSError:
                # Something else is in it, or another one has removed it.
                return
            finally:
                os.close(outer)
            folder = folder.parent


def _unlink(name: str, folder: int, path: str) -> None:
    with _errors(path, "deleted"), suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _temporary(name: str) -> str:
    """Return the name of a file until all of it is written: always the same one, so that it is found again."""
    return f".scale-agent-{hashlib.sha256(name.encode()).hexdigest()[:24]}"


@contextmanager
def _errors(path: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{quoted(path)} cannot be {what}: {error.strerror}") from error

"""A folder that a container wrote, looked through without following anything that it left there."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MOST_ENTRIES = 100_000
"""How many files and folders a job may leave, and how deep they may stand."""
DEEPEST = 100

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderTooLarge(Exception):
    """More files and folders than ``MOST_ENTRIES``, or deeper ones than ``DEEPEST``; the text says which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a folder: its path from there, and its status, of a link its own."""

    path: PurePosixPath
    status: os.stat_result

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.status.st_mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def identity(self) -> tuple[int, int]:
        """What all hard links to one file have in common."""
        return self.status.st_dev, self.status.st_ino


def entries_of(folder: Path) -> Iterator[Entry]:
    """Yield all that is below ``folder``, each folder before what is in it, in the order of names.

    What vanishes meanwhile, or may not be read, is left out. Raises FolderTooLarge.
    """
    for number, entry in enumerate(_entries(os.open(folder, _OPEN_FOLDER), PurePosixPath())):
        if number == MOST_ENTRIES:
            raise FolderTooLarge(f"more than {MOST_ENTRIES} files and folders")
        yield entry


def _entries(descriptor: int, path: PurePosixPath) -> Iterator[Entry]:
    """Yield what is below an open folder, and close it."""
    if len(path.parts) > DEEPEST:
        os.close(descriptor)
        raise FolderTooLarge(f"folders that stand deeper than {DEEPEST} in one another")
    try:
        for name in _names(descriptor):
            try:
                entry = Entry(path / name, os.lstat(name, dir_fd=descriptor))
            except OSError:
                continue
            yield entry
            if entry.is_folder:
                try:
                    inner = os.open(name, _OPEN_FOLDER, dir_fd=descriptor)
                except OSError:
                    continue
                yield from _entries(inner, entry.path)
    finally:
        os.close(descriptor)


def _names(descriptor: int) -> list[str]:
    """Return the first names in an open folder, at most one more than may be in all of them, in order."""
    names = []
    with os.scandir(descriptor) as scan:
        for entry in scan:
            names.append(entry.name)
            if len(names) > MOST_ENTRIES:
                break
    return sorted(names)


def size_of(folder: Path) -> int:
    """Return how many bytes the files below a folder have, or take on the disk, whichever is more.

    A file with several names counts once. Raises FolderTooLarge.
    """
    sizes = {
        entry.identity: max(entry.status.st_size, entry.status.st_blocks * 512)
        for entry in entries_of(folder)
        if entry.is_file
    }
    return sum(sizes.values())


def open_to(folder: Path, owner: tuple[int, int] | None) -> None:
    """Let the user of a container write into its output folder: ``owner`` if that is known, else anyone."""
    if owner and owner[0] == os.geteuid():
        return
    if owner and os.geteuid() == 0:
        os.chown(folder, *owner)
    else:
        folder.chmod(0o777)


def close(folder: Path, owner: tuple[int, int]) -> None:
    """Let an output folder, but not what is in it, belong to ``owner`` again."""
    _take(folder, owner, stat.S_IRWXU, os.geteuid() == 0)


def give_back(folder: Path, owner: tuple[int, int]) -> None:
    """Let ``owner`` (user and group id) own and read all that a container left below a folder.

    Programs lose the right to run as their owner. Whoever calls this is root or ``owner``; what belongs to others,
    and what has a name elsewhere too, stays as it is. Raises FolderTooLarge.
    """
    is_root = os.geteuid() == 0
    close(folder, owner)
    # A folder is yielded before what is in it, so that it can be read by then.
    for entry in entries_of(folder):
        path = folder / entry.path
        if entry.is_folder:
            _take(path, owner, stat.S_IRWXU, is_root)
        elif entry.is_file and entry.status.st_nlink == 1:
            _take(path, owner, stat.S_IRUSR | stat.S_IWUSR, is_root)
        elif entry.is_link and is_root:
            os.lchown(path, *owner)


def _take(path: Path, owner: tuple[int, int], rights: int, is_root: bool) -> None:
    if is_root:
        os.lchown(path, *owner)
    status = path.lstat()
    if is_root or status.st_uid == os.geteuid():
        path.chmod(stat.S_IMODE(status.st_mode) & 0o777 | rights)

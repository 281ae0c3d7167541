"""Removing a folder that a container wrote, however deep it is and whatever rights are in it."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

log = logging.getLogger(__name__)

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it, without following links; nothing happens if it is gone.

    What the system lets nobody remove stays, and is logged.
    """
    try:
        outer = os.open(folder.parent, _READ)
    except FileNotFoundError:
        return
    left: list[OSError] = []
    try:
        with _opened(folder.name, outer) as root:
            left += _empty(root)
        os.rmdir(folder.name, dir_fd=outer)
    except FileNotFoundError:
        return
    except OSError as error:
        reason = next(iter(left), error)
        log.warning("not all of a folder was removed", extra={"folder": str(folder), "reason": str(reason)})
    finally:
        os.close(outer)


def _empty(root: int) -> list[OSError]:
    """Empty an open folder as far as possible, and return what went wrong.

    Folders that are in others are moved up into ``root`` first, so that none is ever deep.
    """
    # Nobody who wrote the folder can have guessed these names.
    names = map(f"{uuid4().hex}-{{}}".format, count())
    waiting, left = _unlink_files(root)
    while waiting:
        name = waiting.pop()
        try:
            with _opened(name, root) as folder:
                inner, errors = _unlink_files(folder)
                left += errors
                for one, moved in zip(inner, names, strict=False):
                    # Only who may write to a folder may move it.
                    with _opened(one, folder):
                        os.rename(one, moved, src_dir_fd=folder, dst_dir_fd=root)
                    waiting.append(moved)
            os.rmdir(name, dir_fd=root)
        except OSError as error:
            left.append(error)
    return left


def _unlink_files(folder: int) -> tuple[list[str], list[OSError]]:
    """Remove all from an open folder but the folders in it; return their names, and what went wrong."""
    folders, left = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                else:
                    os.unlink(entry.name, dir_fd=folder)
            except OSError as error:
                left.append(error)
    return folders, left


@contextmanager
def _opened(name: str, outer: int) -> Iterator[int]:
    """Open a folder in another one, with all rights for its owner, whatever rights it has."""
    # What may not be read can be opened as a place alone.
    place = os.open(name, _FOLDER, dir_fd=outer)
    try:
        Path(f"/proc/self/fd/{place}").chmod(0o700)
        folder = os.open(".", _READ, dir_fd=place)
    finally:
        os.close(place)
    try:
        yield folder
    finally:
        os.close(folder)

"""Copying with a digest, and paths that do not lead out of where they are said to be."""

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import Protocol

from agent.storage import Check, Content, FileMissing, StorageError, go_on
from seed.wording import quoted

_PIECE = 2**20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Source(Protocol):
    """Something to read bytes from."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most ``size``, none at the end."""


class Target(Protocol):
    """Something to write bytes to."""

    def write(self, data: bytes, /) -> int | None:
        """Take all of these bytes."""


def copy(source: Source, target: Target | None = None, check: Check = go_on) -> Content:
    """Read all of ``source``, write it to ``target`` if there is one, and return what it was."""
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        check()
        digest.update(piece)
        size += len(piece)
        if target:
            target.write(piece)
    return Content(size, digest.hexdigest())


def parts_of(path: str) -> tuple[str, ...]:
    """Return the parts of a relative path; raises StorageError for one that leads elsewhere, or nowhere."""
    parts = tuple(path.split("/"))
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise StorageError(f"{quoted(path)} is not the path of a file in a workspace")
    return parts


def inside(root: Path, path: str) -> Path:
    """Return where a file is, links followed, that is in or below ``root``.

    Raises FileMissing, and StorageError for a path or a link that leads out of it, and for what is no file.
    """
    place = root.joinpath(*parts_of(path))
    try:
        resolved = place.resolve(strict=True)
        resolved.relative_to(root.resolve(strict=True))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileMissing(f"there is no file {quoted(path)}") from error
    except ValueError as error:
        raise StorageError(f"{quoted(path)} is a link that leads out of the workspace") from error
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{quoted(path)} cannot be read: {_reason(error)}") from error
    if not resolved.is_file():
        raise StorageError(f"{quoted(path)} is not a file")
    return resolved


def open_inside(root: Path, path: str) -> int:
    """Open a file in or below ``root`` for reading, as ``inside`` finds it, and follow no link on the way there."""
    base = root.resolve()
    parts = PurePosixPath(inside(root, path).relative_to(base)).parts
    folder = open_folder(base, parts[:-1])
    try:
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        raise StorageError(f"{quoted(path)} cannot be read: {_reason(error)}") from error
    finally:
        os.close(folder)


def open_folder(root: Path, parts: tuple[str, ...], *, make: bool = False) -> int:
    """Open a folder below ``root`` without following links, and make what is missing of it if asked.

    Raises FileMissing, and StorageError for what cannot be opened or is no folder.
    """
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in parts:
            outer = descriptor
            try:
                if make:
                    _make_folder(part, outer)
                descriptor = os.open(part, _FOLDER, dir_fd=outer)
            finally:
                os.close(outer)
    except FileNotFoundError as error:
        raise FileMissing(f"there is no folder {quoted('/'.join(parts))} in {quoted(str(root))}") from error
    except OSError as error:
        sentence = f"the folder {quoted('/'.join(parts))} in {quoted(str(root))} cannot be opened: {_reason(error)}"
        raise StorageError(sentence) from error
    return descriptor


def _make_folder(name: str, outer: int) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=outer)
    except FileExistsError:
        return
    os.fsync(outer)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

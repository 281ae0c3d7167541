"""Workspaces as a node reaches them: files come from there, and products go there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class StorageError(Exception):
    """A workspace that cannot be reached or written to; the text is a sentence for a person, without secrets."""


class FileMissing(StorageError):
    """A file that is not where it should be."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was read while it was copied: its size in bytes, and its SHA-256 digest in hexadecimal."""

    size: int
    sha256: str


Check = Callable[[], None]
"""Called for each piece of a file that is copied: it ends that by raising an exception of its own."""


def go_on() -> None:
    """End nothing."""


class Storage(Protocol):
    """A workspace. Paths are relative to its root, and do not lead out of it. All methods raise StorageError."""

    def in_place(self, path: str) -> Path | None:
        """Return where a file is on this machine, None if it has to be fetched; raises FileMissing."""

    def fetch(self, path: str, target: Path, check: Check = go_on) -> Content:
        """Copy a file to a new one on this machine; raises FileMissing."""

    def store(self, source: Path, path: str, check: Check = go_on) -> Content:
        """Put a file in the place of ``path``: others see all of it, or nothing."""

    def delete(self, path: str, keep: str) -> None:
        """Delete a file, and the folders that are empty then, down to ``keep``; nothing happens if it is gone."""

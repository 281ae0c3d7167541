"""The files in which web processes count, so that each of them can show what all of them have counted.

gunicorn loads the service once and forks its processes. They share one folder, which is empty when they start, and
each counts in files of its own, so that one that is killed holds no lock. A process that replaces another one has
the same number and goes on in its files: no count is lost or falls, and there are no more files than processes.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from itertools import count
from typing import Any

_number: int | None = None


def free_number(workers: Iterable[Any]) -> int:
    """Return the lowest number, from 1, that none of gunicorn's ``workers`` has."""
    taken = {worker.number for worker in workers}
    return next(number for number in count(1) if number not in taken)


def count_as(number: int) -> None:
    """Let this process count in the files with this number."""
    global _number
    _number = number


def identifier() -> str:
    """Return what names the files of this process: its number, or outside of gunicorn its process id."""
    return f"process-{os.getpid()}" if _number is None else f"worker-{_number}"


@cache
def folder() -> str:
    """Return the folder of these files: a new one, the same for this process and those that it forks later.

    It is removed when this process ends; after a SIGKILL it stays until somebody empties the temporary directory.
    """
    path = tempfile.mkdtemp(prefix="scale-metrics-")
    atexit.register(_remove, path, os.getpid())
    return path


def _remove(path: str, owner: int) -> None:
    if os.getpid() == owner:  # and not a process that it forked
        shutil.rmtree(path, ignore_errors=True)

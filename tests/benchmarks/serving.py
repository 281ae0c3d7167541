"""The processes under measurement: gunicorn in its default configuration, PostgreSQL; their CPU time and cores."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.db import connection

from tests.load.server import Server


def server(folder: Path, app: str = "scale.wsgi", **variables: str) -> Server:
    """Return a server with the default number of processes and threads, unless ``variables`` set another.

    Its workers are never replaced, so that all figures of a process belong to the same one. No lease ends, since
    nobody runs what is claimed: each would be a lost job, which the next claims rescue.
    """
    made = Server(folder, app)
    for name in ("WEB_CONCURRENCY", "WEB_THREADS"):
        made.environment.pop(name, None)
    made.environment |= {"WEB_MAX_REQUESTS": "0", "LEASE_SECONDS": "86400", **variables}
    return made


def postmaster() -> psutil.Process | None:
    """Return PostgreSQL's first process; None if it is on another machine or of another account."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        file = Path(cursor.fetchone()[0]) / "postmaster.pid"
    try:
        return psutil.Process(int(file.read_text().split()[0]))
    except (OSError, psutil.NoSuchProcess):
        return None


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Return the CPU seconds that the processes have used so far."""
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


def cpu_seconds_of_database() -> float:
    """Return the CPU seconds of PostgreSQL so far, with those of its processes that have ended."""
    first = postmaster()
    if first is None:
        return 0.0
    while True:
        ended = _of_children_that_ended(first)
        used = cpu_seconds([first]) + ended
        for child in first.children():
            with suppress(psutil.NoSuchProcess):
                used += cpu_seconds([child])
        # A process that ended meanwhile is counted in neither, or in both.
        if _of_children_that_ended(first) == ended:
            return used


def _of_children_that_ended(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.children_user + times.children_system


class Others:
    """The share of the machine's cores that other processes take, from its creation on."""

    def __init__(self, served: Server, *more: psutil.Process) -> None:
        self.own = [psutil.Process(served.process.pid), *served.workers(), *more]
        self.begin, self.before = time.monotonic(), self._seconds()

    def percent(self) -> float:
        """Return their share of all cores so far; the larger it is, the less the figures mean."""
        whole = (time.monotonic() - self.begin) * (os.cpu_count() or 1)
        return round((self._seconds() - self.before) / whole * 100, 1)

    def _seconds(self) -> float:
        times = psutil.cpu_times()
        busy = times.user + times.system + times.nice + times.irq + times.softirq + times.steal
        return busy - cpu_seconds(self.own) - cpu_seconds_of_database()


@contextmanager
def pinned(processes: Iterable[psutil.Process], cores: set[int]) -> Iterator[None]:
    """Pin processes, and those that they start, to some cores; restore their cores on leaving."""
    before = os.sched_getaffinity(0)
    pinned_here = list(processes)
    _pin(pinned_here, cores)
    try:
        yield
    finally:
        _pin(pinned_here, before)


def _pin(processes: Iterable[psutil.Process], cores: set[int]) -> None:
    for process in processes:
        for one in (process, *_children(process)):
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                for thread in one.threads():
                    os.sched_setaffinity(thread.id, cores)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []

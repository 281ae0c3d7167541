"""``python -m tests.benchmarks.takeover --jobs N``: a takeover of a system that answers at once.

DATABASE_URL must name an empty PostgreSQL database (``make bench-takeover`` brings one along). It brings 1,000 job
types of five revisions, then N jobs with their details, and then looks for what has changed since.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psutil

from tests.benchmarks.takeover_server import BEGIN, NAMES, PAGE, REVISIONS, VERSIONS
from tests.standalone import set_up

_MIB = 1024 * 1024
_STAGES = ("workspaces", "errors", "job-types", "recipe-types")


class Watch:
    """The progress of a run: when each ``every`` objects had come, and how much memory the process had then."""

    def __init__(self, every: int) -> None:
        self.every, self.count = every, 0
        self.process = psutil.Process()
        self.moments = [time.perf_counter()]
        self.memory = [self._memory()]
        self.began = self._cpu()

    def begin(self, what: str, total: int | None) -> None:
        pass

    def advance(self, number: int = 1) -> None:
        self.count += number
        if self.count % self.every == 0:
            self.moments.append(time.perf_counter())
            self.memory.append(self._memory())

    def row(self, what: str) -> dict[str, Any]:
        """Return what was measured."""
        took = time.perf_counter() - self.moments[0]
        steps = [later - earlier for earlier, later in zip(self.moments, self.moments[1:], strict=False)]
        median = statistics.median(steps) / self.every if steps else took / max(self.count, 1)
        return {
            "what": what,
            "objects": f"{self.count:,}",
            "s": f"{took:.1f}",
            "objects/s": f"{self.count / took:,.0f}",
            "median ms of one": f"{median * 1000:.3f}",
            "ms of processor time of one": f"{(self._cpu() - self.began) * 1000 / max(self.count, 1):.3f}",
            "MiB at first": f"{self.memory[min(1, len(self.memory) - 1)]:.0f}",
            "MiB at last": f"{self._memory():.0f}",
        }

    def _memory(self) -> float:
        return self.process.memory_info().rss / _MIB

    def _cpu(self) -> float:
        used = self.process.cpu_times()
        return used.user + used.system


@contextmanager
def old_system(jobs: int) -> Iterator[str]:
    """Run a system with so many jobs in a process of its own, and yield the base of its API."""
    command = [sys.executable, "-m", "tests.benchmarks.takeover_server", "--jobs", str(jobs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/api/"
        process.stdin.close()


def measure(url: str, jobs: int, parallel: int) -> list[dict[str, Any]]:
    """Return a row for each part of the takeover of the system at ``url``."""
    since = timezone.now() - BEGIN + timedelta(days=1)
    rows = []
    with Source(url, parallel=parallel) as source:
        for what, stages, every in (
            (f"job types of {REVISIONS} revisions, first", _STAGES, 10),
            ("job types, again", _STAGES, 10),
            ("jobs, first", ("jobs",), PAGE),
            ("jobs, again", ("jobs",), PAGE),
        ):
            watch = Watch(every)
            run = take_over(source=source, options=Options(jobs_since=since), stages=stages, progress=watch)
            row = watch.row(what)
            assert not run.report.faults.count, run.report.faults.first[:3]
            rows.append(row)
            print(row, flush=True)
    assert Job.objects.count() == jobs
    assert JobTypeRevision.objects.filter(job_type__is_system=False).count() == NAMES * VERSIONS * REVISIONS
    return rows


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000, help="how many jobs are over there")
    parser.add_argument("--parallel", type=int, default=1, help="how many requests are sent at once")
    options = parser.parse_args()
    with old_system(options.jobs) as url, acting(Actor("bench", Origin.COMMAND, command="tests.benchmarks")):
        rows = measure(url, options.jobs, options.parallel)
    print(table(rows))
    print(f"Load of the machine: {os.getloadavg()[0]:.1f}, of {os.cpu_count()} cores.")


if __name__ == "__main__":
    set_up()

    from django.utils import timezone

    from core.actors import Actor, acting
    from core.actors import Source as Origin
    from job_types.models import JobTypeRevision
    from jobs.models import Job
    from takeover.run import Options
    from takeover.services import take_over
    from takeover.source import Source
    from tests.benchmarks.report import table

    main()

"""The cost of ten times as many job types for a page of them and for the details of one."""

import statistics
from collections.abc import Mapping
from typing import Any

from job_types.models import JobType
from tests.benchmarks.data import VERSIONS, add_job_types, remove_job_types
from tests.benchmarks.entries import Read
from tests.benchmarks.measure import Bench, Row
from tests.benchmarks.reads import DETAILS, PAGE

_LARGE = 10_000
_FEW, _MANY = 1, 6  # times that both numbers are measured, one after the other
Samples = dict[str, list[float]]


def measure(bench: Bench) -> list[Row]:
    """Return a row for each read, its 304 and its floor, with the job types of the data set and with 10,000."""
    remove_job_types()
    number = JobType.objects.count()
    small: Samples = {}
    large: Samples = {}
    for _ in range(_MANY if bench.rounds >= 30 else _FEW):
        _ask(bench, small)
        add_job_types((_LARGE - number) // VERSIONS)
        _ask(bench, large)
        remove_job_types()
    return [
        {
            "endpoint": name,
            f"{number:,} job types: median ms": round(statistics.median(small[name]), 2),
            f"{_LARGE:,}: median ms": round(statistics.median(large[name]), 2),
            "growth %": round((statistics.median(large[name]) / statistics.median(small[name]) - 1) * 100, 1),
        }
        for name in small
    ]


def _ask(bench: Bench, samples: Samples) -> None:
    for read in (PAGE, DETAILS):
        _add(samples, bench, read)
        if tag := bench.ask(bench.request("GET", read.path)).header("ETag"):
            _add(samples, bench, read, ", not modified", status=304, headers={"If-None-Match": tag})


def _add(samples: Samples, bench: Bench, read: Read, of: str = "", **options: Any) -> None:
    statement: Mapping[str, Any] = {} if of else {"statement": read.floors[0]}
    asked, floors = bench.rounds_of(read, **statement, **options)
    samples.setdefault(read.path + of, []).extend(asked)
    if floors:
        samples.setdefault(f"{read.path}, floor", []).extend(floors)

"""The time of claims and reports, in process, with the triggers that count over time and without them, in turn."""

import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from uuid import uuid4

from core.actors import Actor, Source, acting
from jobs.claims import claim_jobs
from jobs.states import Status
from jobs.transitions import Change, apply_changes
from metrics.hours import fold
from tests.benchmarks.claims import collected_between_requests, empty_queue, queue_jobs, queue_of_its_own
from tests.benchmarks.databases import execute
from tests.benchmarks.measure import Row

_JOB_TYPES = 10
_CLAIMED = 10
# How many jobs a report is about -> how many such reports a round takes the median of.
_REPORTS = {1: 12, 10: 4, 100: 1}
_REPORTED = sum(count * reports for count, reports in _REPORTS.items())
_TIMES = 4  # as many rounds as of an entry: the difference is small
# Table -> the triggers of metrics/ that claims and reports run.
_TRIGGERS = {
    "jobs_job": ("metrics_ending_update",),
    "jobs_jobexecution": ("metrics_endedtries_insert", "metrics_endedtries_update"),
}


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(rounds: int) -> list[Row]:
    """Return a row for a claim and for reports of some numbers of jobs."""
    times: dict[tuple[str, bool], list[float]] = defaultdict(list)
    rounds *= _TIMES
    with queue_of_its_own(), collected_between_requests():
        empty_queue(_JOB_TYPES)
        queue_jobs(1, 4 * rounds * (_REPORTED + _CLAIMED), _JOB_TYPES)
        execute("VACUUM ANALYZE")
        for number in range(rounds):
            # Either comes first in every second round.
            for counted in (True, False) if number % 2 else (False, True):
                _enable(counted)
                dict(_work())  # The first statements after that plan anew.
                for name, milliseconds in _work():
                    times[name, counted].append(milliseconds)
            _enable(True)
            fold()
    return [_row(name, times[name, True], times[name, False]) for name, counted in times if counted]


def _work() -> Iterator[tuple[str, float]]:
    """Claim jobs and report that they completed; yield what was done, and the milliseconds that it took."""
    claimed: list[int] = []
    claims = []
    while len(claimed) < _REPORTED:
        start = time.perf_counter()
        jobs = claim_jobs(node="node", limit=_CLAIMED, claim_id=uuid4())
        claims.append((time.perf_counter() - start) * 1000)
        claimed += [job["id"] for job in jobs]
    yield f"a claim of {_CLAIMED} jobs", statistics.median(claims)
    for count, reports in _REPORTS.items():
        yield f"a report of {count} jobs", statistics.median(_report(claimed, count) for _ in range(reports))
    gc.collect()


def _report(claimed: list[int], count: int) -> float:
    """Report that the last ``count`` of ``claimed`` completed, and return the milliseconds that it took."""
    changes = [Change(claimed.pop(), Status.COMPLETED, exit_code=0) for _ in range(count)]
    start = time.perf_counter()
    outcomes = apply_changes(changes=changes)
    milliseconds = (time.perf_counter() - start) * 1000
    assert {outcome["outcome"] for outcome in outcomes} == {"changed"}
    return milliseconds


def _enable(counted: bool) -> None:
    for table, triggers in _TRIGGERS.items():
        for trigger in triggers:
            execute(f"ALTER TABLE {table} {'ENABLE' if counted else 'DISABLE'} TRIGGER {trigger}")


def _row(name: str, counted: list[float], uncounted: list[float]) -> Row:
    """Return the medians, and that of the differences between what was measured one after the other."""
    without = statistics.median(uncounted)
    more = statistics.median(one - other for one, other in zip(counted, uncounted, strict=True))
    return {
        "write": name,
        "without: median ms": round(without, 2),
        "with: median ms": round(statistics.median(counted), 2),
        "difference ms": round(more, 2),
        "difference %": round(more / without * 100, 1),
    }

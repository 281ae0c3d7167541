"""The time in which the leases of 10,000 lost jobs are ended, and of the claims that go on meanwhile."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from uuid import uuid4

from django.db import connection

from core.actors import Actor, Source, acting
from jobs.claims import claim_jobs
from jobs.models import JobExecution
from jobs.rescue import end_expired
from tests.benchmarks.claims import empty_queue, queue_jobs, queue_of_its_own
from tests.benchmarks.measure import Row, spread

_LOST = 10_000
_QUEUED = 20_000
_JOB_TYPES = 10
_BATCH = 1_000


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure() -> list[Row]:
    """Return a row: the seconds of the rescue, and the milliseconds of claims of ten at the same time."""
    with queue_of_its_own():
        empty_queue(_JOB_TYPES)
        queue_jobs(1, _LOST + _QUEUED, _JOB_TYPES)
        for number in range(_LOST // 100):
            claim_jobs(node=f"lost-{number}", limit=100)
        before = _claims(threading.Event(), most=30)
        lost = JobExecution.objects.filter(ended=None, node__startswith="lost-")
        assert lost.count() == _LOST
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_jobexecution SET lease_expires = now() - interval '1 s' WHERE ended IS NULL;"
                "UPDATE jobs_node SET first_expiry = now() - interval '1 s'"
            )
        done = threading.Event()
        with ThreadPoolExecutor(1) as threads:
            claiming = threads.submit(copy_context().run, _claims_in_a_thread, done)
            start = time.perf_counter()
            while end_expired(_BATCH):
                pass
            seconds = time.perf_counter() - start
            done.set()
            meanwhile = claiming.result()
        assert lost.count() == 0
    return [
        {
            "leases": _LOST,
            "seconds": round(seconds, 2),
            "claims meanwhile": len(meanwhile),
            "before: median ms": round(statistics.median(before), 1),
            **spread(meanwhile, digits=1, prefix="meanwhile: "),
            "meanwhile: slowest ms": round(max(meanwhile), 1),
        }
    ]


def _claims_in_a_thread(done: threading.Event) -> list[float]:
    try:
        return _claims(done)
    finally:
        connection.close()


def _claims(done: threading.Event, most: int = 1_000) -> list[float]:
    """Return the milliseconds of claims of ten until ``done``, and of no more than ``most``."""
    times: list[float] = []
    while not done.is_set() and len(times) < most:
        start = time.perf_counter()
        claim_jobs(node="node", limit=10, claim_id=uuid4())
        times.append((time.perf_counter() - start) * 1000)
    return times

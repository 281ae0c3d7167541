"""Claims that wait for a lock, while what they have read changes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from job_types.models import JobType
from jobs.claims import claim_jobs
from jobs.models import Job, JobExecution, Node, Scheduler
from tests.conftest import client_of
from tests.factories import make_job, make_job_type

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql", because="SQLite locks the database as a whole"),
]


class Waiting:
    """Something that another thread does, and waits for a lock to do."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.result: Any = None
        self.thread = threading.Thread(target=self._run, args=(act,))

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            self.result = act()
        finally:
            connection.close()

    def end(self) -> Any:
        self.thread.join()
        return self.result


@contextmanager
def while_locked(rows: QuerySet[Any], act: Callable[[], Any]) -> Iterator[Waiting]:
    """Let another thread ``act``, which waits for ``rows`` until the block ends."""
    waiting = Waiting(act)
    with transaction.atomic():
        list(rows.select_for_update(no_key=True))
        waiting.thread.start()
        while not blocked():
            assert waiting.thread.is_alive()
            time.sleep(0.01)
        yield waiting


def blocked() -> int:
    """Return how many statements on this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        """)
        return int(cursor.fetchone()[0])


def elsewhere(act: Callable[[], Any]) -> None:
    """Act in a transaction of another connection."""
    other = Waiting(act)
    other.thread.start()
    other.end()


def claim(claim_id: UUID | None = None) -> list[int]:
    return [job["id"] for job in claim_jobs(node="a", limit=1, claim_id=claim_id or uuid4())]


@pytest.mark.parametrize(
    "change",
    [
        {"is_paused": True, "paused": timezone.now()},
        {"is_active": False, "deprecated": timezone.now()},
        {"max_scheduled": 1},
    ],
)
def test_a_job_type_that_may_not_run_any_more_is_not_started(change: dict[str, Any]) -> None:
    job_type = make_job_type()
    running, queued = (make_job(job_type).pk for _ in range(2))
    assert claim() == [running]
    with while_locked(Node.objects.all(), claim) as waiting:
        elsewhere(lambda: JobType.objects.update(**change))
    assert waiting.end() == []
    JobType.objects.update(is_paused=False, paused=None, is_active=True, deprecated=None, max_scheduled=None)
    assert claim() == [queued]


def test_a_node_that_is_paused_or_deprecated_while_it_is_locked_gets_nothing() -> None:
    job_type = make_job_type()
    first, queued = (make_job(job_type).pk for _ in range(2))
    assert claim() == [first]
    for change in ({"is_paused": True}, {"is_active": False, "deprecated": timezone.now()}):
        with while_locked(Node.objects.all(), claim) as waiting:
            Node.objects.update(**change)
        assert waiting.end() == []
        Node.objects.update(is_paused=False, is_active=True, deprecated=None)
    assert claim() == [queued]


def test_another_change_of_the_catalogue_holds_no_claim_up() -> None:
    job_type = make_job_type()
    first, queued = (make_job(job_type).pk for _ in range(2))
    assert claim() == [first]
    with while_locked(Node.objects.all(), claim) as waiting:
        elsewhere(lambda: JobType.objects.update(title="Another"))
    assert waiting.end() == [queued]


@pytest.mark.parametrize("paused", [Scheduler, Node])
def test_a_pause_during_a_report_holds_for_the_claim_that_comes_with_it(
    paused: type[Scheduler] | type[Node],
) -> None:
    job_type = make_job_type()
    worker = client_of("worker", "Workers")
    first, second = (make_job(job_type).pk for _ in range(2))
    worker.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json")
    report = {"job_id": first, "num_exes": 1, "status": "COMPLETED", "node": "a"}
    body = {"changes": [report], "claim": {"node": "a", "limit": 1, "claim_id": str(uuid4())}}
    send = lambda: worker.post("/v6/jobs/transitions/", body, format="json").json()  # noqa: E731
    with while_locked(Job.objects.filter(pk=first), send) as waiting:
        elsewhere(lambda: paused.objects.update(is_paused=True))
    answer = waiting.end()
    assert (answer["changed"], answer["claimed"]["results"]) == (1, [])
    assert Job.objects.get(pk=second).status == "QUEUED"


def test_a_try_that_times_out_while_its_claim_is_sent_again_is_left_to_end() -> None:
    make_job(make_job_type())
    claim_id = uuid4()
    claim(claim_id)
    lease = JobExecution.objects.get().lease_expires
    with while_locked(Node.objects.all(), lambda: claim(claim_id)) as waiting:
        elsewhere(lambda: JobExecution.objects.update(times_out=F("started")))
    assert waiting.end() == []
    assert JobExecution.objects.get().lease_expires == lease

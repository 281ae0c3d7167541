"""Jobs that are canceled while they run, whose nodes do not know it yet, and that are requeued at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from jobs.claims import claim_jobs
from jobs.models import Job, JobExecution
from jobs.services import cancel_jobs, requeue_jobs
from jobs.states import Status
from jobs.transitions import Change, apply_changes
from tests.factories import make_job, make_job_type
from tests.jobs.clock import set_clock

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=60)


def requeue_all() -> None:
    requeue_jobs(jobs=Job.objects.all(), selection={})


def report_as_queued() -> None:
    apply_changes(changes=[Change(job_id=job.pk, status=Status.QUEUED) for job in Job.objects.all()])


def hold_and_report_as_queued() -> None:
    apply_changes(changes=[Change(job_id=job.pk, status=Status.PENDING) for job in Job.objects.all()])
    report_as_queued()


@pytest.mark.parametrize("requeue", [requeue_all, report_as_queued, hold_and_report_as_queued])
def test_a_job_that_was_canceled_while_it_ran_waits_until_its_node_has_stopped(requeue: Callable[[], None]) -> None:
    make_job(make_job_type())
    with set_clock() as clock:
        assert len(claim_jobs(node="a", limit=1)) == 1
        clock.advance(LEASE / 2)
        cancel_jobs(jobs=Job.objects.all(), selection={})
        requeue()
        job, one = Job.objects.get(), JobExecution.objects.get()
        assert (job.status, job.retry_after) == ("QUEUED", one.lease_expires)
        assert claim_jobs(node="b", limit=1) == []
        clock.advance(LEASE / 2 + timedelta(seconds=1))
        assert [one["id"] for one in claim_jobs(node="b", limit=1)] == [job.pk]


@pytest.mark.parametrize("requeue", [requeue_all, report_as_queued])
def test_a_job_whose_canceled_try_has_no_lease_any_more_may_be_claimed_at_once(requeue: Callable[[], None]) -> None:
    make_job(make_job_type())
    with set_clock() as clock:
        claim_jobs(node="a", limit=1)
        cancel_jobs(jobs=Job.objects.all(), selection={})
        clock.advance(LEASE)
        requeue()
        assert len(claim_jobs(node="b", limit=1)) == 1

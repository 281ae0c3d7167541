"""Claims of which others hold the head of the queue."""

from collections.abc import Iterable

import pytest
from django.utils import timezone

from jobs import claims
from jobs.models import Job
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db


def claimed(limit: int) -> list[int]:
    return [job["id"] for job in claims.claim_jobs(node="a", limit=limit)]


def outrun(monkeypatch: pytest.MonkeyPatch, taken: Iterable[int]) -> None:
    """Let another claim take jobs (ids) between the look of the next claim at the head and its locks."""
    lock = claims._lock_limits

    def take(job_types: Iterable[int], claim: claims._Claim) -> dict[int, int]:
        Job.objects.filter(pk__in=taken).update(status="RUNNING", started=timezone.now(), node="b")
        monkeypatch.setattr("jobs.claims._lock_limits", lock)
        return lock(job_types, claim)

    monkeypatch.setattr("jobs.claims._lock_limits", take)


@pytest.mark.parametrize("limit", [1, 2])
def test_a_claim_that_others_outran_at_the_head_takes_what_is_behind_it(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    limited = make_job_type("limited", max_scheduled=2)
    head = [make_job(limited, priority=1).pk for _ in range(4)]
    behind = make_job(make_job_type("other"))
    monkeypatch.setattr("jobs.claims._HEAD", 4)
    outrun(monkeypatch, head[:2])
    assert claimed(limit) == [behind.pk]


def test_a_claim_whose_head_others_took_keeps_to_the_order_of_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_job_type("first")
    head = [make_job(first, priority=1).pk for _ in range(3)]
    following = make_job(make_job_type("other"), priority=2)
    make_job(first, priority=900)
    monkeypatch.setattr("jobs.claims._HEAD", 3)
    outrun(monkeypatch, head)
    assert claimed(1) == [following.pk]

"""Queries whose SQL is written once."""

from typing import Any

import pytest
from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from core.reads.prepared import prepared
from errors.models import Error
from jobs.models import Job
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db
RUNS = 7  # more than those after which PostgreSQL may keep a plan


def test_constants_keep_their_types_and_their_signs() -> None:
    constants = {"yes": True, "no": False, "number": 5, "half": 0.5, "text": "50 % of %s, or 'half'"}

    @prepared
    def find(*, name: str) -> QuerySet[Error, Any]:
        errors = Error.objects.filter(name=name).exclude(title="100%")
        return errors.values(**{key: Value(value) for key, value in constants.items()})

    now = timezone.now()
    Error.objects.create(name="a-%s", title="A", category="DATA", job_type_name="a", created=now, last_modified=now)
    for _ in range(RUNS):
        assert find(name="a-%s") == [constants]
        assert find(name="50%") == []


def test_a_number_beyond_its_column_is_found_nowhere() -> None:
    @prepared
    def find(*, priority: int) -> QuerySet[Job, Any]:
        shown = Case(When(status="QUEUED", then=Value(1)), default=Value(0))
        return Job.objects.filter(priority=priority).values("priority", shown=shown)

    make_job(make_job_type(), priority=7)
    for _ in range(RUNS):
        assert find(priority=7) == [{"priority": 7, "shown": 1}]
        assert find(priority=2**31) == find(priority=-(2**63)) == []


def test_the_same_query_is_one_for_all_its_values() -> None:
    @prepared
    def find(*, name: str, version: str) -> QuerySet[Any, tuple[str]]:
        return Job.objects.filter(job_type__name=name, job_type__version=version).values_list("job_type__name")

    for name in ("a", "b"):
        make_job(make_job_type(name))
    for name in ("a", "b", "c") * RUNS:
        assert find(name=name, version="1.0.0") == ([] if name == "c" else [(name,)])

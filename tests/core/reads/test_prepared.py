"""Queries whose SQL is written once."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
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


def test_the_number_of_rows_of_a_slice_is_a_value() -> None:
    @prepared
    def find(*, status: str, most: int) -> QuerySet[Job, tuple[int]]:
        marked = Job.objects.alias(mark=Value("LIMIT %s")).filter(status=status, mark="LIMIT %s")
        return marked.order_by("priority").values_list("priority")[:most]

    for priority in (3, 1, 2):
        make_job(make_job_type(), priority=priority)
    for _ in range(RUNS):
        assert find(status="QUEUED", most=2) == [(1,), (2,)]
        assert find(status="QUEUED", most=5) == [(1,), (2,), (3,)]
        assert find(status="QUEUED", most=0) == []


def test_a_query_that_could_not_be_prepared_is_prepared_by_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    @prepared
    def find(*, priority: int) -> QuerySet[Job, tuple[int]]:
        return Job.objects.filter(priority=priority, status="QUEUED").values_list("priority")

    make_job(make_job_type(), priority=7)
    with monkeypatch.context() as patched:
        patched.setattr("core.reads.prepared._written", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            find(priority=7)
    assert find(priority=7) == [(7,)]


def test_a_value_may_stand_at_several_places_and_there_may_be_hundreds() -> None:
    names = {f"name_{number}": f"name-{number}" for number in range(250)}

    @prepared
    def find(**names: str) -> QuerySet[Job, tuple[str, str]]:
        jobs = Job.objects.filter(job_type__name__in=names.values())
        return jobs.values_list("job_type__name", Value(names["name_249"]))

    make_job(make_job_type("name-249"))
    for _ in range(RUNS):
        assert find(**names) == [("name-249", "name-249")]
        assert find(**dict.fromkeys(names, "other")) == []


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (lambda value: Q(node=value) | Q(node__startswith=value), "a"),
        (lambda value: Q(node=value), 7),
        (lambda value: Q(priority=value) | Q(node=value), 7),
        (lambda value: Q(), "a"),
    ],
    ids=["a part of a text", "a number for a text", "a number for both", "nowhere"],
)
def test_a_value_that_is_no_parameter_as_it_is_is_refused(
    condition: Callable[[str | int], Q], value: str | int
) -> None:
    @prepared
    def find(*, value: str | int) -> QuerySet[Job, tuple[int]]:
        return Job.objects.filter(condition(value)).values_list("pk")

    with pytest.raises(AssertionError, match="must be a parameter"):
        find(value=value)


def test_a_query_may_have_neither_values_nor_constants() -> None:
    @prepared
    def find() -> QuerySet[Job, tuple[int, str]]:
        return Job.objects.values_list("priority", RawSQL("'100 %%'", []))

    make_job(make_job_type(), priority=7)
    for _ in range(RUNS):
        assert find() == [(7, "100 %")]


def test_the_same_query_is_one_for_all_its_values() -> None:
    @prepared
    def find(*, name: str, version: str) -> QuerySet[Any, tuple[str]]:
        return Job.objects.filter(job_type__name=name, job_type__version=version).values_list("job_type__name")

    for name in ("a", "b"):
        make_job(make_job_type(name))
    for name in ("a", "b", "c") * RUNS:
        assert find(name=name, version="1.0.0") == ([] if name == "c" else [(name,)])

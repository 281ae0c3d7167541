"""Writes of jobs: cancel and requeue thousands. Others are in ``creation``, ``claims`` and ``transitions``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Greatest

from audit.models import Action, Kind
from audit.services import Subject, record
from core.actors import current_actor
from core.models.clock import statement_time
from job_types.models import JobType
from job_types.selectors import newer_revisions
from jobs.arrivals import announce
from jobs.leases import end_of_stopped
from jobs.models import Job, JobExecution
from jobs.states import HELD, REQUEUED_FROM, End, Status, entering, statuses_before, step_time

MOST_AT_ONCE = 10_000
# How many values of each filter the audit keeps, and how much of each.
_MOST_RECORDED = 100
_LONGEST_RECORDED = 100
# What a requeued job becomes: a hold stays one. Before `canceled_from` was kept, only the queue time shows it.
_REQUEUED_AS = Case(
    When(status=Status.CANCELED, canceled_from__in=HELD, then=F("canceled_from")),
    When(status=Status.CANCELED, canceled_from=None, queued=None, then=Value(Status.PENDING)),
    default=Value(Status.QUEUED),
)


@dataclass(frozen=True, slots=True)
class Stepped:
    """How many jobs were changed, and how many more there are that can be."""

    count: int
    remaining: int


def cancelable(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those of ``jobs`` that can be canceled."""
    return jobs.filter(status__in=statuses_before(Status.CANCELED))


def requeueable(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those of ``jobs`` that can be put back into the queue."""
    return jobs.filter(status__in=REQUEUED_FROM, job_type__is_active=True)


@transaction.atomic
def cancel_jobs(*, jobs: QuerySet[Job], selection: Mapping[str, Sequence[str]]) -> Stepped:
    """Cancel those of ``jobs`` that can be canceled, at most 10,000. ``selection`` says how they were chosen."""
    stepped = _step(cancelable(jobs), Value(Status.CANCELED), lambda revisions: {}, canceled_from=F("status"))
    _record(Action.CANCELED, stepped, selection)
    return stepped


@transaction.atomic
def requeue_jobs(
    *, jobs: QuerySet[Job], selection: Mapping[str, Sequence[str]], priority: int | None = None
) -> Stepped:
    """Put those of ``jobs`` that FAILED or were CANCELED back into the queue, at most 10,000.

    One that was PENDING or BLOCKED when it was canceled is so again. Each may be tried again as often as its job
    type says, with ``priority`` if it is given. It runs with the configuration that its job type has now, and the
    current revision if that takes the same inputs; but not before the lease of a try is over that somebody else
    than its node ended, since that may not know it yet. Jobs of a deprecated job type stay as they are.
    """
    job_types = JobType.objects.filter(pk=OuterRef("job_type_id"))
    columns: dict[str, Any] = {
        "max_tries": F("num_exes") + Subquery(job_types.values("max_tries")),
        "configuration_num": Subquery(job_types.values("configuration_num")),
    }
    if priority is not None:
        columns["priority"] = priority
    stepped = _step(requeueable(jobs), _REQUEUED_AS, newer_revisions, **columns)
    announce()
    _record(Action.REQUEUED, stepped, selection, **({} if priority is None else {"priority": priority}))
    return stepped


def _step(
    jobs: QuerySet[Job],
    status: Expression,
    newer: Callable[[Collection[int]], Mapping[int, int]],
    **columns: object,
) -> Stepped:
    """Change the first 10,000 of ``jobs``, each to its ``status``. Writers lock jobs in id order.

    ``newer`` is called with the ids of their revisions, and returns which other ones they run from now on.
    """
    matching = jobs.order_by("pk")
    rows = matching.select_for_update(of=("self",), no_key=True).values_list("pk", status, "job_type_rev_id")
    locked = list(rows[:MOST_AT_ONCE])
    revisions = newer({revision for _, _, revision in locked})
    alike: dict[tuple[str, int | None], list[int]] = {}
    for pk, after, revision in locked:
        alike.setdefault((after, revisions.get(revision)), []).append(pk)
    when = step_time()
    for (after, revision), pks in alike.items():
        stepping = entering(Status(after), when) | ({"job_type_rev_id": revision} if revision else {})
        if after == Status.QUEUED:
            stepping["retry_after"] = end_of_stopped()
        Job.objects.filter(pk__in=pks).update(**stepping, **columns, last_modified=when)
    _cancel_tries([pk for pk, *_ in locked])
    return Stepped(len(locked), matching.count() if len(locked) == MOST_AT_ONCE else 0)


def _cancel_tries(jobs: Collection[int]) -> None:
    """End the tries that run of jobs, given by their ids, which are canceled."""
    running = JobExecution.objects.filter(job_id__in=jobs, ended=None)
    tries = list(running.order_by("job_id").select_for_update(no_key=True).values_list("pk", flat=True))
    JobExecution.objects.filter(pk__in=tries).update(
        status=Status.CANCELED,
        end=End.CANCELED,
        ended=Greatest(statement_time(), F("started")),
        ended_by=current_actor().name,
    )


def _record(action: Action, stepped: Stepped, selection: Mapping[str, Sequence[str]], **others: object) -> None:
    """Record what was done to the jobs of ``selection`` in the audit, if it was done to any."""
    if not stepped.count:
        return
    chosen = {
        name: [
            *(value[:_LONGEST_RECORDED] for value in values[:_MOST_RECORDED]),
            *([f"and {more} more"] if more > 0 else []),
        ]
        for name, values in selection.items()
        for more in [len(values) - _MOST_RECORDED]
    }
    new = {"selection": chosen, "count": stepped.count, **others}
    record(
        subject=Subject(Kind.JOB, ""), action=action, changes={name: {"new": value} for name, value in new.items()}
    )

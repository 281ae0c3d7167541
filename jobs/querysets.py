"""Querysets of jobs, their tries and nodes: what is fetched with them, and the groups of the status services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, Max, Min, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from core.models.clock import ClockNow
from errors.models import Category
from jobs.states import WAITING, Status

if TYPE_CHECKING:
    from jobs.models import Job, JobExecution, Node  # noqa: F401  (QuerySet names them as strings)

DOCUMENTS = ("input", "output", "configuration")


class JobQuerySet(QuerySet["Job"]):
    """Jobs: what is fetched with them, and the groups of the status services."""

    def for_list(self) -> Self:
        """Fetch job type, revision and error in the same query, and no document."""
        return self.select_related("job_type", "job_type_rev", "error").defer(
            *DOCUMENTS,
            *(f"job_type__{column}" for column in ("manifest", "configuration", "version_key")),
            *(f"job_type_rev__{column}" for column in ("manifest", "resources")),
        )

    def counts_waiting(self) -> QuerySet[Any, dict[str, Any]]:
        """Count the waiting jobs of each job type: ``job_type_id``, ``count``, ``longest_pending``; longest first.

        One pass over the part of the index job_waiting that their statuses have.
        """
        since = Min(Coalesce("queued", "last_status_change"))
        groups = self.filter(status__in=WAITING).values("job_type_id")
        return groups.annotate(count=Count("*"), longest_pending=since).order_by("longest_pending", "job_type_id")

    def counts_queued(self) -> QuerySet[Any, dict[str, Any]]:
        """Count the queued jobs of each job type, in the order of the queue.

        Each group has ``job_type_id``, ``count``, ``longest_queued`` and ``highest_priority``, the lowest number.
        One pass over the part of the index job_waiting that they have.
        """
        groups = (
            self.filter(status=Status.QUEUED)
            .values("job_type_id")
            .annotate(count=Count("*"), longest_queued=Min("queued"), highest_priority=Min("priority"))
        )
        return groups.order_by("highest_priority", "longest_queued", "job_type_id")

    def counts_running(self) -> QuerySet[Any, dict[str, Any]]:
        """Count the running jobs of each job type: ``job_type_id``, ``count``, ``longest_running``; longest first.

        One pass over the index job_running.
        """
        jobs = self.filter(status=Status.RUNNING).values("job_type_id")
        groups = jobs.annotate(count=Count("*"), longest_running=Min("started"))
        return groups.order_by("longest_running", "job_type_id")

    def counts_of_system_failures(self) -> QuerySet[Any, dict[str, Any]]:
        """Count the failures of each job type by error of category SYSTEM, the latest failure first.

        Each group has ``job_type_id``, ``error_id``, ``count``, ``first_error`` and ``last_error``. One pass over
        the part of the index job_failed that those errors have.
        """
        failed = self.filter(status=Status.FAILED, error__category=Category.SYSTEM)
        groups = failed.values("job_type_id", "error_id").annotate(
            count=Count("*"), first_error=Min("last_status_change"), last_error=Max("last_status_change")
        )
        return groups.order_by("-last_error", "job_type_id", "error_id")


class JobExecutionQuerySet(QuerySet["JobExecution"]):
    """Tries of jobs."""

    def going_on(self, *, claim_id: str, hostname: str, account: int) -> Self:
        """Return those that a claim (its id in hexadecimal) of an account (0 if none) began for a node.

        Those that still run, but for those beyond their timeout.
        """
        # By the claim: without statistics, the indexes of tries on a node and of those that run look as small.
        on = Concat("node", Value(""), output_field=TextField())
        began = self.alias(by=Coalesce("account_id", 0), on=on).filter(by=account, on=hostname)
        running = began.filter(claim_id=Cast(Value(claim_id), UUIDField()), status=Status.RUNNING)
        return running.filter(Q(times_out=None) | Q(times_out__gt=ClockNow()))

    def for_list(self) -> Self:
        """Fetch what lists name of a try in the same query, and no log and no document."""
        return self.select_related("error", "account", "job_type_rev__job_type").defer(
            *("stdout", "stderr", "job_type_rev__manifest", "job_type_rev__resources"),
            *(f"job_type_rev__job_type__{column}" for column in ("manifest", "configuration", "version_key")),
        )


class NodeQuerySet(QuerySet["Node"]):
    """Nodes."""

    def matching_keywords(self, keywords: Iterable[str]) -> Self:
        """Return those whose hostname holds any of ``keywords`` in any case."""
        names = Q()
        for keyword in keywords:
            names |= Q(hostname__icontains=keyword)
        return self.filter(names)

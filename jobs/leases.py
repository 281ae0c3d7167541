"""Leases of tries: for how long a node keeps a job without a sign of life, and that outages do not count."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.expressions import Expression
from django.db.models.functions import Greatest

from core.models.clock import statement_time
from jobs.models import JobExecution, Scheduler
from jobs.states import End


def lease() -> timedelta:
    """Return the length of a lease."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def between_beats() -> timedelta:
    """Return how often the service shows that it is alive: twelve times in a lease."""
    return lease() / 12


def lease_from(moment: datetime, times_out: datetime | None) -> datetime:
    """Return when a lease ends that a node gets at ``moment``.

    It goes no further than one lease beyond the timeout, by which the node has to have ended the try itself.
    """
    return min(moment, times_out or moment) + lease()


def whole_lease() -> Expression:
    """Return when a lease ends that begins now, whatever the timeout, for a statement on tries."""
    return ExpressionWrapper(statement_time() + lease(), DateTimeField())


def end_of_stopped() -> Subquery:
    """Return until when a node may run the last try of a job, which somebody else ended, for a statement on jobs.

    Null for one that nobody runs any more: its job may be claimed at once.
    """
    last = JobExecution.objects.filter(job=OuterRef("pk"), exe_num=OuterRef("num_exes"))
    by_others = Q(end=End.CANCELED) | Q(account__isnull=False) & ~Q(ended_by=F("account__username"))
    return Subquery(last.filter(by_others, lease_expires__gt=statement_time()).values("lease_expires"))


def beat() -> None:
    """Store that the service is alive, unless that is known well enough.

    After a time without beats nodes could not renew their leases either: those that run last a whole lease from
    now, however little was left of their leases, and even if their timeouts have passed meanwhile: how they ended
    could not be reported. Otherwise an outage would cost every try that runs.
    """
    now = statement_time()
    row = Scheduler.objects.filter(pk=1)
    if row.filter(last_seen__gte=now - longest_gap(), last_seen__lt=now - between_beats()).update(last_seen=now):
        return
    with transaction.atomic():
        if row.filter(last_seen__lt=now - longest_gap()).update(last_seen=statement_time()):
            leased = JobExecution.objects.filter(ended=None, lease_expires__isnull=False)
            list(leased.order_by("job_id").select_for_update(no_key=True).values_list("pk"))
            leased.update(lease_expires=Greatest(F("lease_expires"), whole_lease()))


def longest_gap() -> timedelta:
    """Return for how long a service that is alive may not beat: a third of a lease, as often as nodes renew theirs.

    Then no lease can end before its node had a chance to renew it.
    """
    return lease() / 3

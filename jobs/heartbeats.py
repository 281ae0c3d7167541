"""Heartbeats: a node says which tries it runs, keeps them for another lease, and learns which to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.contrib.auth.models import User
from django.db import transaction

from core.models.clock import statement_time
from jobs.fleet import in_millionths, in_units
from jobs.leases import lease_from
from jobs.models import JobExecution
from jobs.nodes import capacity_of, meet_node
from jobs.rescue import look_after_due
from jobs.states import End

MOST_TRIES = 1_000
CONTINUE, STOP = "continue", "stop"
# Why a try is to be stopped, by what ended it; `not-yours` for all others.
_REASONS: dict[str | None, str] = {End.CANCELED: "canceled", End.TIMED_OUT: "timed-out"}
_NOT_YOURS = "not-yours"
REASONS = (*_REASONS.values(), _NOT_YOURS)


@dataclass(frozen=True, slots=True)
class RunningTry:
    """A try that a node runs, and the ends of its logs where these are new."""

    job_id: int
    num_exes: int
    log: Mapping[str, str] | None = None


class Order(TypedDict):
    """What a node is to do with a try: to continue, or to stop for ``reason``; and when its lease expires."""

    job_id: int
    num_exes: int
    action: str
    reason: str | None
    lease_expires: datetime | None


def heartbeat(
    *,
    node: str,
    tries: Sequence[RunningTry],
    account: User,
    resources: Mapping[str, float] | None = None,
    software_version: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> list[Order]:
    """Renew the leases of ``tries``, and return what the node is to do with each, in their order.

    Only tries that run on ``node`` and that ``account`` claimed are renewed. One beyond its timeout is to be
    stopped; its lease goes no further than one lease beyond that. ``resources`` is what the node has free, as in a
    claim; without it, what is known of the node stays. Raises Refused if the node is another account's.
    """
    columns = {"software_version": software_version, "labels": labels}
    said: dict[str, object] = {name: value for name, value in columns.items() if value is not None}
    if resources is not None:
        free = in_millionths({name.lower(): one for name, one in resources.items()})
        said["capacity"] = in_units(capacity_of(node, free))
    meet_node(hostname=node, account=account, columns=said)
    # First, so that a node that is late keeps its tries, unless somebody has ended them already.
    orders = _renew(node, tries, account)
    look_after_due()
    return orders


@transaction.atomic
def _renew(node: str, tries: Sequence[RunningTry], account: User) -> list[Order]:
    named = {(one.job_id, one.num_exes): one for one in tries}
    of_jobs = JobExecution.objects.filter(
        job_id__in={job for job, _ in named}, exe_num__in={number for _, number in named}
    )
    running = of_jobs.filter(ended=None, node=node, account=account).order_by("job_id")
    locked = running.select_for_update(no_key=True).annotate(now=statement_time())
    columns = ("pk", "job_id", "exe_num", "times_out", "now")
    mine = {
        (job, number): (pk, lease_from(now, times_out), times_out is not None and times_out <= now)
        for pk, job, number, times_out, now in locked.values_list(*columns)
        if (job, number) in named
    }
    alike: dict[datetime, list[int]] = {}
    for pk, lasting, _ in mine.values():
        alike.setdefault(lasting, []).append(pk)
    for lasting, pks in alike.items():
        JobExecution.objects.filter(pk__in=pks).update(lease_expires=lasting)
    _store_tails({pk: named[key] for key, (pk, *_) in mine.items()})
    others = of_jobs if named.keys() - mine.keys() else of_jobs.none()
    ends = {(job, number): end for job, number, end in others.values_list("job_id", "exe_num", "end")}
    orders = []
    for one in tries:
        key = (one.job_id, one.num_exes)
        _, expires, is_late = mine.get(key, (None, None, False))
        end = End.TIMED_OUT if is_late else ends.get(key)
        goes_on = key in mine and not is_late
        orders.append(
            Order(
                job_id=one.job_id,
                num_exes=one.num_exes,
                action=CONTINUE if goes_on else STOP,
                reason=None if goes_on else _REASONS.get(end, _NOT_YOURS),
                lease_expires=expires,
            )
        )
    return orders


def _store_tails(logs: Mapping[int, RunningTry]) -> None:
    """Store the ends of the logs that came with tries (id -> what was sent), an update for each that has some."""
    for pk, one in logs.items():
        if one.log:
            JobExecution.objects.filter(pk=pk).update(**one.log)

"""Heartbeats: a node says which tries it runs, keeps them for another lease, and learns which to stop."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Concat, Now

from core.models.clock import exact_time
from core.models.columns import array_of
from core.reads.prepared import prepared
from jobs.fleet import in_millionths, in_units
from jobs.leases import lease_from
from jobs.models import JobExecution
from jobs.nodes import capacity_of, meet_node, note_node
from jobs.rescue import look_after
from jobs.states import End, Status

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
    stopped; its lease is extended to one lease beyond that, no further. ``resources`` is what the node has free, as
    in a claim; without it, what is known of the node stays. Raises Refused if the node is another account's.
    """
    known, due = meet_node(hostname=node, account=account)
    columns = {"software_version": software_version, "labels": labels}
    said: dict[str, object] = {name: value for name, value in columns.items() if value is not None}
    if resources is not None:
        free = in_millionths({name.lower(): one for name, one in resources.items()})
        said["capacity"] = in_units(capacity_of(node, free))
    note_node(known, now=due["now"], said=said)
    # Before what is due is ended: a node that is late keeps its tries.
    orders = _renew(node, tries, account)
    look_after(due)
    return orders


@transaction.atomic
def _renew(node: str, tries: Sequence[RunningTry], account: User) -> list[Order]:
    keys = [(one.job_id, one.num_exes) for one in tries]
    named = set(keys)
    running = _running(jobs=array_of({job for job, _ in named}), node=node, account=account.pk)
    mine: dict[tuple[int, int], _Renewed] = {}
    if running:
        now = exact_time(running[0][-1])
        whole = lease_from(now, None)
    for pk, job, number, times_out, known, _ in running:
        if (job, number) in named:
            is_late = times_out is not None and times_out <= now
            lasting = lease_from(now, times_out) if is_late else whole
            # It keeps a longer lease, as after an outage, or from a heartbeat that was sent later.
            mine[job, number] = _Renewed(pk, max(lasting, known or lasting), is_late)
    alike: dict[datetime, list[int]] = {}
    for pk, lasting, _ in mine.values():
        alike.setdefault(lasting, []).append(pk)
    for lasting, pks in alike.items():
        JobExecution.objects.filter(pk__any_of=array_of(pks)).update(lease_expires=lasting)
    # A try may be named twice, as with each of its logs.
    logs = [(key, one.log) for key, one in zip(keys, tries, strict=True) if one.log]
    _store_tails((mine[key].pk, log) for key, log in logs if key in mine)
    ends = _ends_of(named - mine.keys())
    return [_order(key, mine.get(key), ends.get(key)) for key in keys]


class _Renewed(NamedTuple):
    """A try whose lease was renewed until ``expires``, and whether it is beyond its timeout."""

    pk: int
    expires: datetime
    is_late: bool


@prepared
def _running(*, jobs: str, node: str, account: int) -> QuerySet[JobExecution, tuple[Any, ...]]:
    """Lock the tries of ``jobs`` that run on ``node`` and that ``account`` claimed."""
    # By the jobs: a node may run many more, each of which would be held against all of these.
    on = Concat("node", Value(""), output_field=TextField())
    tries = JobExecution.objects.alias(on=on).filter(job_id__any_of=jobs, status=Status.RUNNING, on=node)
    locked = tries.filter(account_id=account).order_by("job_id").select_for_update(no_key=True)
    return locked.annotate(now=Now()).values_list("pk", "job_id", "exe_num", "times_out", "lease_expires", "now")


def _ends_of(keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], str | None]:
    """Return what ended the tries with these jobs and numbers, as far as there are any."""
    if not keys:
        return {}
    jobs, numbers = (array_of(set(column)) for column in zip(*keys, strict=True))
    tries = JobExecution.objects.filter(job_id__any_of=jobs, exe_num__any_of=numbers)
    return {(job, number): end for job, number, end in tries.values_list("job_id", "exe_num", "end")}


def _order(key: tuple[int, int], renewed: _Renewed | None, end: str | None) -> Order:
    """Return what to do with a try; ``end`` is what ended it if it does not run any more."""
    job, number = key
    order: Order = {
        "job_id": job,
        "num_exes": number,
        "action": CONTINUE,
        "reason": None,
        "lease_expires": renewed.expires if renewed else None,
    }
    if renewed is None or renewed.is_late:
        order["action"] = STOP
        order["reason"] = _REASONS.get(End.TIMED_OUT if renewed else end, _NOT_YOURS)
    return order


def _store_tails(logs: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    """Store the ends of the logs of tries (id, those that were sent), an update for each."""
    for pk, log in logs:
        JobExecution.objects.filter(pk=pk).update(**log)

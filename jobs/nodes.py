"""Nodes: who claims for them, what they have, and what queued jobs require that none of them has."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast, Now

from catalogue.models import as_text, columns
from core.models.clock import statement_time
from core.reads.prepared import fetch, prepared
from core.services import Refused
from job_types.models import JobType
from jobs.fleet import Amounts, Fleet, Requirement, fits
from jobs.leases import whole_lease
from jobs.models import Job, Node
from jobs.rescue import Due, due_columns, read_due
from jobs.selectors import QueuedRevision, pairs_of, revisions_at

# A node that was not heard of for so long does not count any more.
REMEMBERED = timedelta(hours=1)
# How often it is written that a node was heard of, if it says nothing new of itself.
_SEEN_EVERY = timedelta(minutes=1)


def meet_node(*, hostname: str, account: User | None) -> tuple[Node, Due]:
    """Return what is known of a node that says something, and what is due: one query, unless the node is new.

    Raises Refused if the node is another account's.
    """
    while not (rows := _known(hostname=hostname)):
        # Another request may create it at the same moment.
        Node.objects.get_or_create(hostname=hostname, defaults={"first_expiry": whole_lease()})
    (row,) = rows
    node = Node(**{name: row.pop(name) for name in _columns()})
    if account is not None:
        _require_account(node, account)
    # Without its row, nothing is known of the scheduler.
    return node, cast(Due, row) if row["last_beat"] else read_due()


def note_node(node: Node, *, now: datetime, said: Mapping[str, object]) -> None:
    """Store what a node said of itself (columns), and that it was heard of: no query where nothing of it is new."""
    is_known = all(getattr(node, name) == value for name, value in said.items())
    if not is_known or now - node.last_seen > _SEEN_EVERY:
        Node.objects.filter(pk=node.pk).update(**said, last_seen=Now())


@prepared
def _known(*, hostname: str) -> QuerySet[Node, dict[str, Any]]:
    return Node.objects.filter(hostname=hostname).values(*_columns(), **due_columns())


def _columns() -> list[str]:
    return [column.attname for column in Node._meta.concrete_fields]


def capacity_of(hostname: str, free: Amounts) -> Amounts:
    """Return what a node has in all: what is free, and what its running jobs require.

    One query, and one where revisions are not cached.
    """
    return dict(Counter(free) + _in_use(hostname))


def recent_nodes() -> QuerySet[Node]:
    """Return the nodes that count: those that were heard of within the last hour."""
    return Node.objects.filter(last_seen__gt=Now() - REMEMBERED)


def note_unmet_resources(*, revisions: Collection[QueuedRevision], capacity: Amounts) -> None:
    """Set ``unmet_resources`` of each job type to what its queued jobs require and no node has.

    ``revisions`` are all that have queued jobs, and ``capacity`` is what the node that claims has: what it can run
    need not be held against any other.
    """
    others = {required for required in {one.required for one in revisions} if not fits(required, capacity)}
    fleet = _fleet() if others else None
    lacking = {required: fleet.lacking(required) for required in others} if fleet else {}
    unmet: dict[int, set[str]] = {}
    for revision in revisions:
        if names := lacking.get(revision.required):
            unmet.setdefault(revision.job_type_id, set()).update(names)
    wanted = {pk: ",".join(sorted(names)) for pk, names in unmet.items()}
    # Those of which nothing is queued any more lack nothing.
    shown = dict(JobType.objects.filter(unmet_resources__isnull=False).values_list("pk", "unmet_resources"))
    alike: dict[str | None, list[int]] = {}
    for pk in wanted.keys() | shown.keys():
        if wanted.get(pk) != shown.get(pk):
            alike.setdefault(wanted.get(pk), []).append(pk)
    if alike:
        _write_unmet(alike)


@transaction.atomic
def _write_unmet(alike: dict[str | None, list[int]]) -> None:
    """Write ``unmet_resources`` -> the ids of the job types that have them from now on, an update for each."""
    # All are locked first, in id order, so that two claimers that do this at once cannot deadlock.
    changed = JobType.objects.filter(pk__in=[pk for pks in alike.values() for pk in pks])
    list(changed.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    for names, pks in alike.items():
        JobType.objects.filter(pk__in=pks).update(unmet_resources=names, last_modified=statement_time())


def _require_account(node: Node, account: User) -> None:
    """Give a node that is no account's to ``account``, unless that is an operator, who may claim for any node."""
    if account.has_perm("jobs.change_node"):
        return
    mine = Node.objects.filter(pk=node.pk)
    if node.account_id is None and mine.filter(Q(account=None) | Q(account=account)).update(account=account):
        return
    if node.account_id != account.pk:
        sentence = f"Another account claims for the node {node}; claim with that account, or under another name."
        raise Refused.because("OTHER_ACCOUNT", sentence, "/node", status=403)


def _in_use(hostname: str) -> Counter[str]:
    """Return what the jobs that run on a node require together, by name in lower case."""
    running = _running_on(hostname=hostname)
    if not running:
        return Counter()
    *_, number, stamp = running[0]
    revisions = revisions_at(as_text(number, stamp), [pk for pk, *_ in running])
    counts: Counter[Requirement] = Counter()
    for pk, count, *_ in running:
        counts[revisions[pk].required] += count
    used: Counter[str] = Counter()
    for required, count in counts.items():
        for name, amount in required:
            used[name.lower()] += count * amount
    return used


@prepared
def _running_on(*, hostname: str) -> QuerySet[Job, tuple[int, int, int, int]]:
    """Return the revisions of which jobs run on a node, how many, and the revision of the catalogue with each."""
    number, stamp = columns()
    running = Job.objects.filter(node=hostname, ended=None).values("job_type_rev_id").annotate(count=Count("*"))
    return running.annotate(number=number, stamp=stamp).values_list("job_type_rev_id", "count", "number", "stamp")


def _fleet() -> Fleet:
    """Return what the nodes have that were heard of within the last hour; nodes that have the same are one."""
    known = recent_nodes().filter(capacity__isnull=False)
    capacities = fetch(known.values_list(Cast("capacity", TextField())).distinct().order_by())
    return _fleet_of(frozenset(capacity for (capacity,) in capacities))


@lru_cache(maxsize=2)  # what nodes have in all seldom changes from one claim to the next
def _fleet_of(capacities: frozenset[str]) -> Fleet:
    return Fleet(map(pairs_of, capacities))

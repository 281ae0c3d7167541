"""Claims: hand out queued jobs to the nodes that run them."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from catalogue.models import as_text
from core.models.bulk import insert_of, step_of
from core.models.clock import exact_time
from core.models.columns import array_of
from core.models.plans import SQL
from core.models.statements import execute_together
from core.reads.prepared import Parameter, prepared
from job_types.models import JobType
from jobs.claim_rows import ClaimedJob, Row, claim_rows, claimed_job, lock_rows, rows_of_locked
from jobs.deliveries import record_deliveries
from jobs.fleet import Requirement, in_millionths, in_units
from jobs.leases import lease_from, whole_lease
from jobs.models import Job, JobExecution, Node
from jobs.nodes import capacity_of, meet_node, note_node, note_unmet_resources
from jobs.rescue import look_after
from jobs.selectors import QueuedRevision, first_jobs, known_revisions, next_jobs, queued_revisions
from jobs.states import Status, entering
from jobs.supplies import Supply, number_of_inputs, read_supplies
from jobs.tally import running_of

MOST_CLAIMED = 100
# How large the documents of all jobs that are handed out together may be.
MOST_BYTES = 8 * 2**20
# How many input files they may have together: about as large again, as a file takes a KiB at most, but for the
# longest names.
MOST_FILES = 8_192
# How many jobs are read beyond those wanted: others may be claiming the first ones at this moment.
_SPARE = 32
# How many jobs are read at first. Most claims find enough among them.
_HEAD = 256
# How often a web process looks up what is unmet while more than those are queued, in seconds.
_UNMET_EVERY = 1


def claim_jobs(
    *,
    node: str,
    limit: int,
    resources: Mapping[str, float] | None = None,
    account: User | None = None,
    claim_id: UUID | None = None,
    is_system: bool | None = None,
) -> list[ClaimedJob]:
    """Start up to ``limit`` queued jobs on ``node``, and return them: by priority, then queue time.

    No job of a paused or deprecated job type is started, no more of a job type at once than its ``max_scheduled``,
    and no job by two claimers. ``resources`` (name -> amount; names in any case) is what the node has free, and the
    jobs require no more than that together: one that does not fit stays in the queue, and those behind it that do
    are started. Without it, any job may be started. The documents of all of them are no larger than ``MOST_BYTES``,
    and they read no more than ``MOST_FILES``, unless the first one alone does. ``is_system`` leaves out the jobs of
    system job types (False), or all others (True).

    Most claims read the first jobs of the queue alone. Only where too few of these may run and fit are the first
    jobs of each revision looked up.

    Each has a lease, ``lease_expires``, which heartbeats renew. A claim that is sent again, with its ``claim_id``,
    renews the leases of those of its jobs whose tries still run, and returns these; it starts nothing, unless none
    of them does. Nothing is started while the scheduler or the node is paused, and on a deprecated node.

    Raises Refused if the node is another account's than ``account``; without one, it may be anybody's.
    """
    free = None if resources is None else in_millionths({name.lower(): one for name, one in resources.items()})
    known, due = meet_node(hostname=node, account=account)
    # Before it is counted what runs on the node.
    look_after(due)
    capacity = None if free is None else capacity_of(node, free)
    note_node(known, now=due["now"], said={"capacity": None if capacity is None else in_units(capacity)})
    claim = _Claim(known, account, claim_id)
    if due["scheduler_is_paused"] or known.is_paused or not known.is_active:
        return claim.earlier() or []
    first, catalogue = first_jobs(_HEAD)
    if capacity is not None and (len(first) < _HEAD or cache.add("jobs.unmet", True, _UNMET_EVERY)):
        queued = _revisions_of(first) if len(first) < _HEAD else queued_revisions()[0]
        note_unmet_resources(revisions=queued, capacity=capacity)
    head = _of_kind(first, is_system)
    while True:
        is_whole_queue = len(first) < _HEAD
        try:
            with transaction.atomic():
                revisions = _revisions_of(head)
                room = _room_for(revisions, free)
                if not is_whole_queue and len(room.walk(head, limit)) < limit:
                    head = []
                    queued, catalogue = queued_revisions()
                    revisions = [one for one in queued if is_system in (None, one.is_system)]
                    room = _room_for(revisions, free)
                is_part = bool(head) and not is_whole_queue
                locked = _lock_jobs(limit, head, revisions, room, catalogue, claim, is_part=is_part)
                if locked:
                    return claim.start(locked)
            if locked is not None:
                return claim.earlier() or []
            # Others have taken so much of the head meanwhile that what is behind it comes next.
            head = []
        except _SentBefore:
            # None of what it started runs any longer if the last of it ended this moment.
            if (earlier := claim.earlier()) is not None:
                return earlier
        except _CatalogueChanged:
            # A job type may have been paused while this claim waited.
            first, catalogue = first_jobs(_HEAD)
            head = _of_kind(first, is_system)
        # Nothing was written; the locks are free.


def _of_kind(
    jobs: Iterable[tuple[int, QueuedRevision]], is_system: bool | None
) -> list[tuple[int, QueuedRevision]]:
    return [(pk, one) for pk, one in jobs if is_system in (None, one.is_system)]


class _CatalogueChanged(Exception):
    """What is known of the revisions of jobs may be outdated."""


class _SentBefore(Exception):
    """The claim started jobs when it was sent before, and some of them still run."""


@dataclass(slots=True)
class _Room:
    """What may still be handed out: jobs of each job type with a limit, and what the node has free, if known."""

    jobs: dict[int, int]
    free: dict[str, int] | None

    def counts(self, revisions: Iterable[QueuedRevision], most: int) -> dict[int, int]:
        """Return id -> how many jobs there is room for, ``most`` at most, of those of ``revisions`` with any."""
        fitting: dict[Requirement, int] = {}
        counts = {}
        for one in revisions:
            if (count := fitting.get(one.required)) is None:
                count = fitting[one.required] = self._fitting(one.required, most)
            if count and (count := min(count, self._of_type(one, most))) > 0:
                counts[one.id] = count
        return counts

    def _of_type(self, revision: QueuedRevision, most: int) -> int:
        """Return how many more jobs of its job type may run; ``most`` where any number may."""
        return self.jobs.get(revision.job_type_id, most if revision.limit is None else revision.limit)

    def _fitting(self, required: Requirement, most: int) -> int:
        if self.free is None:
            return most
        return min([most, *(self.free.get(name.lower(), 0) // amount for name, amount in required)])

    def take(self, revision: QueuedRevision) -> bool:
        """Let one job of ``revision`` have its room, if there is any, and return whether there was."""
        if self._of_type(revision, 1) < 1 or not self._fitting(revision.required, 1):
            return False
        if revision.job_type_id in self.jobs:
            self.jobs[revision.job_type_id] -= 1
        if self.free is not None:
            for name, amount in revision.required:
                self.free[name.lower()] -= amount
        return True

    def walk(self, jobs: Iterable[tuple[int, QueuedRevision]], most: int) -> dict[int, QueuedRevision]:
        """Return the first ``most`` of ``jobs`` that there is room for together, by id, without taking it."""
        left = _Room(dict(self.jobs), None if self.free is None else dict(self.free))
        return dict(islice(((pk, one) for pk, one in jobs if left.take(one)), most))


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who claims: an account for a node; and the id of its claim, if it has one."""

    node: Node
    account: User | None
    id: UUID | None

    @property
    def alone(self) -> list[SQL]:
        """The statements before the first lock: the node of a claim with an id is locked before all else.

        So one that is sent twice at once starts nothing twice.
        """
        return [_lock_node.sql(pk=self.node.pk)] if self.id else []

    def lock(self, jobs: Iterable[int], most: int) -> list[Row]:
        """Lock the first ``most`` of ``jobs`` (ids) that nobody has locked; return their rows, as ``lock_rows``.

        Raises _SentBefore if jobs that the claim started before still run.
        """
        rows = lock_rows(jobs, *self.alone, node=self.node.pk, claim=self._own, most=most)
        # Where none was locked, others may have locked them all.
        if self.id and not rows and _goes_on(**self._own):
            raise _SentBefore
        return rows

    @transaction.atomic
    def earlier(self) -> list[ClaimedJob] | None:
        """Return the jobs that this claim started when it was sent before, as far as their tries still run.

        None if none of them does. Those with a secret or credential that no key decrypts are left out; nothing is
        started instead.
        The leases are renewed, since the node counts them from when it sent the claim that got an answer. Those
        beyond their timeout are left to end.
        """
        if self.id is None:
            return None
        running = _running_of.after(*self.alone, **self._own)
        if not running:
            return None
        renewed = JobExecution.objects.filter(pk__in=[pk for (pk,) in running])
        renewed.update(lease_expires=whole_lease())
        tries = {one["job_id"]: one for one in renewed.values("job_id", "exe_num", "started", "lease_expires")}
        rows = claim_rows(tries)
        return self._hand_out(rows, read_supplies(rows), tries)

    def start(self, locked: Sequence[Row]) -> list[ClaimedJob]:
        """Let locked jobs run on the node, but for those that miss a key for what they need."""
        rows = _bounded(rows_of_locked(locked))
        supplies = read_supplies(rows)
        rows = [row for row in rows if row["id"] in supplies]
        if not rows:
            return []
        # No earlier than the step before of any of them.
        when = max(exact_time(rows[0]["now"]), *(row["last_status_change"] for row in rows))
        columns = {**entering(Status.RUNNING, when), "node": self.node.hostname, "last_modified": when}
        tries = {row["id"]: self._begin(row, when) for row in rows}
        begin = insert_of(JobExecution, list(tries.values()))
        execute_together([step_of(Job, tries, columns, counted="num_exes"), begin])
        return self._hand_out(rows, supplies, tries)

    @property
    def _own(self) -> dict[str, Parameter]:
        """What finds its tries, for ``going_on``; a claim without an id has none."""
        account = self.account.pk if self.account else 0
        return {"claim_id": (self.id or uuid4()).hex, "hostname": self.node.hostname, "account": account}

    def _begin(self, row: Row, when: datetime) -> Row:
        """Return the columns of the next try of the job in ``row``, with a lease."""
        times_out = JobExecution.deadline(when, row["timeout"])
        return {
            "job_id": row["id"],
            "job_type_rev_id": row["job_type_rev_id"],
            "exe_num": row["num_exes"] + 1,
            "status": Status.RUNNING,
            "node": self.node.hostname,
            "account_id": self.account and self.account.pk,
            "claim_id": self.id and self.id.hex,
            "queued": row["queued"],
            "started": when,
            "times_out": times_out,
            "lease_expires": lease_from(when, times_out),
            "stdout": "",
            "stderr": "",
        }

    def _hand_out(
        self, rows: Sequence[Row], supplies: Mapping[int, Supply], tries: Mapping[int, Row]
    ) -> list[ClaimedJob]:
        """Return what the node gets of the jobs in ``rows``, by job their supplies and tries, and record it."""
        jobs = [claimed_job(row, tries[row["id"]], supplies[row["id"]]) for row in rows if row["id"] in supplies]
        record_deliveries(jobs, self.node.hostname)
        return jobs


def _bounded(rows: Sequence[Row]) -> list[Row]:
    """Return the first of ``rows``, whose jobs read ``MOST_FILES`` together at most; one in any case."""
    totals = list(accumulate(map(number_of_inputs, rows)))
    return list(rows[: max(bisect_right(totals, MOST_FILES), 1)])


@prepared
def _lock_node(*, pk: int) -> QuerySet[Node, tuple[int]]:
    return Node.objects.filter(pk=pk).select_for_update(no_key=True).values_list("pk")


@prepared
def _goes_on(*, claim_id: str, hostname: str, account: int) -> QuerySet[JobExecution, tuple[int]]:
    going_on = JobExecution.objects.going_on(claim_id=claim_id, hostname=hostname, account=account)
    return going_on.values_list("pk")[:1]


@prepared
def _running_of(*, claim_id: str, hostname: str, account: int) -> QuerySet[JobExecution, tuple[int]]:
    """Lock the tries of a claim that go on."""
    running = JobExecution.objects.going_on(claim_id=claim_id, hostname=hostname, account=account)
    return running.order_by("job_id").select_for_update(no_key=True).values_list("pk")


def _revisions_of(jobs: Iterable[tuple[int, QueuedRevision]]) -> Collection[QueuedRevision]:
    return {one.id: one for _, one in jobs}.values()


def _room_for(revisions: Collection[QueuedRevision], free: Mapping[str, int] | None) -> _Room:
    """Return what may be handed out of the jobs of ``revisions``, as it looks without locking anything."""
    room = _Room({}, None if free is None else dict(free))
    limited = [one for one in revisions if one.limit]
    fitting = room.counts(limited, 1)
    limits = {one.job_type_id: one.limit for one in limited if one.limit and one.id in fitting}
    running = running_of(limits)
    room.jobs = {pk: most - running[pk] for pk, most in limits.items()}
    return room


def _lock_jobs(
    limit: int,
    head: Sequence[tuple[int, QueuedRevision]],
    revisions: Collection[QueuedRevision],
    room: _Room,
    catalogue: str,
    claim: _Claim,
    *,
    is_part: bool,
) -> list[Row] | None:
    """Lock the jobs to hand out, of ``head`` and then of all jobs of ``revisions``, and return their rows.

    If ``head`` ``is_part`` of the queue, others may come before further jobs of ``revisions``: if it has too few,
    None is returned.

    The rows are in the order of the queue, except that jobs which come meanwhile may be last. The job types with a
    limit are locked before, in id order, so that no other claimer counts their running jobs meanwhile. Jobs that
    others have locked are skipped, so that no claimer ever waits for a job.

    A revision is looked for no longer when there is no room for one more of its jobs. So each look at the queue
    finds a job that there is room for, however many jobs before it do not fit.

    None are returned if the scheduler or the node of ``claim`` was paused meanwhile. Raises _SentBefore if jobs
    that the claim started before still run, and _CatalogueChanged if a job type was paused, deprecated or limited
    since ``revisions`` were read, at the revision ``catalogue``: the statement that locks jobs looks at all of it.
    """
    room.jobs |= _lock_limits((pk for pk, most in room.jobs.items() if most > 0), claim)
    by_id = {one.id: one for one in revisions}
    locked: list[Row] = []
    seen: set[int] = set()
    total = 0
    while len(locked) < limit:
        wanted = limit - len(locked)
        candidates = room.walk(head, wanted + _SPARE)
        if not candidates:
            if is_part:
                return None
            most = room.counts(revisions, limit)
            found = next_jobs(revisions=most, count=limit + _SPARE, without=seen)
            if not (candidates := room.walk([(pk, by_id[one]) for pk, one in found], wanted + _SPARE)):
                break
        for row in claim.lock(candidates, wanted):
            if not row["may_run"]:
                return []
            if (now := as_text(row["number"], row["stamp"])) != catalogue:
                # Most changes of the catalogue do not matter here.
                if known_revisions(by_id) != by_id:
                    raise _CatalogueChanged
                catalogue = now
            total += row["size"]
            if total > MOST_BYTES and locked:
                return locked
            locked.append(row)
            room.take(candidates[row["id"]])
        seen |= candidates.keys()
        head = [(pk, one) for pk, one in head if pk not in seen]
    return locked


def _lock_limits(job_types: Iterable[int], claim: _Claim) -> dict[int, int]:
    """Lock those of ``job_types`` (ids) with a limit, and return id -> how many more jobs each of them may run."""
    if not (ids := list(job_types)):
        return {}
    locked = _limits.after(*claim.alone, ids=array_of(ids))
    running = running_of([pk for pk, *_ in locked])
    return {
        pk: most - running[pk] if is_active and not is_paused else 0 for pk, most, is_active, is_paused in locked
    }


@prepared
def _limits(*, ids: str) -> QuerySet[JobType, tuple[Any, ...]]:
    limited = JobType.objects.filter(pk__any_of=ids, max_scheduled__isnull=False).order_by("pk")
    return limited.select_for_update(no_key=True).values_list("pk", "max_scheduled", "is_active", "is_paused")

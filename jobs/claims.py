"""Claims: hand out queued jobs to the nodes that run them, and remember what resources nodes offered."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from core.models.clock import database_time
from job_types.models import JobType, JobTypeRevision
from jobs.models import Job, Offer
from jobs.selectors import head_of_queue
from jobs.states import Status, entering, step_time

MOST_CLAIMED = 100
# How many jobs are read beyond those wanted: others may be claiming the first ones at this moment.
_SPARE = 32
_MINUTES_REMEMBERED = 60


def claim_jobs(*, node: str, limit: int, resources: Mapping[str, float] | None = None) -> list[Job]:
    """Start up to ``limit`` queued jobs on ``node`` and return them: by priority, then queue time.

    No job of a paused or deprecated job type is started, no more of a job type at once than its ``max_scheduled``,
    and no job by two claimers. ``resources`` (name -> amount; names in any case) is what the node offers: a job
    whose revision requires more of any resource stays in the queue. Without it, any job may be started.
    """
    offered = None if resources is None else {name.lower(): amount for name, amount in resources.items()}
    if offered is not None:
        _remember_offer(node, offered)
    with transaction.atomic():
        ids = _lock_jobs(limit, offered)
        when = step_time()
        chosen = Job.objects.filter(pk__in=ids)
        chosen.update(**entering(Status.RUNNING, when), node=node, num_exes=F("num_exes") + 1, last_modified=when)
        claimed = chosen.select_related("job_type", "job_type_rev").defer(
            "output", "job_type__manifest", "job_type_rev__manifest", "job_type_rev__resources"
        )
        return sorted(claimed, key=lambda job: (job.priority, job.queued, job.pk))


def shortfall(required: Mapping[str, float], offered: Mapping[str, float]) -> list[str]:
    """Return the names of the resources of which ``offered`` (names in lower case) holds less than is required."""
    return [name for name, amount in required.items() if amount > offered.get(name.lower(), 0)]


def _lock_jobs(limit: int, offered: Mapping[str, float] | None) -> list[int]:
    """Lock the jobs to hand out, and return their ids.

    The job types with a limit are locked first, in id order, so that no other claimer counts their running jobs
    meanwhile. Jobs that others have locked are skipped, so that no claimer ever waits for a job.
    """
    claimable = _claimable_revisions(offered)
    revisions = {pk: job_type for pk, job_type, _ in claimable}
    rooms = _rooms({job_type for _, job_type, is_limited in claimable if is_limited})
    ids: list[int] = []
    seen: set[int] = set()
    while len(ids) < limit:
        open_revisions = {
            revision: rooms.get(job_type, limit)
            for revision, job_type in revisions.items()
            if rooms.get(job_type, limit) > 0
        }
        wanted = limit - len(ids)
        head = head_of_queue(revisions=open_revisions, count=wanted + _SPARE, without=seen)
        if not head:
            break
        candidates = _with_room(head, rooms)
        queued = Job.objects.filter(pk__in=candidates, status=Status.QUEUED).order_by("priority", "queued", "pk")
        free = queued.select_for_update(skip_locked=True).values_list("pk", flat=True)
        for pk in free[:wanted]:
            ids.append(pk)
            if candidates[pk] in rooms:
                rooms[candidates[pk]] -= 1
        seen |= candidates.keys()
    return ids


def _with_room(head: list[tuple[int, int]], rooms: Mapping[int, int]) -> dict[int, int]:
    """Return those jobs of ``head`` (id, job type id) that may all run, given ``rooms``: id -> job type id."""
    left = dict(rooms)
    candidates = {}
    for pk, job_type in head:
        if left.get(job_type, 1) > 0:
            candidates[pk] = job_type
            if job_type in left:
                left[job_type] -= 1
    return candidates


def _claimable_revisions(offered: Mapping[str, float] | None) -> list[tuple[int, int, bool]]:
    """Return the revisions with queued jobs that may run now on what is offered.

    Each is (id, job type id, whether the job type has a limit).
    """
    rows = _with_queued_jobs().filter(job_type__is_active=True, job_type__is_paused=False)
    columns = ("pk", "job_type_id", "job_type__max_scheduled")
    if offered is None:
        return [(pk, job_type, limit is not None) for pk, job_type, limit in rows.values_list(*columns)]
    return [
        (pk, job_type, limit is not None)
        for pk, job_type, limit, required in rows.values_list(*columns, "resources")
        if not shortfall(required, offered)
    ]


def _with_queued_jobs() -> QuerySet[JobTypeRevision]:
    queued = Job.objects.filter(job_type_rev=OuterRef("pk"), status=Status.QUEUED)
    return JobTypeRevision.objects.filter(Exists(queued))


def _rooms(job_types: Iterable[int]) -> dict[int, int]:
    """Lock those of ``job_types`` (ids) that still have a limit, and return how many more jobs each may run."""
    limited = JobType.objects.filter(pk__in=job_types, max_scheduled__isnull=False)
    locked = list(
        limited.order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "max_scheduled", "is_active", "is_paused")
    )
    if not locked:
        return {}
    running = Job.objects.filter(job_type_id__in=[pk for pk, *_ in locked]).counts_running()
    counts = {row["job_type_id"]: row["count"] for row in running}
    return {
        pk: most - counts.get(pk, 0) if is_active and not is_paused else 0
        for pk, most, is_active, is_paused in locked
    }


def _lacking(required: Mapping[str, float], supplies: list[dict[str, float]]) -> list[str]:
    """Return the resources that no node has enough of.

    Where there is enough of each, but not on one node, return those that the node with the fewest shortfalls lacks.
    """
    everywhere: dict[str, float] = {}
    for supply in supplies:
        everywhere |= {name: amount for name, amount in supply.items() if amount > everywhere.get(name, -1)}
    shortfalls = [shortfall(required, supply) for supply in supplies]
    return shortfall(required, everywhere) or min(shortfalls, key=lambda names: (len(names), names))


@transaction.atomic
def _remember_offer(node: str, offered: Mapping[str, float]) -> None:
    """Record an offer, and set ``unmet_resources`` of job types to what the offers of the last hour leave unmet."""
    now = database_time()
    minute = int(now.timestamp() // 60)
    _record(node, offered, minute)
    supplies: dict[str, dict[str, float]] = {}
    recent = Offer.objects.filter(minute__gt=minute - _MINUTES_REMEMBERED)
    for supplier, resource, amount in recent.values_list("node", "resource", "amount"):
        supply = supplies.setdefault(supplier, {})
        supply[resource] = max(amount, supply.get(resource, 0))
    _update_unmet(list(supplies.values()) or [{}], now)


def _record(node: str, offered: Mapping[str, float], minute: int) -> None:
    """Store what ``node`` offers, unless it offered as much in this minute; delete what is an hour old."""
    offers = Offer.objects.filter(node=node, minute=minute).values_list("resource")
    stored = dict(offers.annotate(Max("amount")).order_by())
    more = [
        Offer(node=node, resource=resource, minute=minute, amount=amount)
        for resource, amount in sorted(offered.items())
        if amount > stored.get(resource, -1)
    ]
    if not more:
        return
    Offer.objects.bulk_create(more, ignore_conflicts=True)
    old = Offer.objects.filter(minute__lte=minute - _MINUTES_REMEMBERED).select_for_update(skip_locked=True)
    if ids := list(old.values_list("pk", flat=True)):
        Offer.objects.filter(pk__in=ids).delete()


def _update_unmet(supplies: list[dict[str, float]], now: datetime) -> None:
    """Set ``unmet_resources`` of each job type with queued jobs to the resources that no node has enough of.

    ``supplies`` are what the nodes offer: name -> amount of each.
    """
    revisions = _with_queued_jobs() | JobTypeRevision.objects.filter(
        Q(job_type__unmet_resources__isnull=False), revision_num=F("job_type__revision_num")
    )
    unmet: dict[int, set[str]] = {}
    stored: dict[int, str | None] = {}
    for job_type, required, shown in revisions.values_list("job_type_id", "resources", "job_type__unmet_resources"):
        unmet.setdefault(job_type, set()).update(_lacking(required, supplies))
        stored[job_type] = shown
    wanted = {pk: ",".join(sorted(names)) or None for pk, names in unmet.items()}
    alike: dict[str | None, list[int]] = {}
    for pk, names in wanted.items():
        if names != stored[pk]:
            alike.setdefault(names, []).append(pk)
    # All are locked first, in id order, so that two claimers that do this at once cannot deadlock.
    changed = JobType.objects.filter(pk__in=[pk for pks in alike.values() for pk in pks])
    list(changed.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    for names, pks in alike.items():
        JobType.objects.filter(pk__in=pks).update(unmet_resources=names, last_modified=now)

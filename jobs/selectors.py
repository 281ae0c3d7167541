"""Reads of jobs that need several models or SQL of their own: the status services, the head of the queue."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NotRequired, TypedDict, cast

import orjson
from django.db import connections
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Cast

from catalogue.models import as_text, current_revision
from core.models.columns import array_of
from core.models.plans import SQL, Fixed
from core.models.statements import execute_together
from core.reads.cache import RevisionCache, by_id
from core.reads.prepared import prepared
from core.reads.rows import columns_of, nested
from errors.models import Error
from errors.selectors import COLUMNS as ERROR_COLUMNS
from job_types.models import JobType, JobTypeRevision, JobTypeSecret
from job_types.querysets import BRIEF_COLUMNS
from jobs.fleet import Requirement, in_millionths
from jobs.models import Job
from jobs.states import Status
from seed import Manifest, pinned_image


@dataclass(frozen=True, slots=True)
class QueuedRevision:
    """A revision, its job type, and what each of its jobs requires. Two are equal if claims decide alike on both.

    ``limit`` is how many jobs of the job type may run at once: None for any number, 0 while it is paused or
    deprecated. ``handed_out`` is what claims hand out of both with each job: ``job_type``, ``job_type_rev`` and
    ``timeout``; and in ``setting_names`` those of the manifest if the job type has secrets.
    """

    id: int
    job_type_id: int
    required: Requirement
    is_system: bool
    limit: int | None
    handed_out: Mapping[str, Any] = field(compare=False)


class JobTypeGroup(TypedDict):
    """The jobs of a job type that wait, are queued, run, or failed of one error of the system."""

    job_type: Mapping[str, Any]
    error: NotRequired[Mapping[str, Any]]
    count: int
    longest_pending: NotRequired[datetime]
    longest_queued: NotRequired[datetime]
    highest_priority: NotRequired[int]
    longest_running: NotRequired[datetime]
    first_error: NotRequired[datetime]
    last_error: NotRequired[datetime]


# What the status services show beside the numbers.
_job_types = RevisionCache(lambda ids: by_id(JobType.objects.filter(pk__in=ids).values(*BRIEF_COLUMNS)))
_errors = RevisionCache(lambda ids: by_id(Error.objects.filter(pk__in=ids).values(*ERROR_COLUMNS)))


@prepared
def _revision_rows(*, ids: str) -> QuerySet[JobTypeRevision, dict[str, Any]]:
    may_run = Q(job_type__is_active=True, job_type__is_paused=False)
    has_secrets = Exists(JobTypeSecret.objects.filter(job_type=OuterRef("job_type_id")))
    return JobTypeRevision.objects.filter(pk__any_of=ids).values(
        *("id", "revision_num", "docker_image", "docker_image_digest", "timeout"),
        *columns_of("job_type", BRIEF_COLUMNS),
        needs=Cast("resources", TextField()),
        limit=Case(When(may_run, then=F("job_type__max_scheduled")), default=0),
        settings=Case(When(has_secrets, then=F("manifest__job__interface__settings"))),
    )


def _read_revisions(ids: Collection[int]) -> Iterator[tuple[int, QueuedRevision]]:
    for row in _revision_rows(ids=array_of(ids)):
        job_type = nested(row, "job_type", BRIEF_COLUMNS)
        image = pinned_image(row["docker_image"], row["docker_image_digest"])
        # A manifest that was stored under the rules of another day may have another shape.
        manifest = Manifest.read({"job": {"interface": {"settings": row["settings"]}}})
        handed_out = {
            "job_type": job_type,
            "job_type_rev": {"id": row["id"], "revision_num": row["revision_num"], "docker_image": image},
            "timeout": row["timeout"],
            "setting_names": manifest.setting_names,
        }
        required, is_system = pairs_of(row["needs"]), job_type["is_system"]
        yield row["id"], QueuedRevision(row["id"], job_type["id"], required, is_system, row["limit"], handed_out)


# What claims know of revisions, of which thousands may have queued jobs. Joined with the jobs of each claim, it
# would take PostgreSQL longer to plan than to read. Whatever changes it, as the first secret of a job type, writes
# the row of the job type, too, which advances the revision of the catalogue.
_revisions = RevisionCache(_read_revisions)


def job_type_groups(groups: Sequence[dict[str, Any]]) -> list[JobTypeGroup]:
    """Return ``groups`` of jobs with their job types, and their errors, in the place of the ids.

    One query for the revision of the catalogue, and one each where job types or errors are not cached for that
    revision.
    """
    revision = current_revision()
    job_types = _job_types.at(revision, {group["job_type_id"] for group in groups})
    errors = _errors.at(revision, {group["error_id"] for group in groups if "error_id" in group})
    rows = []
    for group in groups:
        row: dict[str, Any] = {"job_type": job_types[group.pop("job_type_id")]}
        if "error_id" in group:
            row["error"] = errors[group.pop("error_id")]
        rows.append(cast(JobTypeGroup, row | group))
    return rows


def first_jobs(count: int) -> tuple[list[tuple[int, QueuedRevision]], str]:
    """Return the first ``count`` jobs of the queue, as (id, revision): by priority, then queue time, then id.

    With them, the revision of the catalogue at which the revisions were read. It reads no more jobs than these. One
    query, and one where revisions are not cached.
    """
    ((jobs, of, number, stamp),) = _fetch_queue(_FIRST_JOBS[connections[Job.objects.db].vendor], [count])
    ids, catalogue = orjson.loads(of), as_text(number, stamp)
    revisions = _revisions.at(catalogue, dict.fromkeys(ids))
    return [(pk, revisions[one]) for pk, one in zip(orjson.loads(jobs), ids, strict=True)], catalogue


def queued_revisions() -> tuple[list[QueuedRevision], str]:
    """Return the revisions that have queued jobs, on PostgreSQL by the tally, without a look at any job.

    With them, the revision of the catalogue at which they were read. One query, and one where they are not cached.
    """
    revisions, catalogue = _revisions_of(_fetch_queue(_IN_QUEUE[connections[Job.objects.db].vendor], []))
    return list(revisions.values()), catalogue


def queued_groups() -> list[dict[str, Any]]:
    """Return the groups of ``counts_queued``, in the order of the queue: one query.

    On PostgreSQL it takes a few steps for each revision in the queue, however long that is, and one for each job
    that waits for its retry.
    """
    if connections[Job.objects.db].vendor != "postgresql":
        return list(Job.objects.counts_queued())
    names = ("job_type_id", "count", "longest_queued", "highest_priority")
    return [dict(zip(names, row, strict=True)) for row in _fetch_queue(_QUEUED_GROUPS, [])]


def queued_and_running(job_types: QuerySet[JobType]) -> tuple[int, int]:
    """Return how many jobs of ``job_types`` are queued, and how many run: two queries, of an index each."""
    jobs = Job.objects.filter(job_type__in=job_types.values("pk"))
    return jobs.filter(status=Status.QUEUED).count(), jobs.filter(status=Status.RUNNING).count()


def running_revisions() -> dict[int, int]:
    """Return how many jobs of each revision run, by its id: one query, on PostgreSQL of the tally."""
    return dict(_fetch_queue(_RUNNING[connections[Job.objects.db].vendor], []))


def brief_job_types(ids: Collection[int]) -> list[dict[str, Any]]:
    """Return the job types with ``ids``, as other answers show them: one query, and one where any is not cached."""
    return list(_job_types.at(current_revision(), ids).values())


@lru_cache(maxsize=10_000)
def pairs_of(resources: str) -> Requirement:
    """Return the amounts of the resources in a JSON text, as it is in ``JobTypeRevision.resources``."""
    return tuple(in_millionths(orjson.loads(resources)).items())


def next_jobs(*, revisions: Mapping[int, int], count: int, without: Iterable[int]) -> list[tuple[int, int]]:
    """Return the next jobs of the queue, as (id, id of the revision): by priority, then queue time, then id.

    ``revisions`` maps the ids of the revisions that may run to how many of their jobs may at most. ``without`` are
    ids to leave out. Return at least one if there is any: of each revision no more than may run, and no more than
    ``count`` in all. One query, on PostgreSQL with a step into an index for each revision; none without revisions.
    """
    if not revisions:
        return []
    if connections[Job.objects.db].vendor != "postgresql":
        queue = Job.objects.filter(status=Status.QUEUED, retry_after=None, job_type_rev_id__in=revisions).exclude(
            pk__in=without
        )
        return list(queue.order_by("priority", "queued", "id").values_list("id", "job_type_rev_id")[:count])
    ids, left_out = array_of(revisions), array_of(without)
    return _fetch_queue(_NEXT_JOBS, [ids, array_of(revisions.values()), left_out, count, left_out, count])


def jobs_ahead(*, place: tuple[int, datetime, int], most: int) -> tuple[int, int]:
    """Return how many jobs of the queue come before ``place``: in all, and of job types that let them run.

    A place is a priority, a queue time and an id. One query, which reads the first ``most`` jobs at most.
    """
    priority, queued, pk = place
    stored = connections[Job.objects.db].ops.adapt_datetimefield_value(queued)
    ((ahead, may_run),) = _fetch_queue(_JOBS_AHEAD, [priority, stored, pk, most])
    return ahead, may_run


def known_revisions(ids: Iterable[int]) -> dict[int, QueuedRevision]:
    """Return the revisions with ``ids`` by id: one query, and one where they are not cached."""
    return revisions_at(current_revision(), ids)


def revisions_at(catalogue: str, ids: Iterable[int]) -> dict[int, QueuedRevision]:
    """Return the revisions with ``ids`` by id, as of a revision of the catalogue that was read before this call.

    No query, and one where they are not cached.
    """
    return _revisions.at(catalogue, list(ids))


def known_errors(ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the errors with ``ids`` by id: one query, and one where they are not cached."""
    return _errors.at(current_revision(), ids)


def _revisions_of(rows: Sequence[tuple[Any, ...]]) -> tuple[dict[int, QueuedRevision], str]:
    """Return by id the revisions of ``rows``, which end with an id and ``_CATALOGUE``, and what that is."""
    if not rows:
        return {}, ""
    *_, number, stamp = rows[0]
    catalogue = as_text(number, stamp)
    return _revisions.at(catalogue, dict.fromkeys(row[-3] for row in rows)), catalogue


def _fetch_queue(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    using = Job.objects.db
    return execute_together([*_IN_INDEX_ORDER[connections[using].vendor], (Fixed(statement), values)], using=using)


# While statistics say that nothing is queued, as when a great load has just come, PostgreSQL would sort all that
# waits (found by another index) for each step into the right one. The setting ends with the transaction.
_IN_INDEX_ORDER: dict[str, list[SQL]] = {"postgresql": [("SET LOCAL enable_sort = off", ())], "sqlite": []}

_QUEUE = "FROM jobs_job WHERE status = 'QUEUED' AND retry_after IS NULL"
_IN_ORDER = "ORDER BY priority, queued, id LIMIT %s"
# The revision of the catalogue, for the rows of the catalogue that are read afterwards.
_CATALOGUE = "(SELECT number FROM catalogue_revision), (SELECT stamp FROM catalogue_revision)"
# Two texts: the driver takes longer to read hundreds of rows than PostgreSQL takes to find them.
_FIRST_JOBS = {
    vendor: f"""
        SELECT {array.format("id")}, {array.format("job_type_rev_id")}, {_CATALOGUE}
        FROM (SELECT id, job_type_rev_id {_QUEUE} {_IN_ORDER}) AS head
    """  # noqa: S608  (constants)
    for vendor, array in (
        ("postgresql", "coalesce(json_agg({}), '[]')::text"),
        ("sqlite", "json_group_array({})"),
    )
}
_IN_QUEUE = {
    "postgresql": f"""
        SELECT job_type_rev_id, {_CATALOGUE} FROM jobs_tally WHERE status = 'QUEUED'
        GROUP BY job_type_rev_id HAVING sum(change) > 0
    """,  # noqa: S608  (constants)
    "sqlite": f"SELECT DISTINCT job_type_rev_id, {_CATALOGUE} {_QUEUE}",
}
# The tally has the numbers; each first job is one step into an index, by priority job_queue, by time job_waiting.
_QUEUED_GROUPS = f"""
    SELECT groups.job_type_id, groups.count, oldest.queued, least(groups.priority, retried.priority)
    FROM (
        SELECT tally.job_type_id, sum(tally.count)::bigint AS count, min(head.priority) AS priority
        FROM (
            SELECT job_type_id, job_type_rev_id, sum(change) AS count FROM jobs_tally WHERE status = 'QUEUED'
            GROUP BY job_type_id, job_type_rev_id HAVING sum(change) > 0
        ) AS tally
        LEFT JOIN LATERAL (
            SELECT priority {_QUEUE} AND job_type_rev_id = tally.job_type_rev_id
            ORDER BY priority, queued, id LIMIT 1
        ) AS head ON true
        GROUP BY tally.job_type_id
    ) AS groups
    CROSS JOIN LATERAL (
        SELECT queued FROM jobs_job WHERE status = 'QUEUED' AND job_type_id = groups.job_type_id
        ORDER BY queued LIMIT 1
    ) AS oldest
    LEFT JOIN (
        SELECT job_type_id, min(priority) AS priority FROM jobs_job WHERE retry_after IS NOT NULL
        GROUP BY job_type_id
    ) AS retried ON retried.job_type_id = groups.job_type_id
    ORDER BY 4, 3, 1
"""  # noqa: S608  (constants)
_RUNNING = {
    "postgresql": """
        SELECT job_type_rev_id, sum(change) FROM jobs_tally WHERE status = 'RUNNING'
        GROUP BY job_type_rev_id HAVING sum(change) > 0
    """,
    "sqlite": "SELECT job_type_rev_id, count(*) FROM jobs_job WHERE status = 'RUNNING' GROUP BY job_type_rev_id",
}

# The ORM compares no rows, and an index finds no place by alternatives.
_JOBS_AHEAD = """
    SELECT count(*), count(CASE WHEN job_type.is_active AND NOT job_type.is_paused THEN 1 END)
    FROM (
        SELECT job_type_rev_id FROM jobs_job
        WHERE status = 'QUEUED' AND retry_after IS NULL AND (priority, queued, id) < (%s, %s, %s)
        ORDER BY priority, queued, id LIMIT %s
    ) AS ahead
    JOIN job_types_jobtyperevision AS revision ON revision.id = ahead.job_type_rev_id
    JOIN job_types_jobtype AS job_type ON job_type.id = revision.job_type_id
"""

# The ORM has no LATERAL join. Without it, the queue of a job type that may not run now, however long, would have to
# be read to find the jobs behind it. The first ``count`` jobs are of the ``count`` revisions whose first jobs come
# first, so that of all others only the first job is read. What is left out is hashed once by each step.
_NEXT_JOBS = f"""
    SELECT head.id, revision.id
    FROM (
        SELECT revision.id, revision.most
        FROM unnest(%s::bigint[], %s::bigint[]) AS revision (id, most)
        CROSS JOIN LATERAL (
            SELECT priority, queued, id
            {_QUEUE} AND job_type_rev_id = revision.id AND id NOT IN (SELECT unnest(%s::bigint[]))
            ORDER BY priority, queued, id
            LIMIT 1
        ) AS next
        ORDER BY next.priority, next.queued, next.id
        LIMIT %s
    ) AS revision
    CROSS JOIN LATERAL (
        SELECT id, priority, queued
        {_QUEUE} AND job_type_rev_id = revision.id AND id NOT IN (SELECT unnest(%s::bigint[]))
        ORDER BY priority, queued, id
        LIMIT revision.most
    ) AS head
    ORDER BY head.priority, head.queued, head.id
    LIMIT %s
"""  # noqa: S608  (constants)

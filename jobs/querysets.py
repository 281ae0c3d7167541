"""Reads of jobs: the lists, the head of the queue, and the counts of the status services with their cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import Coalesce

from core.reads.cache import RevisionCache
from core.reads.prepared import fetch
from core.reads.rows import Row, columns_of, nested
from errors.models import Category, Error
from errors.selectors import COLUMNS as ERROR_COLUMNS
from job_types.models import JobType
from job_types.querysets import BRIEF_COLUMNS
from jobs.states import COUNTED_APART, WAITING, Status

if TYPE_CHECKING:
    from jobs.models import Job  # noqa: F401  (QuerySet names it as a string)


class CountOfRows(Count):
    """`count(*)`, which is a number as the database gives it: nothing to convert, row by row."""

    def __init__(self) -> None:
        super().__init__("*")

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        return []


DOCUMENTS = ("input", "output", "configuration")
LIST_COLUMNS = (
    "id",
    "status",
    "priority",
    "node",
    "exit_code",
    "max_tries",
    "num_exes",
    "created",
    "queued",
    "started",
    "ended",
    "last_status_change",
    "last_modified",
)
_REVISION_COLUMNS = ("id", "revision_num", "docker_image")

# What the status services show beside the numbers.
job_types_shown = RevisionCache(lambda ids: JobType.objects.filter(pk__in=ids).values(*BRIEF_COLUMNS))
errors_shown = RevisionCache(lambda ids: Error.objects.filter(pk__in=ids).values(*ERROR_COLUMNS))


class JobQuerySet(QuerySet["Job"]):
    """Jobs; what the list shows is in `for_list`, which fetches no document."""

    def for_list(self) -> Self:
        """With job type, revision and error in the same query, without any document."""
        return self.for_details().defer(
            *DOCUMENTS,
            *(f"job_type__{column}" for column in ("manifest", "configuration", "version_key")),
            *(f"job_type_rev__{column}" for column in ("manifest", "resources")),
        )

    def rows_of(self, page: Sequence[int]) -> list[Row]:
        """What the list shows of the jobs with these ids, in their order: one query.

        The page is found by ids alone: whatever is skipped on the way to it needs no job type, revision and error.
        """
        rows = self.filter(pk__in=page).values(
            *LIST_COLUMNS,
            *columns_of("job_type", BRIEF_COLUMNS),
            *columns_of("job_type_rev", _REVISION_COLUMNS),
            *columns_of("error", ERROR_COLUMNS),
        )
        by_id = {row["id"]: _shown(row) for row in rows}
        # One that was changed since is still where it was found.
        return [by_id[pk] for pk in page]

    def for_details(self) -> Self:
        """With the documents of the job, without those of its job type."""
        return self.select_related("job_type", "job_type_rev", "error").defer(
            *(f"job_type__{column}" for column in ("manifest", "configuration", "version_key")),
            *(f"job_type_rev__{column}" for column in ("manifest", "resources")),
        )

    def counts_waiting(self) -> QuerySet[Any, dict[str, Any]]:
        """Of each job type with jobs that wait: `job_type_id`, `count`, `longest_pending`; longest first.

        One pass over the index job_waiting.
        """
        since = Min(Coalesce("queued", "last_status_change"))
        groups = self.filter(status__in=WAITING).values("job_type_id")
        return groups.annotate(count=Count("*"), longest_pending=since).order_by("longest_pending", "job_type_id")

    def counts_running(self) -> QuerySet[Any, dict[str, Any]]:
        """Of each job type with running jobs: `job_type_id`, `count`, `longest_running`; longest first.

        One pass over the index job_running.
        """
        groups = self.filter(status=Status.RUNNING).values("job_type_id")
        return groups.annotate(count=Count("*"), longest_running=Min("started")).order_by(
            "longest_running", "job_type_id"
        )

    def counts_of_system_failures(self) -> QuerySet[Any, dict[str, Any]]:
        """Of each job type and error of category SYSTEM: `count`, `first_error`, `last_error`; newest first.

        One pass over the part of the index job_failed that those errors have.
        """
        failed = self.filter(status=Status.FAILED, error__category=Category.SYSTEM)
        return (
            failed.values("job_type_id", "error_id")
            .annotate(
                count=Count("*"),
                first_error=Min("last_status_change"),
                last_error=Max("last_status_change"),
            )
            .order_by("-last_error", "job_type_id", "error_id")
        )

    def counts_by_status(
        self, *, job_types: Collection[int], started: datetime, ended: datetime
    ) -> dict[int, list[dict[str, Any]]]:
        """The `job_counts` of each of `job_types` (ids): four queries.

        One pass each over the window in the indexes job_completed and job_changed, and one over the tally of the
        jobs that run, because these count whenever they started.
        """
        # To look a thousand ids up for each of the jobs takes longer than to count those of some others along.
        are_few = 2 * len(job_types) <= JobType.objects.count()
        of_types = self.filter(job_type_id__in=job_types) if are_few else self.all()
        changed = of_types.filter(last_status_change__gte=started, last_status_change__lte=ended)
        kinds: dict[tuple[str, str | None], list[tuple[int, int, datetime]]] = defaultdict(list)
        kinds[Status.COMPLETED, None] = _counts(changed.filter(status=Status.COMPLETED))
        kinds[Status.RUNNING, None] = of_types._counts_running(job_types if are_few else None)
        others = changed.exclude(status__in=COUNTED_APART)
        for job_type, count, most_recent, status, category in _counts(others, "status", "error__category"):
            kinds[status, category].append((job_type, count, most_recent))
        # One that was not asked for may have been counted too.
        counts: dict[int, list[dict[str, Any]]] = defaultdict(list, {job_type: [] for job_type in job_types})
        # Kind by kind, so that no job type's groups have to be sorted.
        for status, category in sorted(kinds, key=_place):
            for job_type, count, most_recent in kinds[status, category]:
                counts[job_type].append(
                    {"status": status, "count": count, "most_recent": most_recent, "category": category}
                )
        return counts

    def _counts_running(self, job_types: Collection[int] | None) -> list[tuple[Any, ...]]:
        """Of each of `job_types` (ids; None: of all) with running jobs: its id, their number, the latest change."""
        connection = connections[self.db]
        if connection.vendor != "postgresql":
            return _counts(self.filter(status=Status.RUNNING))
        with connection.cursor() as cursor:
            if job_types is None:
                cursor.execute(_TALLY.format(chosen=""))
            else:
                cursor.execute(_TALLY.format(chosen="WHERE job_type_id = ANY (%s)"), [list(job_types)])
            return cursor.fetchall()

    def head_of_queue(
        self, *, revisions: Mapping[int, int], count: int, without: Iterable[int]
    ) -> list[tuple[int, int]]:
        """The next jobs of the queue, as (id, job type id): by priority, then queue time, then id.

        `revisions` maps the ids of the revisions that may run to how many of their jobs may at most; of each
        revision no more is read than that, or than `count`. `without` are ids to leave out.
        """
        connection = connections[self.db]
        if connection.vendor != "postgresql":
            queue = self.filter(status=Status.QUEUED, job_type_rev_id__in=revisions).exclude(pk__in=without)
            queue = queue.order_by("priority", "queued", "id")
            return list(queue.values_list("id", "job_type_id")[:count])
        with connection.cursor() as cursor:
            limits = [min(limit, count) for limit in revisions.values()]
            cursor.execute(_HEAD_OF_QUEUE, [list(revisions), limits, list(without), count])
            return cursor.fetchall()


def _counts(jobs: JobQuerySet, *kind: str) -> list[tuple[Any, ...]]:
    """Of each job type, and of each of its `kind` of jobs: job type id, count, most recent change, kind."""
    groups = jobs.values("job_type_id", *kind).annotate(count=CountOfRows(), most_recent=Max("last_status_change"))
    return fetch(groups.values_list("job_type_id", "count", "most_recent", *kind).order_by())


def _shown(row: Row) -> Row:
    return {
        **{column: row[column] for column in LIST_COLUMNS},
        "job_type": nested(row, "job_type", BRIEF_COLUMNS),
        "job_type_rev": nested(row, "job_type_rev", _REVISION_COLUMNS),
        "error": None if row["error__id"] is None else nested(row, "error", ERROR_COLUMNS),
    }


# The ORM knows no LATERAL join. Without it, the queue of a job type that may not run now, however long,
# would have to be read to find the jobs behind it.
_HEAD_OF_QUEUE = """
    SELECT head.id, head.job_type_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS revision (id, most)
    CROSS JOIN LATERAL (
        SELECT id, job_type_id, priority, queued
        FROM jobs_job
        WHERE status = 'QUEUED' AND job_type_rev_id = revision.id AND id <> ALL (%s::bigint[])
        ORDER BY priority, queued, id
        LIMIT revision.most
    ) AS head
    ORDER BY head.priority, head.queued, head.id
    LIMIT %s
"""

# See jobs.tally. The jobs themselves are asked where the one that began to run last may have ceased to.
_TALLY = """
    SELECT job_type_id, sum(change), CASE WHEN max(ceased) >= max(began) THEN (
        SELECT max(last_status_change) FROM jobs_job
        WHERE status = 'RUNNING' AND job_type_id = tally.job_type_id
    ) ELSE max(began) END
    FROM jobs_tally AS tally {chosen} GROUP BY job_type_id HAVING sum(change) > 0
"""

_ORDER = {status: place for place, status in enumerate(Status.values)}


def _place(kind: tuple[str, str | None]) -> tuple[int, str]:
    """Groups are shown in the order of a job's life, failures by category."""
    status, category = kind
    return _ORDER[status], category or ""

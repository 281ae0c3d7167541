"""What creating jobs reads of their job types."""

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from core.models.columns import array_of
from core.reads.prepared import prepared
from core.reads.rows import columns_of
from job_types.models import JobType, JobTypeRevision
from job_types.querysets import BRIEF_COLUMNS
from job_types.selectors import REVISION_DETAIL_COLUMNS

# A job type by its id, or by its name and version.
JobTypeKey = int | tuple[str, str]
# The columns of a current revision, and of its job type as ``job_type__name``; and ``now``.
Current = dict[str, Any]

# All but the manifest, of which ``job_types.manifests`` has most in memory.
_REVISION_COLUMNS = tuple(column for column in REVISION_DETAIL_COLUMNS if column != "manifest")
_COLUMNS = (
    *_REVISION_COLUMNS,
    "resources",
    *columns_of("job_type", (*BRIEF_COLUMNS, "configuration", "configuration_num", "max_tries")),
)


def current_revisions(keys: Collection[JobTypeKey]) -> dict[JobTypeKey, Current]:
    """Return the current revisions of those of these job types that exist.

    One query, two if several are named by name and version. ``now`` is when the database received the last one.
    """
    names = {key for key in keys if isinstance(key, tuple)}
    if len(names) == len(keys) == 1:
        ((name, version),) = names
        return dict(zip(names, _current_of_name(name=name, version=version), strict=False))
    ids: dict[JobTypeKey, int] = {key: key for key in keys if isinstance(key, int)}
    if names:
        versions = JobType.objects.filter(name__in={name for name, _ in names}).values_list("pk", "name", "version")
        ids |= {(name, version): pk for pk, name, version in versions if (name, version) in names}
    rows = {row["job_type__id"]: row for row in _current(ids=array_of(ids.values()))}
    return {key: rows[pk] for key, pk in ids.items() if pk in rows}


def lock_job_types(ids: Collection[int]) -> None:
    """Lock these job types for the rest of the transaction, in id order: one query."""
    list(JobType.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _current_revisions() -> QuerySet[JobTypeRevision, dict[str, Any]]:
    current = JobTypeRevision.objects.filter(revision_num=F("job_type__revision_num"))
    return current.values(*_COLUMNS, now=Now())


@prepared
def _current(*, ids: str) -> QuerySet[JobTypeRevision, dict[str, Any]]:
    return _current_revisions().filter(job_type_id__any_of=ids)


@prepared
def _current_of_name(*, name: str, version: str) -> QuerySet[JobTypeRevision, dict[str, Any]]:
    return _current_revisions().filter(job_type__name=name, job_type__version=version)

"""QuerySet methods of job types, and the rows and columns that answers show of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypedDict

from django.db.models import F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from core.models.append_only import AppendOnlyQuerySet
from core.models.columns import StringArray

if TYPE_CHECKING:
    from job_types.models import JobType, JobTypeRevision  # noqa: F401  (a QuerySet names it as a string)


class JobTypeBrief(TypedDict):
    """What other answers show of a job type."""

    id: int
    name: str
    version: str
    title: str
    description: str
    is_active: bool
    is_paused: bool
    is_published: bool
    is_system: bool
    icon_code: str | None
    unmet_resources: str | None


class JobTypeRow(JobTypeBrief):
    """What lists show of a job type; manifests and configurations are read one at a time only."""

    max_scheduled: int | None
    max_tries: int
    revision_num: int
    docker_image: str
    created: datetime
    deprecated: datetime | None
    paused: datetime | None
    last_modified: datetime


class RevisionRow(TypedDict):
    """What a list shows of a revision, beside its job type."""

    id: int
    revision_num: int
    docker_image: str
    created: datetime


BRIEF_COLUMNS = tuple(JobTypeBrief.__annotations__)
LIST_COLUMNS = tuple(JobTypeRow.__annotations__)
REVISION_COLUMNS = tuple(RevisionRow.__annotations__)
_COLUMNS_OF_LATEST = tuple(column for column in LIST_COLUMNS if column not in ("id", "version"))
NAME_COLUMNS = (*_COLUMNS_OF_LATEST, "versions", "latest_version")


class JobTypeQuerySet(QuerySet["JobType"]):
    """Job types."""

    def with_key(self, *, name: str, version: str) -> Self:
        """Return the job type with a natural key, if there is one."""
        return self.filter(name=name, version=version)

    def newest_version_first(self) -> Self:
        """Order by semantic-version precedence; of equals (which differ in build metadata) the later row first."""
        return self.order_by("-version_key", "-id")

    def matching_keywords(self, keywords: Iterable[str]) -> Self:
        """Return those whose name, or any of whose tags, holds any of ``keywords`` in any case.

        Names and tags are searched apart, on PostgreSQL each in an index of trigrams (migration 0012).
        """
        names, tags = Q(), Q()
        for keyword in keywords:
            names |= Q(name__icontains=keyword)
            tags |= Q(folded__contains=keyword.casefold())
        if not names:
            return self
        tag_model: Any = self.model._meta.get_field("tags").related_model
        by_name = self.model.objects.filter(names).values("pk")
        return self.filter(pk__in=by_name.union(tag_model.objects.filter(tags).values("job_type")))

    def names(self) -> QuerySet[JobType, dict[str, Any]]:
        """For each name in this queryset, return all its versions and what is shown of the latest one.

        This is one run along the index ``job_type_by_version``, and a step into it for each row of the page.
        """
        latest_first = [F("version_key").desc(), F("id").desc()]
        ranked = self.model.objects.annotate(rank=Window(RowNumber(), partition_by="name", order_by=latest_first))
        latest = self.model.objects.filter(pk__in=ranked.filter(rank=1).values("pk"))
        return (latest.filter(name__in=self.values("name")) if self.query.where else latest).as_names()

    def as_names(self) -> QuerySet[JobType, dict[str, Any]]:
        """Return what is shown of the names of these job types, their latest versions."""
        versions = self.model.objects.filter(name=OuterRef("name")).order_by("version_key", "id")
        return self.values(
            *_COLUMNS_OF_LATEST, versions=StringArray(versions.values("version")), latest_version=F("version")
        )


class JobTypeRevisionQuerySet(AppendOnlyQuerySet["JobTypeRevision"]):
    """Revisions of job types."""

    def of(self, *, name: str, version: str) -> Self:
        """Return the revisions of the job type with a natural key."""
        return self.filter(job_type__name=name, job_type__version=version)

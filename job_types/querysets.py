"""Reads of job types: what is fetched for which answer, and at what cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from core.entity_tags import entity_tag
from core.models.columns import StringArray
from core.reads.prepared import prepared
from core.reads.rows import Row, columns_of, nested

if TYPE_CHECKING:
    from job_types.models import JobType, JobTypeRevision  # noqa: F401  (QuerySet names them as strings)

# What is shown of a job type wherever it is named; manifests and configurations are read one at a time only.
BRIEF_COLUMNS = (
    "id",
    "name",
    "version",
    "title",
    "description",
    "is_active",
    "is_paused",
    "is_published",
    "is_system",
    "icon_code",
    "unmet_resources",
)
LIST_COLUMNS = (
    *BRIEF_COLUMNS,
    "max_scheduled",
    "max_tries",
    "revision_num",
    "docker_image",
    "created",
    "deprecated",
    "paused",
    "last_modified",
)

DETAIL_COLUMNS = (*LIST_COLUMNS, "manifest", "configuration")
_NAME_COLUMNS = tuple(column for column in LIST_COLUMNS if column not in ("id", "version"))
NAME_COLUMNS = (*_NAME_COLUMNS, "versions", "latest_version")
REVISION_COLUMNS = ("id", "revision_num", "docker_image", "created")
# What is shown of a recipe type wherever it is named.
RECIPE_TYPE_COLUMNS = (
    "id",
    "name",
    "title",
    "description",
    "is_active",
    "is_system",
    "revision_num",
    "created",
    "deprecated",
    "last_modified",
)


class JobTypeQuerySet(QuerySet["JobType"]):
    """Job types; only `details` and whoever writes read manifests and configurations."""

    def brief(self, *, name: str, version: str) -> Row | None:
        """What other answers show of a job type, None when there is no such one: one query."""
        return next(iter(_briefs(name=name, version=version)), None)

    def details(self, *, name: str, version: str) -> Row | None:
        """What the details of a job type show, its `recipe_types` included, None when there is no such job type.

        Two queries; one when it is a member of no recipe type.
        """
        for row in _details(name=name, version=version):
            is_member = row.pop("is_member")
            return {**row, "recipe_types": _memberships(job_type=row["id"]) if is_member else []}
        return None

    def newest_version_first(self) -> Self:
        """By semantic-version precedence; of equal ones (they differ in build metadata) the later row first."""
        return self.order_by("-version_key", "-id")

    def matching_keywords(self, keywords: Iterable[str]) -> Self:
        """Those whose name, or any of whose tags, holds any of `keywords`, whatever the case.

        One EXISTS for each row looked at, so that a row shows once however many of its tags match.
        """
        names, tags = Q(), Q()
        for keyword in keywords:
            names |= Q(name__icontains=keyword)
            tags |= Q(folded__contains=keyword.casefold())
        if not names:
            return self
        tag_model = apps.get_model("job_types", "JobTypeTag")
        return self.filter(names | Exists(tag_model.objects.filter(tags, job_type=OuterRef("pk"))))

    def names(self) -> QuerySet[Any, Row]:
        """For each name that any job type of this queryset has: all its versions, and what the latest one shows.

        One run along the index `job_type_by_version`, and a step into it for each row of the page.
        """
        latest_first = [F("version_key").desc(), F("id").desc()]
        ranked = self.model.objects.annotate(rank=Window(RowNumber(), partition_by="name", order_by=latest_first))
        latest = self.model.objects.filter(pk__in=ranked.filter(rank=1).values("pk"))
        if self.query.where:
            latest = latest.filter(name__in=self.values("name"))
        versions = self.model.objects.filter(name=OuterRef("name")).order_by("version_key", "id")
        return latest.values(
            *_NAME_COLUMNS, versions=StringArray(versions.values("version")), latest_version=F("version")
        )

    def with_key(self, *, name: str, version: str) -> Self:
        """The job type of a natural key, if there is one."""
        return self.filter(name=name, version=version)

    def entity_tag(self, *, name: str, version: str) -> str | None:
        """The tag of the details of a job type, None when there is no such job type: one query of no document."""
        rows = _states(name=name, version=version)
        if not rows:
            return None
        members = ((row["recipe_types__pk"], row["recipe_types__last_modified"]) for row in rows)
        return entity_tag((rows[0]["pk"], rows[0]["last_modified"]), (state for state in members if state[0]))


class JobTypeRevisionQuerySet(QuerySet["JobTypeRevision"]):
    """Revisions; only `details` reads manifests."""

    def details(self, *, name: str, version: str, revision_num: int) -> Row | None:
        """What the details of a revision show, its `job_type` included, None when there is none: one query."""
        for row in _revision_details(name=name, version=version, revision_num=revision_num):
            return {**row, "job_type": nested(row, "job_type", BRIEF_COLUMNS)}
        return None

    def update(self, **values: Any) -> int:
        raise TypeError("Revisions are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Revisions are never deleted.")


@prepared
def _briefs(*, name: str, version: str) -> QuerySet[Any, Row]:
    return _job_types(name, version).values(*BRIEF_COLUMNS)


@prepared
def _details(*, name: str, version: str) -> QuerySet[Any, Row]:
    memberships = _recipe_types().model.job_types.through.objects.filter(jobtype=OuterRef("pk"))
    return _job_types(name, version).values(*DETAIL_COLUMNS, is_member=Exists(memberships))


@prepared
def _memberships(*, job_type: int) -> QuerySet[Any, Row]:
    return _recipe_types().filter(job_types=job_type).order_by("name").values(*RECIPE_TYPE_COLUMNS)


@prepared
def _states(*, name: str, version: str) -> QuerySet[Any, Row]:
    columns = ("pk", "last_modified", "recipe_types__pk", "recipe_types__last_modified")
    return _job_types(name, version).values(*columns)


@prepared
def _revision_details(*, name: str, version: str, revision_num: int) -> QuerySet[Any, Row]:
    revisions = apps.get_model("job_types", "JobTypeRevision").objects
    chosen = revisions.filter(job_type__name=name, job_type__version=version, revision_num=revision_num)
    return chosen.values(*REVISION_COLUMNS, "manifest", *columns_of("job_type", BRIEF_COLUMNS))


def _job_types(name: str, version: str) -> JobTypeQuerySet:
    return apps.get_model("job_types", "JobType").objects.with_key(name=name, version=version)


def _recipe_types() -> Any:
    # The relation is that of the room above, which knows this one; here it is only read.
    return apps.get_model("recipes", "RecipeType").objects

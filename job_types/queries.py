"""Reads of job types: what is fetched for which answer, and at what cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from scale.entity_tags import entity_tag

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


class JobTypeQuerySet(QuerySet["JobType"]):
    """Job types; reads for lists are in `for_list`, which fetches no manifest."""

    def for_list(self) -> Self:
        """The columns of a list, without manifest and configuration."""
        return self.only(*LIST_COLUMNS)

    def brief(self, *more: str) -> Self:
        """The columns that are shown of a job type inside other answers, and `more`."""
        return self.only(*BRIEF_COLUMNS, *more)

    def whole(self) -> Self:
        """With the recipe types that the job types are members of: one more query, without their definitions."""
        # The relation is that of the room above, which knows this one; here it is only read.
        recipe_types = apps.get_model("recipes", "RecipeType").objects.for_list().order_by("name")
        return self.prefetch_related(Prefetch("recipe_types", queryset=recipe_types))

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

    def latest_of_names(self) -> JobTypeQuerySet:
        """For each name that any job type of this queryset has, the latest version there is of it.

        One step into the index `job_type_by_version` for each job type of a matching name.
        """
        every = self.model.objects.all()
        latest = every.filter(name=OuterRef("name")).newest_version_first().values("pk")[:1]
        return every.for_list().filter(name__in=self.values("name"), pk=Subquery(latest))

    def versions_by_name(self, names: Iterable[str]) -> dict[str, list[str]]:
        """All versions of each of `names`, ascending: one query."""
        versions: dict[str, list[str]] = {}
        rows = self.filter(name__in=list(names)).order_by("name", "version_key", "id")
        for name, version in rows.values_list("name", "version"):
            versions.setdefault(name, []).append(version)
        return versions

    def with_key(self, *, name: str, version: str) -> Self:
        """The job type of a natural key, if there is one."""
        return self.filter(name=name, version=version)

    def entity_tag(self, *, name: str, version: str) -> str | None:
        """The tag of the details of a job type, None when there is no such job type: one query of no document."""
        members = self.with_key(name=name, version=version).values_list(
            "pk", "last_modified", "recipe_types__pk", "recipe_types__last_modified"
        )
        rows = list(members)
        if not rows:
            return None
        return entity_tag(rows[0][:2], (row[2:] for row in rows if row[2] is not None))


class JobTypeRevisionQuerySet(QuerySet["JobTypeRevision"]):
    """Revisions; those for lists fetch no manifest."""

    def for_list(self) -> Self:
        """Newest first, without the manifests."""
        return self.defer("manifest", "resources").order_by("-revision_num")

    def update(self, **values: Any) -> int:
        raise TypeError("Revisions are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Revisions are never deleted.")

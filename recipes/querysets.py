"""Reads of recipe types, and of the interfaces that their nodes refer to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Q, QuerySet

from core.entity_tags import entity_tag
from core.reads.prepared import prepared
from core.reads.rows import Row
from job_types.models import JobType, JobTypeRevision
from job_types.querysets import BRIEF_COLUMNS, RECIPE_TYPE_COLUMNS
from seed import Interface, JobReference, RecipeReference, Reference

if TYPE_CHECKING:
    from recipes.models import RecipeType  # noqa: F401  (QuerySet names it as a string)

REVISION_COLUMNS = ("id", "revision_num", "created")
# (job type name, version), or (recipe type name,) -> the interface of each revision there is of it.
Interfaces = dict[tuple[str, ...], dict[int, Interface]]


class RecipeTypeQuerySet(QuerySet["RecipeType"]):
    """Recipe types; only `details` and whoever writes read definitions."""

    def details(self, *, name: str) -> Row | None:
        """What the details of a recipe type show, and when each of its `job_types` last changed: two queries.

        None when there is no such recipe type.
        """
        for row in self.filter(name=name).values(*RECIPE_TYPE_COLUMNS, "definition"):
            members = JobType.objects.filter(recipe_types=row["id"]).order_by("name", "version_key", "id")
            return {**row, "job_types": list(members.values(*BRIEF_COLUMNS, "last_modified"))}
        return None

    def entity_tag(self, *, name: str) -> str | None:
        """The tag of the details of a recipe type, None when there is no such one: one query of no document."""
        rows = _states(name=name)
        if not rows:
            return None
        members = ((row["job_types__pk"], row["job_types__last_modified"]) for row in rows)
        return entity_tag((rows[0]["pk"], rows[0]["last_modified"]), (state for state in members if state[0]))

    def matching_keywords(self, keywords: Iterable[str]) -> Self:
        """Those whose name or title holds any of `keywords`, whatever the case."""
        matching = [Q(name__icontains=keyword) | Q(title__icontains=keyword) for keyword in keywords]
        return self.filter(reduce(or_, matching)) if matching else self

    def with_containers(self) -> set[int]:
        """The ids of these, and of the recipe types that contain them, directly or not.

        A query for each level that recipes are nested.
        """
        found = set(self.values_list("pk", flat=True))
        latest: Collection[int] = found
        while latest:
            containers = self.model.objects.filter(sub_recipe_types__in=latest)
            latest = set(containers.values_list("pk", flat=True)) - found
            found |= latest
        return found


@prepared
def _states(*, name: str) -> QuerySet[Any, Row]:
    recipe_types = apps.get_model("recipes", "RecipeType").objects.filter(name=name)
    return recipe_types.values("pk", "last_modified", "job_types__pk", "job_types__last_modified")


def interfaces_of(references: Iterable[Reference]) -> Interfaces:
    """The interfaces of those of `references` that exist, and the keys of what has other revisions: 5 queries."""
    references = set(references)
    known: Interfaces = {}
    jobs = {reference for reference in references if isinstance(reference, JobReference)}
    recipes = {reference for reference in references if isinstance(reference, RecipeReference)}
    _add_interfaces_of_jobs(known, jobs)
    _add_interfaces_of_recipes(known, recipes)
    return known


def _add_interfaces_of_jobs(known: Interfaces, references: set[JobReference]) -> None:
    keys = {_storable(reference.name, reference.version) for reference in references} - {None}
    if not keys:
        return
    rows = JobType.objects.filter(name__in={key[0] for key in keys if key})
    ids = {
        pk: (name, version)
        for pk, name, version in rows.values_list("pk", "name", "version")
        if (name, version) in keys
    }
    for key in ids.values():
        known[key] = {}
    wanted = {(reference.name, reference.version, reference.revision) for reference in references}
    numbers = {revision for _, _, revision in wanted if abs(revision) < 2**31}
    revisions = JobTypeRevision.objects.filter(job_type__in=ids, revision_num__in=numbers)
    places = [
        pk
        for pk, job_type, number in revisions.values_list("pk", "job_type_id", "revision_num")
        if (*ids[job_type], number) in wanted
    ]
    manifests = JobTypeRevision.objects.filter(pk__in=places).values_list("job_type_id", "revision_num", "manifest")
    for job_type, number, manifest in manifests:
        known[ids[job_type]][number] = Interface.of_manifest(manifest)


def _add_interfaces_of_recipes(known: Interfaces, references: set[RecipeReference]) -> None:
    names = {reference.name for reference in references if "\0" not in reference.name}
    if not names:
        return
    recipe_types = apps.get_model("recipes", "RecipeType").objects.filter(name__in=names)
    for name in recipe_types.values_list("name", flat=True):
        known[(name,)] = {}
    numbers = {reference.revision for reference in references if abs(reference.revision) < 2**31}
    revisions: Any = apps.get_model("recipes", "RecipeTypeRevision").objects.filter(
        recipe_type__name__in=names, revision_num__in=numbers
    )
    for name, number, definition in revisions.values_list("recipe_type__name", "revision_num", "definition"):
        known[(name,)][number] = Interface.of_definition(definition)


def _storable(name: str, version: str) -> tuple[str, str] | None:
    """The key, unless no database can hold it."""
    return None if "\0" in name + version else (name, version)

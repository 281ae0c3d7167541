"""Reads of recipe types that ask several models, and what each costs."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import QuerySet

from core import entity_tags
from core.reads.prepared import prepared
from core.services import Missing
from job_types.models import JobType, JobTypeRevision
from job_types.querysets import BRIEF_COLUMNS, JobTypeBrief
from recipes.members import states_of
from recipes.models import RecipeType, RecipeTypeRevision
from recipes.querysets import LIST_COLUMNS, REVISION_COLUMNS, RecipeTypeRow, RevisionRow
from seed import Interface, JobReference, RecipeReference, Reference

# (job type name, version), or (recipe type name,) -> the interface of each of its revisions.
Interfaces = dict[tuple[str, ...], dict[int, Interface]]


class MemberJobType(JobTypeBrief):
    """What the details of a recipe type show of a job type, and when that last changed."""

    last_modified: Any


class RecipeTypeDetails(RecipeTypeRow):
    """What the details of a recipe type show."""

    definition: dict[str, Any]
    job_types: list[MemberJobType]


class RevisionDetails(RevisionRow):
    """What the details of a revision show."""

    recipe_type: RecipeTypeRow
    definition: dict[str, Any]


def get_recipe_type(*, name: str) -> RecipeTypeRow:
    """Return what is shown of a recipe type wherever it is named: one query. Raises Missing."""
    row = RecipeType.objects.filter(name=name).values(*LIST_COLUMNS).first()
    if row is None:
        raise no_such_recipe_type(name)
    return cast(RecipeTypeRow, row)


def get_details(*, name: str) -> RecipeTypeDetails:
    """Return what the details of a recipe type show: two queries. Raises Missing."""
    row = RecipeType.objects.filter(name=name).values(*LIST_COLUMNS, "definition").first()
    if row is None:
        raise no_such_recipe_type(name)
    members = JobType.objects.filter(recipe_types=row["id"]).order_by("name", "version_key", "id")
    job_types = list(members.values(*BRIEF_COLUMNS, "last_modified"))
    return cast(RecipeTypeDetails, row | {"job_types": job_types})


def get_revision(*, name: str, revision_num: int) -> RevisionDetails:
    """Return what the details of a revision show: two queries. Raises Missing."""
    recipe_type = get_recipe_type(name=name)
    revisions = RecipeTypeRevision.objects.filter(recipe_type=recipe_type["id"], revision_num=revision_num)
    row = revisions.values(*REVISION_COLUMNS, "definition").first()
    if row is None:
        raise Missing(f"There is no revision {revision_num} of {name}; it has {recipe_type['revision_num']}.")
    return cast(RevisionDetails, row | {"recipe_type": recipe_type})


def entity_tag(*, name: str) -> str | None:
    """Return the entity tag of the details of a recipe type: one query of no document. None if there is none."""
    states = states_of(_with_job_types(name=name), "job_types")
    return entity_tags.entity_tag(states[0], states[1:]) if states else None


def no_such_recipe_type(name: str) -> Missing:
    """Return the exception that says that there is no such recipe type."""
    return Missing(f"There is no recipe type {name}; /v6/recipe-types/ lists what there is.")


@prepared
def _with_job_types(*, name: str) -> QuerySet[RecipeType, Any]:
    recipe_types = RecipeType.objects.filter(name=name)
    return recipe_types.values("pk", "last_modified", "job_types__pk", "job_types__last_modified")


def interfaces_of(references: Iterable[Reference]) -> Interfaces:
    """Return the interfaces of those of ``references`` that exist, and the keys of what has other revisions.

    Five queries.
    """
    references = set(references)
    jobs = {reference for reference in references if isinstance(reference, JobReference)}
    recipes = {reference for reference in references if isinstance(reference, RecipeReference)}
    return _interfaces_of_jobs(jobs) | _interfaces_of_recipes(recipes)


def _interfaces_of_jobs(references: set[JobReference]) -> Interfaces:
    # No database can hold a NUL.
    keys = {(one.name, one.version) for one in references if "\0" not in one.name + one.version}
    if not keys:
        return {}
    rows = JobType.objects.filter(name__in={name for name, _ in keys}).values_list("pk", "name", "version")
    ids = {pk: (name, version) for pk, name, version in rows if (name, version) in keys}
    wanted = {(one.name, one.version, one.revision) for one in references}
    numbers = {revision for _, _, revision in wanted if abs(revision) < 2**31}
    revisions = JobTypeRevision.objects.filter(job_type__in=ids, revision_num__in=numbers)
    places = [
        pk
        for pk, job_type, number in revisions.values_list("pk", "job_type_id", "revision_num")
        if (*ids[job_type], number) in wanted
    ]
    manifests = JobTypeRevision.objects.filter(pk__in=places).values_list("job_type_id", "revision_num", "manifest")
    known: Interfaces = {key: {} for key in ids.values()}
    for job_type, number, manifest in manifests:
        known[ids[job_type]][number] = Interface.of_manifest(manifest)
    return known


def _interfaces_of_recipes(references: set[RecipeReference]) -> Interfaces:
    names = {one.name for one in references if "\0" not in one.name}
    if not names:
        return {}
    stored = RecipeType.objects.filter(name__in=names).values_list("name", flat=True)
    known: Interfaces = {(name,): {} for name in stored}
    numbers = {one.revision for one in references if abs(one.revision) < 2**31}
    revisions = RecipeTypeRevision.objects.filter(recipe_type__name__in=names, revision_num__in=numbers)
    for name, number, definition in revisions.values_list("recipe_type__name", "revision_num", "definition"):
        known.setdefault((name,), {})[number] = Interface.of_definition(definition)
    return known

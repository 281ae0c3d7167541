"""Reads of recipe types that ask several models, and what each costs."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast

from core import entity_tags
from core.marks import Mark
from core.models.columns import Bytes
from core.reads.cache import RevisionCache
from core.reads.prepared import fetch, prepared
from core.services import Missing, Refused
from job_types.models import JobType, JobTypeRevision
from job_types.selectors import DETAIL_COLUMNS, JobTypeDetails
from recipes.models import RecipeType, RecipeTypeRevision
from recipes.querysets import LIST_COLUMNS, REVISION_COLUMNS, RecipeTypeRow, RevisionRow
from seed import Interface, JobReference, RecipeReference, Reference, complete_definition

MOST_BYTES = 8 * 1024 * 1024
"""How large the documents may be together from which the interfaces of one definition are read."""

_Key = tuple[str, ...]  # (job type name, version), or (recipe type name,)
# The interface of each of the revisions.
Interfaces = dict[_Key, dict[int, Interface]]


class _Place(NamedTuple):
    """A revision of a job type or recipe type, and the size of its document in bytes."""

    key: _Key
    revision: int
    size: int


class RecipeTypeDetails(RecipeTypeRow):
    """What the details of a recipe type show."""

    definition: dict[str, Any]
    findings: list[Mark]
    job_types: list[JobTypeDetails]
    sub_recipe_types: list[RecipeTypeRow]
    super_recipe_types: list[RecipeTypeRow]


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
    """Return what the details of a recipe type show: five queries. Raises Missing."""
    for row in _details(name=name):
        shown = {
            "definition": complete_definition(row["definition"]),
            "job_types": _with_recipe_types(_members(recipe_type=row["id"]), recipe_type=row["id"]),
            "sub_recipe_types": _inner(recipe_type=row["id"]),
            "super_recipe_types": _outer(recipe_type=row["id"]),
        }
        return cast(RecipeTypeDetails, row | shown)
    raise no_such_recipe_type(name)


def with_members(rows: Sequence[Mapping[str, Any]], *, revision: str) -> list[dict[str, Any]]:
    """Return the rows of a list with the keys of what their nodes run.

    ``revision`` is that of the catalogue, read before the rows. Two queries if any row is not cached for it.
    """
    members = _keys_of_members.at(revision, [row["id"] for row in rows])
    return [{**row, **members[row["id"]]} for row in rows]


def _read_keys_of_members(ids: Collection[int]) -> Iterable[tuple[int, dict[str, Any]]]:
    members: dict[int, dict[str, Any]] = {pk: {"job_types": [], "sub_recipe_types": []} for pk in ids}
    jobs = RecipeType.job_types.through.objects.filter(recipetype__in=ids)
    jobs = jobs.order_by("jobtype__name", "jobtype__version_key", "jobtype")
    for recipe_type, name, version in fetch(jobs.values_list("recipetype", "jobtype__name", "jobtype__version")):
        members[recipe_type]["job_types"].append({"name": name, "version": version})
    recipes = RecipeType.sub_recipe_types.through.objects.filter(from_recipetype__in=ids)
    recipes = recipes.order_by("to_recipetype__name")
    for recipe_type, name in fetch(recipes.values_list("from_recipetype", "to_recipetype__name")):
        members[recipe_type]["sub_recipe_types"].append(name)
    return members.items()


_keys_of_members = RevisionCache(_read_keys_of_members)


def _with_recipe_types(job_types: list[dict[str, Any]], *, recipe_type: int) -> list[dict[str, Any]]:
    """Return the job types that a recipe type holds, each with all recipe types that hold it: one query."""
    holding: dict[int, list[Any]] = {row["id"]: [] for row in job_types}
    for row in _holding(recipe_type=recipe_type):
        holding[row.pop("job_types")].append(row)
    return [{**row, "recipe_types": holding[row["id"]]} for row in job_types]


def get_revision(*, name: str, revision_num: int) -> RevisionDetails:
    """Return what the details of a revision show: two queries. Raises Missing."""
    recipe_type = get_recipe_type(name=name)
    revisions = RecipeTypeRevision.objects.filter(recipe_type=recipe_type["id"], revision_num=revision_num)
    row = revisions.values(*REVISION_COLUMNS, "definition").first()
    if row is None:
        raise Missing(f"There is no revision {revision_num} of {name}; it has {recipe_type['revision_num']}.")
    row["definition"] = complete_definition(row["definition"])
    return cast(RevisionDetails, row | {"recipe_type": recipe_type})


def entity_tag(*, name: str) -> str | None:
    """Return the entity tag of the details of a recipe type: one query of no document. None if there is none."""
    own, others = None, set()
    for is_own, pk, last_modified in _states(name=name):
        if is_own:
            own = (pk, last_modified)
        else:
            others.add((pk, last_modified))
    return entity_tags.entity_tag(own, others) if own else None


def tag_of_details(row: RecipeTypeDetails) -> str:
    """Return the entity tag of the details of a recipe type, without a query."""
    holding = chain.from_iterable(job_type["recipe_types"] for job_type in row["job_types"])
    shown = chain(row["job_types"], row["sub_recipe_types"], row["super_recipe_types"], holding)
    return entity_tags.entity_tag(
        (row["id"], row["last_modified"]), {(one["id"], one["last_modified"]) for one in shown}
    )


def no_such_recipe_type(name: str) -> Missing:
    """Return the exception that says that there is no such recipe type."""
    return Missing(f"There is no recipe type {name}; /v6/recipe-types/ lists what there is.")


@prepared
def _details(*, name: str) -> QuerySet[RecipeType, dict[str, Any]]:
    return RecipeType.objects.filter(name=name).values(*LIST_COLUMNS, "definition", "findings")


@prepared
def _members(*, recipe_type: int) -> QuerySet[JobType, dict[str, Any]]:
    job_types = JobType.objects.filter(recipe_types=recipe_type).order_by("name", "version_key", "id")
    return job_types.values(*DETAIL_COLUMNS)


@prepared
def _holding(*, recipe_type: int) -> QuerySet[RecipeType, dict[str, Any]]:
    """Return the recipe types that hold each of the job types that a recipe type holds."""
    recipe_types = RecipeType.objects.filter(job_types__recipe_types=recipe_type).order_by("name")
    return recipe_types.values(*LIST_COLUMNS, "job_types")


@prepared
def _inner(*, recipe_type: int) -> QuerySet[RecipeType, dict[str, Any]]:
    return RecipeType.objects.filter(containers=recipe_type).order_by("name").values(*LIST_COLUMNS)


@prepared
def _outer(*, recipe_type: int) -> QuerySet[RecipeType, dict[str, Any]]:
    return RecipeType.objects.filter(sub_recipe_types=recipe_type).order_by("name").values(*LIST_COLUMNS)


@prepared
def _states(*, name: str) -> QuerySet[RecipeType, Any]:
    """Return whether it is that of the recipe type itself, and the state, of each row that its details show."""
    recipe_types = RecipeType.objects.all()
    job_types = JobType.objects.filter(recipe_types__name=name)
    own, *others = (
        rows.order_by().annotate(is_own=Value(place == 0)).values_list("is_own", "pk", "last_modified")
        for place, rows in enumerate(
            (
                recipe_types.filter(name=name),
                job_types,
                recipe_types.filter(containers__name=name),
                recipe_types.filter(sub_recipe_types__name=name),
                recipe_types.filter(job_types__recipe_types__name=name),
            )
        )
    )
    return own.union(*others)


def interfaces_of(references: Iterable[Reference]) -> Interfaces:
    """Return the interfaces of those of ``references`` that exist, and the keys of what has other revisions.

    Six queries. The database measures the documents first. Raises Refused if they are larger than ``MOST_BYTES``.
    """
    references = set(references)
    jobs = _places_of_jobs({one for one in references if isinstance(one, JobReference)})
    recipes = _places_of_recipes({one for one in references if isinstance(one, RecipeReference)})
    size = sum(place.size for place in chain(jobs[1].values(), recipes[1].values()))
    if size > MOST_BYTES:
        sentence = (
            f"nodes: the manifests and definitions of what they run have {size} bytes together, and {MOST_BYTES} "
            "are read at most; let them run fewer revisions, or move some of them into recipes of their own"
        )
        raise Refused.because("TOO_LARGE_REFERENCES", sentence, "/nodes")
    known: Interfaces = {key: {} for key in chain(jobs[0], recipes[0])}
    manifests = JobTypeRevision.objects.filter(pk__in=jobs[1])
    _add(known, jobs[1], manifests.values_list("pk", Cast("manifest", TextField())), Interface.of_manifest)
    definitions = RecipeTypeRevision.objects.filter(pk__in=recipes[1])
    _add(known, recipes[1], definitions.values_list("pk", Cast("definition", TextField())), Interface.of_definition)
    return known


def _add(
    known: Interfaces,
    places: Mapping[int, _Place],
    documents: Iterable[tuple[int, str]],
    read: Callable[[dict[str, Any]], Interface],
) -> None:
    """Add the interfaces of ``documents``, one of which is parsed at a time, and what is alike once."""
    interfaces: dict[str, Interface] = {}
    for pk, text in documents:
        if text not in interfaces:
            interfaces[text] = read(json.loads(text))
        place = places[pk]
        known[place.key][place.revision] = interfaces[text]


def _places_of_jobs(references: set[JobReference]) -> tuple[Iterable[_Key], dict[int, _Place]]:
    """Return which job types there are, and where the revisions are that ``references`` name."""
    # No database can hold a NUL.
    keys = {(one.name, one.version) for one in references if "\0" not in one.name + one.version}
    if not keys:
        return (), {}
    rows = JobType.objects.filter(name__in={name for name, _ in keys}).values_list("pk", "name", "version")
    ids = {pk: (name, version) for pk, name, version in rows if (name, version) in keys}
    wanted = {((one.name, one.version), one.revision) for one in references}
    numbers = {number for _, number in wanted if abs(number) < 2**31}
    revisions = JobTypeRevision.objects.filter(job_type__in=ids, revision_num__in=numbers)
    columns = revisions.values_list("pk", "job_type_id", "revision_num", Bytes("manifest"))
    places = {pk: _Place(ids[job_type], number, size) for pk, job_type, number, size in columns}
    return ids.values(), {pk: place for pk, place in places.items() if (place.key, place.revision) in wanted}


def _places_of_recipes(references: set[RecipeReference]) -> tuple[Iterable[_Key], dict[int, _Place]]:
    """Return which recipe types there are, and where the revisions are that ``references`` name."""
    names = {one.name for one in references if "\0" not in one.name}
    if not names:
        return (), {}
    rows = RecipeType.objects.filter(name__in=names).values_list("pk", "name")
    ids = {pk: (name,) for pk, name in rows}
    wanted = {((one.name,), one.revision) for one in references}
    numbers = {number for _, number in wanted if abs(number) < 2**31}
    revisions = RecipeTypeRevision.objects.filter(recipe_type__in=ids, revision_num__in=numbers)
    columns = revisions.values_list("pk", "recipe_type_id", "revision_num", Bytes("definition"))
    places = {pk: _Place(ids[recipe_type], number, size) for pk, recipe_type, number, size in columns}
    return ids.values(), {pk: place for pk, place in places.items() if (place.key, place.revision) in wanted}

"""What job types need to know of the recipe types that hold them (see ``job_types.hooks``)."""

from typing import Any, cast

from django.db.models import Exists, OuterRef, QuerySet
from rest_framework import serializers

from core.entity_tags import State
from core.reads.prepared import prepared
from core.reads.serializers import RowSerializer
from job_types.models import JobType
from recipes.models import RecipeType
from recipes.querysets import LIST_COLUMNS, RecipeTypeRow

# Whether any recipe type holds a job type: an annotation for a query of job types.
IS_MEMBER = Exists(RecipeType.job_types.through.objects.filter(jobtype=OuterRef("pk")))


class MemberRecipeTypeSerializer(RowSerializer, serializers.ModelSerializer[Any]):
    """A recipe type, as the job types that are members of it show it."""

    class Meta:
        model = RecipeType
        fields: tuple[str, ...] = LIST_COLUMNS
        # Every column is shown, also those that a new row need not have.
        extra_kwargs: dict[str, Any] = {
            **{name: {"required": True} for name in LIST_COLUMNS[1:]},
            "id": {"help_text": "The unique identifier of the recipe type."},
        }


def recipe_types_of(job_type: int) -> list[RecipeTypeRow]:
    """Return the recipe types that hold the job type with an id, by name: one query."""
    return cast(list[RecipeTypeRow], _memberships(job_type=job_type))


def active_recipe_types_of(job_types: QuerySet[JobType]) -> list[str]:
    """Return the names of the active recipe types that hold any of ``job_types``, in order: one query."""
    holding = RecipeType.objects.filter(is_active=True, job_types__in=job_types.values("pk"))
    return list(holding.order_by("name").values_list("name", flat=True).distinct())


def states_of_job_type(name: str, version: str) -> list[State]:
    """Return the states of a job type and, behind it, of the recipe types that hold it: one query.

    The list is empty if there is no such job type.
    """
    rows = _with_recipe_types(name=name, version=version)
    own = [(row["pk"], row["last_modified"]) for row in rows[:1]]
    others = [(row["recipe_types__pk"], row["recipe_types__last_modified"]) for row in rows]
    return own + [state for state in others if state[0]]


@prepared
def _memberships(*, job_type: int) -> QuerySet[RecipeType, dict[str, Any]]:
    return RecipeType.objects.filter(job_types=job_type).order_by("name").values(*LIST_COLUMNS)


@prepared
def _with_recipe_types(*, name: str, version: str) -> QuerySet[JobType, Any]:
    job_types = JobType.objects.with_key(name=name, version=version)
    return job_types.values("pk", "last_modified", "recipe_types__pk", "recipe_types__last_modified")

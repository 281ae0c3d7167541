"""QuerySet methods of recipe types, and the rows and columns that answers show of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self, TypedDict

from django.db.models import Q, QuerySet

from core.models.append_only import AppendOnlyQuerySet

if TYPE_CHECKING:
    from recipes.models import RecipeType, RecipeTypeRevision  # noqa: F401  (QuerySets name them as strings)


class RecipeTypeRow(TypedDict):
    """What is shown of a recipe type wherever it is named."""

    id: int
    name: str
    title: str
    description: str
    is_active: bool
    is_system: bool
    revision_num: int
    created: datetime
    deprecated: datetime | None
    last_modified: datetime


class RevisionRow(TypedDict):
    """What a list shows of a revision, beside its recipe type."""

    id: int
    revision_num: int
    created: datetime


LIST_COLUMNS = tuple(RecipeTypeRow.__annotations__)
REVISION_COLUMNS = tuple(RevisionRow.__annotations__)


class RecipeTypeQuerySet(QuerySet["RecipeType"]):
    """Recipe types."""

    def matching_keywords(self, keywords: Iterable[str]) -> Self:
        """Return those whose name, title or description holds any of ``keywords`` in any case."""
        matching = [
            Q(name__icontains=keyword) | Q(title__icontains=keyword) | Q(description__icontains=keyword)
            for keyword in keywords
        ]
        return self.filter(reduce(or_, matching)) if matching else self

    def with_containers(self) -> set[int]:
        """Return the ids of these, and of the recipe types that contain them, directly or not.

        This is one query for each level that recipes are nested.
        """
        found = set(self.values_list("pk", flat=True))
        latest: Collection[int] = found
        while latest:
            containers = self.model.objects.filter(sub_recipe_types__in=latest)
            latest = set(containers.values_list("pk", flat=True)) - found
            found |= latest
        return found


class RecipeTypeRevisionQuerySet(AppendOnlyQuerySet["RecipeTypeRevision"]):
    """Revisions of recipe types."""

    def of(self, *, name: str) -> Self:
        """Return the revisions of the recipe type with a name."""
        return self.filter(recipe_type__name=name)

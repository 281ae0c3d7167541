"""The query parameters of the list of recipe types."""

from typing import Any, cast

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from recipes.models import RecipeType
from recipes.queries import LIST_COLUMNS, RecipeTypeQuerySet
from scale.api.filters import BooleanFilter, OrderFilter, RepeatedFilter


class KeywordFilter(RepeatedFilter):
    """Recipe types whose name or title holds any of the values."""

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return cast(RecipeTypeQuerySet, queryset).matching_keywords(values)


class RecipeTypeFilterSet(FilterSet):
    """Which recipe types, in which order."""

    keyword = KeywordFilter(help_text="Only recipe types with this in the name or title, in any case; may repeat.")
    is_active = BooleanFilter(help_text="Only recipe types that are active (true) or deprecated (false).")
    is_system = BooleanFilter(help_text="Only recipe types of the system (true) or of users (false).")
    order = OrderFilter(columns={name: name for name in LIST_COLUMNS}, default=["name"])

    class Meta:
        model = RecipeType
        fields: list[str] = []

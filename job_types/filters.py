"""The query parameters of the lists of job types."""

from typing import Any, cast

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from core.api.filters import FlagFilter, IdFilter, KeywordFilter, OrderFilter
from job_types.querysets import LIST_COLUMNS, JobTypeQuerySet

# Versions are ordered by their precedence, and names have several.
_COLUMNS = {name: name for name in LIST_COLUMNS if name not in ("id", "name", "version")}


class JobTypeVersionFilterSet(FilterSet):
    """Which versions of a name."""

    is_active = FlagFilter(help_text="Only job types that are active (true) or deprecated (false).")


class JobTypeFilterSet(JobTypeVersionFilterSet):
    """Which job types, in which order."""

    keyword = KeywordFilter(help_text="Only job types with this in the name or in a tag, in any case; may repeat.")
    id = IdFilter(help_text="Only job types with these ids; may repeat.")
    is_system = FlagFilter(help_text="Only job types of the system (true) or of users (false).")
    order = OrderFilter(
        columns={"id": "id", "name": "name", "version": "version_key", **_COLUMNS},
        default=["name", "version"],
    )


class JobTypeNameFilterSet(JobTypeFilterSet):
    """Which names (those with a version that passes all filters), ordered by their latest versions."""

    order = OrderFilter(columns={"name": "name", "latest_version": "version_key", **_COLUMNS}, default=["name"])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        matching = cast(JobTypeQuerySet, super().filter_queryset(queryset))
        return self.filters["order"].filter(matching.names(), self.form.cleaned_data["order"])

"""The query parameters of the lists of job types."""

from typing import Any, cast

from django.db.models import QuerySet

from core.api.filters import (
    ApiFilter,
    ApiFilterSet,
    FlagFilter,
    IdFilter,
    KeywordFilter,
    OrderFilter,
    applied_by_the_view,
)
from core.api.query import whole_number
from job_types.models import LARGEST_INTEGER
from job_types.querysets import LIST_COLUMNS, JobTypeQuerySet

# Versions are ordered by their precedence, and names have several.
_COLUMNS = {name: name for name in LIST_COLUMNS if name not in ("id", "name", "version")}


class JobTypeVersionFilterSet(ApiFilterSet):
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


class _RevisionFilter(ApiFilter):
    """The number of a revision."""

    json_schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_INTEGER}

    def parse(self, text: str) -> int:
        number = whole_number(text)
        if not 1 <= number <= LARGEST_INTEGER:
            raise ValueError(f"must be the number of a revision, from 1 to {LARGEST_INTEGER}.")
        return number


class _VersionFilter(ApiFilter):
    """A version."""

    json_schema = {"type": "string", "pattern": r"^[^\x00]*$"}

    def parse(self, text: str) -> str:
        if "\0" in text:
            raise ValueError("must not contain a NUL character.")
        return text


class DifferenceFilterSet(ApiFilterSet):
    """Which revisions are compared."""

    from_version = _VersionFilter(
        method=applied_by_the_view,
        help_text="The version of the same name that `from` is a revision of; by default that in the URL.",
    )
    # `from` is a word of Python's.
    vars()["from"] = _RevisionFilter(
        method=applied_by_the_view,
        help_text="The number of the old revision; by default the one before `to`, or the current one of "
        "`from_version`.",
    )
    to = _RevisionFilter(
        method=applied_by_the_view, help_text="The number of the new revision; by default the current one."
    )

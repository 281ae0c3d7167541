"""The query parameters of the list of files."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from core.api.filters import (
    AnyOfFilter,
    ApiFilter,
    ApiFilterSet,
    FlagFilter,
    IdFilter,
    MomentFilter,
    OrderFilter,
    RepeatedFilter,
    TimeRangeForm,
    applied_by_the_view,
)
from files.rows import COLUMNS, FILE_TYPES, NOTHING_YET, PRODUCT
from workspaces.models import Workspace

# The columns that `started` and `ended` limit; of the times of sources no file has any.
_COLUMNS_OF_TIMES: dict[str, tuple[str, str] | None] = {
    "last_modified": ("last_modified", "last_modified"),
    "created": ("created", "created"),
    "data": ("data_started", "data_ended"),
    "source": None,
}


class _TimeFieldFilter(ApiFilter):
    """Which times ``started`` and ``ended`` limit."""

    json_schema = {"type": "string", "enum": list(_COLUMNS_OF_TIMES)}
    widget = forms.Select(choices=[("", "last_modified"), *((name, name) for name in _COLUMNS_OF_TIMES)])

    def parse(self, text: str) -> str:
        if text not in _COLUMNS_OF_TIMES:
            raise ValueError(f"must be one of {', '.join(_COLUMNS_OF_TIMES)}.")
        return text


class _FileTypeFilter(AnyOfFilter):
    """Files that a job made, or that somebody registered."""

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        kinds = {value == PRODUCT for value in values}
        return queryset.filter(job__isnull=not kinds.pop()) if len(kinds) == 1 else queryset


class _WorkspaceFilter(RepeatedFilter):
    """Files in the workspaces with these names, found by ids.

    With a join, PostgreSQL would not know that it is one workspace, and sort its files instead of reading an index.
    """

    def filter(self, queryset: QuerySet[Any], names: list[str]) -> QuerySet[Any]:
        if not names:
            return queryset
        workspaces = super().filter(Workspace.objects.all(), names)
        return queryset.filter(workspace_id__in=list(workspaces.values_list("pk", flat=True)))


def _match_nothing(queryset: QuerySet[Any], name: str, value: object) -> QuerySet[Any]:
    """Filter by what no file has yet: a value matches nothing."""
    return queryset.none() if value else queryset


class TimesFilterSet(ApiFilterSet):
    """Files by their times and names."""

    started = MomentFilter(method=applied_by_the_view, help_text="The earliest time, of those of time_field")
    ended = MomentFilter(method=applied_by_the_view, help_text="The latest time, of those of time_field")
    time_field = _TimeFieldFilter(
        method=applied_by_the_view,
        help_text="What `started` and `ended` limit: `last_modified` by default, `created`, `data` (`data_started` "
        "from then on and `data_ended` until then), or `source`, which no file has.",
    )
    file_name = RepeatedFilter(help_text="Only files of these names; may repeat.")

    class Meta:
        form = TimeRangeForm

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what all filters let pass."""
        given = self.form.cleaned_data
        started, ended = given["started"], given["ended"]
        if started or ended:
            columns = _COLUMNS_OF_TIMES[given["time_field"] or "last_modified"]
            if columns is None:
                return queryset.none()
            first, last = columns
            limits = {f"{first}__gte": started, f"{last}__lte": ended}
            queryset = queryset.filter(**{lookup: value for lookup, value in limits.items() if value})
        return super().filter_queryset(queryset)


class FileFilterSet(TimesFilterSet):
    """Which files, in which order."""

    file_type = _FileTypeFilter(allowed=FILE_TYPES, help_text="Only sources, or only products; may repeat.")
    media_type = RepeatedFilter(help_text="Only files of these media types; may repeat.")
    workspace = _WorkspaceFilter("name", help_text="Only files in the workspaces with these names; may repeat.")
    is_deleted = FlagFilter(help_text="Only files that are gone from their workspace (true) or there (false).")
    job_output = RepeatedFilter(help_text="Only files of these outputs of jobs; may repeat.")
    job_id = IdFilter("job_id", help_text="Only files that the jobs with these ids made; may repeat.")
    job_type_id = IdFilter(
        "job__job_type_id", help_text="Only files that jobs of the job types with these ids made; may repeat."
    )
    job_type_name = RepeatedFilter(
        field_name="job__job_type__name",
        help_text="Only files that jobs of these job type names made; may repeat.",
    )
    data_started = MomentFilter("data_started", "gte", help_text="Only files of data that began then or later")
    data_ended = MomentFilter("data_ended", "lte", help_text="Only files of data that ended until then")
    created_started = MomentFilter("created", "gte", help_text="Only files that were registered then or later")
    created_ended = MomentFilter("created", "lte", help_text="Only files that were registered until then")
    modified_started = MomentFilter("last_modified", "gte", help_text="The earliest last_modified")
    modified_ended = MomentFilter("last_modified", "lte", help_text="The latest last_modified")
    source_started = MomentFilter(method=_match_nothing, help_text="Only files of sources from then on: none yet")
    source_ended = MomentFilter(method=_match_nothing, help_text="Only files of sources until then: none yet")
    source_sensor_class = RepeatedFilter(
        method=_match_nothing, help_text="Only files of these classes of sensors: none yet; may repeat."
    )
    source_sensor = RepeatedFilter(
        method=_match_nothing, help_text="Only files of these sensors: none yet; may repeat."
    )
    source_collection = RepeatedFilter(
        method=_match_nothing, help_text="Only files of these collections: none yet; may repeat."
    )
    source_task = RepeatedFilter(
        method=_match_nothing, help_text="Only files of these tasks: none yet; may repeat."
    )
    countries = RepeatedFilter(
        method=_match_nothing, help_text="Only files of these countries: none yet; may repeat."
    )
    data_type = RepeatedFilter(method=_match_nothing, help_text="Only files of these tags: none yet; may repeat.")
    batch_id = IdFilter(method=_match_nothing, help_text="Only files of these batches: none yet; may repeat.")
    recipe_id = IdFilter(method=_match_nothing, help_text="Only files of these recipes: none yet; may repeat.")
    recipe_node = RepeatedFilter(
        method=_match_nothing, help_text="Only files of these nodes of recipes: none yet; may repeat."
    )
    recipe_type_id = IdFilter(
        method=_match_nothing, help_text="Only files of recipes of these types: none yet; may repeat."
    )
    order = OrderFilter(
        columns={
            **{name: name for name in COLUMNS},
            "workspace": "workspace__name",
            **dict.fromkeys(("job_type", "job_type__name", "job_type.name"), "job__job_type__name"),
            "job": "job_id",
            "job_output": "job_output",
            **dict.fromkeys(NOTHING_YET),
        },
        default=["-last_modified"],
    )

"""The query parameters of the lists of jobs, tries and nodes, and of the status services."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from core.api.filters import (
    AnyOfFilter,
    ApiFilterSet,
    FlagFilter,
    IdFilter,
    KeywordFilter,
    ModifiedRangeFilterSet,
    MomentFilter,
    OrderFilter,
    RepeatedFilter,
    TimeRangeForm,
)
from errors.models import Category, Error
from job_types.filters import JobTypeVersionFilterSet
from job_types.models import JobType
from jobs import execution_rows, node_rows
from jobs.models import Node
from jobs.rows import COLUMNS, NOTHING_YET
from jobs.states import ENDED, STATUS_AFTER, STATUSES_OF_A_TRY, WAITING, End, Status

STATUS_WINDOW = timedelta(hours=3)


def _match_nothing(queryset: QuerySet[Any], name: str, value: object) -> QuerySet[Any]:
    """Filter by what no job has yet: a value matches nothing; false, that a job lacks it, matches every job."""
    return queryset.none() if value else queryset


class _JobTypeFilter(RepeatedFilter):
    """Jobs of the job types with these names or versions, found by ids.

    With a join, PostgreSQL would not know how few jobs a job type may have, and look for them in all the history.
    """

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        if not values:
            return queryset
        job_types = super().filter(JobType.objects.all(), values)
        return queryset.filter(job_type_id__in=list(job_types.values_list("pk", flat=True)))


class _ErrorIdFilter(IdFilter):
    """Jobs that failed of the errors with these ids, found in the index job_failed."""

    def filter(self, queryset: QuerySet[Any], ids: list[int]) -> QuerySet[Any]:
        return super().filter(queryset.filter(status=Status.FAILED), ids) if ids else queryset


class _ErrorCategoryFilter(AnyOfFilter):
    """Jobs that failed of errors of these categories, found in the index job_failed or job_changed."""

    def filter(self, queryset: QuerySet[Any], categories: list[str]) -> QuerySet[Any]:
        return super().filter(queryset.filter(status=Status.FAILED), categories) if categories else queryset


class _ErrorNameFilter(RepeatedFilter):
    """Jobs that failed of errors with these names, found by the ids of the errors in the index job_failed."""

    def filter(self, queryset: QuerySet[Any], names: list[str]) -> QuerySet[Any]:
        if not names:
            return queryset
        errors = Error.objects.filter(name__in=names).values_list("pk", flat=True)
        return queryset.filter(status=Status.FAILED, error_id__in=list(errors))


class _JobTypesFilter(RepeatedFilter):
    """Rows of the job types with these names and versions, which are mappings: of bodies, not of query strings."""

    def parse(self, keys: Sequence[Any]) -> list[Any]:
        return list(keys)

    def filter(self, queryset: QuerySet[Any], keys: list[Mapping[str, str]]) -> QuerySet[Any]:
        if not keys:
            return queryset
        named = {(key["name"], key["version"]) for key in keys}
        versions = JobType.objects.filter(name__in={name for name, _ in named}).values_list("pk", "name", "version")
        return queryset.filter(job_type_id__in=[pk for pk, *key in versions if tuple(key) in named])


class JobSelectionFilterSet(ApiFilterSet):
    """Which jobs."""

    started = MomentFilter("last_status_change", "gte", help_text="The earliest last_status_change")
    ended = MomentFilter("last_status_change", "lte", help_text="The latest last_status_change")
    status = AnyOfFilter(allowed=Status.values, help_text="Only jobs in these statuses; may repeat.")
    job_id = IdFilter("id", help_text="Only jobs with these ids; may repeat.")
    job_type_id = IdFilter("job_type_id", help_text="Only jobs of the job types with these ids; may repeat.")
    job_type_name = _JobTypeFilter("name", help_text="Only jobs of these job type names; may repeat.")
    job_type_version = _JobTypeFilter("version", help_text="Only jobs of these versions of job types; may repeat.")
    node = RepeatedFilter(
        help_text="Only jobs that run on the nodes with these names, or ran there last; may repeat."
    )
    error_category = _ErrorCategoryFilter(
        field_name="error__category",
        allowed=Category.values,
        help_text="Only jobs that failed of an error of these categories; may repeat.",
    )
    error_id = _ErrorIdFilter(
        "error_id", help_text="Only jobs that failed of the errors with these ids; may repeat."
    )
    error_name = _ErrorNameFilter(help_text="Only jobs that failed of errors with these names; may repeat.")
    batch_id = IdFilter(method=_match_nothing, help_text="Only jobs of these batches: none yet; may repeat.")
    recipe_id = IdFilter(method=_match_nothing, help_text="Only jobs of these recipes: none yet; may repeat.")
    is_superseded = FlagFilter(
        method=_match_nothing, help_text="Only jobs that another replaced (true): none yet; or those not (false)."
    )

    class Meta:
        form = TimeRangeForm

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what all filters let pass. The jobs of a node that have not ended are in the index job_on_node."""
        found = super().filter_queryset(queryset)
        nodes, statuses = (self.form.cleaned_data[name] for name in ("node", "status"))
        return found.filter(ended=None) if nodes and statuses and not set(statuses) & set(ENDED) else found


def choosing(filterset: type[ApiFilterSet]) -> list[str]:
    """Return the filters that choose jobs in particular: all but ``is_superseded``, which is false for each job."""
    return [name for name in filterset.base_filters if name != "is_superseded"]


class JobBodyFilterSet(JobSelectionFilterSet):
    """Which jobs, in a body: as in the list, and by the names that v6 has for several values."""

    job_ids = IdFilter("id", help_text="As job_id; may repeat.")
    job_type_ids = IdFilter("job_type_id", help_text="As job_type_id; may repeat.")
    job_type_names = _JobTypeFilter("name", help_text="As job_type_name; may repeat.")
    error_categories = _ErrorCategoryFilter(
        field_name="error__category", allowed=Category.values, help_text="As error_category; may repeat."
    )
    error_ids = _ErrorIdFilter("error_id", help_text="As error_id; may repeat.")
    batch_ids = IdFilter(method=_match_nothing, help_text="As batch_id; may repeat.")
    recipe_ids = IdFilter(method=_match_nothing, help_text="As recipe_id; may repeat.")
    job_types = _JobTypesFilter(help_text="Only jobs of the job types with these names and versions; may repeat.")


# Of related rows, in the spelling of v6's list and in that of its web client.
_RELATED_ORDERS = {
    f"{relation}{joint}{name}": f"{relation}__{column}"
    for relation, columns in {
        "job_type": {"name": "name", "version": "version_key", "title": "title"},
        "error": {"name": "name", "title": "title", "category": "category"},
    }.items()
    for name, column in columns.items()
    for joint in ("__", ".")
}


class JobFilterSet(JobSelectionFilterSet):
    """Which jobs, in which order."""

    source_started = MomentFilter(
        method=_match_nothing, help_text="Only jobs of source files from then on: none yet"
    )
    source_ended = MomentFilter(method=_match_nothing, help_text="Only jobs of source files until then: none yet")
    source_sensor_class = RepeatedFilter(
        method=_match_nothing, help_text="Only jobs of these classes of sensors: none yet; may repeat."
    )
    source_sensor = RepeatedFilter(
        method=_match_nothing, help_text="Only jobs of these sensors: none yet; may repeat."
    )
    source_collection = RepeatedFilter(
        method=_match_nothing, help_text="Only jobs of these collections: none yet; may repeat."
    )
    source_task = RepeatedFilter(method=_match_nothing, help_text="Only jobs of these tasks: none yet; may repeat.")
    source_task_id = RepeatedFilter(method=_match_nothing, help_text="As source_task; may repeat.")
    order = OrderFilter(
        columns={
            **{name: name for name in (*COLUMNS, "node")},
            "job_type": "job_type__name",
            "error": "error__name",
            **_RELATED_ORDERS,
            **dict.fromkeys(NOTHING_YET),
        },
        default=["-last_status_change"],
    )

    class Meta:
        form = TimeRangeForm


class _StatusOfTryFilter(AnyOfFilter):
    """Tries in these statuses, found by what ended them, which the index execution_ended has."""

    def filter(self, queryset: QuerySet[Any], statuses: list[str]) -> QuerySet[Any]:
        if not statuses:
            return queryset
        ends = [end for end, status in STATUS_AFTER.items() if status in statuses]
        return queryset.filter(Q(end__in=ends) | Q(ended=None) if Status.RUNNING in statuses else Q(end__in=ends))


class _NodeIdFilter(IdFilter):
    """Rows of the nodes with these ids, found by their names."""

    def filter(self, queryset: QuerySet[Any], ids: list[int]) -> QuerySet[Any]:
        nodes = super().filter(Node.objects.all(), ids)
        return queryset.filter(node__in=list(nodes.values_list("hostname", flat=True))) if ids else queryset


class ExecutionsOfJobFilterSet(ApiFilterSet):
    """Which tries of a job."""

    status = _StatusOfTryFilter(allowed=STATUSES_OF_A_TRY, help_text="Only tries in these statuses; may repeat.")
    end = AnyOfFilter(allowed=End.values, help_text="Only tries that ended like this; may repeat.")
    node = RepeatedFilter(help_text="Only tries on the nodes with these names; may repeat.")
    node_id = _NodeIdFilter("id", help_text="Only tries on the nodes with these ids; may repeat.")
    error_id = IdFilter("error_id", help_text="Only tries that failed of the errors with these ids; may repeat.")
    error_name = _ErrorNameFilter(help_text="Only tries that failed of errors with these names; may repeat.")
    error_category = AnyOfFilter(
        field_name="error__category",
        allowed=Category.values,
        help_text="Only tries that failed of an error of these categories; may repeat.",
    )


class ExecutionFilterSet(ExecutionsOfJobFilterSet):
    """Which tries, in which order."""

    job_id = IdFilter("job_id", help_text="Only tries of the jobs with these ids; may repeat.")
    started = MomentFilter("started", "gte", help_text="The earliest start of a try")
    ended = MomentFilter("started", "lte", help_text="The latest start of a try")
    order = OrderFilter(
        columns={
            **{name: name for name in (*execution_rows.COLUMNS, "node") if name != "ended_by"},
            "created": "started",
            "job": "job_id",
            "job_type": "job_type_rev__job_type__name",
            "error": "error__name",
            "timeout": "job_type_rev__timeout",
            **dict.fromkeys(("cluster_id", "input_file_size")),
        },
        default=["-id"],
    )

    class Meta:
        form = TimeRangeForm


class NodeFilterSet(ModifiedRangeFilterSet):
    """Which nodes, in which order."""

    hostname = KeywordFilter(help_text="Only nodes whose name contains this, in any case; may repeat.")
    is_active = FlagFilter(help_text="Only nodes that are active (true) or deprecated (false).")
    is_paused = FlagFilter(help_text="Only nodes that are paused (true) or not (false).")
    order = OrderFilter(
        columns={name: name for name in node_rows.COLUMNS if name != "labels"}, default=["hostname"]
    )


class _WaitingFilter(AnyOfFilter):
    """The statuses of jobs that wait; PENDING by default."""

    def filter(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return super().filter(queryset, values or [Status.PENDING])


class JobTypePendingFilterSet(ApiFilterSet):
    """Which jobs count as waiting."""

    status = _WaitingFilter(
        allowed=WAITING, help_text="The statuses of the jobs to count, PENDING by default; may repeat."
    )


class _WindowForm(forms.Form):
    """Fills in a missing end of the window: from three hours ago, to now."""

    def clean(self) -> dict[str, Any]:
        now = timezone.now()
        started = self.cleaned_data.get("started") or now - STATUS_WINDOW
        ended = self.cleaned_data.get("ended") or now
        if started > ended and not self.errors:
            raise forms.ValidationError(
                "started: must not be after ended; without them they are three hours ago, and now."
            )
        return {**self.cleaned_data, "started": started, "ended": ended}


class _WindowFilter(MomentFilter):
    """An end of the window in which jobs are counted; it does not filter the job types."""

    def filter(self, queryset: object, value: object) -> Any:
        return queryset


class JobTypeStatusFilterSet(JobTypeVersionFilterSet):
    """Which job types, and in which window their jobs are counted."""

    started = _WindowFilter(help_text="The start of the window", default="; by default three hours ago")
    ended = _WindowFilter(help_text="The end of the window", default="; by default now")

    class Meta:
        form = _WindowForm

"""The query parameters of the list of jobs and of the status services."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django_filters.rest_framework import FilterSet

from core.api.filters import AnyOfFilter, IdFilter, MomentFilter, OrderFilter, RepeatedFilter, TimeRangeForm
from errors.models import Category
from job_types.filters import JobTypeVersionFilterSet
from jobs.selectors import LIST_COLUMNS
from jobs.states import Status

STATUS_WINDOW = timedelta(hours=3)


class JobSelectionFilterSet(FilterSet):
    """Which jobs."""

    started = MomentFilter("last_status_change", "gte", help_text="The earliest last_status_change")
    ended = MomentFilter("last_status_change", "lte", help_text="The latest last_status_change")
    status = AnyOfFilter(allowed=Status.values, help_text="Only jobs in these statuses; may repeat.")
    job_id = IdFilter("id", help_text="Only jobs with these ids; may repeat.")
    job_type_id = IdFilter("job_type_id", help_text="Only jobs of the job types with these ids; may repeat.")
    job_type_name = RepeatedFilter("job_type__name", help_text="Only jobs of these job type names; may repeat.")
    error_category = AnyOfFilter(
        field_name="error__category",
        allowed=Category.values,
        help_text="Only jobs that failed of an error of these categories; may repeat.",
    )
    error_id = IdFilter("error_id", help_text="Only jobs that failed of the errors with these ids; may repeat.")

    class Meta:
        form = TimeRangeForm


class JobFilterSet(JobSelectionFilterSet):
    """Which jobs, in which order."""

    order = OrderFilter(columns={name: name for name in LIST_COLUMNS}, default=["-last_status_change"])


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

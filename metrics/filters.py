"""The query parameters of plots, of the load and of statistics."""

from collections.abc import Sequence
from typing import Any

from django import forms

from core.api.filters import (
    LARGEST_ID,
    AnyOfFilter,
    ApiFilterSet,
    IdFilter,
    MomentFilter,
    TimeRangeForm,
    applied_by_the_view,
)
from metrics.periods import Periods, WindowFilterSet, WindowForm
from metrics.plots import COLUMNS, GROUPS

_MOST_VALUES = 400_000


class _ChoiceFilter(IdFilter):
    """Ids of job types, each of them once."""

    def parse(self, texts: Sequence[str]) -> list[int]:
        # 0 is that of all job types together, and what no column can hold is the id of none.
        ids = (pk if 0 < pk <= LARGEST_ID else LARGEST_ID for pk in super().parse(texts))
        return list(dict.fromkeys(ids))


class _PlotForm(WindowForm):
    """Fills in the columns, and refuses to show more values than an answer may hold."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        groups = cleaned.get("group") or GROUPS
        columns = cleaned.get("column") or [column.name for column in COLUMNS.values() if column.group in groups]
        job_types = cleaned.get("choice_id") or None
        most = len(columns) * len(job_types or [0]) * Periods.of(cleaned["started"], cleaned["ended"]).count
        if most > _MOST_VALUES:
            raise forms.ValidationError(
                f"choice_id: asks for up to {most} values, and an answer has {_MOST_VALUES} at most. Name fewer "
                "job types or columns, or a shorter window."
            )
        return {**cleaned, "column": columns, "choice_id": job_types}


class PlotFilterSet(WindowFilterSet):
    """Which columns, of which job types."""

    column = AnyOfFilter(
        method=applied_by_the_view,
        allowed=tuple(COLUMNS),
        help_text="The columns to show, in this order; may repeat. By default those of `group`, or else all.",
    )
    group = AnyOfFilter(
        method=applied_by_the_view,
        allowed=tuple(GROUPS),
        help_text="Show the columns of these groups, if no `column` is named; may repeat.",
    )
    choice_id = _ChoiceFilter(
        method=applied_by_the_view,
        help_text="Show a value for each of the job types with these ids, in the place of one for all; may repeat. "
        f"An answer has {_MOST_VALUES} values at most.",
    )
    dataType = AnyOfFilter(  # noqa: N815  (the name that clients send)
        method=applied_by_the_view, allowed=["job-types"], help_text="What it is about; clients of v6 send it."
    )

    class Meta:
        form = _PlotForm


class LoadFilterSet(ApiFilterSet):
    """Which samples, and of which job types."""

    started = MomentFilter("time", "gte", help_text="The earliest sample")
    ended = MomentFilter("time", "lte", help_text="The latest sample")
    job_type_id = _ChoiceFilter(
        method=applied_by_the_view,
        help_text="Count the jobs of the job types with these ids alone, all together; may repeat.",
    )

    class Meta:
        form = TimeRangeForm

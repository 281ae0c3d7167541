"""The numbers that plots show: of each column, one for each hour or day."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from core.reads.prepared import fetch
from job_types.models import JobType
from metrics.models import ALL_JOB_TYPES, HourlyCount, Outcome
from metrics.periods import Periods
from metrics.sums import Listed


class Column(NamedTuple):
    """A column of a plot: the outcomes of the jobs that it counts, and what is shown of it."""

    name: str
    title: str
    description: str
    group: str
    outcomes: tuple[str, ...]

    @property
    def shown(self) -> dict[str, str]:
        """What answers show of it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "units": "count",
            "group": self.group,
            "aggregate": "sum",
        }


OVERVIEW, ERRORS = "overview", "errors"
GROUPS = {
    OVERVIEW: {"title": "Overview", "description": "How many jobs ended, and how."},
    ERRORS: {"title": "Errors", "description": "How many jobs FAILED, by the category of their error."},
}
FAILED = (Outcome.FAILED_SYSTEM, Outcome.FAILED_ALGORITHM, Outcome.FAILED_DATA)
COLUMNS = {
    column.name: column
    for column in (
        Column("completed_count", "Completed Count", "Jobs that COMPLETED.", OVERVIEW, (Outcome.COMPLETED,)),
        Column("failed_count", "Failed Count", "Jobs that FAILED.", OVERVIEW, FAILED),
        Column(
            "total_count", "Total Count", "Jobs that COMPLETED, FAILED or were CANCELED.", OVERVIEW, (*Outcome,)
        ),
        Column(
            "error_system_count",
            "System Error Count",
            "Jobs that FAILED of an error of the system.",
            ERRORS,
            (Outcome.FAILED_SYSTEM,),
        ),
        Column(
            "error_algorithm_count",
            "Algorithm Error Count",
            "Jobs that FAILED of an error of the algorithm.",
            ERRORS,
            (Outcome.FAILED_ALGORITHM,),
        ),
        Column(
            "error_data_count",
            "Data Error Count",
            "Jobs that FAILED of an error of their input data.",
            ERRORS,
            (Outcome.FAILED_DATA,),
        ),
    )
}


# When a period began, an outcome, the ids of job types, and how many of their jobs ended so.
_Row = tuple[datetime, str, list[int], list[int]]


def describe() -> dict[str, Any]:
    """Return what there is to plot of job types: one query."""
    job_types = JobType.objects.order_by("name", "version_key", "id")
    return {
        "name": "job-types",
        "title": "Job Types",
        "description": "How the jobs of job types ended.",
        "filters": [{"param": name, "type": "string"} for name in ("name", "version")],
        "groups": [{"name": name, **group} for name, group in GROUPS.items()],
        "columns": [column.shown for column in COLUMNS.values()],
        "choices": list(job_types.values("id", "name", "version", "title", "icon_code")),
    }


def plot(columns: Sequence[str], periods: Periods, *, job_types: Collection[int] | None) -> list[dict[str, Any]]:
    """Return the columns with these names, each with its ``values``: one query.

    A value is of each of ``job_types`` (ids), or of all job types together if that is None. Values of zero are left
    out. The query returns a row for each outcome of a period, with all job types in it.
    """
    counts = HourlyCount.objects.filter(
        hours=periods.hours,
        job_type_id__in=[ALL_JOB_TYPES] if job_types is None else job_types,
        start__gte=periods.first,
        start__lt=periods.end,
        outcome__in={outcome for name in columns for outcome in COLUMNS[name].outcomes},
    )
    groups = counts.values("start", "outcome").annotate(ids=Listed("job_type_id"), numbers=Listed("number"))
    rows = fetch(groups.order_by("start").values_list("start", "outcome", "ids", "numbers"))
    found = {start: list(of_start) for start, of_start in groupby(rows, itemgetter(0))}
    return [
        {
            "column": COLUMNS[name].shown,
            "values": [
                {"datetime": start, "value": value}
                if job_types is None
                else {"datetime": start, "value": value, "id": pk}
                for start, of_start in found.items()
                for pk, value in _sums(of_start, COLUMNS[name].outcomes)
                if value
            ],
        }
        for name in columns
    ]


def _sums(rows: Iterable[_Row], outcomes: Collection[str]) -> list[tuple[int, int]]:
    """Return the ids of job types, in their order, with how many of their jobs ended in one of ``outcomes``."""
    sums: dict[int, int] = {}
    for _, outcome, ids, numbers in rows:
        if outcome in outcomes:
            for pk, number in zip(ids, numbers, strict=True):
                sums[pk] = sums.get(pk, 0) + number
    return sorted(sums.items())

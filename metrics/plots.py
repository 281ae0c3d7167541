"""The numbers that plots show: of each column, one for each hour or day."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import Case, When

from core.reads.prepared import fetch
from job_types.models import JobType
from metrics.models import ALL_JOB_TYPES, HourlyCount, Outcome
from metrics.periods import Periods
from metrics.sums import WholeSum


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
    out.
    """
    counts = HourlyCount.objects.filter(
        hours=periods.hours,
        job_type_id__in=[ALL_JOB_TYPES] if job_types is None else job_types,
        start__gte=periods.first,
        start__lt=periods.end,
        outcome__in={outcome for name in columns for outcome in COLUMNS[name].outcomes},
    )
    sums = {
        name: WholeSum(Case(When(outcome__in=COLUMNS[name].outcomes, then="number"), default=0)) for name in columns
    }
    rows = fetch(
        counts.order_by("start", "job_type_id")
        .values("start", "job_type_id")
        .annotate(**sums)
        .values_list("start", "job_type_id", *sums)
    )
    places = {name: place for place, name in enumerate(sums, start=2)}
    return [
        {
            "column": COLUMNS[name].shown,
            "values": [
                {"datetime": row[0], "value": row[place]}
                if job_types is None
                else {"datetime": row[0], "value": row[place], "id": row[1]}
                for place in [places[name]]
                for row in rows
                if row[place]
            ],
        }
        for name in columns
    ]

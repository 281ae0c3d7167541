"""The numbers that plots show: of each column, one for each hour or day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from orjson import OPT_UTC_Z, Fragment, dumps

from core.models.columns import array_of
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


# The ids of job types, rising, and how many of their jobs ended in a period in one way.
_Numbers = tuple[Sequence[int], Sequence[int]]


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


def plot(columns: Sequence[str], periods: Periods) -> list[dict[str, Any]]:
    """Return the columns with these names, each with its ``values`` of all job types together: one query.

    Values of zero are left out.
    """
    found = _read(columns, periods, [ALL_JOB_TYPES])
    return [
        {
            "column": COLUMNS[name].shown,
            "values": [
                {"datetime": start, "value": value}
                for start, by_outcome in found.items()
                for value in _sums(by_outcome, COLUMNS[name].outcomes)[1]
            ],
        }
        for name in columns
    ]


def plot_choices(columns: Sequence[str], periods: Periods, *, job_types: Collection[int]) -> list[dict[str, Any]]:
    """Return the columns with these names, each with its ``values`` of each of ``job_types`` (ids): one query.

    Values of zero are left out. The others are JSON already: they are up to 400,000 small objects, which take
    several times as long to make, to inspect and to write.
    """
    found = _read(columns, periods, job_types)
    return [
        {
            "column": COLUMNS[name].shown,
            "values": _written(
                (start, _sums(by_outcome, COLUMNS[name].outcomes)) for start, by_outcome in found.items()
            ),
        }
        for name in columns
    ]


def _read(
    columns: Collection[str], periods: Periods, job_types: Collection[int]
) -> dict[datetime, dict[str, _Numbers]]:
    """Return what the columns need of each period, by outcome."""
    counts = HourlyCount.objects.filter(
        hours=periods.hours,
        job_type_id__any_of=array_of(job_types),
        start__gte=periods.first,
        start__lt=periods.end,
        outcome__in={outcome for name in columns for outcome in COLUMNS[name].outcomes},
        number__gt=0,
    )
    # A row for each outcome of a period, with all job types in it.
    groups = counts.values("start", "outcome").annotate(ids=Listed("job_type_id"), numbers=Listed("number"))
    found: dict[datetime, dict[str, _Numbers]] = defaultdict(dict)
    for start, outcome, ids, numbers in fetch(
        groups.order_by("start").values_list("start", "outcome", "ids", "numbers")
    ):
        found[start][outcome] = (ids, numbers)
    return found


def _sums(by_outcome: Mapping[str, _Numbers], outcomes: Collection[str]) -> _Numbers:
    """Return how many jobs of each job type ended in one of ``outcomes``."""
    chosen = [by_outcome[outcome] for outcome in outcomes if outcome in by_outcome]
    if len(chosen) == 1 and chosen[0][0] == sorted(chosen[0][0]):
        return chosen[0]  # They come in the order of the index.
    sums: dict[int, int] = {}
    for ids, numbers in chosen:
        for pk, number in zip(ids, numbers, strict=True):
            sums[pk] = sums.get(pk, 0) + number
    ids = sorted(sums)
    return ids, [sums[pk] for pk in ids]


def _written(values: Iterable[tuple[datetime, _Numbers]]) -> Fragment:
    """Return the values of periods as a JSON array, by time and job type."""
    objects: list[str] = []
    for start, (ids, numbers) in values:
        head = f'{{"datetime":{dumps(start, option=OPT_UTC_Z).decode()},"value":'
        pairs = [f'{number},"id":{pk}' for pk, number in zip(ids, numbers, strict=True)]
        if pairs:
            objects.append(head + f"}},{head}".join(pairs) + "}")
    return Fragment(f"[{','.join(objects)}]")

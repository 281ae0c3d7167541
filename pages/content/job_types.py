"""What the lists of job types show: names or versions, and how their jobs are doing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TypedDict

from django.db.models import Case, When
from django.utils import timezone

from core.reads.prepared import fetch
from job_types.models import JobType
from jobs import tally
from jobs.states import Status
from metrics.models import HOUR, HourlyCount, Outcome
from metrics.plots import FAILED
from metrics.sums import WholeSum
from pages.charts import Sparkline
from pages.navigation import url_of

_HOURS = 24
_MOST_VERSIONS = 4  # beside a name
_HOUR = timedelta(hours=1)
_LATE = {"started": "P1D"}
_NUMBERS: tuple[tuple[str, Status, str, Mapping[str, str]], ...] = (
    ("Queued", Status.QUEUED, "info", {}),
    ("Running", Status.RUNNING, "run", {}),
    ("Completed", Status.COMPLETED, "good", _LATE),
    ("Failed", Status.FAILED, "bad", _LATE),
)


class Number(TypedDict):
    """A number of jobs, with its title and colour, and the URL of these jobs."""

    title: str
    value: int
    colour: str
    url: str


class Work(TypedDict):
    """How the jobs of some job types are doing: what waits and runs, and what ended in the last 24 hours."""

    numbers: list[Number]
    line: Sparkline


class Version(TypedDict):
    """A version of a job type, as its name lists it."""

    id: int
    name: str
    version: str
    is_active: bool
    is_paused: bool


class NameRow(TypedDict):
    """A name: its latest version, the versions that are listed, how many more there are, and how its jobs do."""

    latest: Mapping[str, Any]
    versions: Sequence[Version]
    more: int
    work: Work


class VersionRow(TypedDict):
    """A version, and how its jobs are doing."""

    job_type: Mapping[str, Any]
    work: Work


def name_rows(rows: Sequence[Mapping[str, Any]]) -> list[NameRow]:
    """Return names, as ``JobTypeQuerySet.names`` describes them, with their work: three queries."""
    names = [row["name"] for row in rows]
    job_types = JobType.objects.filter(name__in=names).newest_version_first().values(*Version.__annotations__)
    versions: dict[str, list[Version]] = defaultdict(list)
    for version in fetch(job_types):
        versions[version["name"]].append(version)
    groups = {name: [version["id"] for version in versions[name]] for name in names}
    works = _works(groups, {name: {"job_type_name": name} for name in names})
    return [
        {
            "latest": {**row, "version": row["latest_version"]},
            "versions": versions[row["name"]][:_MOST_VERSIONS],
            "more": max(0, len(versions[row["name"]]) - _MOST_VERSIONS),
            "work": works[row["name"]],
        }
        for row in rows
    ]


def version_rows(rows: Sequence[Mapping[str, Any]]) -> list[VersionRow]:
    """Return job types, as lists show them, with their work: two queries."""
    works = _works({row["id"]: [row["id"]] for row in rows}, {row["id"]: query_of(row) for row in rows})
    return [{"job_type": row, "work": works[row["id"]]} for row in rows]


def query_of(job_type: Mapping[str, Any]) -> dict[str, str]:
    """Return the query parameters by which the list of jobs shows those of a job type."""
    return {"job_type_name": job_type["name"], "job_type_version": job_type["version"]}


def _works(groups: Mapping[Any, Collection[int]], queries: Mapping[Any, Mapping[str, str]]) -> dict[Any, Work]:
    """Return the work of each group of job types (ids), whose jobs ``queries`` select in the list: two queries."""
    ids = [pk for group in groups.values() for pk in group]
    first = timezone.now().replace(minute=0, second=0, microsecond=0) - (_HOURS - 1) * _HOUR
    now, ended = tally.counts_of(ids), _ended(ids, first)
    return {
        key: {
            "numbers": _numbers(_added(chain.from_iterable((now[pk], ended[pk][1]) for pk in group)), queries[key]),
            "line": Sparkline("Jobs that ended by hour, 24 hours", _by_hour(ended[pk][0] for pk in group)),
        }
        for key, group in groups.items()
    }


def _ended(job_types: Collection[int], first: datetime) -> Mapping[int, tuple[dict[int, int], dict[str, int]]]:
    """Return how many jobs of each job type ended in each hour from ``first``, and how many by status."""
    rows = HourlyCount.objects.filter(
        hours=HOUR, job_type_id__in=job_types, start__gte=first, outcome__in=(Outcome.COMPLETED, *FAILED)
    ).order_by()
    sums = rows.values("job_type_id", "start").annotate(
        completed=WholeSum(Case(When(outcome=Outcome.COMPLETED, then="number"), default=0)),
        failed=WholeSum(Case(When(outcome__in=FAILED, then="number"), default=0)),
    )
    found: defaultdict[int, tuple[dict[int, int], dict[str, int]]] = defaultdict(lambda: ({}, defaultdict(int)))
    for pk, start, completed, failed in fetch(sums.values_list("job_type_id", "start", "completed", "failed")):
        by_hour, by_status = found[pk]
        by_hour[(start - first) // _HOUR] = completed + failed
        by_status[Status.COMPLETED] += completed
        by_status[Status.FAILED] += failed
    return found


def _added(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    added: defaultdict[str, int] = defaultdict(int)
    for each in counts:
        for status, count in each.items():
            added[status] += count
    return added


def _by_hour(counts: Iterable[Mapping[int, int]]) -> list[int]:
    values = [0] * _HOURS
    for each in counts:
        for hour, count in each.items():
            if hour < _HOURS:  # the next hour may have begun
                values[hour] += count
    return values


def _numbers(counts: Mapping[str, int], query: Mapping[str, str]) -> list[Number]:
    return [
        {
            "title": title,
            "value": counts[status],
            "colour": colour,
            "url": url_of("jobs", query={**query, "status": status.value, **window}),
        }
        for title, status, colour, window in _NUMBERS
    ]

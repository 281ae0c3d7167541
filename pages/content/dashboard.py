"""What the dashboard shows: how work is going now, and against last week.

The numbers are those of the tally, of the samples of the load and of the hourly counts: no job that waits or has
ended is read, however many there are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple, TypedDict

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from core.reads.prepared import fetch
from job_types.models import JobType
from jobs import tally
from jobs.fleet_status import NodeState, in_use_on, nodes_with_states
from jobs.models import Scheduler
from jobs.selectors import brief_job_types, queued_groups, running_revisions
from metrics.models import ALL_JOB_TYPES, HOUR, HourlyCount, LoadSample, Outcome
from metrics.plots import FAILED
from pages.charts import Chart, Series, Sparkline
from pages.content.attention import Notice, notices
from pages.content.nodes import Amount, amounts
from pages.content.trends import FailingJobType, SlowerJobType, worst_job_types
from pages.navigation import url_of

_HOUR, _WEEK = timedelta(hours=1), timedelta(weeks=1)
_HOURS = 24
_MOST_ROWS = 6
_MOST_NODES = 10
KINDS = {
    Outcome.FAILED_SYSTEM: ("System", "bad"),
    Outcome.FAILED_ALGORITHM: ("Algorithm", "warn"),
    Outcome.FAILED_DATA: ("Data", "info"),
}


class Figure(TypedDict):
    """A number of now, that of a week ago (None if unknown), and how it came to be what it is."""

    title: str
    value: int
    before: int | None
    colour: str
    line: Sparkline
    url: str


class NodeRow(TypedDict):
    """A node, and what it has free."""

    hostname: str
    state: str
    last_seen: datetime
    jobs: int
    amounts: list[Amount]
    url: str


class QueueRow(TypedDict):
    """The queue of a job type."""

    job_type: Mapping[str, Any]
    count: int
    since: datetime
    url: str


class Dashboard(TypedDict):
    """All of the dashboard."""

    figures: list[Figure]
    notices: list[Notice]
    throughput: Chart
    failures: Chart
    load: Chart
    queue: list[QueueRow]
    queued_types: int
    oldest: datetime | None
    failing: list[tuple[Mapping[str, Any], FailingJobType]]
    slower: list[tuple[Mapping[str, Any], SlowerJobType]]
    nodes: list[NodeRow]
    node_count: int


# The ORM would need a query for each of them, and this runs every few seconds for everyone who looks.
_MARK = """
    SELECT (SELECT number || '-' || stamp FROM catalogue_revision),
           (SELECT sum(number) FROM metrics_hourlycount WHERE hours = 1 AND job_type_id = 0 AND start >= %s),
           (SELECT max(last_seen) FROM jobs_node),
           (SELECT max(last_modified) FROM jobs_node),
           (SELECT is_paused FROM jobs_scheduler WHERE id = 1)
"""


def mark() -> str:
    """Return what changes when the dashboard does, and with every minute: two queries of a row each."""
    minute = timezone.now().replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [connection.ops.adapt_datetimefield_value(minute - 2 * _HOUR)])
        parts = (minute, tally.mark(), cursor.fetchone())
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def dashboard() -> Dashboard:
    """Return what the dashboard shows, in 17 queries at most."""
    now = timezone.now()
    groups, running = queued_groups(), sum(running_revisions().values())
    known = list(JobType.objects.values_list("pk", flat=True))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    failing, slower = worst_job_types(job_types=known, today=today, most=_MOST_ROWS)
    shown = {group["job_type_id"] for group in groups} | {one["job_type_id"] for one in (*failing, *slower)}
    job_types = {row["id"]: row for row in brief_job_types(sorted(shown))}
    nodes = [node for node in nodes_with_states() if node["state"] != NodeState.DEPRECATED]
    hours, load = _Hours.read(now), _Load.read(now)
    queued = sum(group["count"] for group in groups)
    return {
        "figures": [*load.figures(running=running, queued=queued), *hours.figures()],
        "notices": notices(
            is_paused=Scheduler.objects.filter(pk=1, is_paused=True).exists(),
            groups=groups,
            job_types=job_types,
            nodes=nodes,
            now=now,
        ),
        "throughput": hours.throughput(),
        "failures": hours.failures(),
        "load": load.chart(),
        "queue": _queue(groups, job_types),
        "queued_types": len(groups),
        "oldest": min((group["longest_queued"] for group in groups), default=None),
        "failing": [(job_types[one["job_type_id"]], one) for one in failing],
        "slower": [(job_types[one["job_type_id"]], one) for one in slower],
        "nodes": _nodes(nodes),
        "node_count": len(nodes),
    }


def _last_hours(now: datetime) -> list[datetime]:
    """Return when each of the last hours began, this one included."""
    this = now.replace(minute=0, second=0, microsecond=0)
    return [this - hours * _HOUR for hours in range(_HOURS - 1, -1, -1)]


class _Hours(NamedTuple):
    """How many jobs ended in each of the last hours, and of the same hours a week ago, by outcome."""

    starts: list[datetime]
    counts: Mapping[tuple[datetime, str], int]

    @classmethod
    def read(cls, now: datetime) -> "_Hours":
        starts = _last_hours(now)
        windows = Q(start__gte=starts[0]) | Q(start__gte=starts[0] - _WEEK, start__lt=starts[-1] + _HOUR - _WEEK)
        rows = HourlyCount.objects.filter(windows, hours=HOUR, job_type_id=ALL_JOB_TYPES)
        return cls(
            starts,
            {
                (start, outcome): number
                for start, outcome, number in fetch(rows.values_list("start", "outcome", "number"))
            },
        )

    def values(self, *outcomes: str, ago: timedelta = timedelta(0)) -> list[int]:
        """Return how many jobs ended like this in each hour."""
        return [sum(self.counts.get((start - ago, outcome), 0) for outcome in outcomes) for start in self.starts]

    def figures(self) -> list[Figure]:
        is_known = any(start < self.starts[0] for start, _ in self.counts)
        return [
            {
                "title": title,
                "value": sum(self.values(*outcomes)),
                "before": sum(self.values(*outcomes, ago=_WEEK)) if is_known else None,
                "colour": colour,
                "line": Sparkline(f"{title} by hour", self.values(*outcomes), colour),
                "url": url_of("jobs", query={"status": status, "started": "P1D"}),
            }
            for title, outcomes, colour, status in (
                ("Failed, 24 h", FAILED, "bad", "FAILED"),
                ("Completed, 24 h", (Outcome.COMPLETED,), "good", "COMPLETED"),
            )
        ]

    def throughput(self) -> Chart:
        series = [
            Series("Completed", "good", self.values(Outcome.COMPLETED)),
            Series("Failed", "bad", self.values(*FAILED)),
        ]
        return Chart("Jobs that ended, by hour", self.starts, _HOUR, series)

    def failures(self) -> Chart:
        series = [Series(title, colour, self.values(kind)) for kind, (title, colour) in KINDS.items()]
        return Chart("Failures by hour", self.starts, _HOUR, series)


class _Load(NamedTuple):
    """How many jobs were queued and ran at the first sample of each of the last hours, and a week ago."""

    starts: list[datetime]
    samples: Mapping[datetime, tuple[int, int]]
    before: tuple[int, int] | None

    @classmethod
    def read(cls, now: datetime) -> "_Load":
        starts = _last_hours(now)
        windows = Q(time__gte=starts[0]) | Q(time__gt=now - _WEEK - _HOUR, time__lte=now - _WEEK)
        rows = LoadSample.objects.filter(windows, job_type_id=ALL_JOB_TYPES, is_hourly=True).order_by("time")
        samples = {
            time.replace(minute=0): (queued, running)
            for time, queued, running in fetch(rows.values_list("time", "queued_count", "running_count"))
        }
        before = [numbers for start, numbers in samples.items() if start < starts[0]]
        return cls(starts, samples, before[-1] if before else None)

    def values(self, place: int) -> list[int | None]:
        """Return the sample of each hour, of what was queued (0) or ran (1)."""
        return [self.samples[start][place] if start in self.samples else None for start in self.starts]

    def figures(self, *, queued: int, running: int) -> list[Figure]:
        return [
            {
                "title": title,
                "value": value,
                "before": self.before and self.before[place],
                "colour": colour,
                "line": Sparkline(f"{title} in the last 24 hours", self.values(place), colour),
                "url": url_of("jobs", query={"status": title.upper()}),
            }
            for title, value, place, colour in (("Running", running, 1, "run"), ("Queued", queued, 0, "info"))
        ]

    def chart(self) -> Chart:
        series = [Series("Queued", "info", self.values(0)), Series("Running", "run", self.values(1))]
        return Chart("Queue and running jobs", self.starts, _HOUR, series, is_lines=True)


def _queue(groups: Sequence[Mapping[str, Any]], job_types: Mapping[int, Mapping[str, Any]]) -> list[QueueRow]:
    longest = sorted(groups, key=lambda group: group["count"], reverse=True)[:_MOST_ROWS]
    return [
        {
            "job_type": job_types[group["job_type_id"]],
            "count": group["count"],
            "since": group["longest_queued"],
            "url": url_of("jobs", query={"status": "QUEUED", "job_type_id": group["job_type_id"]}),
        }
        for group in longest
    ]


def _nodes(nodes: Sequence[Mapping[str, Any]]) -> list[NodeRow]:
    """Return the first of the nodes by name, with what they have free: two queries, and one of new revisions."""
    first = sorted(nodes, key=lambda node: str(node["hostname"]))[:_MOST_NODES]
    used = in_use_on([node["hostname"] for node in first])
    return [
        {
            "hostname": node["hostname"],
            "state": node["state"],
            "last_seen": node["last_seen"],
            "jobs": used[node["hostname"]]["jobs"],
            "amounts": amounts(node["capacity"] or {}, used[node["hostname"]]),
            "url": url_of("node", pk=node["id"]),
        }
        for node in first
    ]

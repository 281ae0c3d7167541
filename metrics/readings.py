"""What Prometheus reads from the database at each scrape: tries, the queue, the nodes and the scheduler.

All web processes and all web services show the same numbers here. Counters come from tables that are written in the
transactions that they count, so that they hold exactly what was committed.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Now
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core import deadlines
from job_types.models import JobType
from jobs.leases import lease
from jobs.models import Job, Node, Scheduler
from jobs.states import End, Status

DATABASE_SECONDS = 3.0  # for the database to respond to a scrape
# Nodes send heartbeats three times in a lease, of which one in a minute is noted.
_NOTED_EVERY = timedelta(minutes=1)

# Tries that ended by what ended them, and jobs by status. It is one statement, in which a try either runs or has
# ended: the sum of both never falls.
_COUNTS = """
    SELECT job_type_id, "end", sum(tries) FROM metrics_endedtries GROUP BY 1, 2
    UNION ALL {jobs}
"""
_JOBS = {
    "postgresql": "SELECT job_type_id, status, sum(change) FROM jobs_tally GROUP BY 1, 2",
    "sqlite": """
        SELECT job_type_id, status, count(*) FROM jobs_job WHERE status = 'RUNNING' GROUP BY 1, 2
        UNION ALL SELECT job_type_id, status, count(*) FROM jobs_job WHERE status = 'QUEUED' GROUP BY 1, 2
    """,
}


class _Labels(NamedTuple):
    """The labels of a job type."""

    job_type: str
    version: str


# Of all job types beyond the first METRICS_JOB_TYPES. No job type has an empty version.
_OTHERS = _Labels("other", "")


class DatabaseCollector(Collector):
    """Reads the metrics of the database; while it does not respond, ``scale_database_up`` is the only one.

    Five queries, whose cost grows with the numbers of job types and nodes, and not with those of jobs and tries.
    """

    def collect(self) -> Iterator[Metric]:
        try:
            with deadlines.within(DATABASE_SECONDS):
                metrics = [*_job_metrics(), *_fleet_metrics()]
        except (DatabaseError, InterfaceError):
            metrics = []
        yield GaugeMetricFamily("scale_database_up", "Whether the database responds.", bool(metrics))
        yield from metrics


def _job_metrics() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(jobs=_JOBS[connection.vendor]))
        counts = cursor.fetchall()
    # The first ones, so that a job type that has a series of its own keeps it, and the others are the same ones.
    first = JobType.objects.order_by("pk").values_list("pk", "name", "version")[: settings.METRICS_JOB_TYPES]
    known = {pk: _Labels(name, version) for pk, name, version in first}
    # Zeros too: the increase of a series that has just appeared is unknown.
    kinds: dict[_Labels, Counter[str]] = {labels: Counter() for labels in (*known.values(), _OTHERS)}
    for pk, kind, number in counts:
        kinds[known.get(pk, _OTHERS)][kind] += int(number)

    started = CounterMetricFamily("scale_tries_started", "Tries that began.", labels=_Labels._fields)
    ended = CounterMetricFamily(
        "scale_tries_ended", "Tries that ended, by what ended them.", labels=(*_Labels._fields, "end")
    )
    queued = GaugeMetricFamily("scale_jobs_queued", "Jobs that are QUEUED.", labels=_Labels._fields)
    running = GaugeMetricFamily("scale_jobs_running", "Jobs that are RUNNING.", labels=_Labels._fields)
    for labels, numbers in kinds.items():
        started.add_metric(labels, sum(numbers[end] for end in End) + numbers[Status.RUNNING])
        for end in End:
            ended.add_metric((*labels, end), numbers[end])
        queued.add_metric(labels, numbers[Status.QUEUED])
        running.add_metric(labels, numbers[Status.RUNNING])
    waiting = {pk for pk, kind, number in counts if kind == Status.QUEUED and number}
    return iter((started, ended, queued, running, _oldest(waiting, known)))


def _oldest(waiting: Collection[int], known: Mapping[int, _Labels]) -> Metric:
    """Return for how long the first of the queued jobs of each job type has waited, of those that may run."""
    first = (
        Job.objects.filter(status=Status.QUEUED, job_type=OuterRef("pk")).order_by("queued").values("queued")[:1]
    )
    may_run = JobType.objects.filter(pk__in=waiting, is_active=True, is_paused=False)
    ages: dict[_Labels, float] = {}
    for pk, queued, now in may_run.values_list("pk", Subquery(first), Now()):
        if queued is not None:
            labels = known.get(pk, _OTHERS)
            ages[labels] = max(ages.get(labels, 0), (now - queued).total_seconds())
    metric = GaugeMetricFamily(
        "scale_queue_oldest_seconds",
        "How long the first of the jobs has been QUEUED, of job types that are active and not paused.",
        labels=_Labels._fields,
    )
    for labels, age in ages.items():
        metric.add_metric(labels, age)
    return metric


def _fleet_metrics() -> Iterator[Metric]:
    seen = Q(last_seen__gt=Now() - _NOTED_EVERY - 2 * lease())
    nodes = Node.objects.filter(is_active=True).aggregate(
        active=Count("pk"), seen=Count("pk", seen), paused=Count("pk", Q(is_paused=True))
    )
    is_paused = Scheduler.objects.filter(pk=1, is_paused=True).exists()
    yield GaugeMetricFamily("scale_nodes", "Nodes that are active.", nodes["active"])
    yield GaugeMetricFamily("scale_nodes_seen", "Active nodes that were heard of.", nodes["seen"])
    yield GaugeMetricFamily("scale_nodes_paused", "Active nodes that are paused.", nodes["paused"])
    yield GaugeMetricFamily("scale_scheduler_paused", "Whether the scheduler is paused.", is_paused)

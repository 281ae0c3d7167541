"""The time of a claim of ten jobs, in process, for queues, numbers of job types and fleets of all sizes.

The jobs of the data set give way to a queue of their own in a transaction that is rolled back. Nothing vacuums or
analyzes what that transaction loads, as in the first minutes after a great load, until it says ANALYZE itself.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from tqdm import tqdm

from core.actors import Actor, Source, acting
from job_types.models import JobTypeRevision
from jobs.claims import claim_jobs
from jobs.models import Node
from tests.benchmarks.measure import Bench, Row

_JOB_TYPES = (1, 10, 1000)
_NODES = (3, 3000)
_MOST_QUEUED = 1_000_000
_CLAIMED = 10
_FREE = {"cpus": 8.0, "mem": 1000.0}
# What the revision with each number requires. In the last case no node has what those with odd numbers require, as
# nodes with more cpus have less memory; and no two nodes and no two of those revisions are alike.
_REQUIRED = {
    "resources not named": "'{}'",
    "named, all fit": """'{"cpus": 0.1, "mem": 10.0}'""",
    "named, half fit no node": """
        CASE WHEN number % 2 = 0 THEN '{"cpus": 0.1, "mem": 10.0}'
        ELSE '{"cpus": ' || 8 + number * 0.003 || ', "mem": ' || 5001 - number * 3 || '}' END
    """,
}
_LOAD = """
    INSERT INTO jobs_job (job_type_id, job_type_rev_id, status, priority, input, output, configuration, max_tries,
                          num_exes, created, queued, last_status_change, last_modified)
    SELECT job_type_id, job_type_rev_id, 'QUEUED', 1 + g %% 100, '{"files": {"image": [1]}}', '{}', '{}', 3, 0,
           now(), now(), now(), now()
    FROM generate_series(%s::int, %s::int) AS g JOIN claimed_types ON number = (g::bigint * 7919) %% %s
"""


def measure(bench: Bench, jobs: int) -> list[Row]:
    """Return a row for each number of job types, of queued jobs up to ``jobs``, and of nodes."""
    most = min(jobs, _MOST_QUEUED)
    rows: list[Row] = []
    for job_types in tqdm(_JOB_TYPES, desc="Claims"):
        with acting(Actor("bench", Source.COMMAND, command="tests.benchmarks")), transaction.atomic():
            _empty_queue(job_types)
            queued = 0
            for size in (0, most // 100, most // 10, most):
                with _without_triggers() as cursor:
                    cursor.execute(_LOAD, [queued + 1, size, job_types])
                queued = size
                times = [_times(bench, min(queued, _CLAIMED))]
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE jobs_job, jobs_node, job_types_jobtype, job_types_jobtyperevision")
                times.append(_times(bench, min(queued, _CLAIMED)))
                rows += [
                    {
                        "job types": job_types,
                        "queued": queued,
                        "nodes": nodes,
                        **{name: " / ".join(str(one[nodes, name]) for one in times) for name in _REQUIRED},
                    }
                    for nodes in _NODES
                ]
            transaction.set_rollback(True)
    return rows


def _times(bench: Bench, expected: int) -> dict[tuple[int, str], float]:
    """Return the milliseconds of a claim by the number of nodes and by what revisions require."""
    times = {}
    for nodes in _NODES:
        _set_nodes(nodes)
        for name, required in _REQUIRED.items():
            _require(required)
            times[nodes, name] = _milliseconds(bench.rounds, _FREE if "cpus" in required else None, expected)
    return times


def _milliseconds(rounds: int, free: dict[str, float] | None, expected: int) -> float:
    """Return the median of some claims, after the first one, which may have to write what is unmet."""
    times = []
    for _ in range(max(3, rounds // 2) + 1):
        start = time.perf_counter()
        claimed = claim_jobs(node="node-0", limit=_CLAIMED, resources=free)
        times.append((time.perf_counter() - start) * 1000)
        assert len(claimed) == expected, (len(claimed), expected)
    return round(statistics.median(times[1:]), 1)


@contextmanager
def _without_triggers() -> Iterator[Any]:
    """Yield a cursor; meanwhile, no trigger runs, so that loading is fast and revisions can be changed."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _empty_queue(job_types: int) -> None:
    """Remove all jobs and what the database knows of them, and number the revisions that jobs will be of."""
    with _without_triggers() as cursor:
        cursor.execute("TRUNCATE jobs_job")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'jobs_job'::regclass")
        cursor.execute("DROP TABLE IF EXISTS claimed_types")
        cursor.execute(
            """
            CREATE TEMPORARY TABLE claimed_types AS
            SELECT row_number() OVER (ORDER BY r.id) - 1 AS number, t.id AS job_type_id, r.id AS job_type_rev_id
            FROM job_types_jobtype t JOIN job_types_jobtyperevision r ON r.job_type_id = t.id
                AND r.revision_num = t.revision_num
            WHERE t.is_active AND NOT t.is_paused
            ORDER BY r.id LIMIT %s
            """,
            [job_types],
        )
        cursor.execute("UPDATE job_types_jobtype SET unmet_resources = NULL WHERE unmet_resources IS NOT NULL")


def _set_nodes(count: int) -> None:
    """Have ``count`` nodes that are all different, none of which has more of everything than another."""
    with _without_triggers() as cursor:
        cursor.execute("TRUNCATE jobs_node")
        Node.objects.bulk_create(
            Node(hostname=f"node-{number}", capacity={"cpus": 8 + number * 0.001, "mem": 5000.0 - number})
            for number in range(count)
        )


def _require(resources: str) -> None:
    """Let the revisions require ``resources``, an expression of their ``number``."""
    with _without_triggers() as cursor:
        cursor.execute(
            f"UPDATE {JobTypeRevision._meta.db_table} SET resources = ({resources})::json "
            "FROM claimed_types WHERE id = job_type_rev_id"
        )

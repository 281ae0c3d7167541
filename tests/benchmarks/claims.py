"""The time of a claim of ten jobs, in process, for queues, numbers of job types and fleets of all sizes.

It is measured in a database of its own, in which nothing is vacuumed or analyzed, as in the first minutes after a
great load, until the benchmark says ANALYZE itself.
"""

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

from django.core.cache import cache
from tqdm import tqdm

from catalogue.triggers import advance_revision
from core.actors import Actor, Source, acting
from job_types.models import JobType
from jobs.claims import claim_jobs
from jobs.models import Node
from jobs.tally import recount
from tests.benchmarks.databases import database_of_its_own, execute, no_trigger
from tests.benchmarks.measure import Bench, Row
from tests.factories import make_job_type

_JOB_TYPES = (1, 10, 1000)
_NODES = (3, 3000)
_MOST_QUEUED = 1_000_000
_TABLES = ("jobs_job", "jobs_jobexecution")
_CLAIMED = 10
_FREE = {"cpus": 8.0, "mem": 1000.0}
_LESS = {"cpus": 0.5, "mem": 1000.0}
_SMALL = """'{"cpus": 0.1, "mem": 10.0}'"""
# What the revision with each number requires, where no node has what those with odd numbers require, as nodes with
# more cpus have less memory. No two nodes and no two of those revisions are alike.
_HALF = f"""
    CASE WHEN number % 2 = 0 THEN {_SMALL}
    ELSE '{{"cpus": ' || 8 + number * 0.003 || ', "mem": ' || 5001 - number * 3 || '}}' END
"""


class _Case(NamedTuple):
    """What revisions require, an expression of their ``number``; what the node has free; and the jobs it gets."""

    required: str
    free: dict[str, float] | None
    claimed: int = _CLAIMED
    looks_up_unmet: bool = False


_CASES = {
    "resources not named": _Case("'{}'", None),
    "named, all fit": _Case(_SMALL, _FREE),
    "named, half fit no node": _Case(_HALF, _FREE),
    "named, room for five": _Case(_SMALL, _LESS, claimed=5),
    "half fit no node, looks up what is unmet": _Case(_HALF, _FREE, looks_up_unmet=True),
}
_LOAD = """
    INSERT INTO jobs_job (job_type_id, job_type_rev_id, status, priority, input, output, configuration, max_tries,
                          num_exes, created, queued, last_status_change, last_modified)
    SELECT job_type_id, job_type_rev_id, 'QUEUED', 1 + g %% 100, '{"files": {"image": [1]}}', '{}', '{}', 3, 0,
           now(), now(), now(), now()
    FROM generate_series(%s::int, %s::int) AS g JOIN claimed_types ON number = (g::bigint * 7919) %% %s
"""


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(bench: Bench, jobs: int) -> list[Row]:
    """Return a row for each number of job types, of queued jobs up to ``jobs``, and of nodes."""
    rows: list[Row] = []
    with queue_of_its_own(), collected_between_requests():
        for job_types in tqdm(_JOB_TYPES, desc="Claims"):
            empty_queue(job_types)
            most, queued = min(jobs, _MOST_QUEUED), 0
            for size in (0, most // 100, most // 10, most):
                queue_jobs(queued + 1, size, job_types)
                queued = size
                times = [_times(bench, queued)]
                execute("ANALYZE")
                times.append(_times(bench, queued))
                rows += [
                    {
                        "job types": job_types,
                        "queued": queued,
                        "nodes": nodes,
                        **{name: " / ".join(str(one[nodes, name]) for one in times) for name in _CASES},
                    }
                    for nodes in _NODES
                ]
    return rows


def _times(bench: Bench, queued: int) -> dict[tuple[int, str], float]:
    """Return the milliseconds of a claim from ``queued`` jobs by the number of nodes and by the case."""
    times = {}
    for nodes in _NODES:
        _set_nodes(nodes)
        for name, case in _CASES.items():
            _require(case.required)
            times[nodes, name] = _milliseconds(bench.rounds, case, min(queued, case.claimed))
    return times


def _milliseconds(rounds: int, case: _Case, expected: int) -> float:
    """Return the median of some claims, after the first one, which may have to write what is unmet.

    Between them jobs end, and another node gets other resources, so that nothing known of the fleet still holds.
    """
    times = []
    for number in range(max(3, rounds // 2) + 1):
        if case.looks_up_unmet:
            cache.delete("jobs.unmet")
        else:
            cache.set("jobs.unmet", True)
        gc.collect()
        start = time.perf_counter()
        claimed = claim_jobs(node="node-0", limit=_CLAIMED, resources=case.free, claim_id=uuid4())
        times.append((time.perf_counter() - start) * 1000)
        assert len(claimed) == expected, (len(claimed), expected)
        _end_all()
        Node.objects.filter(hostname="node-1").update(capacity={"cpus": 8.001 + number, "mem": 2.0})
    return round(statistics.median(times[1:]), 1)


def _end_all() -> None:
    """End all that runs, as reports would."""
    execute("UPDATE jobs_job SET status = 'COMPLETED', ended = started WHERE status = 'RUNNING'")
    ended = "SET status = 'COMPLETED', \"end\" = 'completed', ended = started WHERE ended IS NULL"
    execute(f"UPDATE jobs_jobexecution {ended}")


@contextmanager
def queue_of_its_own() -> Iterator[None]:
    """Let the connection lead to a new database with job types, of which nothing is vacuumed."""
    with database_of_its_own("claims"):
        _add_job_types()
        for table in _TABLES:
            execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        yield


@contextmanager
def collected_between_requests() -> Iterator[None]:
    """Have Python collect no garbage by itself, as in a web process (``gunicorn.conf.py``)."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _add_job_types() -> None:
    """Register a job type, and copy it until there is the largest number of them."""
    make_job_type("claimed-0")
    columns = ", ".join(field.column for field in JobType._meta.concrete_fields if field.name not in ("id", "name"))
    execute(
        f"""
        INSERT INTO job_types_jobtype (name, {columns})
        SELECT 'claimed-' || number, {columns} FROM generate_series(1, %s) AS number, job_types_jobtype
        """,
        [max(_JOB_TYPES) - 1],
    )
    execute(
        """
        INSERT INTO job_types_jobtyperevision
            (job_type_id, revision_num, docker_image, manifest, resources, created)
        SELECT t.id, r.revision_num, r.docker_image, r.manifest, r.resources, r.created
        FROM job_types_jobtype AS t, job_types_jobtyperevision AS r WHERE t.id <> r.job_type_id
        """
    )
    execute(
        """
        INSERT INTO job_types_jobtypeconfiguration (job_type_id, configuration_num, configuration, created)
        SELECT t.id, c.configuration_num, c.configuration, c.created
        FROM job_types_jobtype AS t, job_types_jobtypeconfiguration AS c WHERE t.id <> c.job_type_id
        """
    )


def empty_queue(job_types: int) -> None:
    """Remove all jobs and what the database knows of them, and number the revisions that jobs will be of."""
    # Products refer to their jobs.
    execute(f"TRUNCATE {', '.join(_TABLES)}, files_file")
    for table in _TABLES:
        execute(f"DELETE FROM pg_statistic WHERE starelid = '{table}'::regclass")
    execute("DROP TABLE IF EXISTS claimed_types")
    execute(
        """
        CREATE TABLE claimed_types AS
        SELECT row_number() OVER (ORDER BY id) - 1 AS number, job_type_id, id AS job_type_rev_id
        FROM job_types_jobtyperevision ORDER BY id LIMIT %s
        """,
        [job_types],
    )


def queue_jobs(first: int, last: int, job_types: int) -> None:
    """Queue the jobs with the numbers from ``first`` to ``last``, spread over the job types."""
    with no_trigger():
        execute(_LOAD, [first, last, job_types])
    recount()


def _set_nodes(count: int) -> None:
    """Have ``count`` nodes that are all different, none of which has more of everything than another."""
    execute("TRUNCATE jobs_node")
    execute(
        """
        INSERT INTO jobs_node (hostname, capacity, description, is_active, is_paused, software_version, labels)
        SELECT 'node-' || g, ('{"cpus": ' || 8 + g * 0.001 || ', "mem": ' || 5000.0 - g || '}')::json,
               '', true, false, '', '{}'
        FROM generate_series(0, %s) AS g
        """,
        [count - 1],
    )


def _require(resources: str) -> None:
    """Let the revisions, which triggers guard, require ``resources``: an expression of their ``number``."""
    with no_trigger():
        execute(
            f"""
            UPDATE job_types_jobtyperevision SET resources = ({resources})::json
            FROM claimed_types WHERE id = job_type_rev_id
            """
        )
    advance_revision()  # Processes cache what revisions require until the catalogue changes.

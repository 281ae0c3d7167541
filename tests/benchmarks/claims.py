"""The time of a claim of ten jobs, over HTTP, for histories, queues, numbers of job types and fleets of all sizes.

It is measured in a database of its own, in which what is queued is neither vacuumed nor analyzed, as in the first
minutes after a great load, until the benchmark says ANALYZE itself.
"""

import gc
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple
from uuid import uuid4

from tqdm import tqdm

from catalogue.triggers import advance_revision
from core.actors import Actor, Source, acting
from job_types.models import JobType
from jobs.models import Node
from jobs.tally import recount
from tests.benchmarks.clients import Clients, Connection
from tests.benchmarks.data import without_indexes
from tests.benchmarks.databases import database_of_its_own, execute, no_trigger, vacuum
from tests.benchmarks.measure import Bench, Row, bench
from tests.factories import make_job_type

_JOB_TYPES = (1, 1000)
_NODES = (3, 3000)
_QUEUED = (0, 1_000, 100_000, 1_000_000)
_TABLES = ("jobs_job", "jobs_jobexecution")
_CLAIMED = 10
_WARM = 3
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
    """What revisions require, an expression of their ``number``; what the node has free; and the jobs it gets.

    ``held`` are the columns that keep the job types with odd numbers from running: their jobs come first.
    """

    required: str
    free: dict[str, float] | None
    claimed: int = _CLAIMED
    held: str = ""
    looks_up_unmet: bool = False


_CASES = {
    "no resources named": _Case("'{}'", None),
    "all fit": _Case(_SMALL, _FREE),
    "room for five": _Case(_SMALL, _LESS, claimed=5),
    "first half paused": _Case(_SMALL, _FREE, held="is_paused = true, paused = now()"),
    "first half full": _Case(_SMALL, _FREE, held="max_scheduled = 1"),
    "first half fits no node": _Case(_HALF, _FREE),
    "it does not, and is looked up": _Case(_HALF, _FREE, looks_up_unmet=True),
}
_LOAD = """
    INSERT INTO jobs_job (job_type_id, job_type_rev_id, status, priority, input, output, configuration, max_tries,
                          num_exes, created, queued, last_status_change, last_modified)
    SELECT job_type_id, job_type_rev_id, 'QUEUED', 1 + g %% 50 + (1 - number %% 2) * 50,
           '{"files": {"image": [1]}}', '{}', '{}', 3, 0, now(), now(), now(), now()
    FROM generate_series(%s::int, %s::int) AS g JOIN claimed_types ON number = (g::bigint * 7919) %% %s
"""
_ENDED = """
    INSERT INTO jobs_job (job_type_id, job_type_rev_id, status, priority, input, output, configuration, node,
                          max_tries, num_exes, created, queued, started, ended, last_status_change, last_modified)
    SELECT job_type_id, job_type_rev_id, 'COMPLETED', 100, '{"files": {"image": [1]}}', '{}', '{}',
           'node-' || g %% 3000, 3, 1, at, at, at, at, at, at
    FROM (
        SELECT g, now() - g * interval '31 days' / 10000000 AS at FROM generate_series(1, %s::int) AS g
    ) AS ends
    JOIN claimed_types ON number = (g::bigint * 7919) %% %s
"""
_TRIES = """
    INSERT INTO jobs_jobexecution (job_id, job_type_rev_id, exe_num, status, "end", node, queued, started, ended,
                                   stdout, stderr)
    SELECT id, job_type_rev_id, 1, 'COMPLETED', 'completed', node, queued, started, ended, 'Done.', ''
    FROM jobs_job WHERE status = 'COMPLETED'
"""
# One of each job type with an odd number, on another node.
_OCCUPY = """
    UPDATE jobs_job SET status = 'RUNNING', started = now(), node = 'other', num_exes = 1
    WHERE id IN (
        SELECT min(id) FROM jobs_job JOIN claimed_types USING (job_type_id)
        WHERE status = 'QUEUED' AND number % 2 = 1 GROUP BY job_type_id
        EXCEPT SELECT id FROM jobs_job WHERE status = 'RUNNING'
    )
"""


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(clients: Clients, rounds: int, jobs: int) -> list[Row]:
    """Return a row for each number of job types, of nodes, and of queued jobs up to a tenth of those that ended."""
    rows: list[Row] = []
    sizes = [queued for queued in _QUEUED if queued <= jobs / 10]
    with queue_of_its_own():
        _add_history(jobs)
        with bench(clients, rounds) as asking:
            for job_types in tqdm(_JOB_TYPES, desc="Claims"):
                empty_queue(job_types)
                for before, queued in pairwise((0, *sizes)):
                    queue_jobs(before + 1, queued, job_types)
                    fresh = _times(asking, queued)
                    execute("ANALYZE")
                    analyzed = _times(asking, queued)
                    rows += [
                        {
                            "ended": jobs,
                            "job types": job_types,
                            "queued": queued,
                            "nodes": nodes,
                            **{name: f"{fresh[nodes, name]} / {analyzed[nodes, name]}" for name in _CASES},
                        }
                        for nodes in _NODES
                    ]
    return rows


def _times(asking: Bench, queued: int) -> dict[tuple[int, str], float]:
    """Return the milliseconds of a claim from ``queued`` jobs by the number of nodes and by the case."""
    times = {}
    for nodes in _NODES:
        set_nodes(nodes)
        for name, case in _CASES.items():
            _require(case.required)
            _hold(case.held)
            times[nodes, name] = _milliseconds(asking, case, min(queued, case.claimed))
    return times


def _milliseconds(asking: Bench, case: _Case, expected: int) -> float:
    """Return the median of some claims, after the first ones, which may have to write what is unmet.

    Between them the jobs are given back, and another node gets other resources, so that nothing known of the fleet
    still holds.
    """
    kept_alive = Connection(asking.server.port)
    body = {"node": "node-0", "limit": _CLAIMED} | ({} if case.free is None else {"resources": case.free})
    times = []
    for number in range(_WARM + max(1, asking.rounds // 3)):
        if case.looks_up_unmet:
            time.sleep(1.01)  # each process looks it up once a second
        request = asking.request("POST", "/v6/jobs/claim/", {**body, "claim_id": str(uuid4())}).encode()
        begin = time.perf_counter()
        answer = kept_alive.ask(request)
        times.append((time.perf_counter() - begin) * 1000)
        claimed = json.loads(answer.body).get("results", [])
        assert len(claimed) == expected, (case, answer)
        _give_back()
        Node.objects.filter(hostname="node-1").update(capacity={"cpus": 8.001 + number, "mem": 2.0})
    kept_alive.close()
    return round(statistics.median(times[_WARM:]), 1)


def _give_back() -> None:
    """Let what was claimed be queued again in its place, as often as a queue of a thousand jobs is claimed from."""
    columns = "status = 'QUEUED', started = NULL, node = NULL"
    execute(f"UPDATE jobs_job SET {columns} WHERE node = 'node-0' AND ended IS NULL")
    ended = "SET status = 'CANCELED', \"end\" = 'returned', ended = started WHERE ended IS NULL"
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
    """Remove all jobs that have not ended, and what the database knows of any; number the revisions of new ones."""
    with no_trigger():
        execute("DELETE FROM jobs_job WHERE ended IS NULL")
    recount()
    for table in _TABLES:
        vacuum(table)
        execute(f"DELETE FROM pg_statistic WHERE starelid = '{table}'::regclass")
    number_revisions(job_types)


def number_revisions(job_types: int) -> None:
    """Number the revisions that ``queue_jobs`` spreads jobs over: the first of so many job types."""
    execute("DROP TABLE IF EXISTS claimed_types")
    execute(
        """
        CREATE TABLE claimed_types AS
        SELECT row_number() OVER (ORDER BY id) - 1 AS number, job_type_id, id AS job_type_rev_id
        FROM job_types_jobtyperevision ORDER BY id LIMIT %s
        """,
        [job_types],
    )


def _add_history(jobs: int) -> None:
    """Add ``jobs`` that have ended, and their tries."""
    empty_queue(max(_JOB_TYPES))
    with no_trigger(), without_indexes():
        execute(_ENDED, [jobs, max(_JOB_TYPES)])
        execute(_TRIES)


def queue_jobs(first: int, last: int, job_types: int) -> None:
    """Queue the jobs with the numbers from ``first`` to ``last``, spread over the job types."""
    with no_trigger():
        execute(_LOAD, [first, last, job_types])
    recount()


def set_nodes(count: int) -> None:
    """Have ``count`` nodes that are all different, none of which has more of everything than another.

    None is looked after soon: thousands whose leases are due at once would be, by the claims that are measured.
    """
    execute("TRUNCATE jobs_node")
    execute(
        """
        INSERT INTO jobs_node (hostname, capacity, description, is_active, is_paused, software_version, labels,
                               first_expiry)
        SELECT 'node-' || g, ('{"cpus": ' || 8 + g * 0.001 || ', "mem": ' || 5000.0 - g || '}')::json,
               '', true, false, '', '{}', now() + interval '1 hour'
        FROM generate_series(0, %s) AS g
        """,
        [count - 1],
    )


def _hold(columns: str) -> None:
    """Set ``columns`` of the job types with odd numbers, one job of each of which runs; all others may run."""
    execute(_OCCUPY)
    execute(
        "UPDATE job_types_jobtype SET is_paused = false, paused = NULL, max_scheduled = NULL "
        "WHERE is_paused OR max_scheduled IS NOT NULL"
    )
    if columns:
        odd = "SELECT job_type_id FROM claimed_types WHERE number % 2 = 1"
        execute(f"UPDATE job_types_jobtype SET {columns} WHERE id IN ({odd})")


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

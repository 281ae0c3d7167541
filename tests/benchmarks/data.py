"""The data set of the benchmark: 1,000 job types and 100 recipe types that hold 200 of them, of five revisions
each, a history of jobs as long as asked for, and the same live jobs.

Jobs end at a constant rate, 10,000,000 in 31 days, so that the last three hours hold some 40,000 of them whatever
the number of jobs: more jobs are a longer history. 200,000 of the jobs are live: 100,000 RUNNING, 50,000 QUEUED
and 50,000 PENDING that were never queued, begun within the last two days. Of the others one in twenty FAILED of
an error of the system, one in fifty of one of the algorithm, one in fifty was CANCELED, the rest COMPLETED.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.db import connection
from tqdm import tqdm

from core.actors import Actor, Source, acting
from errors.services import load_builtin_errors
from files.totals import FILES
from job_types.models import JobType, JobTypeRevision
from job_types.services import register_job_type
from jobs import tally
from jobs.models import Job, JobExecution
from jobs.totals import JOBS, TRIES
from metrics import ended_tries, hours
from recipes.models import RecipeType, RecipeTypeRevision
from recipes.services import register_recipe_type
from tests.benchmarks.databases import execute, no_trigger, vacuum
from tests.factories import example, make_manifest
from tests.recipes.factories import from_node, from_recipe, job_node
from workspaces.models import Workspace
from workspaces.services import create_workspace

NAMES, VERSIONS, REVISIONS = 200, 5, 5
RECIPES = 100
RUNNING, QUEUED, PENDING = 100_000, 50_000, 50_000
LIVE = RUNNING + QUEUED + PENDING
_CHUNK = 250_000

# A job type for each number, in an order that no index has.
_TYPES = """
    CREATE TEMPORARY TABLE bench_types AS
    SELECT row_number() OVER (ORDER BY md5(t.id::text)) - 1 AS number, t.id AS job_type_id, r.id AS job_type_rev_id
    FROM job_types_jobtype t JOIN job_types_jobtyperevision r ON r.job_type_id = t.id
        AND r.revision_num = t.revision_num
"""
_COLUMNS = """
    (job_type_id, job_type_rev_id, status, error_id, priority, input, output, configuration, node, max_tries,
     num_exes, created, queued, started, ended, last_status_change, last_modified)
"""
_ENDED = f"""
    INSERT INTO jobs_job {_COLUMNS}
    SELECT job_type_id, job_type_rev_id, status,
           CASE category WHEN 'SYSTEM' THEN (%(system)s)[1 + g %% cardinality(%(system)s)]
                         WHEN 'ALGORITHM' THEN (%(algorithm)s)[1 + g %% cardinality(%(algorithm)s)] END,
           100, '{{"files": {{"image": [1]}}}}', '{{}}', '{{}}', 'node-' || g %% %(nodes)s, 3, 1,
           at - interval '1 hour', at - interval '50 minutes', at - interval '40 minutes', at, at, at
    FROM (
        SELECT g, at, job_type_id, job_type_rev_id,
               CASE WHEN g %% 20 = 7 OR g %% 50 = 11 THEN 'FAILED'
                    WHEN g %% 50 = 3 THEN 'CANCELED' ELSE 'COMPLETED' END AS status,
               CASE WHEN g %% 20 = 7 THEN 'SYSTEM' WHEN g %% 50 = 11 THEN 'ALGORITHM' END AS category
        FROM (SELECT g, %(now)s - g * interval '31 days' / 10000000 AS at
              FROM generate_series(%(first)s::int, %(last)s::int) AS g) AS ends
        JOIN bench_types ON number = (g::bigint * 7919 + g / 1000) %% 1000
    ) AS jobs
"""
_LIVE = f"""
    INSERT INTO jobs_job {_COLUMNS}
    SELECT job_type_id, job_type_rev_id, status, NULL, 1 + g %% 100,
           '{{"files": {{"image": [1]}}}}', '{{}}', '{{}}',
           CASE status WHEN 'RUNNING' THEN 'node-' || g %% %(nodes)s END, 3,
           CASE status WHEN 'RUNNING' THEN 1 ELSE 0 END,
           at, CASE WHEN status <> 'PENDING' THEN at END, CASE WHEN status = 'RUNNING' THEN at END, NULL, at, at
    FROM (
        SELECT g, %(now)s - (g %% 50000) * interval '2 days' / 50000 AS at, job_type_id, job_type_rev_id,
               CASE WHEN g <= {RUNNING} THEN 'RUNNING' WHEN g <= {RUNNING + QUEUED} THEN 'QUEUED'
                    ELSE 'PENDING' END AS status
        FROM generate_series(1, {LIVE}) AS g
        JOIN bench_types ON number = (g::bigint * 7919 + g / 1000) %% 1000
    ) AS jobs
"""
# The last try of each job; those that run have a lease for as long as the benchmark takes.
_TRIES = """
    INSERT INTO jobs_jobexecution (job_id, job_type_rev_id, exe_num, status, "end", error_id, node, queued, started,
                                   ended, lease_expires, stdout, stderr)
    SELECT id, job_type_rev_id, num_exes, status, CASE WHEN ended IS NOT NULL THEN lower(status) END, error_id,
           node, queued, started, ended, CASE WHEN ended IS NULL THEN now() + interval '1 day' END, 'Done.', ''
    FROM jobs_job WHERE started IS NOT NULL AND id > %s
"""
_NODES = """
    INSERT INTO jobs_node (hostname, capacity, description, is_active, is_paused, software_version, labels)
    SELECT 'node-' || g, '{"cpus": 64.0, "mem": 262144.0}', '', true, false, '1.0', '{}'
    FROM generate_series(0, %s - 1) AS g
"""
# The one that inputs name, others like it, and a product of each of as many jobs.
_FILES = """
    INSERT INTO files_file (uuid, file_name, media_type, file_size, sha256, workspace_id, file_path, is_deleted,
                            job_id, exe_num, job_output, meta_data)
    SELECT gen_random_uuid(), name, 'image/tiff', 1000, repeat('ab', 32), %(workspace)s, name, false,
           job_id, exe_num, output, '{}'
    FROM (
        SELECT 'scene-' || g || '.tif' AS name, NULL::bigint AS job_id, NULL::int AS exe_num, '' AS output
        FROM generate_series(1, %(most)s) AS g
        UNION ALL
        (SELECT 'product-' || id || '.tif', id, num_exes, 'OUTPUT_TEXT' FROM jobs_job WHERE status = 'COMPLETED'
         ORDER BY id LIMIT %(most)s)
    ) AS files
"""
_MOST_FILES = 500_000
# The load of each minute of 31 days, of all job types together (0) and of the first twenty.
_SAMPLES = """
    INSERT INTO metrics_loadsample (time, is_hourly, job_type_id, pending_count, queued_count, running_count)
    SELECT time, extract(minute FROM time) = 0, job_type_id, 50000 / share, 50000 / share, 100000 / share
    FROM (
        SELECT date_trunc('minute', now()) - minute * interval '1 minute' AS time
        FROM generate_series(0, 31 * 24 * 60) AS minute
    ) AS minutes
    CROSS JOIN (
        SELECT 0 AS job_type_id, 1 AS share
        UNION ALL (SELECT id, 1000 FROM job_types_jobtype ORDER BY id LIMIT 20)
    ) AS job_types
"""


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def load(jobs: int, nodes: int = 64) -> None:
    """Fill an empty database with the job types, recipe types and ``jobs`` jobs; leave a filled one as it is.

    What ended is counted, and the tables are vacuumed, as would be done in time.
    """
    if JobType.objects.filter(name="algorithm-000").exists():
        print("The data set is there already.")
        return
    load_builtin_errors()
    _register_job_types()
    _register_recipe_types()
    with no_trigger(), connection.cursor() as cursor:
        _add_jobs(0, jobs, nodes)
        cursor.execute(_NODES, [nodes])
        workspace = Workspace.objects.get(name="workspace_1").pk
        cursor.execute(_FILES, {"workspace": workspace, "most": min(_MOST_FILES, jobs)})
    _count()
    execute(_SAMPLES)
    vacuum()


def lengthen(before: int, jobs: int, nodes: int = 64) -> None:
    """Lengthen the history of a database that has ``before`` jobs until it has ``jobs``."""
    with no_trigger():
        _add_jobs(before, jobs, nodes)
    _count()


def _count() -> None:
    """Count the endings of millions of jobs, which would be counted while the benchmark runs."""
    for counts in (tally, JOBS, TRIES, FILES, hours, ended_tries):
        counts.recount()


def _add_jobs(before: int, jobs: int, nodes: int) -> None:
    """Add jobs to ``before`` of them, until there are ``jobs``: to none, the live ones first."""
    with without_indexes(), connection.cursor() as cursor:
        cursor.execute("SELECT now(), coalesce(max(id), 0) FROM jobs_job")
        now, greatest = cursor.fetchone()
        values = {"now": now, "nodes": nodes}
        for category in ("SYSTEM", "ALGORITHM"):
            cursor.execute("SELECT array_agg(id ORDER BY id) FROM errors_error WHERE category = %s", [category])
            values[category.lower()] = cursor.fetchone()[0]
        cursor.execute(_TYPES)
        if not before:
            cursor.execute(_LIVE, values)
        ended = max(before - LIVE, 0)
        with tqdm(total=jobs, initial=ended + LIVE, unit="job", unit_scale=True, desc="Jobs") as progress:
            for first in range(ended + 1, jobs - LIVE + 1, _CHUNK):
                last = min(first + _CHUNK - 1, jobs - LIVE)
                cursor.execute(_ENDED, {**values, "first": first, "last": last})
                progress.update(last - first + 1)
        cursor.execute(_TRIES, [greatest])


@contextmanager
def without_indexes() -> Iterator[None]:
    """Have no indexes of jobs and tries in a ``with`` block: to create them anew afterwards is faster."""
    indexes = [(model, index) for model in (Job, JobExecution) for index in model._meta.indexes]
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
    yield
    for model, index in tqdm(indexes, desc="Indexes"):
        with connection.schema_editor() as editor:
            editor.add_index(model, index)


def _register_job_types() -> None:
    for name in ("workspace_1", "workspace_2"):
        create_workspace(name=name, fields={})
    job = example("add-seed-image")["manifest"]["job"]
    own = ("name", "jobVersion", "title", "description")
    shared = {member: value for member, value in job.items() if member not in own}
    keys = [(f"algorithm-{name:03}", f"1.{version}.0") for name in range(NAMES) for version in range(VERSIONS)]
    for name, version in tqdm(keys, desc="Job types"):
        manifest = make_manifest(name, version, **shared)
        register_job_type(
            fields={
                "manifest": manifest,
                "docker_image": f"{name}-{version}-seed:1.0.0",
                "configuration": {"output_workspaces": {"default": "workspace_1"}},
            }
        )
    _revise(JobType.objects.all())


def definition(number: int, scene: str = "scene") -> dict[str, Any]:
    """Return the definition of a recipe type: a chain of two job types; ``scene`` is the name of its input."""
    first, second = (job_node(f"algorithm-{2 * number + place:03}", revision=REVISIONS) for place in (0, 1))
    length = from_recipe("length")
    first["input"] = {"INPUT_TEXT": from_recipe(scene), "READ_LENGTH": length}
    second["input"] = {"INPUT_TEXT": from_node("first", "OUTPUT_TEXT"), "READ_LENGTH": length}
    return {
        "version": "6",
        "input": {
            "files": [{"name": scene, "mediaTypes": ["text/plain"]}],
            "json": [{"name": "length", "type": "integer"}],
        },
        "nodes": {"first": first, "second": {**second, "dependencies": [{"name": "first"}]}},
    }


def _register_recipe_types() -> None:
    for number in tqdm(range(RECIPES), desc="Recipe types"):
        name = f"recipe-{number:03}"
        register_recipe_type(
            fields={"name": name, "title": f"Title of {name}", "definition": definition(number)},
        )
    registered = list(RecipeType.objects.all())
    RecipeTypeRevision.objects.bulk_create(
        RecipeTypeRevision(
            recipe_type=recipe_type,
            revision_num=number,
            definition=recipe_type.definition,
            created=recipe_type.created,
        )
        for recipe_type in registered
        for number in range(2, REVISIONS + 1)
    )
    RecipeType.objects.update(revision_num=REVISIONS)


def add_job_types(before: int, job_types: int) -> None:
    """Add job types to ``before`` of them until there are ``job_types``: copies of those of one name, without jobs.

    A name has five versions; of their revisions there is only the last.
    """
    columns = ", ".join(field.column for field in JobType._meta.concrete_fields if field.name not in ("id", "name"))
    execute(
        f"""
        INSERT INTO job_types_jobtype (name, {columns})
        SELECT 'more-' || lpad(g::text, 5, '0'), {columns}
        FROM generate_series(%s, %s) AS g, job_types_jobtype WHERE name = 'algorithm-000'
        """,
        [before // VERSIONS + 1, job_types // VERSIONS],
    )
    execute(
        """
        INSERT INTO job_types_jobtyperevision
            (job_type_id, revision_num, docker_image, manifest, resources, created)
        SELECT t.id, t.revision_num, t.docker_image, t.manifest, '{}', t.created
        FROM job_types_jobtype AS t
        WHERE NOT EXISTS (SELECT FROM job_types_jobtyperevision AS r WHERE r.job_type_id = t.id)
        """
    )


def add_revisions(before: int, revisions: int) -> None:
    """Add revisions to the ``before`` that each job type has, until there are ``revisions``: copies of the last."""
    execute(
        """
        INSERT INTO job_types_jobtyperevision
            (job_type_id, revision_num, docker_image, manifest, resources, created)
        SELECT job_type_id, number, docker_image, manifest, resources, created
        FROM job_types_jobtyperevision, generate_series(%(before)s + 1, %(revisions)s) AS number
        WHERE revision_num = %(before)s
        """,
        {"before": before, "revisions": revisions},
    )
    with no_trigger():
        execute("UPDATE job_types_jobtype SET revision_num = %s", [revisions])


def enlarge_manifests(kilobytes: int) -> None:
    """Let all manifests have about so many kB: the users' example, and errors that the program may report."""
    errors = [
        {
            "code": 1 + number,
            "name": f"error-{number}",
            "title": f"Error {number}",
            # About a kB that does not shrink much when it is stored.
            "description": "".join(sha256(f"{number}.{part}".encode()).hexdigest() for part in range(14)),
        }
        for number in range(kilobytes - 2)
    ]
    with no_trigger():
        for table in ("job_types_jobtype", "job_types_jobtyperevision"):
            larger = "jsonb_set(manifest::jsonb, '{job,errors}', %s)::json"
            execute(f"UPDATE {table} SET manifest = {larger}", [json.dumps(errors)])


def _revise(job_types: Iterable[JobType]) -> None:
    """Give each newly registered job type the revisions that it lacks: new builds of its image."""
    revised = list(job_types)
    first = {revision.job_type_id: revision for revision in JobTypeRevision.objects.all()}
    later = []
    for job_type in revised:
        job_type.revision_num = REVISIONS
        for number in range(2, REVISIONS + 1):
            job_type.docker_image = f"{job_type.name}-{job_type.version}-seed:1.0.{number}"
            later.append(
                JobTypeRevision(
                    job_type=job_type,
                    revision_num=number,
                    docker_image=job_type.docker_image,
                    manifest=job_type.manifest,
                    resources=first[job_type.pk].resources,
                    created=job_type.created,
                )
            )
    JobTypeRevision.objects.bulk_create(later, batch_size=500)
    JobType.objects.bulk_update(revised, ["revision_num", "docker_image"], batch_size=500)

"""The data set of the benchmark: 1,000 job types of five revisions each, a history of jobs as long as asked
for, and the same live jobs.

Jobs end at a constant rate, 10,000,000 in 31 days, so that the last three hours hold some 40,000 of them whatever
the number of jobs: more jobs are a longer history. 200,000 of the jobs are live: 100,000 RUNNING, 50,000 QUEUED
and 50,000 PENDING that were never queued, begun within the last two days. Of the others one in twenty FAILED of
an error of the system, one in fifty of one of the algorithm, one in fifty was CANCELED, the rest COMPLETED.
"""

from collections.abc import Iterable

from django.db import connection
from tqdm import tqdm

from errors.services import load_builtin_errors
from job_types.models import JobType, JobTypeRevision
from job_types.services import register_job_type
from jobs.models import Job
from seed import precedence_key
from tests.factories import example, make_manifest
from workspaces.services import create_workspace

NAMES, VERSIONS, REVISIONS = 200, 5, 5
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
           100, '{{"files": {{"image": [1]}}}}', '{{}}', '{{}}', 'node-' || g %% 64, 3, 1,
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
           CASE status WHEN 'RUNNING' THEN 'node-' || g %% 64 END, 3, CASE status WHEN 'RUNNING' THEN 1 ELSE 0 END,
           at, CASE WHEN status <> 'PENDING' THEN at END, CASE WHEN status = 'RUNNING' THEN at END, NULL, at, at
    FROM (
        SELECT g, %(now)s - (g %% 50000) * interval '2 days' / 50000 AS at, job_type_id, job_type_rev_id,
               CASE WHEN g <= {RUNNING} THEN 'RUNNING' WHEN g <= {RUNNING + QUEUED} THEN 'QUEUED'
                    ELSE 'PENDING' END AS status
        FROM generate_series(1, {LIVE}) AS g
        JOIN bench_types ON number = (g::bigint * 7919 + g / 1000) %% 1000
    ) AS jobs
"""


def load(jobs: int) -> None:
    """Fills an empty database with the job types and `jobs` jobs, and vacuums it as autovacuum would in time."""
    load_builtin_errors()
    _register_job_types()
    indexes = Job._meta.indexes
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(Job, index)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        values = {"now": cursor.fetchone()[0], "first": 1}
        for category in ("SYSTEM", "ALGORITHM"):
            cursor.execute("SELECT array_agg(id ORDER BY id) FROM errors_error WHERE category = %s", [category])
            values[category.lower()] = cursor.fetchone()[0]
        cursor.execute(_TYPES)
        cursor.execute(_LIVE, values)
        with tqdm(total=jobs, initial=LIVE, unit="job", unit_scale=True, desc="Jobs") as progress:
            for first in range(1, jobs - LIVE + 1, _CHUNK):
                last = min(first + _CHUNK - 1, jobs - LIVE)
                cursor.execute(_ENDED, {**values, "first": first, "last": last})
                progress.update(last - first + 1)
    for index in tqdm(indexes, desc="Indexes"):
        with connection.schema_editor() as editor:
            editor.add_index(Job, index)
    vacuum()


def vacuum() -> None:
    """What autovacuum would do in time, done at once."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


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


def add_job_types(names: int) -> None:
    """Adds `names` names in 5 versions each: copies of the job types that there are, without jobs."""
    pattern = JobType.objects.prefetch_related("tags").order_by("pk")[0]
    copies = []
    for name in range(names):
        for version in range(VERSIONS):
            copy = JobType(**{field.name: getattr(pattern, field.name) for field in JobType._meta.fields[1:]})
            copy.name, copy.version = f"more-{name:05}", f"1.{version}.0"
            copy.version_key = precedence_key(copy.version)
            copies.append(copy)
    JobType.objects.bulk_create(copies, batch_size=500)
    vacuum()


def _revise(job_types: Iterable[JobType]) -> None:
    """Gives each job type, fresh from its registration, the revisions that it lacks: new builds of its image."""
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

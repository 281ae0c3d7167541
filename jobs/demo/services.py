"""Load the demo in one transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from random import Random

from django.db import transaction

from core.models.clock import database_time
from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.demo.catalog import WORLD, Work, job_type_names, register_job_types, system_job_types
from jobs.demo.files import Sources, register_sources, store_products
from jobs.demo.history import History, errors_of
from jobs.demo.nodes import Room, create_nodes
from jobs.fleet import in_millionths
from jobs.models import Job, JobExecution
from jobs.nodes import note_unmet_resources
from jobs.selectors import queued_revisions
from seed import Manifest
from workspaces.models import Workspace
from workspaces.services import create_workspace

_SEED = "scale"
_ROWS_AT_ONCE = 500
# How often jobs are lost with the lost node, in turn: at whatever time the demo is loaded, one uses up its tries.
_LOSSES = (3, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: the job types, how many revisions they have, and how many jobs are in each status."""

    job_types: list[JobType]
    revisions: int
    jobs: Counter[str]


@transaction.atomic
def load_demo() -> Loaded | None:
    """Register the job types of the demo; create three days of jobs of these and of the system's, with their files,
    and their nodes.

    The days end now. Jobs that run then lose their leases one by one within the next hours, as no node renews them:
    they are tried again, or fail, as after any loss. Where there is a job type of one of the names already, change
    nothing and return None. Raises EncryptionError when secrets cannot be encrypted.
    """
    if JobType.objects.filter(name__in=job_type_names()).exists():
        return None
    load_builtin_errors()
    for name, fields in WORLD["workspaces"].items():
        if not Workspace.objects.filter(name=name).exists():
            create_workspace(name=name, fields=fields)
    registered = register_job_types()
    now = database_time()
    job_types_with_work = (*registered, *system_job_types())
    sources = register_sources(now)
    lives = [life for history in histories(job_types_with_work, now, sources) for life in history.lives()]
    # In the order of their creation, as the ids of real jobs and tries are.
    jobs = sorted((life.job for life in lives), key=lambda job: job.created)
    tries = sorted((one for life in lives for one in life.tries), key=lambda one: one.started)
    Job.objects.bulk_create(jobs, batch_size=_ROWS_AT_ONCE)
    JobExecution.objects.bulk_create(tries, batch_size=_ROWS_AT_ONCE)
    products = (file for life in lives for file in life.products)
    store_products(sorted(products, key=lambda file: file.created), now)
    create_nodes(now)
    note_unmet_resources(revisions=queued_revisions()[0], capacity=in_millionths(WORLD["resources_of_each_node"]))
    job_types = [job_type for job_type, _ in registered]
    return Loaded(
        job_types, sum(job_type.revision_num for job_type in job_types), Counter(job.status for job in jobs)
    )


def histories(job_types: Iterable[tuple[JobType, Work]], now: datetime, sources: Sources) -> Iterator[History]:
    """Yield the history of each of ``job_types`` until ``now``; they share the nodes, and are read in turn."""
    losses, room = cycle(_LOSSES), Room()
    workspaces = {workspace.name: workspace for workspace in Workspace.objects.all()}
    for job_type, work in job_types:
        revisions = job_type.revisions.order_by("revision_num")
        yield History(
            job_type=job_type,
            work=work,
            revisions=[(revision, Manifest.read(revision.manifest)) for revision in revisions],
            errors=errors_of(job_type),
            now=now,
            losses=losses,
            room=room,
            sources=sources,
            workspaces=workspaces,
            # A generator of its own for each, so that a change of one job type leaves the jobs of the others.
            rng=Random(f"{_SEED} {job_type}"),  # noqa: S311 (jobs that look alike each time are no secret)
        )

"""Why a job waits: what keeps it from running now, by name and in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from django.db.models import Count, OuterRef, Subquery, TextChoices, TextField
from django.db.models.functions import Cast

from core.rights import described
from jobs.fleet import Amounts, Fleet, Requirement, fits, in_units
from jobs.models import Job, JobExecution, Scheduler
from jobs.nodes import recent_nodes
from jobs.selectors import jobs_ahead, pairs_of
from jobs.states import HELD, Status

# How many jobs are counted that are ahead of a job, and that run beyond the limit of its job type.
MOST_COUNTED = 10_000


class Name(TextChoices):
    """The names of the reasons, the weightiest first."""

    PENDING = "PENDING", "It is held, as it waits for something outside the queue."
    BLOCKED = "BLOCKED", "It is held, as what it waits for will not come by itself."
    SCHEDULER_PAUSED = "SCHEDULER_PAUSED", "The scheduler is paused."
    JOB_TYPE_PAUSED = "JOB_TYPE_PAUSED", "Its job type is paused."
    JOB_TYPE_DEPRECATED = "JOB_TYPE_DEPRECATED", "Its job type is deprecated."
    MAX_SCHEDULED = "MAX_SCHEDULED", "As many jobs of its job type run as may run at the same time."
    UNMET_RESOURCES = "UNMET_RESOURCES", "No node has what it requires."
    NODES_PAUSED = "NODES_PAUSED", "Every node that has what it requires is paused or deprecated."
    RETRY = "RETRY", "Its last try failed or was canceled, and the next one is not due yet."
    NO_NODES = "NO_NODES", "No node was heard of within the last hour."
    QUEUE = "QUEUE", "Nothing else: it is not its turn, or no node with room for it has claimed since."


class Reason(TypedDict):
    """What keeps a job from running: one of ``Name``, and a sentence."""

    name: str
    description: str


_Found = Iterator[tuple[Name, str]]


def reasons_to_wait(*, job_id: int, status: str) -> list[Reason] | None:
    """Return what keeps a job in ``status`` from running, the weightiest reason first; None if it does not wait.

    A queued job takes one query for itself, its job type and the scheduler, one for the nodes, one for the running
    jobs if its job type limits them, and one for the jobs ahead of it if there is no other reason. A job that is
    held takes none.
    """
    if status in HELD:
        right = described("jobs.change_job")
        found = {Name(status): f"{Name(status).label} To report it as QUEUED releases it, and needs {right}."}
    elif status == Status.QUEUED:
        job = _read(job_id)
        found = dict([*_of_switches(job), *_of_limit(job), *_of_nodes(pairs_of(job["resources"])), *_of_retry(job)])
        found = found or dict(_of_queue(job))
    else:
        return None
    return [Reason(name=name, description=found[name]) for name in Name if name in found]


def _read(job_id: int) -> Mapping[str, Any]:
    """Return what the reasons depend on of a job, of its job type and of the scheduler."""
    scheduler = Scheduler.objects.filter(pk=1)
    last_try = JobExecution.objects.filter(job=OuterRef("pk"), exe_num=OuterRef("num_exes"))
    columns = ("is_paused", "paused", "is_active", "deprecated", "max_scheduled")
    return Job.objects.values(
        *("id", "job_type_id", "priority", "queued", "retry_after", "num_exes"),
        *(f"job_type__{name}" for name in columns),
        resources=Cast("job_type_rev__resources", TextField()),
        scheduler_is_paused=Subquery(scheduler.values("is_paused")),
        last_error=Subquery(last_try.values("error__name")),
    ).get(pk=job_id)


def _of_switches(job: Mapping[str, Any]) -> _Found:
    if job["scheduler_is_paused"]:
        yield Name.SCHEDULER_PAUSED, "The scheduler is paused: no job is handed out before an operator resumes it."
    if job["job_type__is_paused"]:
        yield Name.JOB_TYPE_PAUSED, f"Its job type has been paused since {_shown(job['job_type__paused'])}."
    if not job["job_type__is_active"]:
        sentence = f"Its job type has been deprecated since {_shown(job['job_type__deprecated'])}."
        yield Name.JOB_TYPE_DEPRECATED, sentence


def _of_limit(job: Mapping[str, Any]) -> _Found:
    most = job["job_type__max_scheduled"]
    if most is None:
        return
    running = Job.objects.filter(status=Status.RUNNING, job_type_id=job["job_type_id"])
    if (count := running[: most + MOST_COUNTED].count()) >= most:
        noun = "job of its job type runs" if count == 1 else "jobs of its job type run"
        sentence = f"{count:,} {noun}, and {most:,} may run at the same time (max_scheduled)."
        yield Name.MAX_SCHEDULED, sentence


def _of_nodes(required: Requirement) -> _Found:
    """Hold what is required against what the nodes have, in use or not; one that names no resources takes all."""
    kinds = recent_nodes().values_list(Cast("capacity", TextField()), "is_active", "is_paused").order_by()
    nodes = [
        (None if capacity is None else dict(pairs_of(capacity)), is_active, is_paused, count)
        for capacity, is_active, is_paused, count in kinds.annotate(count=Count("*"))
    ]
    able = [
        (is_active, is_paused, count)
        for capacity, is_active, is_paused, count in nodes
        if capacity is None or fits(required, capacity)
    ]
    if not nodes:
        yield Name.NO_NODES, "No node was heard of within the last hour, so that none asks for jobs."
    elif not able:
        yield Name.UNMET_RESOURCES, _unmet(required, [capacity for capacity, *_ in nodes if capacity is not None])
    elif not any(is_active and not is_paused for is_active, is_paused, _ in able):
        deprecated = sum(count for is_active, _, count in able if not is_active)
        paused = sum(count for is_active, _, count in able if is_active)
        sentence = f"No node that has what it requires gets jobs: {paused:,} paused, {deprecated:,} deprecated."
        yield Name.NODES_PAUSED, sentence


def _unmet(required: Requirement, capacities: Sequence[Amounts]) -> str:
    """Return of what no node has enough: the resources that ``unmet_resources`` of the job type names."""
    lacking = Fleet(capacity.items() for capacity in capacities).lacking(required)
    amounts = {name: amount for name, amount in required if name in lacking}
    most = {name: max(capacity.get(name.lower(), 0) for capacity in capacities) for name in lacking}
    required_units, most_units = in_units(amounts), in_units(most)
    named = ", ".join(
        f"{name} (it requires {required_units[name]:,.12g}, the most that a node has is {most_units[name]:,.12g})"
        for name in lacking
    )
    if all(most[name] >= amounts[name] for name in lacking):
        return f"No node has enough of all that it requires together; the closest one lacks {named}."
    return f"No node has enough {named}."


def _of_retry(job: Mapping[str, Any]) -> _Found:
    if job["retry_after"] is not None:
        ended = f"failed of {job['last_error']}" if job["last_error"] else "was canceled, and may still be stopping"
        due = _shown(job["retry_after"])
        yield Name.RETRY, f"Try {job['num_exes']} {ended}; the next one is not due before {due}."


def _of_queue(job: Mapping[str, Any]) -> _Found:
    place = (job["priority"], job["queued"], job["id"])
    ahead, may_run = jobs_ahead(place=place, most=MOST_COUNTED + 1)
    if not ahead:
        yield Name.QUEUE, "No job is ahead of it in the queue: the next node that asks and has room for it gets it."
        return
    count = f"More than {MOST_COUNTED:,}" if ahead > MOST_COUNTED else f"{ahead:,}"
    noun = "job is" if ahead == 1 else "jobs are"
    held_up = ""
    if may_run < ahead <= MOST_COUNTED:
        held_up = f", {ahead - may_run:,} of them of job types that are paused or deprecated"
    yield Name.QUEUE, f"{count} {noun} ahead of it in the queue, by priority and then by queue time{held_up}."


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Writes of jobs: create one; cancel and requeue thousands. Others are in ``claims`` and ``transitions``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Greatest

from audit.models import Action, Kind
from audit.services import Subject, record
from core.actors import current_actor
from core.models.clock import statement_time
from core.services import Refused, require_valid
from job_types.models import JobType, JobTypeRevision
from job_types.selectors import newer_revisions
from jobs.inputs import check_files
from jobs.leases import end_of_stopped
from jobs.models import Job, JobExecution
from jobs.states import HELD, REQUEUED_FROM, End, Status, entering, statuses_before, step_time
from seed import Finding, Manifest, Report, check_configuration, check_input, clear_settings, usable_configuration
from workspaces.selectors import workspaces_by_name

MOST_AT_ONCE = 10_000
# How many values of each filter the audit keeps, and how much of each.
_MOST_RECORDED = 100
_LONGEST_RECORDED = 100
# Those about what was sent. What is missing in the configuration of a job, its job type configures.
_WARNINGS_OF_JOBS = ("UNKNOWN_SETTING", "UNKNOWN_MOUNT", "UNKNOWN_OUTPUT", "DEPRECATED_WORKSPACE")
# What a requeued job becomes: a hold stays one. Before `canceled_from` was kept, only the queue time shows it.
_REQUEUED_AS = Case(
    When(status=Status.CANCELED, canceled_from__in=HELD, then=F("canceled_from")),
    When(status=Status.CANCELED, canceled_from=None, queued=None, then=Value(Status.PENDING)),
    default=Value(Status.QUEUED),
)


class JobFields(TypedDict, total=False):
    """What a client says about a new job; it names the job type by id, or by name and version."""

    job_type_id: int
    job_type_name: str
    job_type_version: str
    input: Any
    configuration: Any
    priority: int
    status: str


@transaction.atomic
def create_job(*, fields: JobFields) -> tuple[Job, Report]:
    """Create a job of the current revision of its job type; QUEUED, unless ``status`` is PENDING.

    Its priority is ``priority``, else that of ``configuration``, else that of the job type. Return it with the
    warnings about its files and its configuration. Raises Refused.
    """
    job_type = _active_job_type(fields)
    revisions = JobTypeRevision.objects.annotate(now=statement_time())
    revision = revisions.get(job_type=job_type, revision_num=job_type.revision_num)
    given: Any = fields.get("input", {})
    configuration: Any = fields.get("configuration", {})
    manifest = Manifest.read(revision.manifest)
    report = _below("input", check_input(given, manifest) + check_files(given, manifest)) + _below(
        "configuration", _check_configuration(configuration, manifest)
    )
    require_valid(report)
    given, own = (
        {name: value for name, value in document.items() if name != "version"}
        for document in (given, configuration)
    )
    if "settings" in own:
        own["settings"] = clear_settings(own["settings"], manifest)
    priority = own.get("priority", usable_configuration(job_type.configuration)["priority"])
    now = revision.now  # type: ignore[attr-defined]  # the plugin of mypy does not see it
    job = Job.objects.create(
        job_type=job_type,
        job_type_rev=revision,
        configuration_num=job_type.configuration_num,
        priority=fields.get("priority", int(priority)),
        input=given,
        configuration=own,
        max_tries=job_type.max_tries,
        created_by=current_actor().name,
        created=now,
        last_modified=now,
        **entering(Status(fields.get("status", Status.QUEUED)), now),
    )
    return job, report


@dataclass(frozen=True, slots=True)
class Stepped:
    """How many jobs were changed, and how many more there are that can be."""

    count: int
    remaining: int


def cancelable(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those of ``jobs`` that can be canceled."""
    return jobs.filter(status__in=statuses_before(Status.CANCELED))


def requeueable(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those of ``jobs`` that can be put back into the queue."""
    return jobs.filter(status__in=REQUEUED_FROM, job_type__is_active=True)


@transaction.atomic
def cancel_jobs(*, jobs: QuerySet[Job], selection: Mapping[str, Sequence[str]]) -> Stepped:
    """Cancel those of ``jobs`` that can be canceled, at most 10,000. ``selection`` says how they were chosen."""
    stepped = _step(cancelable(jobs), Value(Status.CANCELED), lambda revisions: {}, canceled_from=F("status"))
    _record(Action.CANCELED, stepped, selection)
    return stepped


@transaction.atomic
def requeue_jobs(
    *, jobs: QuerySet[Job], selection: Mapping[str, Sequence[str]], priority: int | None = None
) -> Stepped:
    """Put those of ``jobs`` that FAILED or were CANCELED back into the queue, at most 10,000.

    One that was PENDING or BLOCKED when it was canceled is so again. Each may be tried again as often as its job
    type says, with ``priority`` if it is given. It runs with the configuration that its job type has now, and the
    current revision if that takes the same inputs; but not before the lease of a try is over that somebody else
    than its node ended, since that may not know it yet. Jobs of a deprecated job type stay as they are.
    """
    job_types = JobType.objects.filter(pk=OuterRef("job_type_id"))
    columns: dict[str, Any] = {
        "max_tries": F("num_exes") + Subquery(job_types.values("max_tries")),
        "configuration_num": Subquery(job_types.values("configuration_num")),
    }
    if priority is not None:
        columns["priority"] = priority
    stepped = _step(requeueable(jobs), _REQUEUED_AS, newer_revisions, **columns)
    _record(Action.REQUEUED, stepped, selection, **({} if priority is None else {"priority": priority}))
    return stepped


def _step(
    jobs: QuerySet[Job],
    status: Expression,
    newer: Callable[[Collection[int]], Mapping[int, int]],
    **columns: object,
) -> Stepped:
    """Change the first 10,000 of ``jobs``, each to its ``status``. Writers lock jobs in id order.

    ``newer`` is called with the ids of their revisions, and returns which other ones they run from now on.
    """
    matching = jobs.order_by("pk")
    rows = matching.select_for_update(of=("self",), no_key=True).values_list("pk", status, "job_type_rev_id")
    locked = list(rows[:MOST_AT_ONCE])
    revisions = newer({revision for _, _, revision in locked})
    alike: dict[tuple[str, int | None], list[int]] = {}
    for pk, after, revision in locked:
        alike.setdefault((after, revisions.get(revision)), []).append(pk)
    when = step_time()
    for (after, revision), pks in alike.items():
        stepping = entering(Status(after), when) | ({"job_type_rev_id": revision} if revision else {})
        if after == Status.QUEUED:
            stepping["retry_after"] = end_of_stopped()
        Job.objects.filter(pk__in=pks).update(**stepping, **columns, last_modified=when)
    _cancel_tries([pk for pk, *_ in locked])
    return Stepped(len(locked), matching.count() if len(locked) == MOST_AT_ONCE else 0)


def _cancel_tries(jobs: Collection[int]) -> None:
    """End the tries that run of jobs, given by their ids, which are canceled."""
    running = JobExecution.objects.filter(job_id__in=jobs, ended=None)
    tries = list(running.order_by("job_id").select_for_update(no_key=True).values_list("pk", flat=True))
    JobExecution.objects.filter(pk__in=tries).update(
        status=Status.CANCELED,
        end=End.CANCELED,
        ended=Greatest(statement_time(), F("started")),
        ended_by=current_actor().name,
    )


def _record(action: Action, stepped: Stepped, selection: Mapping[str, Sequence[str]], **others: object) -> None:
    """Record what was done to the jobs of ``selection`` in the audit, if it was done to any."""
    if not stepped.count:
        return
    chosen = {
        name: [
            *(value[:_LONGEST_RECORDED] for value in values[:_MOST_RECORDED]),
            *([f"and {more} more"] if more > 0 else []),
        ]
        for name, values in selection.items()
        for more in [len(values) - _MOST_RECORDED]
    }
    new = {"selection": chosen, "count": stepped.count, **others}
    record(
        subject=Subject(Kind.JOB, ""), action=action, changes={name: {"new": value} for name, value in new.items()}
    )


def _active_job_type(fields: JobFields) -> JobType:
    """Return the job type that ``fields`` name. Raises Refused where there is none, and when it is deprecated.

    For a job with settings of its own it is locked, so that none of them becomes secret meanwhile.
    """
    job_types, configuration = JobType.objects.all(), fields.get("configuration")
    if isinstance(configuration, dict) and configuration.get("settings"):
        job_types = job_types.select_for_update(no_key=True)
    if "job_type_id" in fields:
        place, shown = "/job_type_id", f"the id {fields['job_type_id']}"
        job_type = job_types.filter(pk=fields["job_type_id"]).first()
    else:
        name, version = fields["job_type_name"], fields["job_type_version"]
        place, shown = "/job_type_name", f"the name {name} and the version {version}"
        job_type = job_types.with_key(name=name, version=version).first()
    if job_type is None:
        raise Refused.because("UNKNOWN_JOB_TYPE", f"There is no job type with {shown}; see /v6/job-types/.", place)
    if not job_type.is_active:
        sentence = f"{job_type} is deprecated and takes no jobs; activate it, or use another version."
        raise Refused.because("DEPRECATED_JOB_TYPE", sentence, place)
    return job_type


def _check_configuration(configuration: object, manifest: Manifest) -> Report:
    """Return the findings on a job's own configuration, which may leave out what its job type configures."""
    report = check_configuration(
        configuration,
        manifest,
        given=False,
        workspaces=workspaces_by_name(),
        host_roots=django_settings.ALLOWED_HOST_MOUNTS,
    )
    # ``given=False``, which lets settings and workspaces be missing, only warns of these.
    outside = tuple(finding for finding in report.warnings if finding.name == "HOST_PATH_NOT_ALLOWED")
    warnings = tuple(finding for finding in report.warnings if finding.name in _WARNINGS_OF_JOBS)
    settings = configuration.get("settings") if isinstance(configuration, dict) else None
    secrets = tuple(
        Finding(
            "SECRET_SETTING",
            f"settings.{name}: is a secret, which only the configuration of the job type may hold",
            f"/settings/{name}",
        )
        for name in (settings if isinstance(settings, dict) else ())
        if name in manifest.secret_settings
    )
    return Report(errors=(*report.errors, *outside, *secrets), warnings=warnings)


def _below(member: str, report: Report) -> Report:
    """Return a report on the document in ``member`` of the body, with the paths of its findings into the body."""
    errors, warnings = (
        tuple(Finding(found.name, found.description, f"/{member}{found.path}") for found in findings)
        for findings in (report.errors, report.warnings)
    )
    return Report(errors, warnings)

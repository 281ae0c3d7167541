"""What schedulers and workers report of jobs: up to a thousand changes, carried out in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, Q

from core.actors import current_actor
from core.models.bulk import update_of
from core.models.statements import SQL, execute_together
from core.rights import described
from core.services import Refused
from errors.models import Error
from errors.services import builtin_error
from files.services import Product, register_products
from job_types.models import JobTypeRevision
from job_types.selectors import newer_revisions
from jobs.arrivals import announce
from jobs.leases import lease_from
from jobs.locked import LockedJob, lock_jobs
from jobs.models import Job, JobExecution
from jobs.products import Completions, ReportedFile, conflicts
from jobs.states import (
    ENDS_OF_A_TRY,
    REPORTED_ENDS,
    REQUEUED_FROM,
    STATUS_AFTER,
    TRANSITIONS,
    UNREPORTED_ENDS,
    End,
    Status,
    entering,
    retry_time,
)
from seed import Finding, Manifest, Report

MOST_CHANGES = 1_000
# The right to report any step of any job.
_ANY_STEP = "jobs.change_job"
OUTCOMES = ("changed", "unchanged", "refused")
# How far the clock of a node may be ahead of the database's.
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Change:
    """What is reported of one job: the status that it enters, and what belongs to that step.

    ``when`` is the time of the database by default, ``error`` the name of an error of the job type or a built-in
    one, and ``num_exes`` the number of the try that the report is about, as the claim gave it. ``log`` holds the
    ends of ``stdout`` and ``stderr`` of the try that ends, ``log_workspace`` is where its node stored all of them,
    and ``files`` are what a try that COMPLETED left behind.
    """

    job_id: int
    status: Status
    when: datetime | None = None
    exit_code: int | None = None
    error: str | None = None
    node: str | None = None
    output: dict[str, Any] | None = None
    files: Sequence[ReportedFile] | None = None
    num_exes: int | None = None
    log: Mapping[str, str] | None = None
    log_workspace: str | None = None


class Outcome(TypedDict):
    """What became of a change: one of ``OUTCOMES`` (``unchanged``: the job was so already), and the status now."""

    job_id: int
    outcome: str
    status: str | None
    refusal: Finding | None


@transaction.atomic
def apply_changes(*, changes: Sequence[Change], atomic: bool = False, worker: User | None = None) -> list[Outcome]:
    """Carry out ``changes`` in their order, and return what became of each.

    One that cannot be carried out is refused, and the others are carried out, unless ``atomic``: then Refused is
    raised and nothing is written. A report that is sent again changes nothing. Of an account that is a ``worker``,
    all is refused but how tries ended that this account claimed. The files that tries left behind are registered
    in the same transaction.
    """
    conflicting: dict[int, Refused] = {}
    while True:
        batch, outcomes = _carry_out(changes, worker, conflicting)
        refusals = tuple(outcome["refusal"] for outcome in outcomes if outcome["refusal"])
        if atomic and refusals:
            raise Refused(Report(errors=refusals))
        # Nothing is written before. One more change is refused each time.
        if not (found := batch.register()):
            batch.write()
            return outcomes
        conflicting |= found


def _carry_out(
    changes: Sequence[Change], worker: User | None, conflicting: Mapping[int, Refused]
) -> tuple["_Batch", list[Outcome]]:
    """Lock the jobs of ``changes``, and carry these out in memory. Those at ``conflicting`` places are refused."""
    locked = lock_jobs({change.job_id for change in changes})
    reports = [(locked[one.job_id].job, one) for one in changes if one.job_id in locked]
    queued = {job.job_type_rev_id for job, change in reports if change.status == Status.QUEUED}
    newer = newer_revisions(queued) if queued else {}
    errors = _Errors.of_failures(reports, newer)
    completions = Completions.of_reports([(job, change.files or ()) for job, change in reports])
    tries = {pk: one.last_try for pk, one in locked.items() if one.last_try}
    batch = _Batch(locked, tries, errors, newer, completions, conflicting, worker)
    return batch, [batch.carry_out(change, place) for place, change in enumerate(changes)]


@dataclass(slots=True)
class _Batch:
    """The locked jobs of a request and their last tries, changed in memory until they are written."""

    locked: Mapping[int, LockedJob]
    tries: dict[int, JobExecution]  # by the ids of the jobs: those of ``locked``, then those that begin
    errors: "_Errors"
    newer: Mapping[int, int]  # of jobs that are queued: the revisions that they run instead of theirs
    completions: Completions
    conflicting: Mapping[int, Refused]  # by the place of the change: why its files cannot be registered
    worker: User | None  # whose tries alone may be reported; None for all changes of all jobs
    columns: dict[Job, set[str]] = field(default_factory=dict)  # of each job, those that were changed
    begun: list[JobExecution] = field(default_factory=list)
    ended: dict[JobExecution, set[str]] = field(default_factory=dict)  # of those that began before: as ``columns``
    products: dict[int, tuple[Job, list[Product]]] = field(default_factory=dict)  # by the place of the change

    def carry_out(self, change: Change, place: int) -> Outcome:
        """Change the job of ``change``, the one at ``place`` of the request, in memory."""
        locked = self.locked.get(change.job_id)
        job = locked and locked.job
        outcome, refusal = "changed", None
        try:
            if job is None:
                raise Refused.because("UNKNOWN_JOB", f"there is no job {change.job_id}", "/job_id")
            last = self.tries.get(job.pk)
            claimed_by = last and last.account_id
            is_others = self.worker is not None and job.node is not None and claimed_by != self.worker.pk
            if is_others and not _names_earlier_try(job, change):
                sentence = f"job {job.pk} is on the node {job.node}, and this account did not claim it"
                raise Refused.because("OTHER_ACCOUNT", sentence, "/job_id")
            if _is_settled(job, change):
                outcome = "unchanged"
            elif last and last.end in UNREPORTED_ENDS and change.status in (Status.COMPLETED, Status.FAILED):
                sentence = f"try {last.exe_num} of job {job.pk} is over: it was ended before ({last.end})"
                raise Refused.because("TRY_OVER", sentence, "/num_exes")
            elif self.worker is not None and not (job.status == Status.RUNNING and change.status in ENDS_OF_A_TRY):
                sentence = f"job {job.pk} is {job.status}; to make it {change.status} needs {described(_ANY_STEP)}"
                raise Refused.because("MISSING_RIGHT", sentence, "/status")
            else:
                self._step(job, change, place)
        except Refused as refused:
            (fault,) = refused.report.errors
            sentence = f"changes[{place}]: {fault.description}."
            outcome, refusal = "refused", Finding(fault.name, sentence, f"/changes/{place}{fault.path}")
        return Outcome(job_id=change.job_id, outcome=outcome, status=job.status if job else None, refusal=refusal)

    def register(self) -> dict[int, Refused]:
        """Register the files that tries left behind, and note them in the output of their jobs.

        If some of them cannot be registered, none is: return why not, by the places of the changes.
        """
        products = [product for _, some in self.products.values() for product in some]
        if not products:
            return {}
        try:
            files = iter(register_products(products=products))
        except Refused as refused:
            places = [(place, index) for place, (_, some) in self.products.items() for index in range(len(some))]
            return conflicts(refused, places)
        for job, some in self.products.values():
            ids: dict[str, list[int]] = {}
            for product in some:
                ids.setdefault(product.output, []).append(next(files).pk)
            job.output = {**job.output, "files": ids}
        return {}

    def write(self) -> None:
        """Write the changes."""
        if statements := [*_updates(Job, self.columns), *_updates(JobExecution, self.ended)]:
            execute_together(statements)
        if any(job.status == Status.QUEUED for job in self.columns):
            announce()
        JobExecution.objects.bulk_create(self.begun)

    def _step(self, job: Job, change: Change, place: int) -> None:
        """Change ``job`` to the status that ``change`` reports. Raises Refused."""
        legal = TRANSITIONS[job.status]
        if change.status not in legal:
            following = ", ".join(legal) or "none"
            sentence = f"job {job.pk} is {job.status} and cannot become {change.status}; it can become: {following}"
            raise Refused.because("ILLEGAL_TRANSITION", sentence, "/status")
        when = self._moment(job, change)
        if change.files:
            self._take_products(job, change, place)
        error = self.errors.find(job, change) if change.status == Status.FAILED else None
        status = change.status
        columns: dict[str, Any] = {"last_modified": self.locked[job.pk].now}
        if job.status == Status.RUNNING:
            self._end_try(self.tries[job.pk], change, when, error)
        if job.is_retried_after(error):
            status, error = Status.QUEUED, None
            columns["retry_after"] = self.errors.retries[job.pk]
        elif status == Status.CANCELED:
            columns["canceled_from"] = job.status
        elif job.status in REQUEUED_FROM:
            columns["max_tries"] = job.num_exes + job.job_type.max_tries
        if change.status == Status.QUEUED and job.status != Status.RUNNING:
            columns["configuration_num"] = job.job_type.configuration_num
            columns["job_type_rev_id"] = self.newer.get(job.job_type_rev_id, job.job_type_rev_id)
        if status == Status.QUEUED and (until := self._may_run_until(job)):
            columns["retry_after"] = max(until, columns.get("retry_after", until))
        columns = entering(status, when) | columns
        if error:
            columns["error_id"] = error.pk
        if status == Status.RUNNING:
            self._begin_try(job, change.node, when)
            columns |= {"num_exes": job.num_exes + 1, "node": change.node}
        if change.exit_code is not None:
            columns["exit_code"] = change.exit_code
        if change.output is not None or change.files:
            columns["output"] = change.output or {}
        for column, value in columns.items():
            setattr(job, column, value)
        self.columns.setdefault(job, set()).update(columns)

    def _take_products(self, job: Job, change: Change, place: int) -> None:
        """Take the files of ``change`` to be registered. Raises Refused where one of them cannot be."""
        if place in self.conflicting:
            raise self.conflicting[place]
        if change.output and change.output.get("files"):
            sentence = "output.files: what is reported in `files` becomes it; send one of them"
            raise Refused.because("INVALID_FIELD", sentence, "/output/files")
        self.products[place] = job, self.completions.products(self.tries[job.pk], job, change.files or ())

    def _may_run_until(self, job: Job) -> datetime | None:
        """Return until when a node may run the last try of ``job``, since it does not know that it is over.

        None if nobody runs it: its lease is over, or its node itself reported the end.
        """
        last, locked = self.tries.get(job.pk), self.locked[job.pk]
        if last is None or last.lease_expires is None or last.lease_expires <= locked.now:
            return None
        # Tries that were not claimed have no account.
        is_by_others = last.account_id is not None and last.ended_by != locked.claimer
        return last.lease_expires if last.end == End.CANCELED or is_by_others else None

    def _begin_try(self, job: Job, node: str | None, when: datetime) -> None:
        """Begin a try that was reported and not claimed: nobody keeps it by a lease, but its timeout holds."""
        one = JobExecution.begin(
            started=when,
            timeout=job.job_type_rev.timeout,
            job=job,
            job_type_rev_id=job.job_type_rev_id,
            exe_num=job.num_exes + 1,
            node=node,
            queued=job.queued,
        )
        one.lease_expires = one.times_out and lease_from(one.times_out, one.times_out)
        self.tries[job.pk] = one
        self.begun.append(one)

    def _end_try(self, one: JobExecution, change: Change, when: datetime, error: Error | None) -> None:
        end = REPORTED_ENDS[change.status]
        columns: dict[str, Any] = {
            "status": STATUS_AFTER[end],
            "end": end,
            "ended": when,
            "ended_by": current_actor().name,
            "error_id": error and error.pk,
            "exit_code": change.exit_code,
            "log_workspace": change.log_workspace,
            **(change.log or {}),
        }
        for column, value in columns.items():
            setattr(one, column, value)
        if one.pk is not None:
            self.ended[one] = set(columns)

    def _moment(self, job: Job, change: Change) -> datetime:
        """Return when the step was: as reported, but not before the step before it and not after now."""
        now = self.locked[job.pk].now
        if change.when and change.when > now + _CLOCK_SKEW:
            raise Refused.because("INVALID_TIME", "lies in the future; leave it out where it is now", "/when")
        return max(min(change.when or now, now), job.last_status_change)


def _updates(model: type[Model], rows: Mapping[Any, Collection[str]]) -> list[SQL]:
    """Return what writes the columns that changed of ``rows``: a statement for all of which the same changed."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row, columns in rows.items():
        names = ("id", *sorted(columns))
        alike.setdefault(names, []).append({name: getattr(row, name) for name in names})
    return [update_of(model, changed) for changed in alike.values()]


def _is_settled(job: Job, change: Change) -> bool:
    """Whether the row of ``job`` shows what ``change`` reports already, or the report is of a try that is over."""
    if change.num_exes is not None and change.num_exes > job.num_exes + (change.status == Status.RUNNING):
        sentence = f"the job was tried {job.num_exes} times, so nothing is known of try {change.num_exes}"
        raise Refused.because("UNKNOWN_TRY", sentence, "/num_exes")
    if _names_earlier_try(job, change):
        return True
    if change.status == Status.RUNNING and change.num_exes == job.num_exes:
        return True
    if change.status == Status.FAILED and job.status == Status.QUEUED and job.num_exes:
        return True  # the failure that put it back into the queue, reported again
    if change.status == Status.QUEUED and job.status in REQUEUED_FROM and (change.num_exes or change.node):
        return True  # a node gives back a job that is over; only a report that names no try requeues a job
    if change.status in (Status.FAILED, Status.COMPLETED) and _is_of_earlier_try(job, change):
        return True
    if change.node and job.node and change.node != job.node:
        raise Refused.because("OTHER_NODE", f"the job is on the node {job.node}, not on {change.node}", "/node")
    return job.status == change.status


def _names_earlier_try(job: Job, change: Change) -> bool:
    """Whether ``change`` is about an earlier try of ``job`` than the last one. Such a try has ended."""
    return change.num_exes is not None and change.num_exes < job.num_exes


def _is_of_earlier_try(job: Job, change: Change) -> bool:
    """Whether the try that ended began before the one that runs now; none came before the first."""
    if change.num_exes is not None or change.when is None or job.started is None:
        return False
    return job.status == Status.RUNNING and job.num_exes > 1 and change.when < job.started


@dataclass(frozen=True, slots=True)
class _Errors:
    """What failures in a request need: errors, manifests that say what exit codes mean, and times of retries."""

    manifests: Mapping[int, Manifest]  # revision id -> its manifest
    errors: dict[tuple[str | None, str], Error]  # job type name (None: built in), name -> the error
    retries: Mapping[int, datetime]  # job id -> when it is tried again, if it is

    @classmethod
    def of_failures(cls, reports: Iterable[tuple[Job, Change]], newer: Mapping[int, int]) -> "_Errors":
        """Read what the failures among ``reports`` need: three queries, none without failures.

        ``newer`` are the revisions that jobs may run instead of theirs before they fail.
        """
        failures = [(job, change) for job, change in reports if change.status == Status.FAILED]
        if not failures:
            return cls({}, {}, {})
        coded = {job.job_type_rev_id for job, change in failures if change.exit_code is not None}
        coded |= {newer[pk] for pk in coded & newer.keys()}
        revisions = JobTypeRevision.objects.filter(pk__in=coded).values_list("pk", "manifest")
        manifests = {pk: Manifest.read(manifest) for pk, manifest in revisions}
        names = {"unknown", "algorithm-unknown", *(change.error for _, change in failures if change.error)}
        names |= {error.name for manifest in manifests.values() for error in manifest.errors}
        owners = {job.job_type.name for job, _ in failures}
        known = Error.objects.filter(Q(job_type_name=None) | Q(job_type_name__in=owners), name__in=names)
        errors = {(error.job_type_name, error.name): error for error in known}
        retries = Job.objects.filter(pk__in={job.pk for job, _ in failures}).values_list("pk", retry_time())
        return cls(manifests, errors, dict(retries))

    def find(self, job: Job, change: Change) -> Error:
        """Return why ``job`` failed: the error that is named, else what its manifest says of the exit code."""
        owner = job.job_type.name
        if change.error is not None:
            error = self.errors.get((owner, change.error)) or self.errors.get((None, change.error))
            if error is None:
                sentence = f"there is no error {change.error} of {owner}, and no built-in one; see /v6/errors/"
                raise Refused.because("UNKNOWN_ERROR", sentence, "/error")
            return error
        if change.exit_code is None:
            return self._builtin("unknown")
        declared = self.manifests[job.job_type_rev_id].error_for_exit_code(change.exit_code)
        known = self.errors.get((owner, declared.name)) if declared else None
        return known or self._builtin("unknown" if job.job_type.is_system else "algorithm-unknown")

    def _builtin(self, name: str) -> Error:
        if (None, name) not in self.errors:
            self.errors[(None, name)] = builtin_error(name)
        return self.errors[(None, name)]

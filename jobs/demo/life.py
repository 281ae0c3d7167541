"""The life of one job of the demo: each step changes the job as a real step does, and keeps the tries."""

from dataclasses import dataclass, field
from datetime import datetime

from errors.models import Error
from files.models import File
from jobs.leases import lease_from
from jobs.models import Job, JobExecution
from jobs.states import STATUS_AFTER, End, Status, entering

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Life:
    """A job, its tries, the first one first, and its products; none of them is stored yet."""

    job: Job
    tries: list[JobExecution] = field(default_factory=list)
    products: list[File] = field(default_factory=list)

    @property
    def changed(self) -> datetime:
        """When the job entered its status."""
        return self.job.last_status_change

    def enter(self, status: Status, when: datetime) -> None:
        """Let the job enter ``status``."""
        for column, value in entering(status, when).items():
            setattr(self.job, column, value)
        self.job.last_modified = when

    def start(self, when: datetime, node: str) -> JobExecution:
        """Let ``node`` claim the job, and return the try."""
        one = JobExecution.begin(
            started=when,
            timeout=self.job.job_type_rev.timeout,
            job=self.job,
            job_type_rev=self.job.job_type_rev,
            exe_num=self.job.num_exes + 1,
            node=node,
            queued=self.job.queued,
        )
        one.lease_expires = lease_from(when, one.times_out)
        self.tries.append(one)
        self.enter(Status.RUNNING, when)
        self.job.num_exes, self.job.node = one.exe_num, node
        return one

    def end(
        self, end: End, when: datetime, *, by: str | None, error: Error | None = None, exit_code: int | None = None
    ) -> None:
        """End the last try, and let its job be retried if its ``error`` allows that."""
        one = self.tries[-1]
        one.status = STATUS_AFTER[end]
        one.end, one.ended, one.ended_by, one.error, one.exit_code = end, when, by, error, exit_code
        if end != End.NODE_LOST:
            one.lease_expires = lease_from(when, one.times_out)
        is_retried = self.job.is_retried_after(error)
        self.enter(Status.QUEUED if is_retried or end == End.RETURNED else STATUS_AFTER[end], when)
        if not is_retried:
            self.job.error = error
        if exit_code is not None:
            self.job.exit_code = exit_code

    def cancel(self, when: datetime) -> None:
        """Let an operator cancel the job, while it waits or runs."""
        self.job.canceled_from = self.job.status
        if self.job.status == Status.RUNNING:
            self.end(End.CANCELED, when, by=OPERATOR)
        else:
            self.enter(Status.CANCELED, when)

    def requeue(self, when: datetime) -> None:
        """Let an operator requeue the job, which failed."""
        self.enter(Status.QUEUED, when)
        self.job.max_tries = self.job.num_exes + self.job.job_type.max_tries

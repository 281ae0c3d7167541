"""Jobs and their tries; the nodes that run them are in ``node_models``."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.models.columns import DocumentField
from errors.models import Error
from job_types.models import DEFAULT_MAX_TRIES, JobType, JobTypeConfiguration, JobTypeRevision
from jobs.node_models import Node, Scheduler  # noqa: F401  (Django finds the models of an app in this module)
from jobs.querysets import JobExecutionQuerySet, JobQuerySet
from jobs.states import COUNTED_APART, ENDED, REQUEUED_FROM, STATUSES_OF_A_TRY, WAITING, End, Status
from seed import DEFAULT_PRIORITY

MAX_NODE_LENGTH = 255
# How much of each log of a try is kept: its last characters.
MAX_TAIL_LENGTH = 65_536


class Job(models.Model):
    """A revision of a job type, to be run on an input.

    Its statuses, and the legal steps between them (``jobs.states.TRANSITIONS`` enforces them):

    - PENDING -> BLOCKED, QUEUED, CANCELED: it waits for something outside the queue
    - BLOCKED -> PENDING, QUEUED, CANCELED: what it waits for will not come by itself
    - QUEUED -> RUNNING, PENDING, CANCELED: a node may claim it, and RUNNING is one more try (``num_exes``)
    - RUNNING -> COMPLETED, FAILED, CANCELED; -> QUEUED when its node gives it back, or when it fails of an error
      that should be retried and has tries left (``num_exes`` below ``max_tries``)
    - FAILED -> QUEUED, CANCELED: a requeued job has as many tries more as its job type gives (``max_tries``)
    - CANCELED -> QUEUED: requeued, as after FAILED; -> PENDING, BLOCKED where it was held when it was canceled
    - COMPLETED is final
    """

    job_type = models.ForeignKey(
        JobType,
        on_delete=models.PROTECT,
        related_name="jobs",
        db_index=False,
        help_text="Its job type, as it is now.",
    )
    job_type_rev = models.ForeignKey(
        JobTypeRevision,
        on_delete=models.PROTECT,
        related_name="jobs",
        db_index=False,
        help_text="The revision of the job type that it runs.",
    )
    configuration_num = models.PositiveIntegerField(
        default=1,
        db_default=1,
        help_text="Which configuration of its job type it runs with, by number: the one when it was last queued.",
    )
    # No column of its own: a reference by two columns costs no UPDATE of the jobs of earlier releases.
    job_type_configuration = models.ForeignObject(
        JobTypeConfiguration,
        on_delete=models.DO_NOTHING,
        from_fields=["job_type", "configuration_num"],
        to_fields=["job_type", "configuration_num"],
        related_name="+",
        serialize=False,
    )
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.PENDING, help_text="Where the job is in its life."
    )
    error = models.ForeignKey(
        Error,
        on_delete=models.PROTECT,
        related_name="jobs",
        null=True,
        blank=True,
        db_index=False,
        help_text="Why it FAILED; null in every other status.",
    )
    priority = models.PositiveIntegerField(
        default=DEFAULT_PRIORITY, help_text="Its priority in the queue: lower numbers come first."
    )
    input = DocumentField(
        default=dict, help_text="What it runs on: `files` (name to file ids) and `json` (name to value)."
    )
    output = DocumentField(default=dict, help_text="What it left behind, as it was reported; empty before.")
    configuration = DocumentField(
        default=dict, help_text="What this job configures differently from its job type, without secrets."
    )
    exit_code = models.IntegerField(
        null=True, blank=True, help_text="The exit code of the last try that ended, as it was reported."
    )
    node = models.TextField(
        null=True, blank=True, help_text="The node that runs it, or ran it last; null before and in the queue."
    )
    created_by = models.TextField(
        null=True, blank=True, help_text="The name of the account that created it; null if no account did."
    )
    canceled_from = models.CharField(
        max_length=9,
        choices=Status.choices,
        null=True,
        blank=True,
        help_text="The status in which it was last canceled; null if it never was.",
    )
    max_tries = models.PositiveIntegerField(
        default=DEFAULT_MAX_TRIES,
        help_text="How often it is tried at most when it fails of an error that should be retried.",
    )
    num_exes = models.PositiveIntegerField(
        default=0,
        help_text="How often it was started: the number of its last try, to be sent with reports of that try.",
    )
    created = models.DateTimeField(db_default=Now(), help_text="When it was created.")
    queued = models.DateTimeField(
        null=True, blank=True, help_text="When it last entered the queue; null when it never did."
    )
    retry_after = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it may be claimed again; null unless it waits in the queue after a try that failed, or "
        "for the node of one that was canceled.",
    )
    started = models.DateTimeField(
        null=True, blank=True, help_text="When its last try started; null while it waits for one."
    )
    ended = models.DateTimeField(
        null=True, blank=True, help_text="When it FAILED, was COMPLETED or CANCELED; null before."
    )
    last_status_change = models.DateTimeField(db_default=Now(), help_text="When it last entered another status.")
    last_modified = models.DateTimeField(db_default=Now(), help_text="When it last changed.")

    objects = JobQuerySet.as_manager()

    class Meta:
        permissions = [
            ("claim_job", "Can claim jobs for a node"),
            ("report_job", "Can report what became of claimed jobs"),
            ("cancel_job", "Can cancel jobs"),
            ("requeue_job", "Can requeue jobs"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="job_status_known"),
            models.CheckConstraint(
                condition=Q(status=Status.FAILED, error__isnull=False)
                | Q(~Q(status=Status.FAILED), error__isnull=True),
                name="job_error_when_failed",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.QUEUED) | Q(queued__isnull=False), name="job_queued_when_queued"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.RUNNING) | Q(started__isnull=False), name="job_started_when_running"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, ended__isnull=False) | Q(~Q(status__in=ENDED), ended__isnull=True),
                name="job_ended_when_over",
            ),
            models.CheckConstraint(
                condition=Q(started__isnull=True) | Q(ended__isnull=True) | Q(ended__gte=F("started")),
                name="job_ends_after_it_started",
            ),
            models.CheckConstraint(condition=Q(priority__gte=1), name="job_priority_from_one"),
            models.CheckConstraint(
                condition=Q(retry_after__isnull=True) | Q(status=Status.QUEUED), name="job_retried_from_the_queue"
            ),
        ]
        indexes = [
            # Each index holds all columns that its queries read, so that the table itself is not read.
            # The list, the latest change first.
            models.Index(fields=["-last_status_change", "id"], name="job_latest"),
            # status/: the jobs whose last change lies in a window. Most of them are COMPLETED, and are counted
            # fastest in an index without their status; running jobs are in job_running.
            models.Index(
                fields=["last_status_change", "job_type"],
                condition=Q(status=Status.COMPLETED),
                name="job_completed",
            ),
            models.Index(
                fields=["last_status_change", "status", "job_type", "error"],
                condition=~Q(status__in=COUNTED_APART),
                name="job_changed",
            ),
            # pending/ and queue/status/, running/, system-failures/: the jobs that they count, however long the
            # history is.
            models.Index(
                fields=["status", "job_type", "queued", "last_status_change", "priority"],
                condition=Q(status__in=WAITING),
                name="job_waiting",
            ),
            models.Index(
                fields=["job_type", "started", "last_status_change"],
                condition=Q(status=Status.RUNNING),
                name="job_running",
            ),
            models.Index(
                fields=["error", "job_type", "last_status_change"],
                condition=Q(status=Status.FAILED),
                name="job_failed",
            ),
            # The jobs that can be requeued, the first 10,000 by id at once, as writers lock jobs in this order.
            # Without this, they are looked for among all that completed before them.
            models.Index(
                fields=["id", "status", "job_type"],
                condition=Q(status__in=REQUEUED_FROM),
                name="job_requeueable",
            ),
            # The queue: its first jobs, of any revision. Those that wait for a retry are not in it.
            models.Index(
                fields=["priority", "queued", "id", "job_type_rev"],
                condition=Q(status=Status.QUEUED, retry_after__isnull=True),
                name="job_queue_head",
            ),
            # The queue, behind jobs that may not run: the next jobs of a revision are one step into this index.
            models.Index(
                fields=["job_type_rev", "priority", "queued", "id"],
                condition=Q(status=Status.QUEUED, retry_after__isnull=True),
                name="job_queue",
            ),
            # The jobs that wait for a retry, the first one first.
            models.Index(fields=["retry_after"], condition=Q(retry_after__isnull=False), name="job_retry"),
            # What runs on a node, the only jobs that have one and did not end. Queries by status cannot use it, and
            # those by node no index of the running jobs, even if statistics make that look small.
            models.Index(
                fields=["node", "job_type_rev"],
                condition=Q(node__isnull=False, ended__isnull=True),
                name="job_on_node",
            ),
            # The jobs that ran on a node, the latest change first. A node runs a small part of all jobs, and none
            # of late if it is gone: without this, their list is a search of the whole history.
            models.Index(
                fields=["node", "-last_status_change", "id"], condition=Q(node__isnull=False), name="job_by_node"
            ),
            # The jobs of a job type, the latest change first.
            models.Index(fields=["job_type", "last_status_change"], name="job_of_type"),
            # The few jobs with settings of their own, which a setting that becomes secret must leave.
            models.Index(
                fields=["job_type", "id"],
                condition=Q(configuration__settings__isnull=False),
                name="job_with_settings",
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"

    def is_retried_after(self, error: Error | None) -> bool:
        """Return whether the job is tried again when its last try ends with ``error``."""
        return error is not None and error.should_be_retried and self.num_exes < self.max_tries


class JobExecution(models.Model):
    """A try of a job: written when it begins, changed while it runs, and never again once it has ended.

    A try that was claimed has a lease, which its node renews. One that runs longer than its lease is ended when
    the service looks at it next (``jobs.rescue``). No lease goes further than one lease beyond the timeout,
    unless the service was away then.
    """

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="executions", db_index=False, help_text="The job."
    )
    job_type_rev = models.ForeignKey(
        JobTypeRevision,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The revision of the job type that this try runs.",
    )
    exe_num = models.PositiveIntegerField(help_text="The number of the try, from 1.")
    status = models.CharField(
        max_length=9,
        choices=[(status.value, status.label) for status in STATUSES_OF_A_TRY],
        default=Status.RUNNING,
        help_text="RUNNING, or how it ended.",
    )
    end = models.CharField(
        max_length=9, choices=End.choices, null=True, blank=True, help_text="What ended it; null while it runs."
    )
    ended_by = models.TextField(
        null=True,
        blank=True,
        help_text="The name of the account that ended it; null while it runs, and if the service itself did.",
    )
    node = models.TextField(null=True, blank=True, help_text="The node that runs it, or ran it; null if unknown.")
    # Neither an index nor a constraint: nobody looks up what an account claimed, and accounts can be deleted.
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        help_text="The account that claimed it, and may report how it ends; null if none did.",
    )
    claim_id = models.UUIDField(
        null=True, blank=True, help_text="The id of the claim that it was handed out by; null if that had none."
    )
    error = models.ForeignKey(
        Error,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        help_text="Why it FAILED; null in every other status.",
    )
    exit_code = models.IntegerField(
        null=True, blank=True, help_text="Its exit code, as it was reported; null if none was."
    )
    queued = models.DateTimeField(null=True, blank=True, help_text="When its job had entered the queue.")
    started = models.DateTimeField(help_text="When it started.")
    ended = models.DateTimeField(null=True, blank=True, help_text="When it ended; null while it runs.")
    times_out = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it has to have ended by the timeout of its manifest; null without one.",
    )
    lease_expires = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the service ends it unless its node is heard of before; null if nothing has to be.",
    )
    stdout = models.TextField(default="", blank=True, help_text="The end of its standard output.")
    stderr = models.TextField(default="", blank=True, help_text="The end of its standard error.")
    log_workspace = models.TextField(
        null=True,
        blank=True,
        help_text="The workspace in which its node stored its whole logs, as it says; null if it did not.",
    )

    objects = JobExecutionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "exe_num"], name="execution_unique_number"),
            models.CheckConstraint(
                condition=Q(status=Status.RUNNING, ended__isnull=True, end__isnull=True)
                | Q(status__in=ENDED, ended__isnull=False, end__isnull=False),
                name="execution_ended_when_over",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.FAILED, error__isnull=False)
                | Q(~Q(status=Status.FAILED), error__isnull=True),
                name="execution_error_when_failed",
            ),
            models.CheckConstraint(
                condition=Q(ended__isnull=True) | Q(ended__gte=F("started")), name="execution_ends_after_it_started"
            ),
        ]
        indexes = [
            # The tries that run. ``lease_expires`` is in no index, so that a heartbeat, which changes nothing else,
            # writes none: ``Node.first_expiry`` says when to look after those of a node, and their timeouts when to
            # look after those that nobody claimed.
            models.Index(fields=["node"], condition=Q(ended__isnull=True), name="execution_running"),
            models.Index(
                fields=["times_out"],
                condition=Q(account__isnull=True, ended__isnull=True, times_out__isnull=False),
                name="execution_unclaimed",
            ),
            models.Index(fields=["claim_id"], condition=Q(claim_id__isnull=False), name="execution_claim"),
            # The tries on a node, the latest first.
            models.Index(fields=["node", "-id"], name="execution_on_node"),
            # Those that started in a window.
            models.Index(fields=["started", "id"], name="execution_started"),
            # Those that ended, by what ended them, and those that failed, by their errors. Tries that run are in
            # neither, so that neither claims nor heartbeats write them.
            models.Index(fields=["end", "started", "id"], condition=Q(end__isnull=False), name="execution_ended"),
            models.Index(
                fields=["error", "status", "started", "id"],
                condition=Q(error__isnull=False),
                name="execution_failed",
            ),
            # status/: the tries that ended last, counted by node. What ends is written at the end of the index.
            models.Index(
                fields=["ended", "node", "end", "error"],
                condition=Q(ended__isnull=False),
                name="execution_by_end",
            ),
        ]

    def __str__(self) -> str:
        return f"try {self.exe_num} of job {self.job_id}"

    @classmethod
    def begin(cls, *, started: datetime, timeout: int | None, **columns: Any) -> Self:
        """Return a try that begins at ``started``, and has to end ``timeout`` seconds later, if there is one."""
        return cls(started=started, times_out=cls.deadline(started, timeout), **columns)

    @staticmethod
    def deadline(started: datetime, timeout: int | None) -> datetime | None:
        """Return when a try that begins at ``started`` has to have ended: ``timeout`` seconds later, if any."""
        return None if timeout is None else started + timedelta(seconds=timeout)

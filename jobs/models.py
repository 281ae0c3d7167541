"""Jobs, and the nodes that run them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.models.columns import DocumentField
from errors.models import Error
from job_types.models import DEFAULT_MAX_TRIES, JobType, JobTypeRevision
from jobs.querysets import JobQuerySet
from jobs.states import COUNTED_APART, ENDED, WAITING, Status
from seed import DEFAULT_PRIORITY

MAX_NODE_LENGTH = 255


class Job(models.Model):
    """A revision of a job type, to be run on an input.

    Its statuses, and the legal steps between them (``jobs.states.TRANSITIONS`` enforces them):

    - PENDING -> BLOCKED, QUEUED, CANCELED: it waits for something outside the queue
    - BLOCKED -> PENDING, QUEUED, CANCELED: what it waits for will not come by itself
    - QUEUED -> RUNNING, PENDING, CANCELED: a node may claim it, and RUNNING is one more try (``num_exes``)
    - RUNNING -> COMPLETED, FAILED, CANCELED; -> QUEUED when its node gives it back, or when it fails of an error
      that should be retried and has tries left (``num_exes`` below ``max_tries``)
    - FAILED -> QUEUED, CANCELED: a requeued job has as many tries more as its job type gives (``max_tries``)
    - CANCELED -> QUEUED: requeued, as after FAILED
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
            # pending/, running/, system-failures/: the jobs that they count, however long the history is.
            models.Index(
                fields=["job_type", "queued", "last_status_change"],
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
            # The queue: its first jobs, of any revision.
            models.Index(
                fields=["priority", "queued", "id", "job_type_rev"],
                condition=Q(status=Status.QUEUED),
                name="job_queue_head",
            ),
            # The queue, behind jobs that may not run: the next jobs of a revision are one step into this index.
            models.Index(
                fields=["job_type_rev", "priority", "queued", "id"],
                condition=Q(status=Status.QUEUED),
                name="job_queue",
            ),
            # What runs on a node, the only jobs that have one and did not end. Queries by status cannot use it, and
            # those by node no index of the running jobs, even if statistics make that look small.
            models.Index(
                fields=["node", "job_type_rev"],
                condition=Q(node__isnull=False, ended__isnull=True),
                name="job_on_node",
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


class Node(models.Model):
    """A host that claims jobs, by the name that it gives."""

    hostname = models.TextField(unique=True, help_text="The name of the node, as it claims.")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="nodes",
        null=True,
        blank=True,
        help_text="The account that claims for it: the first that did, of those that are no operators. Null while "
        "none has; then any may.",
    )
    capacity = DocumentField(
        null=True,
        blank=True,
        help_text="What it has of each resource, by name in lower case: what was free at its last claim, and what "
        "the jobs that ran on it then require. Null when that claim named no resources.",
    )
    last_seen = models.DateTimeField(
        db_default=Now(), db_index=True, help_text="When it last claimed, to the minute."
    )

    def __str__(self) -> str:
        return self.hostname

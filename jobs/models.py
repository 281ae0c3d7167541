"""Job, and what the nodes that run jobs have offered."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.models.columns import DocumentField
from errors.models import Error
from job_types.models import DEFAULT_MAX_TRIES, JobType, JobTypeRevision
from jobs.querysets import JobQuerySet
from jobs.states import COUNTED_APART, ENDED, WAITING, Status
from seed import DEFAULT_PRIORITY

MAX_NODE_LENGTH = 255


class Job(models.Model):
    """One piece of work: a revision of a job type, applied to an input.

    Its life, every legal step of it (`jobs.states.TRANSITIONS` is what enforces them):

    - PENDING -> BLOCKED, QUEUED, CANCELED: it waits for something that is not the queue's business
    - BLOCKED -> PENDING, QUEUED, CANCELED: what it waits for will not come by itself
    - QUEUED -> RUNNING, PENDING, CANCELED: a claimer may take it; RUNNING is one more try (`num_exes`)
    - RUNNING -> COMPLETED, FAILED, CANCELED; -> QUEUED when its node gave it back, or when the error that
      it failed of should be retried and it has tries left (`num_exes` below `max_tries`)
    - FAILED -> QUEUED, CANCELED: requeued, with `max_tries` tries of its job type more
    - CANCELED -> QUEUED: requeued likewise
    - COMPLETED is for good

    `queued` is when it last entered the queue, `started` and `ended` are of the last try, `exit_code` of the
    last try that ended, `last_status_change` of any step. `error` is why it is FAILED, and null otherwise.
    `configuration` holds what this job has other than its job type; a lower `priority` comes first.
    """

    job_type = models.ForeignKey(JobType, on_delete=models.PROTECT, related_name="jobs", db_index=False)
    job_type_rev = models.ForeignKey(JobTypeRevision, on_delete=models.PROTECT, related_name="jobs", db_index=False)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    error = models.ForeignKey(
        Error, on_delete=models.PROTECT, related_name="jobs", null=True, blank=True, db_index=False
    )
    priority = models.PositiveIntegerField(default=DEFAULT_PRIORITY)
    input = DocumentField(default=dict)
    output = DocumentField(default=dict)
    configuration = DocumentField(default=dict)
    exit_code = models.IntegerField(null=True, blank=True)
    node = models.TextField(null=True, blank=True)
    max_tries = models.PositiveIntegerField(default=DEFAULT_MAX_TRIES)
    num_exes = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)
    queued = models.DateTimeField(null=True, blank=True)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    last_status_change = models.DateTimeField(default=timezone.now)
    last_modified = models.DateTimeField(default=timezone.now)

    objects = JobQuerySet.as_manager()

    class Meta:
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
            # Each index holds all columns of the answer that it is for, so that the table itself is not read.
            # The lists, the last changed first.
            models.Index(fields=["-last_status_change", "id"], name="job_latest"),
            # status/: the jobs whose last change lies in a window. Most of them are COMPLETED, and are counted
            # fastest in an index that says no more of them; those that run are in job_running.
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
            # The queue: the next jobs of a revision are one step into this index.
            models.Index(
                fields=["job_type_rev", "priority", "queued", "id"],
                condition=Q(status=Status.QUEUED),
                name="job_queue",
            ),
            # The jobs of a job type, the last changed first.
            models.Index(fields=["job_type", "last_status_change"], name="job_of_type"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"


class Offer(models.Model):
    """An amount of a resource that a node offered within a minute, kept for an hour.

    `resource` is the name in lower case, `minute` the number of the minute since 1970.
    """

    node = models.TextField()
    resource = models.TextField()
    minute = models.BigIntegerField(db_index=True)
    amount = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "resource", "minute", "amount"], name="offer_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.node}: {self.amount} {self.resource}"

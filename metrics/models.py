"""Numbers over time: what ended in each hour and day, and samples of what waits and runs.

No column refers to another table: these rows are numbers of jobs, which change with the jobs alone. How many
tries ended is in ``try_models``.
"""

from django.db import models
from django.db.models import Q

from metrics.try_models import EndedTries  # noqa: F401  (Django finds the models of an app in this module)

ALL_JOB_TYPES = 0
"""The ``job_type_id`` of the numbers of all job types together."""
HOUR, DAY = 1, 24


class Outcome(models.TextChoices):
    """How a job ended: its status, and where it FAILED the category of its error."""

    COMPLETED = "completed"
    CANCELED = "canceled"
    FAILED_SYSTEM = "failed-system"
    FAILED_ALGORITHM = "failed-algorithm"
    FAILED_DATA = "failed-data"


class Measure(models.TextChoices):
    """What a duration is of: the wait of a job in the queue before its last try, or the run of that try."""

    WAIT = "wait"
    RUN = "run"


class Ending(models.Model):
    """Jobs that ended (``change`` 1), or did not after all (-1), and are not counted yet.

    Triggers on jobs write these rows, and ``metrics.hours.fold`` takes them away.
    """

    job_type_id = models.BigIntegerField()
    status = models.CharField(max_length=9)
    error_id = models.BigIntegerField(null=True)
    queued = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField()
    change = models.IntegerField(help_text="How many such jobs there are more.")

    class Meta:
        default_permissions = ()  # Nobody edits it.

    def __str__(self) -> str:
        return f"{self.change:+} {self.status}"


class CountedError(models.Model):
    """The category that the failures of an error are counted under; edits of a manifest change its category."""

    error_id = models.BigIntegerField(primary_key=True)
    category = models.CharField(max_length=9)

    class Meta:
        default_permissions = ()  # Nobody edits it.

    def __str__(self) -> str:
        return f"{self.error_id}: {self.category}"


class _NumberOfPeriod(models.Model):
    """A number of the jobs of a job type that ended in one hour or day in one way."""

    job_type_id = models.BigIntegerField(help_text="The job type; 0 for all together.")
    hours = models.PositiveSmallIntegerField(
        choices=[(HOUR, "hour"), (DAY, "day")], help_text="How long the period is."
    )
    start = models.DateTimeField(help_text="When the period begins: a full hour, or midnight in UTC.")
    outcome = models.CharField(max_length=16, choices=Outcome.choices, help_text="How the jobs ended.")
    number = models.BigIntegerField(help_text="How many jobs.")

    class Meta:
        abstract = True
        default_permissions = ()  # Nobody edits it.


class HourlyCount(_NumberOfPeriod):
    """How many jobs of a job type ended in an hour, or in a day, in one way."""

    class Meta(_NumberOfPeriod.Meta):
        constraints = [
            models.UniqueConstraint(fields=["hours", "job_type_id", "start", "outcome"], name="hourly_count_unique")
        ]
        # The days of a plot of all job types lie side by side.
        indexes = [
            models.Index(
                fields=["start", "outcome", "job_type_id"],
                include=["number"],
                condition=models.Q(hours=24),
                name="daily_count",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.outcome}"


class HourlyDuration(_NumberOfPeriod):
    """How many of these jobs waited, or ran, for how long: those in one bucket of ``metrics.durations``."""

    measure = models.CharField(max_length=4, choices=Measure.choices, help_text="What lasted so long.")
    bucket = models.PositiveSmallIntegerField(help_text="The number of the bucket, from 0.")
    total = models.BigIntegerField(help_text="The sum of these durations, in microseconds.")

    class Meta(_NumberOfPeriod.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["hours", "job_type_id", "start", "outcome", "measure", "bucket"],
                name="hourly_duration_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.measure}"


class LoadSample(models.Model):
    """How many jobs of a job type waited and ran at a moment; of one that had none there is no row.

    Of all job types together there is a row for each sample.
    """

    time = models.DateTimeField(help_text="When the jobs were counted: a full minute.")
    is_hourly = models.BooleanField(help_text="Whether it is the first sample of its hour, which is kept longer.")
    job_type_id = models.BigIntegerField(help_text="The job type; 0 for all together.")
    pending_count = models.PositiveIntegerField(help_text="How many jobs were PENDING.")
    queued_count = models.PositiveIntegerField(help_text="How many jobs were QUEUED.")
    running_count = models.PositiveIntegerField(help_text="How many jobs were RUNNING.")

    class Meta:
        default_permissions = ()  # Nobody edits it.
        constraints = [
            models.UniqueConstraint(fields=["job_type_id", "time"], name="load_sample_unique"),
            models.CheckConstraint(
                condition=Q(job_type_id=ALL_JOB_TYPES)
                | Q(pending_count__gt=0)
                | Q(queued_count__gt=0)
                | Q(running_count__gt=0),
                name="load_sample_of_some_job",
            ),
        ]
        indexes = [
            # Those that are deleted next.
            models.Index(fields=["is_hourly", "time"], name="load_sample_age"),
        ]

    def __str__(self) -> str:
        return f"{self.time}: {self.queued_count} queued"

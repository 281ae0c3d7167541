"""JobType, its revisions, its configurations, its tags and its secrets."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.models.append_only import AppendOnlyModel
from core.models.clock import database_time
from core.models.columns import DocumentField
from job_types.querysets import JobTypeQuerySet, JobTypeRevisionQuerySet
from seed import Manifest, precedence_key

MAX_NAME_LENGTH = 50
MAX_DOCKER_IMAGE_LENGTH = 500
MAX_DIGEST_LENGTH = 200  # sha512 has 135
MAX_ICON_CODE_LENGTH = 20
LARGEST_INTEGER = 2**31 - 1
DEFAULT_MAX_TRIES = 3
LONGEST_TIMEOUT = 100 * 365 * 24 * 60 * 60


class JobType(models.Model):
    """One version of an algorithm that can run as a job: a Docker image, its manifest and its configuration.

    Two switches, independent of each other, each with the time at which it was thrown:

    - active -> ``deprecate()`` sets ``deprecated`` -> ``activate()`` clears it
    - running -> ``pause()`` sets ``paused`` -> ``resume()`` clears it

    Each of these methods is one UPDATE of the row, if it is in the state to leave, and returns whether it was.
    It asks for nothing else: in particular, no document is checked. ``at`` is the time, by default now.

    ``name``, ``version``, ``title`` and ``description`` repeat what the current manifest says, so that lists need
    not read it. JobTypeSecret holds the values of secret settings.
    """

    name = models.CharField(
        max_length=MAX_NAME_LENGTH, help_text="The name of the job type, `job.name` of its manifest."
    )
    version = models.CharField(
        max_length=MAX_NAME_LENGTH, help_text="The version of the job type, `job.jobVersion` of its manifest."
    )
    version_key = models.BinaryField(
        editable=False, help_text="The version as bytes, whose order is semantic-version precedence."
    )
    title = models.TextField(help_text="The human readable display name, from the current manifest.")
    description = models.TextField(help_text="A longer description, from the current manifest.")
    icon_code = models.CharField(
        max_length=MAX_ICON_CODE_LENGTH,
        null=True,
        blank=True,
        help_text="The Font Awesome code of the icon that stands for the job type; null if there is none.",
    )
    is_published = models.BooleanField(default=False, help_text="Whether the job type publishes its output.")
    is_active = models.BooleanField(
        default=True, help_text="Whether the job type is active; one that is not is deprecated."
    )
    is_paused = models.BooleanField(
        default=False, help_text="Whether the job type is paused: while it is, none of its jobs leaves the queue."
    )
    is_system = models.BooleanField(default=False, help_text="Whether the job type is part of the system itself.")
    max_scheduled = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many of its jobs may run at the same time; null for no limit.",
    )
    max_tries = models.PositiveIntegerField(default=DEFAULT_MAX_TRIES, help_text="How often a job is tried.")
    revision_num = models.PositiveIntegerField(
        default=1, help_text="The number of the current revision, which is how many there are."
    )
    configuration_num = models.PositiveIntegerField(
        default=1, db_default=1, help_text="The number of the current configuration, which is how many there were."
    )
    docker_image = models.CharField(
        max_length=MAX_DOCKER_IMAGE_LENGTH, help_text="The Docker image that holds the algorithm."
    )
    docker_image_digest = models.CharField(
        max_length=MAX_DIGEST_LENGTH,
        null=True,
        editable=False,
        help_text="The digest that the image had in its registry when it was imported, or of its reference; "
        "null if neither is known.",
    )
    unmet_resources = models.TextField(
        null=True,
        blank=True,
        help_text="The resources it requires that no node offers, comma-separated; null if none is unmet.",
    )
    manifest = DocumentField(help_text="The current Seed manifest, as it was sent.")
    configuration = DocumentField(help_text="The job configuration, without the values of secret settings.")
    findings = DocumentField(
        default=list,
        db_default=[],
        editable=False,
        help_text="Why the rules of today would refuse what is stored of it, which stands as it is until it is "
        "edited; empty if they would not.",
    )
    created = models.DateTimeField(help_text="When the job type was registered.")
    deprecated = models.DateTimeField(
        null=True, blank=True, help_text="When it was deprecated; null while it is active."
    )
    paused = models.DateTimeField(null=True, blank=True, help_text="When it was paused; null while it is not.")
    last_modified = models.DateTimeField(help_text="When it last changed.")

    objects = JobTypeQuerySet.as_manager()

    class Meta:
        permissions = [("pause_system_jobtype", "Can pause and resume system job types")]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="job_type_unique_version"),
            models.CheckConstraint(
                condition=Q(is_active=True, deprecated__isnull=True) | Q(is_active=False, deprecated__isnull=False),
                name="job_type_deprecated_when_inactive",
            ),
            models.CheckConstraint(
                condition=Q(is_paused=True, paused__isnull=False) | Q(is_paused=False, paused__isnull=True),
                name="job_type_paused_when_paused",
            ),
            models.CheckConstraint(
                condition=Q(max_scheduled__isnull=True) | Q(max_scheduled__gte=1),
                name="job_type_max_scheduled_positive",
            ),
            models.CheckConstraint(condition=Q(revision_num__gte=1), name="job_type_revisions_from_one"),
            models.CheckConstraint(condition=Q(configuration_num__gte=1), name="job_type_configurations_from_one"),
        ]
        indexes = [
            # The latest version of a name is one step into this index, a page of versions one run along it.
            models.Index(fields=["name", "version_key", "id"], name="job_type_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.version_key = precedence_key(self.version)
        super().save(*args, **kwargs)

    def pause(self, *, at: datetime | None = None) -> bool:
        """Keep the jobs of a running job type in the queue."""
        at = at or database_time()
        return self._throw("is_paused", is_paused=True, paused=at, last_modified=at)

    def resume(self, *, at: datetime | None = None) -> bool:
        """Let the jobs of a paused job type leave the queue again."""
        return self._throw("is_paused", is_paused=False, paused=None, last_modified=at or database_time())

    def deprecate(self, *, at: datetime | None = None) -> bool:
        """Take an active job type out of use."""
        at = at or database_time()
        return self._throw("is_active", is_active=False, deprecated=at, last_modified=at)

    def activate(self, *, at: datetime | None = None) -> bool:
        """Take a deprecated job type into use again."""
        return self._throw("is_active", is_active=True, deprecated=None, last_modified=at or database_time())

    def _throw(self, switch: str, **columns: object) -> bool:
        other_state = JobType.objects.filter(pk=self.pk, **{switch: not columns[switch]})
        if not other_state.update(**columns):
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True


class JobTypeRevision(AppendOnlyModel):
    """The manifest and Docker image of a job type as they were; numbered from 1 without a gap, never changed."""

    job_type = models.ForeignKey(
        JobType, on_delete=models.PROTECT, related_name="revisions", help_text="The job type, as it is now."
    )
    revision_num = models.PositiveIntegerField(help_text="The number of the revision, from 1.")
    docker_image = models.CharField(
        max_length=MAX_DOCKER_IMAGE_LENGTH, help_text="The Docker image as it was then."
    )
    docker_image_digest = models.CharField(
        max_length=MAX_DIGEST_LENGTH,
        null=True,
        editable=False,
        help_text="The digest of the image, which jobs run whatever its tag means now; null if it is not known.",
    )
    manifest = DocumentField(help_text="The Seed manifest as it was then.")
    resources = DocumentField(
        default=dict,
        editable=False,
        help_text="What the manifest requires, name -> amount, for claims, which read no manifest.",
    )
    timeout = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="How long a try may take by the manifest, in seconds; null for no limit. For claims, too.",
    )
    created = models.DateTimeField(help_text="When the revision was made.")

    objects: ClassVar = JobTypeRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_type", "revision_num"], name="revision_unique_number"),
            models.CheckConstraint(condition=Q(revision_num__gte=1), name="revision_numbers_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} revision {self.revision_num}"

    def save(self, *args: object, **kwargs: object) -> None:
        manifest = Manifest.read(self.manifest)
        self.resources = manifest.requirements
        # More than a hundred years are no limit, and more than there are times.
        self.timeout = manifest.timeout if 0 < manifest.timeout < LONGEST_TIMEOUT else None
        super().save(*args, **kwargs)


class JobTypeConfiguration(models.Model):
    """A configuration that a job type has or had; numbered from 1 without a gap. Jobs keep the number of theirs.

    Only a setting that becomes secret changes one: its value leaves all of them.
    """

    job_type = models.ForeignKey(
        JobType, on_delete=models.PROTECT, related_name="configurations", db_index=False, help_text="The job type."
    )
    configuration_num = models.PositiveIntegerField(help_text="The number of the configuration, from 1.")
    configuration = DocumentField(help_text="The configuration, without the values of secret settings.")
    created = models.DateTimeField(help_text="When the job type got it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job_type", "configuration_num"], name="job_type_configuration_unique_number"
            ),
            models.CheckConstraint(
                condition=Q(configuration_num__gte=1), name="job_type_configuration_numbers_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} configuration {self.configuration_num}"


class JobTypeTag(models.Model):
    """A tag of the current manifest of a job type; keywords are looked up in ``folded``, its caseless form."""

    job_type = models.ForeignKey(JobType, on_delete=models.CASCADE, related_name="tags")
    tag = models.TextField()
    folded = models.TextField()

    def __str__(self) -> str:
        return self.tag


class JobTypeSecret(models.Model):
    """The encrypted value of a secret setting of a job type's configuration (see ``core.encryption``)."""

    job_type = models.ForeignKey(JobType, on_delete=models.CASCADE, related_name="secrets")
    name = models.TextField()
    token = models.TextField()

    def __str__(self) -> str:
        return f"{self.job_type}: {self.name}"


class ImageCheck(models.Model):
    """What the tag of an image meant when its registry was asked last (``manage.py check_images``)."""

    job_type = models.OneToOneField(
        JobType, on_delete=models.CASCADE, primary_key=True, related_name="image_check", help_text="The job type."
    )
    docker_image = models.CharField(
        max_length=MAX_DOCKER_IMAGE_LENGTH, help_text="The image that the registry was asked for."
    )
    digest = models.CharField(max_length=MAX_DIGEST_LENGTH, help_text="The digest that it had.")
    found = models.DateTimeField(help_text="When it was found to have this digest.")
    checked = models.DateTimeField(help_text="When the registry was asked last.")

    class Meta:
        default_permissions = ()  # Nobody edits it.

    def __str__(self) -> str:
        return f"{self.docker_image}: {self.digest}"

"""JobType, its revisions, its tags and its secrets."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models.append_only import AppendOnlyModel
from core.models.columns import DocumentField
from job_types.querysets import JobTypeQuerySet, JobTypeRevisionQuerySet
from seed import Manifest, precedence_key

MAX_NAME_LENGTH = 50
MAX_DOCKER_IMAGE_LENGTH = 500
MAX_ICON_CODE_LENGTH = 20
LARGEST_INTEGER = 2**31 - 1
DEFAULT_MAX_TRIES = 3


class JobType(models.Model):
    """One version of an algorithm that can run as a job: a Docker image, its manifest and its configuration.

    Two switches, independent of each other, each with the time at which it was thrown:

    - active -> ``deprecate()`` sets ``deprecated`` -> ``activate()`` clears it
    - running -> ``pause()`` sets ``paused`` -> ``resume()`` clears it

    Each of these methods is one UPDATE of the row, if it is in the state to leave, and returns whether it was.
    It asks for nothing else: in particular, no document is checked. ``at`` is the time, by default now.

    `name`, `version`, `title` and `description` repeat what the current manifest says, so that lists need
    not read it. `version_key` is the version as bytes whose order is semantic-version precedence.
    `configuration` never holds the value of a secret setting: those are JobTypeSecret's.
    """

    name = models.CharField(max_length=MAX_NAME_LENGTH)
    version = models.CharField(max_length=MAX_NAME_LENGTH)
    version_key = models.BinaryField(editable=False)
    title = models.TextField()
    description = models.TextField()
    icon_code = models.CharField(max_length=MAX_ICON_CODE_LENGTH, null=True, blank=True)
    is_published = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_paused = models.BooleanField(default=False)
    is_system = models.BooleanField(default=False)
    max_scheduled = models.PositiveIntegerField(null=True, blank=True)
    max_tries = models.PositiveIntegerField(default=DEFAULT_MAX_TRIES)
    revision_num = models.PositiveIntegerField(default=1)
    docker_image = models.CharField(max_length=MAX_DOCKER_IMAGE_LENGTH)
    unmet_resources = models.TextField(null=True, blank=True)
    manifest = DocumentField()
    configuration = DocumentField()
    created = models.DateTimeField()
    deprecated = models.DateTimeField(null=True, blank=True)
    paused = models.DateTimeField(null=True, blank=True)
    last_modified = models.DateTimeField()

    objects = JobTypeQuerySet.as_manager()

    class Meta:
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
        at = at or timezone.now()
        return self._throw("is_paused", is_paused=True, paused=at, last_modified=at)

    def resume(self, *, at: datetime | None = None) -> bool:
        """Let the jobs of a paused job type leave the queue again."""
        return self._throw("is_paused", is_paused=False, paused=None, last_modified=at or timezone.now())

    def deprecate(self, *, at: datetime | None = None) -> bool:
        """Take an active job type out of use."""
        at = at or timezone.now()
        return self._throw("is_active", is_active=False, deprecated=at, last_modified=at)

    def activate(self, *, at: datetime | None = None) -> bool:
        """Take a deprecated job type into use again."""
        return self._throw("is_active", is_active=True, deprecated=None, last_modified=at or timezone.now())

    def _throw(self, switch: str, **columns: Any) -> bool:
        other_state = JobType.objects.filter(pk=self.pk, **{switch: not columns[switch]})
        if not other_state.update(**columns):
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True


class JobTypeRevision(AppendOnlyModel):
    """The manifest and Docker image of a job type as they were; numbered from 1 without a gap, never changed.

    `resources` repeats what the manifest requires (name -> amount), for claimers, which read no manifest.
    """

    job_type = models.ForeignKey(JobType, on_delete=models.PROTECT, related_name="revisions")
    revision_num = models.PositiveIntegerField()
    docker_image = models.CharField(max_length=MAX_DOCKER_IMAGE_LENGTH)
    manifest = DocumentField()
    resources = DocumentField(default=dict, editable=False)
    created = models.DateTimeField()

    objects = JobTypeRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_type", "revision_num"], name="revision_unique_number"),
            models.CheckConstraint(condition=Q(revision_num__gte=1), name="revision_numbers_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} revision {self.revision_num}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.resources = Manifest.read(self.manifest).requirements
        super().save(*args, **kwargs)


class JobTypeTag(models.Model):
    """A tag of a job type's current manifest; `folded` is its caseless form, which keywords are looked up in."""

    job_type = models.ForeignKey(JobType, on_delete=models.CASCADE, related_name="tags")
    tag = models.TextField()
    folded = models.TextField()

    def __str__(self) -> str:
        return self.tag


class JobTypeSecret(models.Model):
    """The encrypted value of a secret setting of a job type's configuration (see core.encryption)."""

    job_type = models.ForeignKey(JobType, on_delete=models.CASCADE, related_name="secrets")
    name = models.TextField()
    token = models.TextField()

    def __str__(self) -> str:
        return f"{self.job_type}: {self.name}"

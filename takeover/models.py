"""Takeover, and what of it has arrived: the map of ids, and the checkpoint of a run."""

from django.db import models

from core.models.columns import DocumentField

MAX_URL_LENGTH = 500
DIGEST_LENGTH = 64


class Kind(models.TextChoices):
    """What was taken over. The tries of a job belong to it."""

    WORKSPACE = "workspace"
    ERROR = "error"
    JOB_TYPE = "job-type"
    JOB_TYPE_REVISION = "job-type-revision"
    RECIPE_TYPE = "recipe-type"
    RECIPE_TYPE_REVISION = "recipe-type-revision"
    JOB = "job"


class Takeover(models.Model):
    """The system at a URL that is taken over, however many runs that takes."""

    url = models.CharField(
        max_length=MAX_URL_LENGTH,
        unique=True,
        help_text="The base of its API, such as https://example.com/api/v6/.",
    )
    origin_version = models.CharField(
        max_length=50, blank=True, help_text="The version that it said it has, when it was read last."
    )
    started = models.DateTimeField(help_text="When the last run began.")
    finished = models.DateTimeField(
        null=True, blank=True, help_text="When the last run came to its end; null while it has not."
    )
    options = DocumentField(default=dict, help_text="What the last run was told.")
    report = DocumentField(default=dict, help_text="What the last run that came to its end reported.")

    class Meta:
        default_permissions = ("view",)  # The command alone writes it.

    def __str__(self) -> str:
        return self.url


class Imported(models.Model):
    """What became of one object of the other system.

    A run skips it while ``digest`` is that of what it reads there. The row here is as the takeover wrote it as long
    as its ``last_modified`` is ``written``.
    """

    takeover = models.ForeignKey(
        Takeover, on_delete=models.CASCADE, related_name="imported", db_index=False, help_text="The takeover."
    )
    kind = models.CharField(max_length=20, choices=Kind.choices, help_text="What it is.")
    source_id = models.BigIntegerField(help_text="Its id in the other system.")
    object_id = models.BigIntegerField(help_text="Its id here.")
    digest = models.CharField(max_length=DIGEST_LENGTH, help_text="A keyed digest of what was read there.")
    written = models.DateTimeField(
        null=True,
        blank=True,
        help_text="`last_modified` of the row here as it was written; null if it has none.",
    )
    findings = DocumentField(default=list, help_text="What the rules of today find in its documents.")
    remarks = DocumentField(default=list, help_text="Sentences on what differs, and why.")
    is_whole = models.BooleanField(default=True, help_text="Whether the other system showed all of it.")

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["takeover", "kind", "source_id"], name="imported_unique_source"),
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="imported_by_object")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source_id}"

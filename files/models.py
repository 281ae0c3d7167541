"""File: what lies in a workspace, with where it came from."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.models.columns import CodePointsField, DocumentField
from files.paths import LONGEST_NAME, LONGEST_PATH
from files.querysets import FileQuerySet
from workspaces.models import Workspace

# The hexadecimal digits of a SHA-256 digest.
DIGEST_LENGTH = 64
# The characters of a media type, and of the name of an output, at most.
LONGEST_TEXT = 250


class File(models.Model):
    """A file in a workspace: a source, which somebody registered, or a product, which a try of a job left behind.

    What it holds never changes. A file that is deleted keeps its row, for the jobs that read or made it, and its
    path is free again.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, help_text="The universally unique id of the file.")
    file_name = CodePointsField(max_length=LONGEST_NAME, help_text="The name of the file, without folders.")
    media_type = models.CharField(
        max_length=LONGEST_TEXT,
        blank=True,
        help_text="Its media type, such as `image/tiff`; empty if it is not known.",
    )
    file_size = models.BigIntegerField(help_text="Its size in bytes.")
    sha256 = models.CharField(
        max_length=DIGEST_LENGTH,
        blank=True,
        help_text="The SHA-256 digest of what it holds, in hexadecimal; empty if it is not known.",
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="files", db_index=False, help_text="Where it lies."
    )
    file_path = models.CharField(max_length=LONGEST_PATH, help_text="Its path from the root of the workspace.")
    is_deleted = models.BooleanField(default=False, help_text="Whether it is gone from the workspace.")
    deleted = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is gone; null while it is there."
    )
    # Jobs are of a higher layer: no code here knows more of them than their keys.
    job = models.ForeignKey(
        "jobs.Job",
        on_delete=models.PROTECT,
        related_name="products",
        null=True,
        blank=True,
        db_index=False,
        help_text="The job that made it; null for a source.",
    )
    exe_num = models.PositiveIntegerField(
        null=True, blank=True, help_text="The number of the try that made it; null for a source."
    )
    job_output = models.CharField(
        max_length=LONGEST_TEXT,
        blank=True,
        help_text="The output of the manifest that it is of; empty for a source.",
    )
    created = models.DateTimeField(db_default=Now(), help_text="When it was registered.")
    last_modified = models.DateTimeField(db_default=Now(), help_text="When what is known of it last changed.")
    data_started = models.DateTimeField(
        null=True, blank=True, help_text="When what it shows began; null if unknown."
    )
    data_ended = models.DateTimeField(null=True, blank=True, help_text="When what it shows ended; null if unknown.")
    meta_data = DocumentField(default=dict, help_text="What is known of what it holds, such as GeoJSON properties.")

    objects = FileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "file_path"], condition=Q(is_deleted=False), name="file_unique_path"
            ),
            models.CheckConstraint(condition=Q(file_size__gte=0), name="file_size_not_negative"),
            models.CheckConstraint(
                condition=Q(is_deleted=False, deleted__isnull=True) | Q(is_deleted=True, deleted__isnull=False),
                name="file_deleted_when_gone",
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=True, exe_num__isnull=True, job_output="")
                | (Q(job__isnull=False, exe_num__isnull=False) & ~Q(job_output="")),
                name="file_made_by_a_try",
            ),
            models.CheckConstraint(
                condition=Q(data_started__isnull=True)
                | Q(data_ended__isnull=True)
                | Q(data_ended__gte=F("data_started")),
                name="file_data_ends_after_it_started",
            ),
        ]
        indexes = [
            # The list, the latest change first.
            models.Index(fields=["-last_modified", "id"], name="file_latest"),
            # The lists of products and of sources, as the latest files may all be of the other kind.
            models.Index(
                fields=["-last_modified", "id"], condition=Q(job__isnull=False), name="file_latest_products"
            ),
            models.Index(
                fields=["-last_modified", "id"], condition=Q(job__isnull=True), name="file_latest_sources"
            ),
            # The list of one workspace.
            models.Index(fields=["workspace", "-last_modified", "id"], name="file_latest_there"),
            # The products of a job, by output.
            models.Index(fields=["job", "job_output", "id"], condition=Q(job__isnull=False), name="file_of_job"),
            # By names, and by the beginnings of names.
            models.Index(fields=["file_name", "id"], name="file_name"),
            models.Index(fields=["created", "id"], name="file_created"),
            models.Index(
                fields=["data_started", "id"], condition=Q(data_started__isnull=False), name="file_data_started"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

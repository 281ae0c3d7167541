"""Workspace: a named place for files; and its secrets."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from core.models.columns import DocumentField
from workspaces.querysets import WorkspaceQuerySet

MAX_NAME_LENGTH = 50
valid_name = RegexValidator(r"\A[a-zA-Z0-9_-]+\Z", "may hold letters, digits, `_` and `-` alone.")


class Workspace(models.Model):
    """A place that outputs go to."""

    id = models.BigAutoField("ID", primary_key=True, help_text="The unique identifier of the workspace.")
    name = models.CharField(
        max_length=MAX_NAME_LENGTH,
        unique=True,
        validators=[valid_name],
        help_text="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
    )
    title = models.CharField(max_length=200, blank=True, help_text="The human readable name.")
    description = models.CharField(max_length=2000, blank=True, help_text="What the workspace is for.")
    base_url = models.CharField(
        max_length=2000,
        blank=True,
        help_text="The URL under which its files can be read; empty when there is none.",
    )
    configuration = DocumentField(
        null=True,
        blank=True,
        help_text="The broker of its files; null if it has none. Asterisks stand for credentials that are stored.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Whether outputs should go there; a workspace that is not active is deprecated."
    )
    created = models.DateTimeField(help_text="When it was created.")
    deprecated = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is inactive; null while it is active."
    )
    last_modified = models.DateTimeField(db_index=True, help_text="When it last changed.")

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, deprecated__isnull=True) | Q(is_active=False, deprecated__isnull=False),
                name="workspace_deprecated_when_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WorkspaceSecret(models.Model):
    """The encrypted value of a credential in the configuration of a workspace (see ``core.encryption``)."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="secrets")
    name = models.TextField()
    token = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="workspace_secret_unique_name"),
        ]

    def __str__(self) -> str:
        return f"workspace {self.workspace}: {self.name}"

"""Workspace: a named place for files."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q


class Workspace(models.Model):
    """A place that outputs go to."""

    id = models.BigAutoField("ID", primary_key=True, help_text="The unique identifier of the workspace.")
    name = models.CharField(
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"\A[a-zA-Z0-9_-]+\Z", "may hold letters, digits, `_` and `-` alone.")],
        help_text="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
    )
    title = models.CharField(max_length=200, blank=True, help_text="The human readable name.")
    description = models.CharField(max_length=2000, blank=True, help_text="What the workspace is for.")
    base_url = models.CharField(
        max_length=2000,
        blank=True,
        help_text="The URL under which its files can be read; empty when there is none.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Whether outputs should go there; a workspace that is not active is deprecated."
    )
    created = models.DateTimeField(help_text="When it was created.")
    deprecated = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is inactive; null while it is active."
    )
    last_modified = models.DateTimeField(db_index=True, help_text="When it last changed.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, deprecated__isnull=True) | Q(is_active=False, deprecated__isnull=False),
                name="workspace_deprecated_when_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

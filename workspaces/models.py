"""Workspace: a named place for files."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q


class Workspace(models.Model):
    """A place that outputs go to. `deprecated` says since when it is inactive, and is null while it is active."""

    name = models.CharField(
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"\A[a-zA-Z0-9_-]+\Z", "may hold letters, digits, `_` and `-` alone.")],
    )
    title = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=2000, blank=True)
    base_url = models.CharField(max_length=2000, blank=True)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField()
    deprecated = models.DateTimeField(null=True, blank=True)
    last_modified = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, deprecated__isnull=True) | Q(is_active=False, deprecated__isnull=False),
                name="workspace_deprecated_when_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

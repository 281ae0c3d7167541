"""Error: one way in which a job can fail."""

from django.db import models
from django.db.models import Q


class Category(models.TextChoices):
    """Where the cause of an error lies: in the system, in the algorithm, or in its input data."""

    SYSTEM = "SYSTEM"
    ALGORITHM = "ALGORITHM"
    DATA = "DATA"


class Error(models.Model):
    """A cause of failure: built in (no job type name), or declared by the manifests of a job type's name.

    `should_be_retried` says whether a job that failed of it may be tried again without any change.
    """

    name = models.CharField(max_length=255)
    job_type_name = models.CharField(max_length=50, null=True, blank=True)  # null: of no job type
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=9, choices=Category.choices)
    is_builtin = models.BooleanField(default=False)
    should_be_retried = models.BooleanField(default=False)
    created = models.DateTimeField()
    last_modified = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_type_name", "name"], name="error_unique_of_job_type"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(job_type_name__isnull=True), name="error_unique_builtin"
            ),
            models.CheckConstraint(
                condition=Q(is_builtin=True, job_type_name__isnull=True)
                | Q(is_builtin=False, job_type_name__isnull=False),
                name="error_builtin_has_no_job_type",
            ),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="error_category_known"),
        ]

    def __str__(self) -> str:
        return f"{self.job_type_name}: {self.name}" if self.job_type_name else self.name

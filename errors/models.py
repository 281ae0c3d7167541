"""Error: one way in which a job can fail."""

from django.db import models
from django.db.models import Q


class Category(models.TextChoices):
    """Where the cause of an error lies: in the system, in the algorithm, or in its input data."""

    SYSTEM = "SYSTEM"
    ALGORITHM = "ALGORITHM"
    DATA = "DATA"


class Error(models.Model):
    """A cause of failure: built in, or declared by the manifests of the job types of a name."""

    id = models.BigAutoField("ID", primary_key=True, help_text="The unique identifier of the error.")
    name = models.CharField(max_length=255, help_text="The name, unique among the errors of its job type name.")
    title = models.TextField(blank=True, help_text="The human readable name.")
    description = models.TextField(blank=True, help_text="What the error means.")
    job_type_name = models.CharField(
        max_length=50,
        null=True,
        blank=True,
        help_text="The job type name that declares it; null for a built-in error.",
    )
    category = models.CharField(
        max_length=9, choices=Category.choices, help_text="Where the cause lies: SYSTEM, ALGORITHM or DATA."
    )
    is_builtin = models.BooleanField(default=False, help_text="Whether the error is part of the service.")
    should_be_retried = models.BooleanField(
        default=False, help_text="Whether a job that failed with it may be tried again without any change."
    )
    created = models.DateTimeField(help_text="When the error became known.")
    last_modified = models.DateTimeField(db_index=True, help_text="When it last changed.")

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

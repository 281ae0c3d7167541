"""RecipeType and its revisions."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models.append_only import AppendOnlyModel
from core.models.columns import DocumentField
from job_types.models import JobType
from recipes.querysets import RecipeTypeQuerySet, RecipeTypeRevisionQuerySet

MAX_NAME_LENGTH = 50


class RecipeType(models.Model):
    """Which job types work together, and how: nodes, what each depends on, and what feeds its inputs.

    active -> ``deprecate()`` sets ``deprecated`` -> ``activate()`` clears it

    Both are one UPDATE of the row, if it is in the state to leave, and return whether it was. ``at`` is the time,
    by default now.

    `job_types` and `sub_recipe_types` follow the definition: what its nodes run, whatever the revision.
    """

    name = models.CharField(max_length=MAX_NAME_LENGTH, unique=True)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)
    revision_num = models.PositiveIntegerField(default=1)
    definition = DocumentField()
    created = models.DateTimeField()
    deprecated = models.DateTimeField(null=True, blank=True)
    last_modified = models.DateTimeField()
    job_types = models.ManyToManyField(JobType, related_name="recipe_types")
    sub_recipe_types = models.ManyToManyField("self", symmetrical=False, related_name="containers")

    objects = RecipeTypeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, deprecated__isnull=True) | Q(is_active=False, deprecated__isnull=False),
                name="recipe_type_deprecated_when_inactive",
            ),
            models.CheckConstraint(condition=Q(revision_num__gte=1), name="recipe_type_revisions_from_one"),
        ]

    def __str__(self) -> str:
        return self.name

    def deprecate(self, *, at: datetime | None = None) -> bool:
        """Take an active recipe type out of use."""
        at = at or timezone.now()
        return self._throw(is_active=False, deprecated=at, last_modified=at)

    def activate(self, *, at: datetime | None = None) -> bool:
        """Take a deprecated recipe type into use again."""
        return self._throw(is_active=True, deprecated=None, last_modified=at or timezone.now())

    def _throw(self, **columns: Any) -> bool:
        other_state = RecipeType.objects.filter(pk=self.pk, is_active=not columns["is_active"])
        if not other_state.update(**columns):
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True


class RecipeTypeRevision(AppendOnlyModel):
    """The definition of a recipe type as it was; numbered from 1 without a gap, never changed."""

    recipe_type = models.ForeignKey(RecipeType, on_delete=models.PROTECT, related_name="revisions")
    revision_num = models.PositiveIntegerField()
    definition = DocumentField()
    created = models.DateTimeField()

    objects = RecipeTypeRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipe_type", "revision_num"], name="recipe_revision_unique_number"),
            models.CheckConstraint(condition=Q(revision_num__gte=1), name="recipe_revision_numbers_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.recipe_type} revision {self.revision_num}"

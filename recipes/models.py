"""RecipeType and its revisions."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.models.append_only import AppendOnlyModel
from core.models.clock import database_time
from core.models.columns import DocumentField
from job_types.models import JobType
from recipes.querysets import RecipeTypeQuerySet, RecipeTypeRevisionQuerySet

MAX_NAME_LENGTH = 50
# It is the end of a URL.
RESERVED_NAME = "validation"


class RecipeType(models.Model):
    """Which job types work together, and how: nodes, what each depends on, and what feeds its inputs.

    active -> ``deprecate()`` sets ``deprecated`` -> ``activate()`` clears it

    Both are one UPDATE of the row, if it is in the state to leave, and return whether it was. ``at`` is the time,
    by default now.

    ``job_types`` and ``sub_recipe_types`` follow the definition, whatever the revisions that it names.
    """

    name = models.CharField(
        max_length=MAX_NAME_LENGTH, unique=True, help_text="The name of the recipe type, which never changes."
    )
    title = models.TextField(blank=True, help_text="The human readable display name.")
    description = models.TextField(blank=True, help_text="A longer description.")
    is_active = models.BooleanField(
        default=True, help_text="Whether the recipe type is active; one that is not is deprecated."
    )
    is_system = models.BooleanField(
        default=False, help_text="Whether the recipe type is part of the system itself."
    )
    revision_num = models.PositiveIntegerField(default=1, help_text="The number of the current revision.")
    definition = DocumentField(
        help_text="The definition: its inputs, and its nodes, what each depends on and what feeds its inputs."
    )
    findings = DocumentField(
        default=list,
        db_default=[],
        editable=False,
        help_text="Why the rules of today would refuse its definition, which stands as it is until it is edited; "
        "empty if they would not.",
    )
    created = models.DateTimeField(help_text="When the recipe type was registered.")
    deprecated = models.DateTimeField(
        null=True, blank=True, help_text="When it was deprecated; null while it is active."
    )
    last_modified = models.DateTimeField(help_text="When it last changed.")
    job_types = models.ManyToManyField(
        JobType, related_name="recipe_types", help_text="The job types that its nodes run, as they are now."
    )
    sub_recipe_types = models.ManyToManyField(
        "self",
        symmetrical=False,
        related_name="containers",
        help_text="The recipe types that its nodes run, as they are now.",
    )

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
        at = at or database_time()
        return self._throw(is_active=False, deprecated=at, last_modified=at)

    def activate(self, *, at: datetime | None = None) -> bool:
        """Take a deprecated recipe type into use again."""
        return self._throw(is_active=True, deprecated=None, last_modified=at or database_time())

    def _throw(self, **columns: object) -> bool:
        other_state = RecipeType.objects.filter(pk=self.pk, is_active=not columns["is_active"])
        if not other_state.update(**columns):
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True


class RecipeTypeRevision(AppendOnlyModel):
    """The definition of a recipe type as it was; numbered from 1 without a gap, never changed."""

    recipe_type = models.ForeignKey(
        RecipeType,
        on_delete=models.PROTECT,
        related_name="revisions",
        help_text="The recipe type, as it is now.",
    )
    revision_num = models.PositiveIntegerField(help_text="The number of the revision, from 1.")
    definition = DocumentField(help_text="The definition as it was then.")
    created = models.DateTimeField(help_text="When the revision was made.")

    objects: ClassVar = RecipeTypeRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipe_type", "revision_num"], name="recipe_revision_unique_number"),
            models.CheckConstraint(condition=Q(revision_num__gte=1), name="recipe_revision_numbers_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.recipe_type} revision {self.revision_num}"

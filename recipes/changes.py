"""What the audit records of changes to recipe types, and the revisions that keep their definitions."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from audit.models import Action, Kind
from audit.services import CHANGED, Subject, record_all
from recipes.models import RecipeType, RecipeTypeRevision

AUDITED = ("title", "description", "is_active", "definition", "revision_num")


def record_changes(changed: Iterable[tuple[RecipeType, Mapping[str, Any]]], action: Action) -> None:
    """Record changes to recipe types, each given with the values before of the fields that changed."""
    record_all(
        changed=[
            (
                Subject(Kind.RECIPE_TYPE, recipe_type.name),
                {
                    # The revisions hold the definitions, and marks are long.
                    field: CHANGED
                    if field in ("definition", "findings")
                    else {"old": value, "new": getattr(recipe_type, field)}
                    for field, value in old.items()
                },
            )
            for recipe_type, old in changed
        ],
        action=action,
    )


def record_revisions(recipe_types: Collection[RecipeType]) -> None:
    """Record the definitions of recipe types under their current revision numbers."""
    RecipeTypeRevision.objects.bulk_create(
        RecipeTypeRevision(
            recipe_type=one,
            revision_num=one.revision_num,
            definition=one.definition,
            created=one.last_modified,
        )
        for one in recipe_types
    )

"""What the audit tells of changes to recipe types."""

from collections.abc import Iterable, Mapping
from typing import Any

from audit.models import Action, Kind
from audit.services import CHANGED, Changes, Subject, changes_between, record_all
from recipes.models import RecipeType

_AUDITED_FIELDS = ("title", "description", "is_active", "definition", "revision_num")


def audited(recipe_type: RecipeType) -> dict[str, Any]:
    """The fields that the audit tells of, as they are now."""
    return {field: getattr(recipe_type, field) for field in _AUDITED_FIELDS}


def record_changes(changed: Iterable[tuple[RecipeType, Mapping[str, Any]]], action: Action) -> None:
    """Records what became of recipe types, each given with what was `audited` of it before."""
    record_all(
        changed=[
            (Subject(Kind.RECIPE_TYPE, recipe_type.name), _changes(before, audited(recipe_type)))
            for recipe_type, before in changed
        ],
        action=action,
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    changes = changes_between(before, after)
    # Its revisions hold the definitions.
    return changes | {"definition": CHANGED} if "definition" in changes else changes

"""Writes of recipe types: validate, register, edit and deprecate, each in one transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from audit.models import Action
from core.entity_tags import require_current
from core.marks import without_marks
from core.models.clock import database_time
from core.services import Written, check_shown, require_valid
from recipes.changes import AUDITED, record_changes, record_revisions
from recipes.following import follow_recipe_type, link
from recipes.models import RESERVED_NAME, RecipeType
from recipes.selectors import entity_tag, no_such_recipe_type
from recipes.validation import CheckedDefinition, check
from seed import Finding, RecipeReference, Report, references_of


class RecipeTypeFields(TypedDict, total=False):
    """What a client sets of a recipe type; what is absent stays as it is, or gets its default."""

    name: str
    title: str
    description: str
    definition: Any
    is_active: bool
    auto_update: bool


@dataclass(frozen=True, slots=True)
class WrittenRecipeType(Written[RecipeType]):
    """A recipe type that was registered or edited, and what its definition changed (see ``CheckedDefinition``)."""

    diff: dict[str, Any] = field(default_factory=dict)


_COLUMNS = ("title", "description", "definition")
_SHOWN_FIELDS = {"name": ""}
_LONGEST_NAME_OF_A_TITLE = 30
_NAMELESS = "name: required, unless the title has letters a-z or digits to make a name of."


def validate_recipe_type(*, fields: RecipeTypeFields) -> CheckedDefinition:
    """Return what registering or editing with ``fields`` would find, without doing it."""
    name = fields.get("name")
    current = RecipeType.objects.filter(name=name).values_list("definition", flat=True).first() if name else None
    return check(fields["definition"], name=name, current=current)


def register_recipe_type(*, fields: RecipeTypeFields) -> WrittenRecipeType:
    """Register the recipe type that ``fields`` describes (``definition``, and ``name`` or ``title``, are required).

    A name that exists already is edited, also if another client registers it at this moment. Without one, the name
    is made of the title, and nothing that exists is edited. Raises Refused.
    """
    name = fields.get("name")
    if name and RecipeType.objects.filter(name=name).exists():
        return edit_recipe_type(name=name, fields=fields)
    checked = check(fields["definition"], name=name)
    new = name or _new_name(fields.get("title", ""))
    nameless = () if new else (Finding("MISSING_FIELD", _NAMELESS, "/name"),)
    require_valid(Report(errors=nameless) + checked.report)
    try:
        return _create({**fields, "name": new, "definition": checked.document}, checked.report)
    except IntegrityError:
        # Another client registered it between the look-up and the INSERT.
        if not RecipeType.objects.filter(name=new).exists():
            raise
        return register_recipe_type(fields=fields)


@transaction.atomic
def edit_recipe_type(
    *,
    name: str,
    fields: RecipeTypeFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> WrittenRecipeType:
    """Set those of ``fields`` that differ; another definition makes a new revision.

    Recipe types that contain it follow, unless ``auto_update`` is false. ``shown`` is what else of the details a
    client sent back, which must be as it is. ``seen`` holds the entity tags that the client has seen; None skips
    the comparison. Raises Refused, Missing, and Stale if the current tag is not among those seen.
    """
    recipe_type = _lock(name, fields)
    if seen is not None:
        require_current(_tag(recipe_type), seen)
    report = check_shown({"name": fields.get("name", name), **(shown or {})}, _SHOWN_FIELDS, recipe_type)
    diff: dict[str, Any] = {}
    if "definition" in fields:
        checked = check(fields["definition"], name=name, current=recipe_type.definition)
        report, diff = report + checked.report, checked.diff
        fields = {**fields, "definition": checked.document}
    require_valid(report)
    now = database_time()
    old = _set_columns(recipe_type, fields, now)
    if "is_active" in fields and _throw(recipe_type, fields["is_active"], now):
        old["is_active"] = not recipe_type.is_active
    if old:
        record_changes([(recipe_type, old)], Action.EDITED)
    if "definition" in old:
        record_revisions([recipe_type])
        link(recipe_type)
        if fields.get("auto_update", True):
            report += follow_recipe_type(recipe_type)
    return WrittenRecipeType(recipe_type, report, _tag(recipe_type), diff=diff)


@transaction.atomic
def switch_recipe_type(*, name: str, is_active: bool) -> bool:
    """Activate or deprecate a recipe type. Return whether it was in the other state. Raises Missing."""
    recipe_type = RecipeType.objects.defer("definition").filter(name=name).first()
    if recipe_type is None:
        raise no_such_recipe_type(name)
    changed = _throw(recipe_type, is_active, database_time())
    if changed:
        record_changes([(recipe_type, {"is_active": not is_active})], Action.EDITED)
    return changed


@transaction.atomic
def _create(fields: RecipeTypeFields, report: Report) -> WrittenRecipeType:
    now = database_time()
    columns: Any = {field: fields[field] for field in (*_COLUMNS, "is_active") if field in fields}  # type: ignore[literal-required]
    recipe_type = RecipeType(name=fields["name"], created=now, last_modified=now, **columns)
    recipe_type.deprecated = None if recipe_type.is_active else now
    recipe_type.save(force_insert=True)
    record_revisions([recipe_type])
    link(recipe_type)
    record_changes([(recipe_type, dict.fromkeys(AUDITED))], Action.CREATED)
    return WrittenRecipeType(recipe_type, report, _tag(recipe_type), created=True)


def _new_name(title: str) -> str:
    """Return a name that no recipe type has, made of ``title`` as v6 does; empty if nothing is left of it.

    v6 makes a name unique by a random suffix, and here it is the next number.
    """
    name = slugify(title).replace("_", "-")[:_LONGEST_NAME_OF_A_TITLE]
    taken = {RESERVED_NAME, *RecipeType.objects.filter(name__startswith=name).values_list("name", flat=True)}
    return next(each for each in chain([name], (f"{name}-{number}" for number in count(2))) if each not in taken)


def _lock(name: str, fields: RecipeTypeFields) -> RecipeType:
    """Return a recipe type, locked until the end of the transaction. Raises Missing.

    With a definition in ``fields``, those that contain it and those that it is to contain are locked too, in one
    statement and the order of their ids: so edits never wait in a circle, and of two that would make each recipe
    contain the other, one sees the outcome of the other.
    """
    recipe_types = RecipeType.objects.select_for_update(no_key=True)
    if "definition" not in fields:
        recipe_type = recipe_types.defer("definition").filter(name=name).first()
    else:
        references = references_of(fields["definition"])
        inner = {one.name for one in references if isinstance(one, RecipeReference)}
        around = RecipeType.objects.filter(name=name).with_containers()
        around |= set(RecipeType.objects.filter(name__in=inner - {"\0"}).values_list("pk", flat=True))
        locked = list(recipe_types.filter(pk__in=around).order_by("pk"))
        recipe_type = next((one for one in locked if one.name == name), None)
    if recipe_type is None:
        raise no_such_recipe_type(name)
    return recipe_type


def _set_columns(recipe_type: RecipeType, fields: RecipeTypeFields, now: datetime) -> dict[str, Any]:
    """Save the columns in ``fields`` that differ, and the number of the revision. Return their old values."""
    new: dict[str, Any] = {
        name: fields[name]  # type: ignore[literal-required]
        for name in _COLUMNS
        if name in fields and getattr(recipe_type, name) != fields[name]  # type: ignore[literal-required]
    }
    if "definition" in new:
        new["revision_num"] = recipe_type.revision_num + 1
    left = without_marks(recipe_type.findings, new.keys())
    if left != recipe_type.findings:
        new["findings"] = left
    old = {name: getattr(recipe_type, name) for name in new}
    if new:
        for name, value in {**new, "last_modified": now}.items():
            setattr(recipe_type, name, value)
        recipe_type.save(update_fields=[*new, "last_modified"])
    return old


def _throw(recipe_type: RecipeType, is_active: bool, now: datetime) -> bool:
    return recipe_type.activate(at=now) if is_active else recipe_type.deprecate(at=now)


def _tag(recipe_type: RecipeType) -> str:
    """Return the entity tag of a recipe type as it is in this transaction, which holds its lock."""
    tag = entity_tag(name=recipe_type.name)
    assert tag is not None  # noqa: S101  (the row is locked)
    return tag

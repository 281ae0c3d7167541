"""Writes recipe types: validate, register, edit and deprecate, each in one transaction."""

from collections.abc import Collection, Mapping
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Action
from core.entity_tags import require_current
from core.services import Missing, Written, check_shown, require_valid
from recipes.changes import audited, record_changes
from recipes.following import follow_recipe_type, link, record_revisions
from recipes.models import RecipeType
from recipes.querysets import interfaces_of
from seed import Finding, RecipeReference, Report, check_definition, nodes_of, references_of


class RecipeTypeFields(TypedDict, total=False):
    """What a person says about a recipe type; what is absent stays as it is, or gets its default."""

    name: str
    title: str
    description: str
    definition: Any
    is_active: bool
    auto_update: bool


_PLAIN_FIELDS = ("title", "description", "definition", "is_active")
_SHOWN_FIELDS = dict.fromkeys(("id", "name", "is_system"), "")


def validate_recipe_type(*, definition: Any, name: str | None = None) -> Report:
    """What registering this definition, as that of `name` if one is given, would find; without doing it."""
    references = references_of(definition)
    report = check_definition(definition, interfaces_of(references))
    if name is None:
        return report
    inner = {reference.name for reference in references if isinstance(reference, RecipeReference)}
    containing = RecipeType.objects.filter(pk__in=RecipeType.objects.filter(name=name).with_containers())
    circular = inner & ({name} | set(containing.values_list("name", flat=True)))
    return report + Report(
        errors=tuple(
            Finding(
                "CIRCULAR_RECIPE",
                f"node '{node.name}': the recipe type {node.reference.name} is or contains {name} itself",
                f"/nodes/{node.name}/node_type/recipe_type_name",
            )
            for node in (nodes_of(definition) if circular and report.is_valid else ())
            if isinstance(node.reference, RecipeReference) and node.reference.name in circular
        )
    )


def register_recipe_type(*, fields: RecipeTypeFields) -> Written[RecipeType]:
    """Registers the recipe type that `fields` describes (`name` and `definition` are required).

    A name that exists already, also one that another client registers at this moment, is edited.
    Raises Refused.
    """
    name = fields["name"]
    if RecipeType.objects.filter(name=name).exists():
        return edit_recipe_type(name=name, fields=fields)
    report = require_valid(validate_recipe_type(definition=fields["definition"], name=name))
    try:
        return _create(fields, report)
    except IntegrityError:
        # Somebody registered it between our look and our insert.
        return edit_recipe_type(name=name, fields=fields)


@transaction.atomic
def edit_recipe_type(
    *,
    name: str,
    fields: RecipeTypeFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> Written[RecipeType]:
    """Changes what `fields` says and is not so already; a changed definition makes a new revision.

    Recipe types that contain it follow, unless `auto_update` is false. `shown` is what else of the details a
    client sent back, `seen` the entity tags that the editor has seen (None: does not care). Raises
    Refused, Missing, and Stale when the current tag is not among those seen.
    """
    recipe_type = _lock(name, fields.get("definition"))
    if seen is not None:
        require_current(_tag(recipe_type), seen)
    report = check_shown({"name": fields.get("name", name), **(shown or {})}, _SHOWN_FIELDS, recipe_type)
    if "definition" in fields:
        report += validate_recipe_type(definition=fields["definition"], name=name)
    require_valid(report)
    wanted: dict[str, Any] = {field: fields[field] for field in _PLAIN_FIELDS if field in fields}  # type: ignore[literal-required]
    changed = [field for field, value in wanted.items() if getattr(recipe_type, field) != value]
    if not changed:
        return Written(recipe_type, report, _tag(recipe_type))
    before = audited(recipe_type)
    now = timezone.now()
    for field in changed:
        setattr(recipe_type, field, wanted[field])
    if "is_active" in changed:
        recipe_type.deprecated = None if recipe_type.is_active else now
    new_revision = "definition" in changed
    recipe_type.revision_num += new_revision
    recipe_type.last_modified = now
    recipe_type.save(update_fields=[*changed, "deprecated", "revision_num", "last_modified"])
    record_changes([(recipe_type, before)], Action.EDITED)
    if new_revision:
        record_revisions([recipe_type])
        link([recipe_type])
        if fields.get("auto_update", True):
            report += follow_recipe_type(recipe_type)
    return Written(recipe_type, report, _tag(recipe_type))


@transaction.atomic
def _create(fields: RecipeTypeFields, report: Report) -> Written[RecipeType]:
    now = timezone.now()
    recipe_type = RecipeType(name=fields["name"], created=now, last_modified=now)
    for field in _PLAIN_FIELDS:
        if field in fields:
            setattr(recipe_type, field, fields[field])  # type: ignore[literal-required]
    recipe_type.deprecated = None if recipe_type.is_active else now
    recipe_type.save(force_insert=True)
    record_revisions([recipe_type])
    link([recipe_type])
    record_changes([(recipe_type, {})], Action.CREATED)
    return Written(recipe_type, report, _tag(recipe_type), created=True)


def _lock(name: str, definition: Any) -> RecipeType:
    """Locks a recipe type, with those that contain it and those that it is to contain; answers it.

    In one statement and the order of their ids: so edits never wait in a circle, and two that would make each
    recipe contain the other see each other's outcome.
    """
    inner = {one.name for one in references_of(definition) if isinstance(one, RecipeReference)}
    around = RecipeType.objects.filter(name=name).with_containers()
    around |= set(RecipeType.objects.filter(name__in=inner - {"\0"}).values_list("pk", flat=True))
    locked = RecipeType.objects.filter(pk__in=around).order_by("pk").select_for_update(no_key=True)
    for recipe_type in locked:
        if recipe_type.name == name:
            return recipe_type
    raise no_such_recipe_type(name)


def _tag(recipe_type: RecipeType) -> str:
    """The entity tag of a recipe type as it is in this transaction, which holds its lock."""
    tag = RecipeType.objects.entity_tag(name=recipe_type.name)
    assert tag is not None  # noqa: S101  (the row is locked)
    return tag


def no_such_recipe_type(name: str) -> Missing:
    """Return the exception that says that there is no such recipe type."""
    return Missing(f"There is no recipe type {name}; /v6/recipe-types/ lists what there is.")

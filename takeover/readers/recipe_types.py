"""Recipe types with all their revisions, each after those that it contains."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from audit.models import Action
from recipes.changes import AUDITED, record_changes
from recipes.changes import record_revisions as record_current
from recipes.following import link
from recipes.models import RecipeType, RecipeTypeRevision
from recipes.validation import find_marks
from seed import complete_definition
from takeover.models import Imported, Kind
from takeover.readers.fields import (
    is_true,
    moment_of,
    moment_or_none,
    number_of,
    object_of,
    require_fit,
    switch_of,
    text_of,
    text_or_empty,
)
from takeover.readers.revisions import History, Revision, bring_revisions, shown_revision, shown_with_revisions
from takeover.readers.settling import Wanted, changed_rows, differing, mark_again, refused_today, settle
from takeover.report import Outcome
from takeover.run import Run, digest
from takeover.source import BadAnswer, Source, path_to


@dataclass(frozen=True, slots=True)
class _Shown:
    """A recipe type as the other system shows it."""

    details: Mapping[str, Any]
    revisions: list[Revision]


def bring_recipe_types(run: Run) -> None:
    """Bring all recipe types with all their revisions, each in a transaction."""
    rows = run.read_list(Kind.RECIPE_TYPE, "recipe-types/")
    known, free = run.prepare(Kind.RECIPE_TYPE, RecipeType, rows)
    changed = _innermost_first(changed_rows(run, Kind.RECIPE_TYPE, rows, known, lambda row: str(row.get("name"))))
    answers = run.source.map(lambda row: _read(run.source, row), changed)
    for row in run.over("Recipe types", changed):
        shown = next(answers)
        with run.writing(Kind.RECIPE_TYPE, str(row.get("name"))):
            if isinstance(shown, BadAnswer):
                raise shown
            _bring(run, row, shown, known.get(row["id"]), row["id"] if row["id"] in free else None)
    mark_again(run, Kind.RECIPE_TYPE, RecipeType, lambda one: find_marks(one.definition, name=one.name), then=link)


def _innermost_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a list, each after those of the recipe types that it contains."""
    by_id = {row["id"]: row for row in rows}
    ids = {str(row.get("name")): pk for pk, row in by_id.items()}
    graph = {pk: [ids[inner] for inner in _inner_names(row) if inner in ids] for pk, row in by_id.items()}
    try:
        return [by_id[pk] for pk in TopologicalSorter(graph).static_order()]
    except CycleError:
        return list(by_id.values())


def _inner_names(row: Mapping[str, Any]) -> list[str]:
    """Return the names of the recipe types that one in the list contains."""
    names = row.get("sub_recipe_types")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _read(source: Source, row: Mapping[str, Any]) -> _Shown | BadAnswer:
    """Return what is shown of a recipe type that is listed; BadAnswer is returned, not raised."""
    try:
        path = path_to("recipe-types", text_of(row, "name"))
        if (found := shown_with_revisions(source, path)) is None:
            raise BadAnswer("It is listed, and its details are a 404.")
        details, listed = found
        return _Shown(details, [_revision(source, path, one) for one in listed])
    except BadAnswer as error:
        return error


def _revision(source: Source, path: str, row: Mapping[str, Any]) -> Revision:
    number = number_of(row, "revision_num")
    definition = object_of(shown_revision(source, path, number), "definition")
    return Revision(row["id"], number, row.get("created"), {"definition": complete_definition(definition)})


def _bring(run: Run, row: Mapping[str, Any], shown: _Shown, imported: Imported | None, own_id: int | None) -> None:
    details, name = shown.details, text_of(row, "name")
    recipe_types = RecipeType.objects.select_for_update(no_key=True)
    current = recipe_types.filter(pk=imported.object_id).first() if imported else None
    current = current or recipe_types.filter(name=name).first()
    definition = complete_definition(object_of(details, "definition"))
    findings = find_marks(definition, name=name)
    columns = _columns(details, definition)

    def write(_: Outcome) -> RecipeType:
        return _write(run, shown, {**columns, "findings": findings}, current, own_id)

    wanted = Wanted(
        kind=Kind.RECIPE_TYPE,
        source_id=row["id"],
        name=name,
        digest=digest(row),
        current=current,
        differs=differing(current, columns),
        imported=imported,
        findings=findings,
        remarks=refused_today(run, findings),
    )
    outcome, recipe_type = settle(run, wanted, write)
    if recipe_type is not None and not run.options.is_dry and outcome not in (Outcome.CREATED, Outcome.UPDATED):
        bring_revisions(run, _history_of(recipe_type), shown.revisions, adds=False)


def _columns(details: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": text_or_empty(details, "title"),
        "description": text_or_empty(details, "description"),
        "is_active": is_true(details, "is_active"),
        "is_system": is_true(details, "is_system"),
        "definition": definition,
    }


def _write(
    run: Run, shown: _Shown, columns: Mapping[str, Any], current: RecipeType | None, own_id: int | None
) -> RecipeType:
    """Create a recipe type, or update the ``current`` one, with its revisions and times."""
    details = shown.details
    recipe_type = current or RecipeType(
        pk=own_id, name=text_of(details, "name"), created=moment_of(details, "created")
    )
    old = {name: getattr(recipe_type, name) for name in differing(current, columns)}
    for name, value in columns.items():
        setattr(recipe_type, name, value)
    recipe_type.deprecated = switch_of(details, not recipe_type.is_active, "deprecated")
    recipe_type.last_modified = moment_of(details, "last_modified")
    require_fit(recipe_type)
    recipe_type.save()
    last = bring_revisions(run, _history_of(recipe_type), shown.revisions, adds=True)
    _number(recipe_type, last)
    if current is None or "definition" in old:
        link(recipe_type)
    changes = old if current else dict.fromkeys(AUDITED)
    record_changes([(recipe_type, changes)], Action.EDITED if current else Action.CREATED)
    return recipe_type


def _history_of(recipe_type: RecipeType) -> History:
    def add(revision: Revision, number: int, pk: int | None) -> RecipeTypeRevision:
        row = RecipeTypeRevision(
            pk=pk,
            recipe_type=recipe_type,
            revision_num=number,
            created=moment_or_none({"created": revision.created}, "created") or recipe_type.last_modified,
            **revision.content,
        )
        row.save()
        return row

    return History(
        kind=Kind.RECIPE_TYPE_REVISION,
        name=recipe_type.name,
        here=recipe_type.revisions,
        add=add,
        find=lambda revision: find_marks(revision.content["definition"], name=recipe_type.name),
    )


def _number(recipe_type: RecipeType, last: int) -> None:
    """Set the number of the current revision; one is made if none of them is what the recipe type is now."""
    latest = recipe_type.revisions.filter(revision_num=last).values_list("definition", flat=True).first()
    is_current = latest == recipe_type.definition
    recipe_type.revision_num = last if is_current else last + 1
    recipe_type.save(update_fields=["revision_num"])
    if not is_current:
        record_current([recipe_type])

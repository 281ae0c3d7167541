"""Keeps recipe types in step with what their nodes run, inside the transaction of the edit that they follow."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any

from audit.models import Action
from core.models.clock import database_time
from job_types.models import JobType
from recipes.changes import record_changes, record_revisions
from recipes.models import RecipeType
from recipes.selectors import interfaces_of
from seed import (
    Condition,
    Finding,
    Interface,
    JobReference,
    RecipeReference,
    Reference,
    Report,
    check_definition,
    nodes_of,
    references_of,
)

_ROWS_AT_ONCE = 100


def follow_job_type(job_type: JobType) -> Report:
    """Move the active recipe types that hold ``job_type``, and those that contain them, to its new revision.

    A recipe type that the new interface does not fit stays as it was, with a RECIPE_NOT_UPDATED warning.
    """
    holding = RecipeType.objects.filter(is_active=True, job_types=job_type)
    return _follow(holding.with_containers(), {(job_type.name, job_type.version): job_type.revision_num})


def follow_recipe_type(recipe_type: RecipeType) -> Report:
    """Move the active recipe types that contain ``recipe_type``, directly or not, to its new revision."""
    containing = RecipeType.objects.filter(is_active=True, sub_recipe_types=recipe_type)
    return _follow(containing.with_containers(), {(recipe_type.name,): recipe_type.revision_num})


def deprecate_recipes(job_type: JobType) -> Report:
    """Deprecate the active recipe types that hold ``job_type``. Return a warning that names them."""
    holding = RecipeType.objects.filter(is_active=True, job_types=job_type).order_by("pk").defer("definition")
    recipe_types = list(holding.select_for_update(no_key=True, of=("self",)))
    if not recipe_types:
        return Report()
    now = database_time()
    for recipe_type in recipe_types:
        recipe_type.is_active, recipe_type.deprecated, recipe_type.last_modified = False, now, now
    RecipeType.objects.bulk_update(recipe_types, ["is_active", "deprecated", "last_modified"])
    record_changes([(one, {"is_active": True}) for one in recipe_types], Action.FOLLOWED)
    names = ", ".join(sorted(recipe_type.name for recipe_type in recipe_types))
    sentence = f"These recipe types hold {job_type} and were deprecated with it: {names}."
    return Report(warnings=(Finding("DEPRECATED_RECIPES", sentence, "/is_active"),))


def link(recipe_type: RecipeType) -> None:
    """Link a recipe type to the job types and recipe types that the nodes of its definition run."""
    references = references_of(recipe_type.definition)
    keys = {(one.name, one.version) for one in references if isinstance(one, JobReference)}
    names = {one.name for one in references if isinstance(one, RecipeReference)}
    job_types = JobType.objects.filter(name__in={name for name, _ in keys}).only("name", "version")
    recipe_type.job_types.set(one for one in job_types if (one.name, one.version) in keys)
    recipe_type.sub_recipe_types.set(RecipeType.objects.filter(name__in=names).only("pk"))


def _follow(family: Collection[int], revised: dict[tuple[str, ...], int]) -> Report:
    """Move the nodes of the recipe types with the ids ``family`` to the revisions in ``revised``, innermost first.

    One statement locks the rows in the order of their ids, so that edits never wait in a circle.
    """
    if not family:
        return Report()
    locked = RecipeType.objects.filter(pk__in=family).order_by("pk").select_for_update(no_key=True)
    recipe_types = {one.name: one for one in locked if one.is_active}
    known = interfaces_of(
        reference
        for one in recipe_types.values()
        for now in references_of(one.definition)
        for reference in (now, _follow_reference(now, revised))
    )
    now, changed, warnings = database_time(), [], []
    for name in _innermost_first(recipe_types):
        recipe_type = recipe_types[name]
        old = {"definition": recipe_type.definition, "revision_num": recipe_type.revision_num}
        definition = _followed(recipe_type.definition, revised)
        if definition == recipe_type.definition:
            continue
        report = check_definition(definition, known)
        if not report.is_valid:
            warnings.append(_not_updated(recipe_type, report))
            continue
        changed.append((recipe_type, old))
        recipe_type.definition = definition
        recipe_type.revision_num += 1
        recipe_type.last_modified = now
        revised[(name,)] = recipe_type.revision_num
        known.setdefault((name,), {})[recipe_type.revision_num] = Interface.of_definition(definition)
    followed = [recipe_type for recipe_type, _ in changed]
    columns = ["definition", "revision_num", "last_modified"]
    RecipeType.objects.bulk_update(followed, columns, batch_size=_ROWS_AT_ONCE)
    record_revisions(followed)
    record_changes(changed, Action.FOLLOWED)
    return Report(warnings=tuple(warnings))


def _innermost_first(recipe_types: Mapping[str, RecipeType]) -> list[str]:
    inner = {
        name: {
            reference.name
            for reference in references_of(one.definition)
            if isinstance(reference, RecipeReference) and reference.name in recipe_types
        }
        for name, one in recipe_types.items()
    }
    return list(TopologicalSorter(inner).static_order())


def _follow_reference(reference: Reference, revised: Mapping[tuple[str, ...], int]) -> Reference:
    key = (reference.name, reference.version) if isinstance(reference, JobReference) else (reference.name,)
    return replace(reference, revision=revised.get(key, reference.revision))


def _followed(definition: Mapping[str, Any], revised: Mapping[tuple[str, ...], int]) -> dict[str, Any]:
    """Return the definition with new revisions for the nodes that run what was revised."""
    nodes = dict(definition["nodes"])
    for node in nodes_of(definition):
        if isinstance(node.runs, Condition):
            continue
        reference = _follow_reference(node.runs, revised)
        if reference != node.runs:
            item = nodes[node.name]
            member = "job_type_revision" if isinstance(reference, JobReference) else "recipe_type_revision"
            nodes[node.name] = {**item, "node_type": {**item["node_type"], member: reference.revision}}
    return {**definition, "nodes": nodes}


def _not_updated(recipe_type: RecipeType, report: Report) -> Finding:
    reasons = "; ".join(finding.description for finding in report.errors[:5])
    sentence = f"The recipe type {recipe_type.name} stays at revision {recipe_type.revision_num}: {reasons}."
    return Finding("RECIPE_NOT_UPDATED", sentence, "/manifest")

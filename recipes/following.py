"""Keeps recipe types in step with what their nodes run, inside the transaction of the edit that they follow."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter
from itertools import chain
from typing import Any

from audit.models import Action
from core.models.clock import database_time
from core.models.columns import Bytes
from core.services import Refused
from job_types.models import JobType
from recipes.changes import record_changes, record_revisions
from recipes.models import RecipeType
from recipes.selectors import interfaces_of
from seed import (
    Condition,
    Finding,
    Interface,
    JobReference,
    Node,
    RecipeReference,
    Reference,
    Report,
    check_changed_nodes,
    nodes_around,
    nodes_of,
    references_of,
    without_circles,
)

MOST_FOLLOWING = 300
"""How many recipe types one edit takes along."""

MOST_BYTES = 2 * 1024 * 1024
"""How large their definitions may be together: as large as one body of a request."""

_Key = tuple[str, ...]  # (job type name, version), or (recipe type name,)
_ROWS_AT_ONCE = 100
_MOST_NAMED = 100


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


def _follow(family: Collection[int], revised: dict[_Key, int]) -> Report:
    """Move the nodes of the recipe types with the ids ``family`` to the revisions in ``revised``, innermost first.

    One statement locks the rows in the order of their ids, so that edits never wait in a circle. Those beyond
    ``MOST_FOLLOWING`` and ``MOST_BYTES`` are not read, and stay as they are.
    """
    if not family:
        return Report()
    chosen, left = those_that_fit_a_request(family)
    locked = RecipeType.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True)
    recipe_types: dict[_Key, RecipeType] = {(one.name,): one for one in locked if one.is_active}
    nodes = {key: {node.name: node for node in nodes_of(one.definition)} for key, one in recipe_types.items()}
    warnings = [_beyond_the_bound(left)] if left else []
    try:
        known = interfaces_of(_needed(nodes, revised))
    except Refused as refused:
        stay = (_not_updated(one, refused.report) for one in recipe_types.values())
        return Report.of(warnings=chain(warnings, stay))
    now, changed = database_time(), []
    for key in _innermost_first(nodes):
        recipe_type, moved = recipe_types[key], _moved(nodes[key], revised)
        if not moved:
            continue
        own = Interface.of_definition(recipe_type.definition)
        report = check_changed_nodes(nodes[key] | moved, moved.keys(), own, known)
        if not report.is_valid:
            warnings.append(_not_updated(recipe_type, report))
            continue
        old = {"definition": recipe_type.definition, "revision_num": recipe_type.revision_num}
        changed.append((recipe_type, old))
        recipe_type.definition = _followed(recipe_type.definition, moved)
        recipe_type.revision_num += 1
        recipe_type.last_modified = now
        revised[key] = recipe_type.revision_num
        known.setdefault(key, {})[recipe_type.revision_num] = own
    followed = [recipe_type for recipe_type, _ in changed]
    columns = ["definition", "revision_num", "last_modified"]
    RecipeType.objects.bulk_update(followed, columns, batch_size=_ROWS_AT_ONCE)
    record_revisions(followed)
    record_changes(changed, Action.FOLLOWED)
    return Report(warnings=tuple(warnings))


def those_that_fit_a_request(family: Collection[int]) -> tuple[list[int], list[str]]:
    """Return the ids of the first active ones of ``family`` within the bounds, and the names of the others.

    These bounds are ``MOST_FOLLOWING`` and ``MOST_BYTES``. The database measures them, so that no other definition
    is read.
    """
    active = RecipeType.objects.filter(pk__in=family, is_active=True).order_by("pk")
    chosen: list[int] = []
    left: list[str] = []
    total = 0
    for pk, name, size in active.values_list("pk", "name", Bytes("definition")):
        if len(chosen) < MOST_FOLLOWING and total + size <= MOST_BYTES:
            chosen.append(pk)
            total += size
        else:
            left.append(name)
    return chosen, left


def _needed(nodes: Mapping[_Key, Mapping[str, Node]], revised: Mapping[_Key, int]) -> Iterator[Reference]:
    """Yield what the nodes run that may follow, and those around them, as they are and as they may be."""
    for of_one in nodes.values():
        keys = {node.name: _key(node.runs) for node in of_one.values()}
        moving = {name for name, key in keys.items() if key in revised or key in nodes}
        for node in nodes_around(of_one, moving):
            if not isinstance(node.runs, Condition):
                yield node.runs
                yield replace(node.runs, revision=revised.get(keys[node.name], node.runs.revision))


def _innermost_first(nodes: Mapping[_Key, Mapping[str, Node]]) -> list[_Key]:
    inner = {key: {_key(node.runs) for node in of_one.values()} & nodes.keys() for key, of_one in nodes.items()}
    # Those that were taken over may contain each other.
    return list(TopologicalSorter(without_circles(inner)).static_order())


def _key(runs: Reference | Condition) -> _Key:
    """Return the key of what a node runs: that of no revision for a condition."""
    match runs:
        case JobReference():
            return (runs.name, runs.version)
        case RecipeReference():
            return (runs.name,)
        case _:
            return ()


def _moved(nodes: Mapping[str, Node], revised: Mapping[_Key, int]) -> dict[str, Node]:
    """Return those of ``nodes`` that run what was revised, with the new revisions."""
    moved = {}
    for node in nodes.values():
        if not isinstance(node.runs, Condition):
            revision = revised.get(_key(node.runs), node.runs.revision)
            if revision != node.runs.revision:
                moved[node.name] = replace(node, runs=replace(node.runs, revision=revision))
    return moved


def _followed(definition: Mapping[str, Any], moved: Mapping[str, Node]) -> dict[str, Any]:
    """Return the definition with the revisions of the nodes ``moved``."""
    nodes = dict(definition["nodes"])
    for name, node in moved.items():
        if not isinstance(node.runs, Condition):
            item = nodes[name]
            member = "job_type_revision" if isinstance(node.runs, JobReference) else "recipe_type_revision"
            nodes[name] = {**item, "node_type": {**item["node_type"], member: node.runs.revision}}
    return {**definition, "nodes": nodes}


def _not_updated(recipe_type: RecipeType, report: Report) -> Finding:
    reasons = "; ".join(finding.description for finding in report.errors[:5])
    sentence = f"The recipe type {recipe_type.name} stays at revision {recipe_type.revision_num}: {reasons}."
    return Finding("RECIPE_NOT_UPDATED", sentence, "/manifest")


def _beyond_the_bound(names: Sequence[str]) -> Finding:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    sentence = (
        f"One edit takes at most {MOST_FOLLOWING} recipe types along, whose definitions have at most {MOST_BYTES} "
        f"bytes together. These stay as they are until their own definitions are edited: "
        f"{', '.join(names[:_MOST_NAMED])}{more}."
    )
    return Finding("RECIPE_NOT_UPDATED", sentence, "/manifest")

"""What it would mean to recipe types if they ran another revision of a job type."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.services import Refused
from job_types.hooks import Effect, Effects
from recipes.following import those_that_fit_a_request
from recipes.models import RecipeType
from recipes.selectors import interfaces_of
from seed import (
    Condition,
    Interface,
    JobReference,
    Node,
    check_changed_nodes,
    nodes_around,
    nodes_of,
)


def effects_of(old: JobReference, new: JobReference) -> Effects:
    """Return what is found in the active recipe types that hold a job type if its nodes ran ``new`` instead.

    ``old`` is any revision of that job type. Nine queries at most; recipe types beyond the bounds of what an edit
    takes along are named alone.
    """
    holding = RecipeType.objects.filter(is_active=True, job_types__name=old.name, job_types__version=old.version)
    chosen, left = those_that_fit_a_request(list(holding.values_list("pk", flat=True)))
    rows = RecipeType.objects.filter(pk__in=chosen).order_by("name")
    recipe_types: list[Any] = list(rows.values("id", "name", "title", "revision_num", "definition"))
    nodes = {row["id"]: {node.name: node for node in nodes_of(row["definition"])} for row in recipe_types}
    moved = {pk: _moved(of_one, old, new) for pk, of_one in nodes.items()}
    needed = {
        node.runs
        for pk, of_one in nodes.items()
        for node in nodes_around(of_one | moved[pk], moved[pk].keys())
        if not isinstance(node.runs, Condition)
    }
    try:
        known = interfaces_of(needed)
    except Refused:
        return Effects([], sorted([*left, *(row["name"] for row in recipe_types)]))
    found: list[Effect] = []
    for row in recipe_types:
        pk, own = row["id"], Interface.of_definition(row.pop("definition"))
        report = check_changed_nodes(nodes[pk] | moved[pk], moved[pk].keys(), own, known)
        effect: Any = {**row, "breaks": not report.is_valid, "reasons": report.as_dict()["errors"]}
        found.append(effect)
    return Effects(found, sorted(left))


def _moved(nodes: Mapping[str, Node], old: JobReference, new: JobReference) -> dict[str, Node]:
    """Return those of ``nodes`` that run any revision of a job type, with ``new`` instead."""
    return {
        node.name: replace(node, runs=new)
        for node in nodes.values()
        if isinstance(node.runs, JobReference) and (node.runs.name, node.runs.version) == (old.name, old.version)
    }

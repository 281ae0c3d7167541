"""The difference between two definitions of a recipe type, in the form of v6."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from seed.recipe import Condition, Interface, Node, nodes_of
from seed.recipe_rules import misfit
from seed.wording import quoted

# The members of a node_type -> the name and the beginning of the sentence of a change to them.
_CHANGES = {
    "job_type_name": ("JOB_TYPE_CHANGE", "Job type"),
    "job_type_version": ("JOB_TYPE_VERSION_CHANGE", "Job type version"),
    "job_type_revision": ("JOB_TYPE_REVISION_CHANGE", "Job type revision"),
    "recipe_type_name": ("RECIPE_TYPE_CHANGE", "Recipe type"),
    "recipe_type_revision": ("RECIPE_TYPE_REVISION_CHANGE", "Recipe type revision"),
}


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``new`` changes of ``old``, both complete definitions, as far as their nodes can be read.

    The form is that of v6: ``{"can_be_reprocessed", "reasons", "nodes"}``, where ``nodes`` has the nodes of both by
    name, each with its ``status`` (NEW, CHANGED, UNCHANGED or DELETED), its ``changes``, whether it would run anew
    (``reprocess_new_node``), ``force_reprocess`` (nobody asked for it: false), its ``dependencies`` and its
    ``node_type``, which names what was there before as ``prev_…``. A node behind one that changed has changed too.
    """
    reasons = list(_reasons(Interface.of_definition(old), Interface.of_definition(new)))
    nodes: dict[str, Any] = {}
    before = {node.name: node for node in nodes_of(old)}
    after = {node.name: node for node in nodes_of(new)}
    order = TopologicalSorter(
        {name: [dependency.name for dependency in node.dependencies] for name, node in after.items()}
    )
    for name in order.static_order():
        is_new = name not in before
        changes = [] if is_new else list(_changes(before[name], after[name], old, new, nodes))
        status = "NEW" if is_new else "CHANGED" if changes else "UNCHANGED"
        nodes[name] = {
            **_shown(status, after[name], new),
            "changes": [{"name": change, "description": description} for change, description in changes],
            "reprocess_new_node": status != "UNCHANGED" and not reasons,
        }
        if not is_new:
            _add_previous(nodes[name], old["nodes"][name]["node_type"])
    nodes |= {name: _shown("DELETED", node, old) for name, node in before.items() if name not in after}
    return {"can_be_reprocessed": not reasons, "reasons": reasons, "nodes": nodes}


def _reasons(old: Interface, new: Interface) -> Iterator[dict[str, str]]:
    """Yield why what was given to the old recipe cannot be given to the new one."""
    for name, taker in new.inputs.items():
        if giver := old.inputs.get(name):
            reason = misfit(giver, taker)
        else:
            reason = "it is new, and required" if taker.required else None
        if reason:
            yield {"name": "INPUT_CHANGE", "description": f"The input {quoted(name)} of the recipe: {reason}"}


def _shown(status: str, node: Node, definition: Mapping[str, Any]) -> dict[str, Any]:
    item = definition["nodes"][node.name]["node_type"]
    node_type = {"node_type": "condition"} if isinstance(node.runs, Condition) else dict(item)
    return {
        "status": status,
        "changes": [],
        "reprocess_new_node": False,
        "force_reprocess": False,
        "dependencies": [{"name": dependency.name} for dependency in node.dependencies],
        "node_type": node_type,
    }


def _add_previous(shown: dict[str, Any], old: Mapping[str, Any]) -> None:
    new = shown["node_type"]
    if new["node_type"] != old["node_type"]:
        shown["prev_node_type"] = old["node_type"]
        return
    for member in _CHANGES:
        if member in new and new[member] != old[member]:
            new[f"prev_{member}"] = old[member]


def _changes(
    before: Node,
    after: Node,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    shown: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """Yield the name and the description of each change to a node; ``shown`` has the nodes that it depends on."""
    was, now = old["nodes"][before.name]["node_type"], new["nodes"][after.name]["node_type"]
    if was["node_type"] != now["node_type"]:
        yield "NODE_TYPE_CHANGE", f"Node type changed from {was['node_type']} to {now['node_type']}"
    elif isinstance(after.runs, Condition):
        if was.get("interface") != now.get("interface"):
            yield "INTERFACE_CHANGE", "Interface of the condition changed"
        if was.get("data_filter") != now.get("data_filter"):
            yield "FILTER_CHANGE", "Data filter changed"
    else:
        for member, (name, what) in _CHANGES.items():
            if member in now and was[member] != now[member]:
                yield name, f"{what} changed from {quoted(was[member])} to {quoted(now[member])}"
    yield from _dependency_changes(before, after, shown)
    for name in after.inputs:
        if name not in before.inputs:
            yield "INPUT_NEW", f"New input {quoted(name)} added"
        elif before.inputs[name] != after.inputs[name]:
            yield "INPUT_CHANGE", f"Input {quoted(name)} changed"
    for name in before.inputs:
        if name not in after.inputs:
            yield "INPUT_REMOVED", f"Previous input {quoted(name)} removed"


def _dependency_changes(before: Node, after: Node, shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    was = {dependency.name: dependency.acceptance for dependency in before.dependencies}
    now = {dependency.name: dependency.acceptance for dependency in after.dependencies}
    for name, acceptance in now.items():
        if name not in was:
            yield "PARENT_NEW", f"New parent node {quoted(name)} added"
        elif acceptance != was[name]:
            yield "ACCEPTANCE_CHANGE", f"Acceptance of parent node {quoted(name)} changed"
        elif shown[name]["status"] == "CHANGED":
            yield "PARENT_CHANGED", f"Parent node {quoted(name)} changed"
    for name in was:
        if name not in now:
            yield "PARENT_REMOVED", f"Previous parent node {quoted(name)} removed"

"""What the pages show of recipe types: their graphs, their nodes in words, and what a revision changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from django.template.defaultfilters import pluralize

from pages.navigation import url_of
from recipes.graph import CONDITION, JOB, RECIPE, Box, Graph, graph, in_words, kind_of, meaning_of
from recipes.querysets import RecipeTypeRow
from recipes.selectors import RecipeTypeDetails, get_details, get_revision, with_members
from seed import Interface, JobReference, Node, RecipeReference, difference, nodes_of

MOST_NODES = 300
MOST_LINES = 1_000
"""How large a graph is drawn; the table of its nodes has all of any."""

_SHOWN_REVISIONS = 10
_KINDS = {JOB: "job type", RECIPE: "recipe type", CONDITION: "condition"}
_ICONS = {JOB: "f1b3", RECIPE: "f0e8", CONDITION: "f126"}

# The name and version of a job type -> its row.
_JobTypes = Mapping[tuple[str, str], Mapping[str, Any]]


class NodeRow(TypedDict):
    """A node in words.

    ``current`` is the number of the current revision of what it runs, if it runs another. ``change`` is NEW or
    CHANGED where the node is compared with that of another revision, else empty. ``label`` is all of it.
    """

    name: str
    kind: str
    kind_in_words: str
    icon: str
    runs: str
    url: str
    current: int | None
    after: list[str]
    inputs: list[str]
    change: str
    label: str


class InputRow(TypedDict):
    """An input of a recipe in words."""

    name: str
    kind: str
    is_required: bool


class Drawing(NamedTuple):
    """A graph as it is drawn, and its boxes, each with what its node says in words."""

    graph: Graph
    boxes: list[tuple[Box, NodeRow]]


class NodeChange(TypedDict):
    """What a revision changed of a node: its status as in the API, and sentences."""

    name: str
    status: str
    sentences: list[str]


def recipe_rows(rows: Sequence[Mapping[str, Any]], *, revision: str) -> list[dict[str, Any]]:
    """Return the rows of the list, each with what it ``runs`` in words: two queries where they are not cached.

    ``revision`` is that of the catalogue.
    """
    return [
        {**row, "runs": _numbers(len(row["job_types"]), len(row["sub_recipe_types"]))}
        for row in with_members(rows, revision=revision)
    ]


def recipe_content(*, name: str) -> dict[str, Any]:
    """Return what the page of a recipe type shows: five queries. Raises Missing."""
    recipe_type = get_details(name=name)
    job_types = {(row["name"], row["version"]): row for row in recipe_type["job_types"]}
    newest = recipe_type["revision_num"]
    return {
        "recipe_type": recipe_type,
        "revisions": range(newest, max(0, newest - _SHOWN_REVISIONS), -1),
        **_definition_content(recipe_type["definition"], job_types=job_types, recipes=recipe_type),
    }


def revision_content(*, name: str, revision_num: int, against: int | None) -> dict[str, Any]:
    """Return what the page of a revision shows, compared with the revision ``against``, or with the one before.

    Four queries, two for the first revision. Raises Missing.
    """
    revision = get_revision(name=name, revision_num=revision_num)
    if against is None and revision_num > 1:
        against = revision_num - 1
    other = None if against is None else get_revision(name=name, revision_num=against)
    found: dict[str, Any] = {"nodes": {}, "reasons": []}
    if other is not None:
        found = difference(other["definition"], revision["definition"])
    statuses = {node: shown["status"] for node, shown in found["nodes"].items()}
    return {
        "recipe_type": revision["recipe_type"],
        "revision": revision,
        "other": other,
        "changes": list(_changes(found)),
        "reasons": [reason["description"] for reason in found["reasons"]],
        **_definition_content(revision["definition"], statuses=statuses),
    }


def _definition_content(
    definition: Mapping[str, Any],
    *,
    job_types: _JobTypes | None = None,
    recipes: RecipeTypeDetails | None = None,
    statuses: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what both pages show of a definition: its graph, unless it is too large, its nodes, its inputs."""
    current = {row["name"]: row for row in recipes["sub_recipe_types"]} if recipes else {}
    nodes = {node.name: node for node in nodes_of(definition)}
    rows = {
        name: _node_row(node, nodes, job_types or {}, current, (statuses or {}).get(name, ""))
        for name, node in nodes.items()
    }
    lines = sum(len(node.dependencies) for node in nodes.values())
    drawing = None
    if len(nodes) <= MOST_NODES and lines <= MOST_LINES:
        drawn = graph(definition)
        drawing = Drawing(drawn, [(box, rows[box.node.name]) for box in drawn.boxes])
    ordered = [row for _, row in drawing.boxes] if drawing else list(rows.values())
    return {"drawing": drawing, "nodes": ordered, "inputs": list(_input_rows(definition))}


def _node_row(
    node: Node,
    nodes: Mapping[str, Node],
    job_types: _JobTypes,
    recipes: Mapping[str, RecipeTypeRow],
    status: str,
) -> NodeRow:
    icon, url, current = _ICONS[kind_of(node)], "", None
    match node.runs:
        case JobReference() as job:
            url = url_of("job-type", name=job.name, version=job.version)
            if row := job_types.get((job.name, job.version)):
                icon, current = row["icon_code"] or icon, row["revision_num"]
        case RecipeReference() as recipe:
            url = url_of("recipe", name=recipe.name)
            current = recipes[recipe.name]["revision_num"] if recipe.name in recipes else None
    change = "" if status == "UNCHANGED" else status
    kind, runs = _KINDS[kind_of(node)], in_words(node.runs)
    after = [meaning_of(one, nodes[one.name].runs) for one in node.dependencies]
    return {
        "name": node.name,
        "kind": kind_of(node),
        "kind_in_words": kind,
        "icon": icon,
        "runs": runs,
        "url": url,
        "current": None if current == getattr(node.runs, "revision", None) else current,
        "after": after,
        "inputs": [f"{name} from {_source(source)}" for name, source in node.inputs.items()],
        "change": change,
        "label": ", ".join((f"{node.name}: {kind} {runs}", *after, *([change.lower()] if change else []))),
    }


def _numbers(job_types: int, recipe_types: int) -> str:
    """Return in words how many job types and recipe types the nodes of a recipe type run."""
    numbers = ((job_types, "job type"), (recipe_types, "recipe type"))
    return ", ".join(f"{number} {what}{pluralize(number)}" for number, what in numbers if number) or "nothing"


def _source(source: Mapping[str, str]) -> str:
    """Return in words what feeds an input."""
    if source["type"] == "recipe":
        return f"{source['input']} of the recipe"
    return f"{source['output']} of {source['node']}"


def _input_rows(definition: Mapping[str, Any]) -> Iterator[InputRow]:
    interface = Interface.of_definition(definition)
    for file in interface.input_files:
        types = f" of {', '.join(file.media_types)}" if file.media_types else ""
        number = "files" if file.multiple else "file"
        yield {"name": file.name, "kind": f"{number}{types}", "is_required": file.required}
    for value in interface.input_json:
        yield {"name": value.name, "kind": value.type, "is_required": value.required}


def _changes(found: Mapping[str, Any]) -> Iterator[NodeChange]:
    """Yield the nodes that differ, those that are new or gone too."""
    for name, node in found["nodes"].items():
        if node["status"] != "UNCHANGED":
            sentences = [change["description"] for change in node["changes"]]
            yield {"name": name, "status": node["status"], "sentences": sentences}

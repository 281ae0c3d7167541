"""The checks of a recipe definition: its schema, and rules for its nodes that a schema cannot express."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from typing import Any

from seed.condition_rules import condition_errors, condition_warnings
from seed.documents import is_within_bounds
from seed.findings import MOST_COUNTED, Finding, Report, json_pointer
from seed.manifest import InputFile, InputJson, OutputFile, OutputJson, object_in
from seed.recipe import Condition, Interface, JobReference, Node, Output, RecipeReference, Reference, reference_of
from seed.schema import definition_breaches
from seed.wording import quoted, shortened

# (job type name, version), or (recipe type name,) -> the interface of each revision there is.
Known = Mapping[tuple[str, ...], Mapping[int, Interface]]
_LONGEST_NODE_NAME = 255


def references_of(document: object) -> frozenset[Reference]:
    """Return what the nodes of any JSON value refer to, as far as their references have the right shape."""
    nodes = document.get("nodes") if isinstance(document, dict) and is_within_bounds(document) else None
    items = [item for item in nodes.values() if isinstance(item, dict)] if isinstance(nodes, dict) else []
    return frozenset(found for item in items if (found := reference_of(object_in(item, "node_type"))))


def check_definition(document: object, known: Known) -> Report:
    """Check any JSON value as the definition of a recipe type and report all findings at once.

    ``known`` holds the interfaces of at least those revisions that ``references_of`` names, where they exist.
    A breach of the schema does not stop the rules, unless the document is too large or has too many breaches: they
    go by the nodes that have the right shape.

    Errors: INVALID_DEFINITION (the schema), INVALID_NODE_NAME, DUPLICATE_INPUT_NAMES, UNKNOWN_NODE,
    CIRCULAR_DEPENDENCY, UNKNOWN_JOB_TYPE, UNKNOWN_RECIPE_TYPE, UNKNOWN_REVISION, and of the inputs of nodes
    UNFED_INPUT, UNKNOWN_RECIPE_INPUT, MISSING_DEPENDENCY, UNKNOWN_OUTPUT, INCOMPATIBLE_INPUT. Warnings: NO_NODES,
    MISPLACED_ACCEPTANCE, and of the inputs of nodes UNKNOWN_INPUT, MISMATCHED_MEDIA_TYPES. ``condition_rules`` adds
    those of conditions.
    """
    breaches = tuple(islice(definition_breaches(document), MOST_COUNTED))
    if not isinstance(document, dict) or not _can_be_read(document, breaches):
        return Report(errors=breaches)
    nodes = _usable(document, breaches)
    names = document["nodes"] if isinstance(document.get("nodes"), dict) else {}
    own_is_right = not any(breach.path.startswith("/input") for breach in breaches)
    own = Interface.of_definition(document) if own_is_right else None
    interfaces = {name: _interface(node, known) for name, node in nodes.items()}
    conditions = {name: node.runs for name, node in nodes.items() if isinstance(node.runs, Condition)}
    return Report.of(
        errors=chain(
            breaches,
            _odd_names(names),
            _odd_inputs(document.get("input", {}), "input") if own else (),
            *(
                _odd_inputs(names[name]["node_type"]["interface"], "nodes", name, "node_type", "interface")
                for name in conditions
            ),
            _unknown_dependencies(nodes, names),
            _cycles(nodes),
            _unknown_references(nodes, known),
            *(_input_errors(node, own, nodes, interfaces) for node in nodes.values()),
            condition_errors(conditions),
        ),
        warnings=chain(
            _no_nodes(document),
            _misplaced_acceptances(nodes),
            *(_input_warnings(node, own, interfaces) for node in nodes.values()),
            condition_warnings(conditions),
        ),
    )


def check_changed_nodes(nodes: Mapping[str, Node], changed: Set[str], own: Interface, known: Known) -> Report:
    """Check those of the ``nodes`` of a valid definition that run another revision now, and those that they feed.

    The others are as they were when the definition was checked. ``own`` is its interface, and ``known`` holds those
    of what ``nodes_around`` the ones that changed run. The errors are those of ``check_definition``.
    """
    around = nodes_around(nodes, changed)
    interfaces = {node.name: _interface(node, known) for node in around}
    concerned = {node.name: node for node in around if not changed.isdisjoint({node.name, *_sources(node)})}
    return Report.of(
        errors=chain(
            _unknown_references(concerned, known),
            *(_input_errors(node, own, nodes, interfaces) for node in concerned.values()),
        )
    )


def nodes_around(nodes: Mapping[str, Node], changed: Set[str]) -> list[Node]:
    """Return those of ``nodes`` that changed, those that they feed, and all that feed any of these."""
    concerned = [node for node in nodes.values() if not changed.isdisjoint({node.name, *_sources(node)})]
    names = {name for node in concerned for name in (node.name, *_sources(node))}
    return [node for name, node in nodes.items() if name in names]


def _sources(node: Node) -> Iterator[str]:
    """Yield the names of the nodes that feed ``node``."""
    return (each["node"] for each in node.inputs.values() if each["type"] == "dependency")


def misfit(giver: Output, taker: InputFile | InputJson) -> str | None:
    """Return why an input cannot take what feeds it; None if it can."""
    if taker.required and not giver.required:
        return "it is required, and that may be missing"
    if isinstance(taker, InputFile):
        if not isinstance(giver, InputFile | OutputFile):
            return "it takes files, and that is a JSON value"
        if giver.multiple and not taker.multiple:
            return "it takes one file, and that may be several"
        return None
    if not isinstance(giver, InputJson | OutputJson):
        return "it takes a JSON value, and that is a file"
    if giver.type != taker.type and (giver.type, taker.type) != ("integer", "number"):
        return f"it takes the JSON type {taker.type}, and that is {giver.type}"
    return None


def _can_be_read(document: object, breaches: Sequence[Finding]) -> bool:
    """Return whether the rules can go by ``document``: all of its breaches are known, and it is not too large."""
    return len(breaches) < MOST_COUNTED and is_within_bounds(document)


def _usable(document: Mapping[str, Any], breaches: Sequence[Finding]) -> dict[str, Node]:
    """Return the nodes in which the schema found nothing wrong."""
    nodes = document.get("nodes")
    if not isinstance(nodes, dict):
        return {}
    wrong = {breach.path for breach in breaches}
    # A path ends before a very long name, which takes all nodes with it.
    if "/nodes" in wrong:
        return {}
    starts = {"/".join(path.split("/")[:3]) for path in wrong}
    right = {name: item for name, item in nodes.items() if json_pointer(["nodes", name]) not in starts}
    return {name: node for name, item in right.items() if (node := Node.read(name, item))}


def _interface(node: Node, known: Known) -> Interface | None:
    """Return what a node takes and leaves behind; None if it runs what does not exist."""
    if isinstance(node.runs, Condition):
        return node.runs.interface
    return known.get(_key(node.runs), {}).get(node.runs.revision)


def _of_node(node: str, name: str, sentence: str, *more: str | int) -> Finding:
    return Finding(name, f"node '{shortened(node)}': {sentence}", json_pointer(["nodes", node, *more]))


def _key(reference: Reference) -> tuple[str, ...]:
    if isinstance(reference, RecipeReference):
        return (reference.name,)
    return (reference.name, reference.version)


def _odd_names(names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        if not 0 < len(name) <= _LONGEST_NODE_NAME:
            sentence = f"nodes: '{shortened(name)}' is not a name of 1 to {_LONGEST_NODE_NAME} characters"
            yield Finding("INVALID_NODE_NAME", sentence, json_pointer(["nodes", name]))


def _no_nodes(document: Mapping[str, Any]) -> Iterator[Finding]:
    if document.get("nodes") == {}:
        yield Finding("NO_NODES", "nodes: a recipe without nodes runs nothing", "/nodes")


def _odd_inputs(inputs: Mapping[str, Any], *place: str) -> Iterator[Finding]:
    """Yield what is wrong with the inputs of the recipe or of a condition, at ``place``."""
    seen = set()
    for kind in ("files", "json"):
        for index, item in enumerate(inputs.get(kind, ())):
            if item["name"] in seen:
                sentence = f"another input is called {quoted(item['name'])} already"
                yield Finding.at((*place, kind, index, "name"), "DUPLICATE_INPUT_NAMES", sentence)
            seen.add(item["name"])
            if item.get("media_types", item.get("mediaTypes")) != item.get("mediaTypes", item.get("media_types")):
                sentence = "not the same as media_types, which is another spelling of it; send media_types alone"
                yield Finding.at((*place, kind, index, "mediaTypes"), "INVALID_DEFINITION", sentence)


def _unknown_dependencies(nodes: Mapping[str, Node], names: Collection[str]) -> Iterator[Finding]:
    for node in nodes.values():
        for index, dependency in enumerate(node.dependencies):
            if dependency.name not in names:
                sentence = f"depends on {quoted(dependency.name)}, which is no node"
                yield _of_node(node.name, "UNKNOWN_NODE", sentence, "dependencies", index, "name")


def _misplaced_acceptances(nodes: Mapping[str, Node]) -> Iterator[Finding]:
    for node in nodes.values():
        for index, dependency in enumerate(node.dependencies):
            before = nodes.get(dependency.name)
            if before and not dependency.acceptance and not isinstance(before.runs, Condition):
                sentence = (
                    f"waits until {quoted(dependency.name)} is not accepted, and only a condition may not accept: "
                    "it will never run; leave acceptance out, or make it true"
                )
                yield _of_node(node.name, "MISPLACED_ACCEPTANCE", sentence, "dependencies", index, "acceptance")


def _cycles(nodes: Mapping[str, Node]) -> Iterator[Finding]:
    """Yield a finding for each circle among the dependencies."""
    before = {name: [dependency.name for dependency in node.dependencies] for name, node in nodes.items()}
    state: dict[str, str] = {}
    for start in nodes:
        way: list[tuple[str, Iterator[str]]] = []
        if start not in state:
            state[start] = "open"
            way.append((start, iter(before[start])))
        while way:
            name, dependencies = way[-1]
            following = next(dependencies, None)
            if following is None:
                state[name] = "done"
                way.pop()
            elif following in nodes and following not in state:
                state[following] = "open"
                way.append((following, iter(before[following])))
            elif state.get(following) == "open":
                names = [each for each, _ in way]
                circle = [*names[names.index(following) :], following]
                shown = " -> ".join(shortened(each) for each in circle[:10]) + (" -> …" if len(circle) > 10 else "")
                sentence = f"depends on itself, by way of {shown}"
                yield _of_node(name, "CIRCULAR_DEPENDENCY", sentence, "dependencies")


def _unknown_references(nodes: Mapping[str, Node], known: Known) -> Iterator[Finding]:
    for node in nodes.values():
        reference = node.runs
        if isinstance(reference, Condition):
            continue
        revisions, shown = known.get(_key(reference)), shortened(str(reference))
        kind = "job" if isinstance(reference, JobReference) else "recipe"
        if revisions is None:
            name = f"UNKNOWN_{kind.upper()}_TYPE"
            yield _of_node(node.name, name, f"there is no {shown}", "node_type", f"{kind}_type_name")
        elif reference.revision not in revisions:
            sentence = f"there is no revision {quoted(reference.revision)} of {shown}"
            yield _of_node(node.name, "UNKNOWN_REVISION", sentence, "node_type", f"{kind}_type_revision")


def _input_errors(
    node: Node,
    own: Interface | None,
    nodes: Mapping[str, Node],
    interfaces: Mapping[str, Interface | None],
) -> Iterator[Finding]:
    """Yield why a node whose interface is known could not run."""
    interface = interfaces[node.name]
    if interface is None:
        return
    for name, wanted in interface.inputs.items():
        if wanted.required and name not in node.inputs:
            sentence = f"nothing feeds its input {quoted(name)}, which {shortened(str(node.runs))} requires"
            yield _of_node(node.name, "UNFED_INPUT", sentence)
    dependencies = frozenset(dependency.name for dependency in node.dependencies)
    for name, connection in node.inputs.items():
        place, where = ("input", name), f"its input {quoted(name)}"
        giver = _giver(connection, own, interfaces)
        if connection["type"] == "recipe":
            if own and giver is None:
                sentence = f"{where} is fed by {quoted(connection['input'])}, which is no input of the recipe"
                yield _of_node(node.name, "UNKNOWN_RECIPE_INPUT", sentence, *place, "input")
        else:
            source = connection["node"]
            if source not in dependencies:
                sentence = f"{where} is fed by the node {quoted(source)}, which is none of its dependencies"
                yield _of_node(node.name, "MISSING_DEPENDENCY", sentence, *place, "node")
            if interfaces.get(source) and giver is None:
                sentence = (
                    f"{where} is fed by the output {quoted(connection['output'])} of the node {quoted(source)}, "
                    f"which {shortened(str(nodes[source].runs))} does not have"
                )
                yield _of_node(node.name, "UNKNOWN_OUTPUT", sentence, *place, "output")
        taker = interface.inputs.get(name)
        if giver and taker and (reason := misfit(giver, taker)):
            sentence = f"{where} does not fit what feeds it: {reason}"
            yield _of_node(node.name, "INCOMPATIBLE_INPUT", sentence, *place)


def _input_warnings(
    node: Node, own: Interface | None, interfaces: Mapping[str, Interface | None]
) -> Iterator[Finding]:
    """Yield what is surely not meant of the inputs of a node whose interface is known."""
    interface = interfaces[node.name]
    if interface is None:
        return
    for name, connection in node.inputs.items():
        taker, giver = interface.inputs.get(name), _giver(connection, own, interfaces)
        if taker is None:
            inputs = ", ".join(interface.inputs) or "none"
            sentence = f"{shortened(str(node.runs))} has no input {quoted(name)}; it has: {shortened(inputs)}"
            yield _of_node(node.name, "UNKNOWN_INPUT", sentence, "input", name)
        elif isinstance(taker, InputFile) and isinstance(giver, InputFile | OutputFile) and taker.media_types:
            given = giver.media_types if isinstance(giver, InputFile) else (giver.media_type,)
            taken = frozenset(taker.media_types)
            if others := [media_type for media_type in given if media_type not in taken]:
                sentence = (
                    f"its input {quoted(name)} takes {shortened(', '.join(taker.media_types))}, and what feeds it "
                    f"may be {shortened(', '.join(others))}"
                )
                yield _of_node(node.name, "MISMATCHED_MEDIA_TYPES", sentence, "input", name)


def _giver(
    connection: Mapping[str, str], own: Interface | None, interfaces: Mapping[str, Interface | None]
) -> Output | None:
    """Return what feeds an input; None if that does not exist, or is not known."""
    if connection["type"] == "recipe":
        return own.inputs.get(connection["input"]) if own else None
    feeding = interfaces.get(connection["node"])
    return feeding.outputs.get(connection["output"]) if feeding else None

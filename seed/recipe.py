"""Typed read access to the definition of a recipe type, and to the interfaces that its nodes connect.

A definition that was stored under the rules of another day must still be readable: nodes that run nothing known,
dependencies on what is no node, or in a circle, and whatever else has another shape are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from seed.manifest import InputFile, InputJson, Manifest, OutputFile, OutputJson, object_in, objects_in

Key = TypeVar("Key")
Output = OutputFile | OutputJson | InputFile | InputJson
# That of the interfaces and data filters that v6 shows.
_VERSION = "7"


@dataclass(frozen=True)
class Interface:
    """What a job or a recipe takes and leaves behind; a recipe's outputs cannot be used, so it has none."""

    input_files: tuple[InputFile, ...] = ()
    input_json: tuple[InputJson, ...] = ()
    output_files: tuple[OutputFile | InputFile, ...] = ()
    output_json: tuple[OutputJson | InputJson, ...] = ()

    @classmethod
    def of_manifest(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the interface of a manifest, be it one in which ``check_manifest`` finds errors."""
        manifest = Manifest.read(document)
        return cls(manifest.input_files, manifest.input_json, manifest.output_files, manifest.output_json)

    @classmethod
    def of_definition(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the interface of a definition, be it one in which ``check_definition`` finds errors."""
        return cls(*_inputs(object_in(document, "input")))

    @classmethod
    def of_condition(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the interface of a condition, which passes on what it takes."""
        files, json = _inputs(document)
        return cls(files, json, files, json)

    @cached_property
    def inputs(self) -> dict[str, InputFile | InputJson]:
        """Return all inputs by name."""
        items: tuple[InputFile | InputJson, ...] = (*self.input_files, *self.input_json)
        return {item.name: item for item in items}

    @cached_property
    def outputs(self) -> dict[str, Output]:
        """Return all outputs by name."""
        items: tuple[Output, ...] = (*self.output_files, *self.output_json)
        return {item.name: item for item in items}


@dataclass(frozen=True, slots=True)
class JobReference:
    """The revision of a job type that a node runs."""

    name: str
    version: str
    revision: int

    def __str__(self) -> str:
        return f"job type {self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class RecipeReference:
    """The revision of a recipe type that a node runs."""

    name: str
    revision: int

    def __str__(self) -> str:
        return f"recipe type {self.name}"


Reference = JobReference | RecipeReference


@dataclass(frozen=True, slots=True)
class Condition:
    """What a node does that runs nothing: it lets the nodes behind it run, or not, by what its inputs hold.

    ``filters`` are as the document has them; all of them have to match, or any of them.
    """

    interface: Interface
    filters: tuple[Mapping[str, Any], ...]
    all: bool

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> "Condition":
        """Read the ``node_type`` of a condition node."""
        data_filter = object_in(item, "data_filter")
        return cls(
            interface=Interface.of_condition(object_in(item, "interface")),
            filters=tuple(one for one in objects_in(data_filter, "filters") if _is_filter(one)),
            all=data_filter.get("all") is not False,
        )

    def __str__(self) -> str:
        return "the condition"


@dataclass(frozen=True, slots=True)
class Dependency:
    """A node that has to be done before; behind a condition, also whether that has to be met or not to be met."""

    name: str
    acceptance: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a recipe; ``inputs`` maps the names of its inputs to what feeds them, as the document has it."""

    name: str
    dependencies: tuple[Dependency, ...]
    inputs: Mapping[str, Mapping[str, str]]
    runs: Reference | Condition

    @classmethod
    def read(cls, name: str, item: Mapping[str, Any]) -> "Node | None":
        """Read one of ``nodes``; return None if it runs nothing known."""
        runs = _runs(object_in(item, "node_type"))
        if runs is None:
            return None
        return cls(
            name=name,
            dependencies=tuple(
                Dependency(one["name"], one.get("acceptance") is not False)
                for one in objects_in(item, "dependencies")
                if isinstance(one.get("name"), str)
            ),
            inputs={name: source for name, source in object_in(item, "input").items() if _is_source(source)},
            runs=runs,
        )


def nodes_of(document: Mapping[str, Any]) -> Iterator[Node]:
    """Yield the nodes of a definition, be it one in which ``check_definition`` finds errors, in its order.

    Each depends on others of them alone, and none on itself by way of others.
    """
    items = object_in(document, "nodes").items()
    nodes = {name: node for name, item in items if isinstance(item, dict) and (node := Node.read(name, item))}
    kept = without_circles({name: [one.name for one in node.dependencies] for name, node in nodes.items()})
    for name, node in nodes.items():
        before = set(kept[name])
        is_right = len(kept[name]) == len(node.dependencies)
        yield (
            node
            if is_right
            else replace(node, dependencies=tuple(one for one in node.dependencies if one.name in before))
        )


def without_circles(inner: Mapping[Key, Iterable[Key]]) -> dict[Key, list[Key]]:
    """Return ``inner``, what each key depends on, without what is no key and what would close a circle."""
    kept: dict[Key, list[Key]] = {key: [] for key in inner}
    done: set[Key] = set()
    for start in inner:
        way, on_the_way = [(start, iter(inner[start]))] if start not in done else [], {start}
        while way:
            key, following = way[-1]
            for one in following:
                if one in on_the_way or one not in inner:
                    continue
                kept[key].append(one)
                if one not in done:
                    on_the_way.add(one)
                    way.append((one, iter(inner[one])))
                    break
            else:
                way.pop()
                on_the_way.discard(key)
                done.add(key)
    return kept


def complete_definition(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition with all its members, in the spelling of v6, as it is stored and shown.

    An absent member gets its default. The version of the whole is dropped, as v6 does. What has not the right shape
    is as it is; without nodes by name, that is all of it.
    """
    nodes = document.get("nodes")
    if not isinstance(nodes, dict):
        return dict(document)
    return {
        "input": _complete_interface(document.get("input", {})),
        "nodes": {name: _complete_node(node) for name, node in nodes.items()},
    }


def _complete_node(item: Any) -> Any:
    if not isinstance(item, dict) or _runs(object_in(item, "node_type")) is None:
        return item
    dependencies = item.get("dependencies", [])
    return {
        "dependencies": [_complete_dependency(one) for one in dependencies]
        if isinstance(dependencies, list)
        else dependencies,
        "input": item.get("input", {}),
        "node_type": _complete_node_type(item["node_type"]),
    }


def _complete_dependency(item: Any) -> Any:
    if not isinstance(item, dict) or "name" not in item:
        return item
    return {"name": item["name"], "acceptance": item.get("acceptance", True)}


def _complete_interface(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    files, values = item.get("files", []), item.get("json", [])
    return {
        "files": [_complete_file(file) for file in files] if isinstance(files, list) else files,
        "json": [_complete_json(value) for value in values] if isinstance(values, list) else values,
    }


def _complete_json(item: Any) -> Any:
    if not isinstance(item, dict) or not item.keys() >= {"name", "type"}:
        return item
    return {"name": item["name"], "type": item["type"], "required": item.get("required", True)}


def _complete_file(item: Any) -> Any:
    if not isinstance(item, dict) or "name" not in item:
        return item
    return {
        "name": item["name"],
        "media_types": _media_types(item),
        "required": item.get("required", True),
        "multiple": item.get("multiple", False),
        # v6 has no such member, and recipes were registered here that have it.
        **({"partial": item["partial"]} if "partial" in item else {}),
    }


def _complete_node_type(item: Mapping[str, Any]) -> dict[str, Any]:
    match item["node_type"]:
        case "condition":
            data_filter = object_in(item, "data_filter")
            return {
                "node_type": "condition",
                "interface": {"version": _VERSION, **_complete_interface(object_in(item, "interface"))},
                "data_filter": {
                    "version": _VERSION,
                    "filters": data_filter.get("filters", []),
                    "all": data_filter.get("all", True),
                },
            }
        case kind:
            return {**item, f"{kind}_type_revision": int(item[f"{kind}_type_revision"])}


def _media_types(item: Mapping[str, Any]) -> Any:
    return item.get("media_types", item.get("mediaTypes", []))


def _inputs(item: Mapping[str, Any]) -> tuple[tuple[InputFile, ...], tuple[InputJson, ...]]:
    files = ({**file, "mediaTypes": _media_types(file)} for file in objects_in(item, "files"))
    return (
        tuple(InputFile.read(file) for file in files),
        tuple(InputJson.read(value) for value in objects_in(item, "json")),
    )


def _is_filter(item: Mapping[str, Any]) -> bool:
    """Return whether a filter of a condition has what each has: a name, a condition and values."""
    match item:
        case {"name": str(), "condition": str(), "values": list()}:
            return True
        case _:
            return False


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or number.is_integer()


def _is_source(item: object) -> bool:
    """Return whether it says what feeds an input: an input of the recipe, or an output of a node."""
    match item:
        case {"type": "recipe", "input": str()} | {"type": "dependency", "node": str(), "output": str()}:
            return True
        case _:
            return False


def _runs(item: Mapping[str, Any]) -> Reference | Condition | None:
    """Return what a ``node_type`` is, None if it is nothing known."""
    return Condition.read(item) if item.get("node_type") == "condition" else reference_of(item)


def reference_of(item: Mapping[str, Any]) -> Reference | None:
    """Return what a ``node_type`` refers to; None for a condition, and for what has another shape."""
    match item:
        case {
            "node_type": "job",
            "job_type_name": str(name),
            "job_type_version": str(version),
            "job_type_revision": int(revision) | float(revision),
        } if _is_whole(revision):
            return JobReference(name, version, int(revision))
        case {
            "node_type": "recipe",
            "recipe_type_name": str(name),
            "recipe_type_revision": int(revision) | float(revision),
        } if _is_whole(revision):
            return RecipeReference(name, int(revision))
        case _:
            return None

"""Typed read access to the definition of a recipe type, and to the interfaces that its nodes connect."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seed.manifest import InputFile, InputJson, Manifest, OutputFile, OutputJson

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
        """Read the interface of a valid manifest."""
        manifest = Manifest.read(document)
        return cls(manifest.input_files, manifest.input_json, manifest.output_files, manifest.output_json)

    @classmethod
    def of_definition(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the interface of a valid definition."""
        return cls(*_inputs(document.get("input", {})))

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
        data_filter = item["data_filter"]
        return cls(
            interface=Interface.of_condition(item["interface"]),
            filters=tuple(data_filter.get("filters", ())),
            all=data_filter.get("all", True),
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
    def read(cls, name: str, item: Mapping[str, Any]) -> "Node":
        """Read one of ``nodes``."""
        return cls(
            name=name,
            dependencies=tuple(Dependency(**dependency) for dependency in item.get("dependencies", ())),
            inputs=item.get("input", {}),
            runs=_runs(item["node_type"]),
        )


def nodes_of(document: Mapping[str, Any]) -> Iterator[Node]:
    """Yield the nodes of a valid definition, in its order."""
    for name, item in document["nodes"].items():
        yield Node.read(name, item)


def complete_definition(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid definition with all its members, in the spelling of v6, as it is stored and shown.

    An absent member gets its default. The version of the whole is dropped, as v6 does.
    """
    return {
        "input": _complete_interface(document.get("input", {})),
        "nodes": {
            name: {
                "dependencies": [
                    {"name": dependency["name"], "acceptance": dependency.get("acceptance", True)}
                    for dependency in node.get("dependencies", ())
                ],
                "input": dict(node.get("input", {})),
                "node_type": _complete_node_type(node["node_type"]),
            }
            for name, node in document["nodes"].items()
        },
    }


def _complete_interface(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "files": [_complete_file(file) for file in item.get("files", ())],
        "json": [
            {"name": value["name"], "type": value["type"], "required": value.get("required", True)}
            for value in item.get("json", ())
        ],
    }


def _complete_file(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item["name"],
        "media_types": list(_media_types(item)),
        "required": item.get("required", True),
        "multiple": item.get("multiple", False),
        # v6 has no such member, and recipes were registered here that have it.
        **({"partial": item["partial"]} if "partial" in item else {}),
    }


def _complete_node_type(item: Mapping[str, Any]) -> dict[str, Any]:
    match item["node_type"]:
        case "condition":
            data_filter = item["data_filter"]
            return {
                "node_type": "condition",
                "interface": {"version": _VERSION, **_complete_interface(item["interface"])},
                "data_filter": {
                    "version": _VERSION,
                    "filters": list(data_filter.get("filters", ())),
                    "all": data_filter.get("all", True),
                },
            }
        case kind:
            return {**item, f"{kind}_type_revision": int(item[f"{kind}_type_revision"])}


def _media_types(item: Mapping[str, Any]) -> Sequence[str]:
    return item.get("media_types", item.get("mediaTypes", ()))


def _inputs(item: Mapping[str, Any]) -> tuple[tuple[InputFile, ...], tuple[InputJson, ...]]:
    files = ({**file, "mediaTypes": _media_types(file)} for file in item.get("files", ()))
    return (
        tuple(InputFile.read(file) for file in files),
        tuple(InputJson.read(value) for value in item.get("json", ())),
    )


def _runs(item: Mapping[str, Any]) -> Reference | Condition:
    match item["node_type"]:
        case "job":
            return JobReference(item["job_type_name"], item["job_type_version"], int(item["job_type_revision"]))
        case "recipe":
            return RecipeReference(item["recipe_type_name"], int(item["recipe_type_revision"]))
        case _:
            return Condition.read(item)

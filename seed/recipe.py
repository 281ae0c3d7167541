"""Typed read access to the definition of a recipe type, and to the interfaces that its nodes connect."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seed.manifest import InputFile, InputJson, Manifest, OutputFile, OutputJson


@dataclass(frozen=True)
class Interface:
    """What a job or a recipe takes and leaves behind; a recipe's outputs cannot be used, so it has none."""

    input_files: tuple[InputFile, ...] = ()
    input_json: tuple[InputJson, ...] = ()
    output_files: tuple[OutputFile, ...] = ()
    output_json: tuple[OutputJson, ...] = ()

    @classmethod
    def of_manifest(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the interface of a valid manifest."""
        manifest = Manifest.read(document)
        return cls(manifest.input_files, manifest.input_json, manifest.output_files, manifest.output_json)

    @classmethod
    def of_definition(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the interface of a valid definition."""
        inputs = document.get("input", {})
        return cls(
            tuple(InputFile.read(item) for item in inputs.get("files", ())),
            tuple(InputJson.read(item) for item in inputs.get("json", ())),
        )

    @cached_property
    def inputs(self) -> dict[str, InputFile | InputJson]:
        """Return all inputs by name."""
        items: tuple[InputFile | InputJson, ...] = (*self.input_files, *self.input_json)
        return {item.name: item for item in items}

    @cached_property
    def outputs(self) -> dict[str, OutputFile | OutputJson]:
        """Return all outputs by name."""
        items: tuple[OutputFile | OutputJson, ...] = (*self.output_files, *self.output_json)
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
class Node:
    """One step of a recipe; ``inputs`` maps the names of its inputs to what feeds them, as the document has it."""

    name: str
    dependencies: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, str]]
    reference: Reference

    @classmethod
    def read(cls, name: str, item: Mapping[str, Any]) -> "Node":
        """Read one of ``nodes``."""
        return cls(
            name=name,
            dependencies=tuple(dependency["name"] for dependency in item.get("dependencies", ())),
            inputs=item.get("input", {}),
            reference=_reference(item["node_type"]),
        )


def nodes_of(document: Mapping[str, Any]) -> Iterator[Node]:
    """Yield the nodes of a valid definition, in its order."""
    for name, item in document["nodes"].items():
        yield Node.read(name, item)


def _reference(item: Mapping[str, Any]) -> Reference:
    if item["node_type"] == "job":
        return JobReference(item["job_type_name"], item["job_type_version"], int(item["job_type_revision"]))
    return RecipeReference(item["recipe_type_name"], int(item["recipe_type_revision"]))

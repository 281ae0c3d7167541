"""Typed read access to a valid Seed manifest, with the defaults of the standard applied."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self

_LONGEST_ERROR_NAME = 255


@dataclass(frozen=True, slots=True)
class _Item:
    """An object in a manifest, whose members have the names of the fields, in camelCase."""

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        """Read an object of a valid manifest; a member that is absent gets the default of its field."""
        values = {name: item[key] for name in cls.__dataclass_fields__ if (key := _camel_case(name)) in item}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class Maintainer(_Item):
    """The person who is responsible for the job."""

    name: str
    email: str
    organization: str | None = None
    phone: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InputFile(_Item):
    """A file, or several if ``multiple``, that the job takes."""

    name: str
    required: bool = True
    media_types: tuple[str, ...] = ()
    multiple: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class InputJson(_Item):
    """A JSON value of the given JSON Schema ``type`` that the job takes."""

    name: str
    type: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class OutputFile(_Item):
    """Files that match ``pattern`` that the job leaves behind."""

    name: str
    pattern: str
    media_type: str = "application/octet-stream"
    multiple: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class OutputJson(_Item):
    """A JSON value that the job leaves behind, under ``key`` or, without one, under its name."""

    name: str
    type: str
    key: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class Mount(_Item):
    """An absolute path inside the container where a configuration puts a directory or a volume."""

    name: str
    path: str
    mode: str = "ro"


@dataclass(frozen=True, slots=True)
class Setting(_Item):
    """A text that a configuration gives to the job; a secret one is never shown."""

    name: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Resource(_Item):
    """What the job needs of a resource: ``value``, and ``input_multiplier`` times the size of its input."""

    name: str
    value: float
    input_multiplier: float | None = None


@dataclass(frozen=True, slots=True)
class ManifestError:
    """What an exit code of the job means; the name is unique among the errors of the manifest."""

    code: int
    name: str
    title: str
    description: str
    category: Literal["DATA", "ALGORITHM"]

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> "ManifestError":
        """Read one of ``job.errors``; a missing name is derived, a missing title is the name."""
        code = int(item["code"])
        name = item.get("name") or derived_error_name(item.get("title", ""), code)
        return cls(
            code=code,
            name=name,
            title=item.get("title") or name,
            description=item.get("description", ""),
            category="DATA" if item.get("category") == "data" else "ALGORITHM",
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """A Seed 1.0.0 manifest; ``version`` is its ``jobVersion``, ``timeout`` is in seconds, 0 for none."""

    seed_version: str
    name: str
    version: str
    package_version: str
    title: str
    description: str
    tags: tuple[str, ...]
    timeout: int
    maintainer: Maintainer
    command: str | None
    input_files: tuple[InputFile, ...]
    input_json: tuple[InputJson, ...]
    output_files: tuple[OutputFile, ...]
    output_json: tuple[OutputJson, ...]
    mounts: tuple[Mount, ...]
    settings: tuple[Setting, ...]
    resources: tuple[Resource, ...]
    errors: tuple[ManifestError, ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Manifest":
        """Read a document in which ``check_manifest`` finds no error; of others the outcome is undefined."""
        job = document["job"]
        interface = job.get("interface", {})
        inputs, outputs = interface.get("inputs", {}), interface.get("outputs", {})
        return cls(
            seed_version=document["seedVersion"],
            name=job["name"],
            version=job["jobVersion"],
            package_version=job["packageVersion"],
            title=job["title"],
            description=job["description"],
            tags=tuple(job.get("tags", ())),
            timeout=int(job["timeout"]),
            maintainer=Maintainer.read(job["maintainer"]),
            command=interface.get("command"),
            input_files=tuple(InputFile.read(item) for item in inputs.get("files", ())),
            input_json=tuple(InputJson.read(item) for item in inputs.get("json", ())),
            output_files=tuple(OutputFile.read(item) for item in outputs.get("files", ())),
            output_json=tuple(OutputJson.read(item) for item in outputs.get("json", ())),
            mounts=tuple(Mount.read(item) for item in interface.get("mounts", ())),
            settings=tuple(Setting.read(item) for item in interface.get("settings", ())),
            resources=tuple(Resource.read(item) for item in job.get("resources", {}).get("scalar", ())),
            errors=tuple(ManifestError.read(item) for item in job.get("errors", ())),
        )

    @property
    def setting_names(self) -> frozenset[str]:
        """Return the names of all settings, secret or not."""
        return frozenset(setting.name for setting in self.settings)

    @property
    def secret_settings(self) -> frozenset[str]:
        """Return the names of the settings whose values must never be shown."""
        return frozenset(setting.name for setting in self.settings if setting.secret)

    @property
    def requirements(self) -> dict[str, float]:
        """Return what the job requires of each resource without its input; all but cpus and gpus in MiB."""
        return {resource.name: resource.value for resource in self.resources}

    def error_for_exit_code(self, code: int) -> ManifestError | None:
        """Return what the manifest declares for an exit code of the job, None where it declares nothing."""
        return next((error for error in self.errors if error.code == code), None)


def derived_error_name(title: str, code: int) -> str:
    """Return the name of an error that has none: made from its title, else from its code.

    ``Data Issue discovered`` gives ``data-issue-discovered``; a title without an ASCII letter or digit gives
    ``error-1`` for the code 1. At most 255 characters of a-z, 0-9 and ``-``.
    """
    slug = re.sub(r"[^a-zA-Z0-9]+", "-", title).strip("-").lower()
    return slug[:_LONGEST_ERROR_NAME].rstrip("-") or f"error-{code}"


@cache
def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))

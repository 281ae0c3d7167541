"""Typed read access to a Seed manifest, with the defaults of the standard applied.

A manifest that was stored under the rules of another day must still be readable: what it lacks, or holds in another
shape than the standard gives it, reads as if it had its default, which is empty for what has none.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self, TypeGuard

_LONGEST_ERROR_NAME = 255
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class _Item:
    """An object in a manifest, whose members have the names of the fields, in camelCase."""

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        """Read an object; a member that is absent, or of another type, gets the default of its field."""
        return cls(
            **{
                name: _value(item.get(_camel_case(name)), field.default)
                for name, field in cls.__dataclass_fields__.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Maintainer(_Item):
    """The person who is responsible for the job."""

    name: str = ""
    email: str = ""
    organization: str | None = None
    phone: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InputFile(_Item):
    """A file, or several if ``multiple``, that the job takes."""

    name: str = ""
    required: bool = True
    media_types: tuple[str, ...] = ()
    multiple: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class InputJson(_Item):
    """A JSON value of the given JSON Schema ``type`` that the job takes."""

    name: str = ""
    type: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class OutputFile(_Item):
    """Files that match ``pattern`` that the job leaves behind."""

    name: str = ""
    pattern: str = ""
    media_type: str = "application/octet-stream"
    multiple: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class OutputJson(_Item):
    """A JSON value that the job leaves behind, under ``key`` or, without one, under its name."""

    name: str = ""
    type: str = ""
    key: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class Mount(_Item):
    """An absolute path inside the container where a configuration puts a directory or a volume."""

    name: str = ""
    path: str = ""
    mode: str = "ro"


@dataclass(frozen=True, slots=True)
class Setting(_Item):
    """A text that a configuration gives to the job; a secret one is never shown."""

    name: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Resource(_Item):
    """What the job needs of a resource: ``value``, and ``input_multiplier`` times the size of its input."""

    name: str = ""
    value: float = 0.0
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
        code = int(_value(item.get("code"), 0.0))
        title = _value(item.get("title"), "")
        name = _value(item.get("name"), "") or derived_error_name(title, code)
        return cls(
            code=code,
            name=name,
            title=title or name,
            description=_value(item.get("description"), ""),
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
        """Read a manifest, be it one in which ``check_manifest`` finds errors."""
        job = object_in(document, "job")
        interface = object_in(job, "interface")
        inputs, outputs = object_in(interface, "inputs"), object_in(interface, "outputs")
        return cls(
            seed_version=_value(document.get("seedVersion"), ""),
            name=_value(job.get("name"), ""),
            version=_value(job.get("jobVersion"), ""),
            package_version=_value(job.get("packageVersion"), ""),
            title=_value(job.get("title"), ""),
            description=_value(job.get("description"), ""),
            tags=_value(job.get("tags"), ()),
            timeout=int(_value(job.get("timeout"), 0.0)),
            maintainer=Maintainer.read(object_in(job, "maintainer")),
            command=_value(interface.get("command"), "") or None,
            input_files=tuple(map(InputFile.read, objects_in(inputs, "files"))),
            input_json=tuple(map(InputJson.read, objects_in(inputs, "json"))),
            output_files=tuple(map(OutputFile.read, objects_in(outputs, "files"))),
            output_json=tuple(map(OutputJson.read, objects_in(outputs, "json"))),
            mounts=tuple(map(Mount.read, objects_in(interface, "mounts"))),
            settings=tuple(map(Setting.read, objects_in(interface, "settings"))),
            resources=tuple(map(_resource, objects_in(object_in(job, "resources"), "scalar"))),
            errors=tuple(map(ManifestError.read, objects_in(job, "errors"))),
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


def environment_variable(name: str) -> str:
    """Return the environment variable in which a job finds what is declared as ``name``."""
    return name.upper().replace("-", "_")


def _resource(item: Mapping[str, Any]) -> Resource:
    """Read a resource; an amount below 0 reads as 0, as nothing can give a machine more than it has."""
    multiplier = item.get("inputMultiplier")
    return Resource.read(
        {
            **item,
            "value": max(_value(item.get("value"), 0.0), 0.0),
            "inputMultiplier": max(multiplier, 0.0) if _is_number(multiplier) else None,
        }
    )


def object_in(document: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """Return the object that is a member of ``document``, empty where there is none."""
    value = document.get(member)
    return value if isinstance(value, dict) else {}


def objects_in(document: Mapping[str, Any], member: str) -> list[dict[str, Any]]:
    """Return the objects in an array that is a member of ``document``, none where there is none."""
    values = document.get(member)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _is_number(value: object) -> TypeGuard[int | float]:
    """Return whether ``value`` is a number that a machine can count to; JSON has larger ones than a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_LARGEST <= value <= _LARGEST


def _value(value: Any, default: Any) -> Any:
    """Return ``value``, or ``default`` if they are of different kinds; a default of None stands for any scalar."""
    if isinstance(default, tuple):
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else default
    if isinstance(default, float):
        return value if _is_number(value) else default
    kinds = (str, int, float) if default is None else type(default)
    return value if isinstance(value, kinds) else default


@cache
def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))

"""A folder of job types and recipe types in source control, read and checked without a service."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from client.cli.scale.session import CommandError, Refused, environment_of, line_of
from seed import Manifest, Report, check_configuration, check_manifest, check_registration, parse_document
from seed.documents import DocumentError

MANIFEST = "seed.manifest.json"
_SUFFIXES = ("yaml", "yml", "json")
JOB_TYPE_FIELDS = ("docker_image", "configuration", "icon_code", "is_paused", "is_published", "max_scheduled")
RECIPE_TYPE_FIELDS = ("name", "title", "description", "definition")


@dataclass(frozen=True, slots=True)
class JobTypeFile:
    """A job type as a folder describes it. ``references`` maps settings to the variables that hold them."""

    path: Path
    manifest: Manifest
    fields: dict[str, Any]
    references: dict[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """Return the name and the version."""
        return self.manifest.name, self.manifest.version

    def secret_references(self) -> dict[str, str]:
        """Return the references of the settings that are secret."""
        secret = self.manifest.secret_settings
        return {name: variable for name, variable in self.references.items() if name in secret}

    def clear_fields(self) -> dict[str, Any]:
        """Return the fields with the values of all settings but the secret ones. Raises CommandError."""
        if "configuration" not in self.fields:
            return self.fields
        secret = self.secret_references()
        values = environment_of({name: one for name, one in self.references.items() if name not in secret})
        return {**self.fields, "configuration": with_settings(self.fields["configuration"], values)}


@dataclass(frozen=True, slots=True)
class RecipeTypeFile:
    """A recipe type as a folder describes it. Revisions that its definition leaves out are the current ones."""

    path: Path
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """Return its name."""
        return str(self.fields["name"])


@dataclass(frozen=True, slots=True)
class Folder:
    """All that a folder describes."""

    job_types: list[JobTypeFile]
    recipe_types: list[RecipeTypeFile]


def read_folder(directory: Path) -> Folder:
    """Read ``directory`` and the folders in it, without hidden ones.

    Raises CommandError for what cannot be read, and Refused with all findings on what it holds.
    """
    if not directory.is_dir():
        raise CommandError(f"{directory}: there is no such folder")
    paths = sorted(_files(directory))
    manifests = {path.parent for path in paths if path.name == MANIFEST}
    described = [path for path in paths if path.stem == "job-type"]
    if alone := sorted(manifests - {path.parent for path in described}):
        raise CommandError(
            "\n".join(f"{one / MANIFEST}: no job-type.yaml beside it says its image" for one in alone)
        )
    job_types = [read_job_type(path) for path in described]
    recipe_types = [read_recipe_type(path) for path in paths if path.stem == "recipe-type"]
    if not job_types and not recipe_types:
        raise CommandError(f"{directory}: no job-type.yaml and no recipe-type.yaml in it")
    _require_distinct([(" ".join(one.key), one.path) for one in job_types])
    _require_distinct([(f"recipe type {one.name}", one.path) for one in recipe_types])
    return Folder(job_types, recipe_types)


def _files(directory: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(parent, name)
            is_described = path.stem in ("job-type", "recipe-type") and path.suffix[1:] in _SUFFIXES
            if is_described or name == MANIFEST:
                yield path


def _require_distinct(named: list[tuple[str, Path]]) -> None:
    places: dict[str, Path] = {}
    for name, path in named:
        if name in places:
            raise CommandError(f"{path}: {name} is in {places[name]} already")
        places[name] = path


def read_job_type(path: Path) -> JobTypeFile:
    """Read a ``job-type.yaml`` and the manifest beside it. Raises CommandError and Refused."""
    fields = read_fields(path, JOB_TYPE_FIELDS, required=("docker_image",))
    place = path.parent / MANIFEST
    try:
        document = parse_document(place.read_bytes())
    except OSError as error:
        raise CommandError(f"{place}: {error.strerror}; the manifest belongs beside {path.name}") from None
    except DocumentError as error:
        raise Refused(f"{place}: {error.description}") from None
    require_valid(place, check_manifest(document))
    manifest = Manifest.read(document)
    references = references_of(path, fields, manifest)
    require_valid(path, _check(fields, manifest, references))
    return JobTypeFile(path, manifest, {**fields, "manifest": document}, references)


def _check(fields: Mapping[str, Any], manifest: Manifest, references: Mapping[str, str]) -> Report:
    report = check_registration(fields)
    if "configuration" not in fields:
        return report
    # The values are not needed to check the rest.
    stood_in = with_settings(fields["configuration"], dict.fromkeys(references, "from the environment"))
    return report + check_configuration(stood_in, manifest)


def references_of(path: Path, fields: Mapping[str, Any], manifest: Manifest | None) -> dict[str, str]:
    """Return the settings that ``{env: NAME}`` stands for, with the names of the variables.

    Raises Refused for a secret setting of ``manifest`` whose value stands in the file.
    """
    configuration = fields.get("configuration")
    settings = configuration.get("settings") if isinstance(configuration, dict) else None
    if not isinstance(settings, dict):
        return {}
    references = {
        name: value["env"]
        for name, value in settings.items()
        if isinstance(value, dict) and list(value) == ["env"] and isinstance(value["env"], str)
    }
    secret = manifest.secret_settings if manifest else frozenset()
    if clear := sorted(secret & {name for name, value in settings.items() if name not in references and value}):
        sentence = "a secret stands in the file; put it into an environment variable, and {env: NAME_OF_IT} here"
        raise Refused("\n".join(f"{path}: configuration.settings.{name}: {sentence}" for name in clear))
    return references


def with_settings(configuration: Any, values: Mapping[str, str]) -> Any:
    """Return a configuration with ``values`` for the settings that are references; others of these are gone."""
    if not isinstance(configuration, dict) or not isinstance(configuration.get("settings"), dict):
        return configuration
    settings = configuration["settings"]
    kept = {name: value for name, value in settings.items() if not (isinstance(value, dict) and "env" in value)}
    return {**configuration, "settings": {**kept, **values}}


def read_recipe_type(path: Path) -> RecipeTypeFile:
    """Read a ``recipe-type.yaml``. Raises CommandError."""
    fields = read_fields(path, RECIPE_TYPE_FIELDS, required=("name", "definition"))
    if not isinstance(fields["name"], str):
        raise CommandError(f"{path}: name: not a string")
    return RecipeTypeFile(path, fields)


def read_fields(path: Path, known: tuple[str, ...], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the object in a YAML or JSON file, which has no other members than ``known``. Raises CommandError."""
    document = read_document(path)
    if not isinstance(document, dict):
        raise CommandError(f"{path}: it holds no object")
    faults = [
        f"{path}: {name}: unknown; the known ones are {', '.join(known)}" for name in document if name not in known
    ]
    faults += [f"{path}: {name}: missing" for name in required if name not in document]
    if faults:
        raise CommandError("\n".join(faults))
    return document


def read_document(path: Path) -> Any:
    """Return the JSON value in a YAML or JSON file. Raises CommandError."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
        json.dumps(value, allow_nan=False)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise CommandError(f"{path}: {line}{error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise CommandError(f"{path}: neither YAML nor JSON") from None
    except (TypeError, ValueError):
        raise CommandError(f"{path}: a value that JSON has not, such as a date; put it in quotes") from None
    return value


def require_valid(path: Path, report: Report) -> None:
    """Raise Refused with the errors of a report on ``path``, if it has any."""
    if not report.is_valid:
        lines = [f"{path}: {line_of('error', one.name, one.path, one.description)}" for one in report.errors]
        raise Refused("\n".join(lines))

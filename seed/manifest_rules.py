"""The checks of a Seed manifest: its schema, and rules of the standard that a schema cannot express."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from seed.documents import is_within_bounds
from seed.findings import Finding, Report
from seed.manifest import derived_error_name, environment_variable
from seed.schema import manifest_breaches
from seed.wording import location, nearest_names, quoted, shortened

RESERVED_NAMES = frozenset({"import", "validation", "status", "pending", "running", "system-failures"})
"""Words that the URLs of the v6 API use, so that no job type can have them as its name."""

_OUTPUT_DIR = "OUTPUT_DIR"
# What Seed, its platforms and Docker set in every container, beside the resources.
_STANDARD_VARIABLES = frozenset({_OUTPUT_DIR, "INPUT_DIR", "INPUT_METADATA", "HOME", "HOSTNAME", "PATH", "PWD"})
_RESOURCE_PREFIX = "ALLOCATED_"
# ${NAME}, and ${NAME/#/PREFIX}, which v6 fills in too. With an operator of the shell, such as :-, it may be unset.
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?:/#/[^{}]*)?\}")
# A command that is a script sets variables of its own: NAME=…, for NAME in …, read NAME.
_OWN_VARIABLE = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*)=|\b(?:for|read)\s+([A-Za-z_][A-Za-z0-9_]*)")
_STANDARD_RESOURCES = frozenset({"cpus", "mem", "disk", "gpus", "sharedmem"})
_COMMAND = ("job", "interface", "command")
_INPUT_FILES = ("job", "interface", "inputs", "files")
_INPUT_JSON = ("job", "interface", "inputs", "json")
_OUTPUT_FILES = ("job", "interface", "outputs", "files")
_OUTPUT_JSON = ("job", "interface", "outputs", "json")
_MOUNTS = ("job", "interface", "mounts")
_SETTINGS = ("job", "interface", "settings")
_RESOURCES = ("job", "resources", "scalar")
_ERRORS = ("job", "errors")

_Place = tuple[str | int, ...]


def check_manifest(document: object) -> Report:
    """Check any JSON value as a Seed 1.0.0 manifest and report all findings at once.

    Errors: JSON_VALIDATION_ERROR, RESERVED_NAME, NAME_COLLISION_ERROR, DUPLICATE_MOUNT_NAMES,
    DUPLICATE_OUTPUT_NAMES, DUPLICATE_ERROR_NAMES, DUPLICATE_ERROR_CODES, INVALID_MOUNT_PATH,
    INVALID_RESOURCE. Warnings, for what is legal and surely not meant: NONSTANDARD_RESOURCE, MISSING_ERROR_NAME,
    SHORT_TIMEOUT, IMPOSSIBLE_ERROR_CODE, DUPLICATE_MOUNT_PATHS, UNREACHABLE_OUTPUT, UNKNOWN_VARIABLE.

    A breach of the schema does not stop the rules, unless the document is too large: they go by whatever has the
    right shape. The name that is derived for an error without one must be unique among the errors as well.
    """
    breaches = manifest_breaches(document)
    if not is_within_bounds(document):
        return Report.of(errors=breaches)
    return Report.of(
        errors=chain(
            breaches,
            _reserved_name(document),
            _environment_collisions(document),
            _duplicates("DUPLICATE_MOUNT_NAMES", _names(document, _MOUNTS)),
            _duplicates(
                "DUPLICATE_OUTPUT_NAMES",
                chain(_names(document, _OUTPUT_FILES), _names(document, _OUTPUT_JSON)),
            ),
            _duplicates("DUPLICATE_ERROR_NAMES", _error_names(document)),
            _duplicates("DUPLICATE_ERROR_CODES", _error_codes(document)),
            _relative_mount_paths(document),
            _impossible_resources(document),
        ),
        warnings=chain(
            _nonstandard_resources(document),
            _missing_error_names(document),
            _short_timeout(document),
            _impossible_error_codes(document),
            _duplicate_mount_paths(document),
            _unreachable_outputs(document),
            _unknown_variables(document),
        ),
    )


def _items(document: object, way: tuple[str, ...]) -> Iterator[tuple[_Place, dict[str, Any]]]:
    """Yield the place and the members of each object in the array at the end of ``way``, if there is one."""
    items = _value(document, *way)
    if isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield (*way, index), item


def _names(document: object, way: tuple[str, ...]) -> Iterator[tuple[_Place, str]]:
    """Yield the place and the text of each ``name`` in the array at the end of ``way``."""
    for place, item in _items(document, way):
        if isinstance(name := item.get("name"), str):
            yield (*place, "name"), name


def _value(document: object, *way: str) -> Any:
    """Return the value at the end of ``way``, None where there is none."""
    node = document
    for member in way:
        node = node.get(member) if isinstance(node, dict) else None
    return node


def _reserved_name(document: object) -> Iterator[Finding]:
    name = _value(document, "job", "name")
    if isinstance(name, str) and name in RESERVED_NAMES:
        sentence = f"job.name: '{name}' is a word in the URLs of this service, so no job type can be called so"
        yield Finding("RESERVED_NAME", sentence, "/job/name")


def _environment_collisions(document: object) -> Iterator[Finding]:
    # Inputs, settings and resources all reach a job as environment variables.
    claims = chain(
        _names(document, _INPUT_FILES),
        _names(document, _INPUT_JSON),
        _names(document, _SETTINGS),
        ((place, _RESOURCE_PREFIX + name) for place, name in _names(document, _RESOURCES)),
    )
    first: dict[str, _Place] = {}
    for place, name in claims:
        variable = environment_variable(name)
        becomes = f"becomes the environment variable {shortened(variable)}"
        if variable == _OUTPUT_DIR:
            sentence = f"{becomes}, which holds the path of the output directory"
            yield Finding.at(place, "NAME_COLLISION_ERROR", sentence)
        elif variable in first:
            yield Finding.at(place, "NAME_COLLISION_ERROR", f"{becomes}, as {location(first[variable])} does")
        else:
            first[variable] = place


def _duplicates(name: str, claims: Iterable[tuple[_Place, str | int]]) -> Iterator[Finding]:
    first: dict[str | int, _Place] = {}
    for place, value in claims:
        if value in first:
            yield Finding.at(place, name, f"{quoted(value)} is already taken by {location(first[value])}")
        else:
            first[value] = place


def _error_names(document: object) -> Iterator[tuple[_Place, str]]:
    """Yield the name of each error, where it has none the derived one, which must be unique as well."""
    for place, item in _items(document, _ERRORS):
        if "name" not in item:
            if derived := _derived_name(item):
                yield place, derived
        elif isinstance(item["name"], str):
            yield (*place, "name"), item["name"]


def _derived_name(error: dict[str, Any]) -> str | None:
    code, title = _exit_code(error), error.get("title", "")
    return None if code is None or not isinstance(title, str) else derived_error_name(title, code)


def _error_codes(document: object) -> Iterator[tuple[_Place, int]]:
    for place, item in _items(document, _ERRORS):
        if (code := _exit_code(item)) is not None:
            yield (*place, "code"), code


def _exit_code(error: dict[str, Any]) -> int | None:
    match error.get("code"):
        case bool():
            return None
        # Python raises when it writes an integer of more than some 4,000 digits; no stored document has one.
        case int(code) if code.bit_length() <= 64:
            return code
        case float(code) if code.is_integer():
            return int(code)
        case _:
            return None


def _relative_mount_paths(document: object) -> Iterator[Finding]:
    for place, item in _items(document, _MOUNTS):
        path = item.get("path")
        if isinstance(path, str) and not path.startswith("/"):
            sentence = f"{quoted(path)} is not an absolute path; it must begin with '/'"
            yield Finding.at((*place, "path"), "INVALID_MOUNT_PATH", sentence)


def _impossible_resources(document: object) -> Iterator[Finding]:
    for place, item in _items(document, _RESOURCES):
        for member in ("value", "inputMultiplier"):
            amount = item.get(member)
            if isinstance(amount, int | float) and not isinstance(amount, bool) and amount < 0:
                yield Finding.at((*place, member), "INVALID_RESOURCE", f"{quoted(amount)} is negative")
        name, value = item.get("name"), item.get("value")
        is_gpus = isinstance(name, str) and name.lower() == "gpus"
        if is_gpus and isinstance(value, float) and not value.is_integer():
            sentence = f"{quoted(value)} is not a whole number, and gpus cannot be divided"
            yield Finding.at((*place, "value"), "INVALID_RESOURCE", sentence)


def _nonstandard_resources(document: object) -> Iterator[Finding]:
    for place, name in _names(document, _RESOURCES):
        if name.lower() not in _STANDARD_RESOURCES:
            known = "cpus, mem, disk, gpus or sharedMem"
            yield Finding.at(place, "NONSTANDARD_RESOURCE", f"{quoted(name)} is not a standard resource ({known})")


def _missing_error_names(document: object) -> Iterator[Finding]:
    for place, item in _items(document, _ERRORS):
        if "name" not in item and (derived := _derived_name(item)):
            sentence = f"no name, which Seed requires; it is called {quoted(derived)}"
            yield Finding.at(place, "MISSING_ERROR_NAME", sentence)


def _short_timeout(document: object) -> Iterator[Finding]:
    timeout = _value(document, "job", "timeout")
    if isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout < 1:
        sentence = f"{quoted(timeout)} is below 1, so that nothing ends a job that hangs; it would be some seconds"
        yield Finding.at(("job", "timeout"), "SHORT_TIMEOUT", sentence)


def _impossible_error_codes(document: object) -> Iterator[Finding]:
    for place, code in _error_codes(document):
        if code == 0:
            yield Finding.at(place, "IMPOSSIBLE_ERROR_CODE", "0 is the exit code of success; errors have 1 to 255")
        elif not 0 < code <= 255:
            sentence = f"no process exits with {code}, so that this error never occurs; exit codes are 0 to 255"
            yield Finding.at(place, "IMPOSSIBLE_ERROR_CODE", sentence)


def _duplicate_mount_paths(document: object) -> Iterator[Finding]:
    first: dict[str, _Place] = {}
    for place, item in _items(document, _MOUNTS):
        path = item.get("path")
        if not isinstance(path, str) or not path.startswith("/"):
            continue
        # POSIX lets a path that begins with two slashes mean something else; Linux does not.
        resolved = posixpath.normpath("/" + path.lstrip("/"))
        if resolved in first:
            sentence = f"{quoted(path)} is where {location(first[resolved])} is; one mount hides the other"
            yield Finding.at((*place, "path"), "DUPLICATE_MOUNT_PATHS", sentence)
        else:
            first[resolved] = (*place, "path")


def _unreachable_outputs(document: object) -> Iterator[Finding]:
    for place, item in _items(document, _OUTPUT_FILES):
        if isinstance(pattern := item.get("pattern"), str) and (why := _unreachable(pattern)):
            sentence = f"{quoted(pattern)} {why}; it would be relative to the output directory, such as '*.tif'"
            yield Finding.at((*place, "pattern"), "UNREACHABLE_OUTPUT", sentence)


def _unreachable(pattern: str) -> str | None:
    """Return why ``pattern`` matches no file below the output directory, None where it may match one."""
    if not pattern:
        return "matches no file"
    if pattern.startswith("/"):
        return "is absolute"
    depth = 0
    for part in pattern.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return "leads out of the output directory"
    return None


def _unknown_variables(document: object) -> Iterator[Finding]:
    command = _value(document, *_COMMAND)
    if not isinstance(command, str):
        return
    names = [name for way in (_INPUT_FILES, _INPUT_JSON, _SETTINGS, _MOUNTS) for _, name in _names(document, way)]
    declared = dict.fromkeys([*names, *map(environment_variable, names), _OUTPUT_DIR])
    own = {name for match in _OWN_VARIABLE.finditer(command) for name in match.groups()}
    known = _STANDARD_VARIABLES | own | declared.keys()
    used = dict.fromkeys(match[1] for match in _REFERENCE.finditer(command))
    unknown = [name for name in used if name not in known and not name.startswith(_RESOURCE_PREFIX)]
    nearest = nearest_names(unknown, list(declared))
    for name in unknown:
        sentence = f"${{{shortened(name)}}} is nothing that the manifest declares"
        hint = f"; the nearest declared name is {nearest[name]}" if name in nearest else ""
        yield Finding.at(_COMMAND, "UNKNOWN_VARIABLE", sentence + hint)

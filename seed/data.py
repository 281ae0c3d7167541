"""The checks of what a job is given, and of what it leaves behind, against the interface of its manifest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seed.findings import Finding, Report, json_pointer
from seed.manifest import InputFile, Manifest
from seed.wording import quoted, shortened

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def check_input(document: object, manifest: Manifest) -> Report:
    """Check any JSON value as the input of a job and report all findings at once.

    An input is ``{"files": {input name: [file id, ...]}, "json": {input name: value}}``; either may be absent. Its
    ``version``, any string, means nothing.
    Errors: INVALID_INPUT (the shape), MISSING_INPUT (a required one), UNKNOWN_INPUT, INVALID_INPUT_TYPE (not of
    the JSON type that the manifest declares), TOO_MANY_FILES (several for an input that takes one).
    """
    if not isinstance(document, dict):
        return Report(errors=(Finding("INVALID_INPUT", "input: not an object", ""),))
    findings: list[Finding] = []
    for member in document:
        if member not in ("files", "json", "version"):
            sentence = f"input: unknown member {quoted(member)}; the valid ones are: files, json, version"
            findings.append(Finding("INVALID_INPUT", sentence, json_pointer([member])))
    if not isinstance(document.get("version", ""), str):
        findings.append(Finding("INVALID_INPUT", "input.version: not a string, such as 7", "/version"))
    groups: dict[str, dict[str, Any]] = {}
    for member in ("files", "json"):
        group = document.get(member, {})
        if not isinstance(group, dict):
            findings.append(Finding("INVALID_INPUT", f"input.{member}: not an object", json_pointer([member])))
        else:
            groups[member] = group
    required = {
        "files": {file.name: file.required for file in manifest.input_files},
        "json": {value.name: value.required for value in manifest.input_json},
    }
    for member, group in groups.items():
        findings += _differences(member, group, required[member])
    for file in manifest.input_files:
        if file.name in groups.get("files", {}):
            findings += _file_findings(file, groups["files"][file.name])
    for value in manifest.input_json:
        given = groups.get("json", {}).get(value.name)
        if value.name in groups.get("json", {}) and not is_of_type(given, value.type):
            sentence = f"input.json.{value.name}: must be of the JSON type {value.type}"
            findings.append(Finding("INVALID_INPUT_TYPE", sentence, json_pointer(["json", value.name])))
    return Report.of(errors=findings)


def check_output_files(outputs: Sequence[str], manifest: Manifest) -> Report:
    """Check which outputs the files that a job left behind are of: ``outputs`` are the names, one for each file.

    Errors, with the index of the file as their path: UNKNOWN_OUTPUT, TOO_MANY_FILES (several of an output that has
    one). What is missing is no error.
    """
    declared = {output.name: output for output in manifest.output_files}
    findings: list[Finding] = []
    seen: set[str] = set()
    for index, name in enumerate(outputs):
        if name not in declared:
            known = shortened(", ".join(declared)) or "none"
            sentence = f"the manifest has no output for files {quoted(name)}; it has: {known}"
            findings.append(Finding("UNKNOWN_OUTPUT", sentence, json_pointer([index])))
        elif name in seen and not declared[name].multiple:
            sentence = f"the output {quoted(name)} has one file, and this is another one"
            findings.append(Finding("TOO_MANY_FILES", sentence, json_pointer([index])))
        seen.add(name)
    return Report.of(errors=findings)


def _differences(member: str, group: dict[str, Any], required: Mapping[str, bool]) -> Iterator[Finding]:
    place = json_pointer([member])
    for name, needed in required.items():
        if needed and name not in group:
            sentence = f"input.{member}: '{name}' is missing, which the manifest requires"
            yield Finding("MISSING_INPUT", sentence, place)
    known = shortened(", ".join(required)) or "none"
    for name in group:
        if name not in required:
            sentence = f"input.{member}.{shortened(name)}: the manifest has no such input; it has: {known}"
            yield Finding("UNKNOWN_INPUT", sentence, json_pointer([member, name]))


def _file_findings(file: InputFile, ids: object) -> Iterator[Finding]:
    place = json_pointer(["files", file.name])
    if not isinstance(ids, list) or not all(is_of_type(one, "integer") and one > 0 for one in ids):
        yield Finding("INVALID_INPUT", f"input.files.{file.name}: must be an array of file ids", place)
    elif file.required and not ids:
        yield Finding("MISSING_INPUT", f"input.files.{file.name}: holds no file, and one is required", place)
    elif len(ids) > 1 and not file.multiple:
        yield Finding("TOO_MANY_FILES", f"input.files.{file.name}: takes one file, not {len(ids)}", place)


def is_of_type(value: object, name: str) -> bool:
    """Return whether a JSON value is of a JSON Schema type; 1.0 is an integer, true is no number.

    All values are of a type that JSON Schema does not know, as a manifest of another day may name one.
    """
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(name, object))

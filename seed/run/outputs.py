"""The outputs of a job, read from the folder that it left behind, which is not trusted."""

import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from seed.data import is_of_type
from seed.documents import DocumentError, parse_document
from seed.findings import Finding, Report
from seed.manifest import Manifest, OutputFile
from seed.run.folder import Entry, FolderTooLarge, entries_of
from seed.wording import quoted, shortened

OUTPUTS_FILE = "seed.outputs.json"
"""The file in which a job leaves its JSON outputs."""

METADATA_SUFFIX = ".metadata.json"
"""What the name of a file is followed by in that of the file which describes it."""

LARGEST_DOCUMENT = 2**24
MOST_VALUES = 2**20
"""How many bytes, and how many values, such a file may have; a coastline has many."""


@dataclass(frozen=True, slots=True)
class CapturedFile:
    """A file of an output: its path from the output folder, its size in bytes, and what its sidecar says."""

    path: PurePosixPath
    size: int
    media_type: str
    meta_data: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the file for programs."""
        return {
            "path": str(self.path),
            "size": self.size,
            "media_type": self.media_type,
            "meta_data": self.meta_data,
        }


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a job left behind, by the name of the output, and what is wrong with it."""

    files: Mapping[str, Sequence[CapturedFile]] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def as_dict(self) -> dict[str, Any]:
        """Return the outputs for programs, without the findings."""
        return {
            "files": {name: [file.as_dict() for file in files] for name, files in self.files.items()},
            "json": dict(self.json),
        }


def collect_outputs(folder: Path, manifest: Manifest) -> Outputs:
    """Read the outputs that a manifest declares from the folder of a job that has ended.

    Nothing is followed that leads out of the folder. Errors: OUTPUT_MISSING (one that is required), TOO_MANY_FILES
    (several for an output of one), UNSAFE_OUTPUT (a link that leads out of the folder, a file with a name
    elsewhere, a device, a pipe, a name that is no text), UNREADABLE_OUTPUT, INVALID_OUTPUT (JSON of another type),
    INVALID_OUTPUTS_FILE (not a JSON object), TOO_MANY_OUTPUTS (more files than are looked at).
    Warnings: INVALID_METADATA (a sidecar that is not a JSON object), UNSAFE_OUTPUT for what no output asks for.
    """
    try:
        left = _Folder(folder, list(entries_of(folder)))
    except FolderTooLarge as error:
        return Outputs(report=Report.of(errors=[Finding("TOO_MANY_OUTPUTS", f"OUTPUT_DIR: {error}")]))
    errors: list[Finding] = []
    warnings: list[Finding] = []
    files: dict[str, Sequence[CapturedFile]] = {}
    matched: set[PurePosixPath] = set()
    for declared in manifest.output_files:
        place = ("outputs", "files", declared.name)
        matches = [entry for entry in left.candidates if matches_pattern(entry.path, declared.pattern)]
        matched |= {entry.path for entry in matches}
        faults = [finding for entry in matches if (finding := left.fault(entry, place))]
        errors += faults or _number_errors(declared, matches)
        if not faults and matches:
            files[declared.name] = [left.captured(entry, declared.media_type, warnings) for entry in matches]
    others = [entry for entry in left.entries if entry.path not in matched]
    warnings += [finding for entry in others if (finding := left.unsafe(entry, ("outputs",)))]
    json = _json_outputs(left, manifest, errors)
    return Outputs(files, json, Report.of(errors=errors, warnings=warnings))


def matches_pattern(path: PurePosixPath, pattern: str) -> bool:
    """Return whether a glob pattern, relative to the output folder, matches a path.

    ``*``, ``?`` and ``[…]`` match within a name, and not the dot at its beginning; ``**`` matches any number of
    folders.
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    return bool(parts) and not pattern.startswith("/") and ".." not in parts and _matches(path.parts, parts)


def _matches(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Match names with parts of a pattern, in time proportional to the product of their numbers."""
    # Whether the names so far match the first n parts.
    reached = [True] + [False] * len(parts)
    for index, part in enumerate(parts):
        reached[index + 1] = reached[index] and part == "**"
    for name in names:
        before, reached = reached, [False] * (len(parts) + 1)
        for index, part in enumerate(parts):
            if part == "**":
                reached[index + 1] = reached[index] or (before[index + 1] and not name.startswith("."))
            else:
                reached[index + 1] = before[index] and _matches_name(name, part)
    return reached[-1]


def _matches_name(name: str, part: str) -> bool:
    if name.startswith(".") and not part.startswith("."):
        return False
    return fnmatch.fnmatchcase(name, part)


def _number_errors(declared: OutputFile, matches: Sequence[Entry]) -> list[Finding]:
    place = ("outputs", "files", declared.name)
    if declared.required and not matches:
        sentence = f"the manifest promises this output, and no file matches {quoted(declared.pattern)}"
        return [Finding.at(place, "OUTPUT_MISSING", sentence)]
    if len(matches) > 1 and not declared.multiple:
        names = shortened(", ".join(str(entry.path) for entry in matches))
        sentence = f"{len(matches)} files match {quoted(declared.pattern)}, and it is of one: {names}"
        return [Finding.at(place, "TOO_MANY_FILES", sentence)]
    return []


class _Folder:
    """What a job left in its output folder, and what of it can be trusted."""

    def __init__(self, folder: Path, entries: Sequence[Entry]) -> None:
        self.folder = folder
        self.root = folder.resolve()
        self.entries = entries
        self.by_path = {entry.path: entry for entry in entries}
        self.names = Counter(entry.identity for entry in entries if entry.is_file)
        # What describes others is no output itself.
        self.candidates = [
            entry for entry in entries if not self._is_folder(entry) and not self._is_description(entry.path)
        ]

    def _is_folder(self, entry: Entry) -> bool:
        target = self._target(entry) if entry.is_link else entry
        return target is not None and target.is_folder

    def _is_description(self, path: PurePosixPath) -> bool:
        described = path.name.removesuffix(METADATA_SUFFIX)
        is_sidecar = described != path.name and path.with_name(described) in self.by_path if described else False
        return is_sidecar or path == PurePosixPath(OUTPUTS_FILE)

    def unsafe(self, entry: Entry, place: tuple[str, ...]) -> Finding | None:
        """Return why an entry cannot be trusted, None if it can."""
        kind = stat.S_IFMT(entry.status.st_mode)
        special = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFBLK: "device", stat.S_IFCHR: "device"}
        reason = None
        if not str(entry.path).isprintable():
            reason = "has a name with characters that are no part of a text"
        elif kind in special:
            reason = f"is a {special[kind]} and not a file"
        elif entry.is_file and entry.status.st_nlink > self.names[entry.identity]:
            reason = "is a hard link that leads out of OUTPUT_DIR"
        elif entry.is_link and not self._target(entry):
            reason = "is a link that leads out of OUTPUT_DIR, or to nothing; write links relative to their folder"
        return Finding.at(place, "UNSAFE_OUTPUT", f"{quoted(str(entry.path))} {reason}") if reason else None

    def fault(self, entry: Entry, place: tuple[str, ...]) -> Finding | None:
        """Return why an entry cannot be an output, None if it can."""
        if finding := self.unsafe(entry, place):
            return finding
        if not os.access(self.folder / entry.path, os.R_OK, effective_ids=True):
            sentence = f"{quoted(str(entry.path))} cannot be read; the job must leave it readable"
            return Finding.at(place, "UNREADABLE_OUTPUT", sentence)
        return None

    def _target(self, entry: Entry) -> Entry | None:
        """Return the file or folder in this folder to which a link leads, None if it leads elsewhere."""
        try:
            target = (self.folder / entry.path).resolve(strict=True)
            found = self.by_path.get(PurePosixPath(target.relative_to(self.root)))
        except (OSError, ValueError, RuntimeError):
            return None
        if found is None or not (found.is_folder or found.is_file):
            return None
        is_shared = found.is_file and found.status.st_nlink > self.names[found.identity]
        return None if is_shared else found

    def captured(self, entry: Entry, media_type: str, warnings: list[Finding]) -> CapturedFile:
        """Return an entry without fault as the file of an output; what is wrong with its sidecar is a warning."""
        file = (self._target(entry) if entry.is_link else entry) or entry
        sidecar = self.by_path.get(entry.path.with_name(entry.path.name + METADATA_SUFFIX))
        meta_data = None
        if sidecar:
            try:
                meta_data = self.read_object(sidecar)
            except DocumentError as error:
                place = ("outputs", str(sidecar.path))
                warnings.append(Finding.at(place, "INVALID_METADATA", f"{error.description}; it is left out"))
        return CapturedFile(entry.path, file.status.st_size, media_type, meta_data)

    def read_object(self, entry: Entry) -> dict[str, Any]:
        """Read a JSON object; raises DocumentError for anything else."""
        if not entry.is_file or self.unsafe(entry, ()):
            raise DocumentError("it is not a file of its own")
        if entry.status.st_size > LARGEST_DOCUMENT:
            raise DocumentError(f"it has more than {LARGEST_DOCUMENT} bytes")
        try:
            document = parse_document((self.folder / entry.path).read_bytes(), most_parts=MOST_VALUES)
        except OSError as error:
            raise DocumentError(f"it cannot be read: {error.strerror}") from error
        if not isinstance(document, dict):
            raise DocumentError("it is not a JSON object")
        return document


def _json_outputs(left: _Folder, manifest: Manifest, errors: list[Finding]) -> dict[str, Any]:
    """Return the JSON outputs by name, and add what is wrong with them to ``errors``."""
    entry = left.by_path.get(PurePosixPath(OUTPUTS_FILE))
    document: dict[str, Any] = {}
    if entry and manifest.output_json:
        try:
            document = left.read_object(entry)
        except DocumentError as error:
            errors.append(Finding.at(("outputs", OUTPUTS_FILE), "INVALID_OUTPUTS_FILE", error.description))
            return {}
    values = {}
    for declared in manifest.output_json:
        name, key = declared.name, declared.key or declared.name
        place = ("outputs", "json", name)
        if key not in document:
            if declared.required:
                sentence = f"the manifest promises this output, and {OUTPUTS_FILE} has no {quoted(key)}"
                errors.append(Finding.at(place, "OUTPUT_MISSING", sentence))
        elif is_of_type(document[key], declared.type):
            values[name] = document[key]
        else:
            sentence = f"{quoted(document[key])} is not of the JSON type {declared.type}"
            errors.append(Finding.at(place, "INVALID_OUTPUT", sentence))
    return values

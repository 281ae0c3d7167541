"""What an image is run with, held against its manifest before anything is started."""

import json
import mimetypes
import posixpath
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from seed.data import is_of_type
from seed.documents import DocumentError, parse_document
from seed.findings import Finding, Report
from seed.manifest import InputFile, InputJson, Manifest, environment_variable
from seed.run.command import CommandError, command_words
from seed.wording import nearest_names, quoted, shortened

SEED_FOLDER = "/seed"
"""The folder of a container below which inputs and outputs are."""

Value = TypeVar("Value")

LONGEST_VARIABLE = 131_071
"""How many bytes Linux takes for ``NAME=value`` in an environment, and for a word of a command."""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file or, if ``is_folder``, a folder with files, at an absolute path of the host; its size is in bytes.

    ``name`` is what it is called in the container, if not as on the host.
    """

    path: Path
    size: int
    is_folder: bool = False
    name: str = ""

    @property
    def shown_name(self) -> str:
        """What it is called in the container."""
        return self.name or self.path.name


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a job gets: files and JSON values by the name of the input, settings, and host paths by mount."""

    files: Mapping[str, Sequence[GivenFile]] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, Path] = field(default_factory=dict)


def read_file(path: Path) -> GivenFile:
    """Return what is at ``path``, of which links are followed; a folder has the size of the files in it.

    Raises ValueError, with a sentence for a person, for what is neither there nor a file or folder, and for a name
    that cannot be part of a text.
    """
    try:
        resolved = path.resolve(strict=True)
        status = resolved.stat()
        if stat.S_ISDIR(status.st_mode):
            size = sum(entry.stat().st_size for entry in resolved.iterdir() if entry.is_file())
            found = GivenFile(resolved, size, is_folder=True)
        elif stat.S_ISREG(status.st_mode):
            found = GivenFile(resolved, status.st_size)
        else:
            raise ValueError(f"{quoted(str(path))} is neither a file nor a folder")
    except OSError as error:
        raise ValueError(f"{quoted(str(path))}: {error.strerror}") from error
    if not str(resolved).isprintable():
        raise ValueError(f"{quoted(str(path))} has characters in its name that are no part of a text; rename it")
    return found


def read_json(text: str, declared: InputJson | None) -> Any:
    """Return the value of a JSON input that was given as a text; raises ValueError with a sentence for a person.

    Where the manifest declares a string, any other text than a JSON string stands for itself.
    """
    try:
        value = parse_document(text)
    except DocumentError as error:
        if declared and declared.type == "string":
            return text
        raise ValueError(error.description) from error
    return text if declared and declared.type == "string" and not isinstance(value, str) else value


def json_text(value: object) -> str:
    """Return a JSON value as its environment variable holds it: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def with_declared_names(arguments: Arguments, manifest: Manifest) -> Arguments:
    """Return the arguments by the names of the manifest, where they have these in the form of a variable."""
    return Arguments(
        files=_declared(arguments.files, (file.name for file in manifest.input_files)),
        json=_declared(arguments.json, (value.name for value in manifest.input_json)),
        settings=_declared(arguments.settings, (setting.name for setting in manifest.settings)),
        mounts=arguments.mounts,
    )


def _declared(given: Mapping[str, Value], names: Iterable[str]) -> dict[str, Value]:
    by_variable = {environment_variable(name): name for name in names}
    return {by_variable.get(environment_variable(name), name): value for name, value in given.items()}


def check_arguments(arguments: Arguments, manifest: Manifest) -> Report:
    """Hold arguments, by the names of the manifest, against it, and report all findings at once.

    Errors: MISSING_INPUT, UNKNOWN_INPUT, TOO_MANY_FILES, DUPLICATE_FILE_NAMES, INVALID_INPUT_TYPE, MISSING_SETTING,
    UNKNOWN_SETTING, MISSING_MOUNT, UNKNOWN_MOUNT, INVALID_MOUNT, LONG_VALUE, INVALID_COMMAND.
    Warnings: UNEXPECTED_MEDIA_TYPE, by the extension of a file.
    """
    required_files = {file.name: file.required for file in manifest.input_files}
    given_files = [name for name, files in arguments.files.items() if files]
    required_json = {value.name: value.required for value in manifest.input_json}
    settings = dict.fromkeys((setting.name for setting in manifest.settings), True)
    mounts = dict.fromkeys((mount.name for mount in manifest.mounts), True)
    return Report.of(
        errors=chain(
            _differences("files", "INPUT", given_files, required_files),
            _differences("json", "INPUT", arguments.json, required_json),
            _differences("settings", "SETTING", arguments.settings, settings),
            _differences("mounts", "MOUNT", arguments.mounts, mounts),
            *(_file_errors(file, arguments.files.get(file.name, ())) for file in manifest.input_files),
            _json_errors(arguments, manifest),
            _setting_errors(arguments),
            _mount_errors(arguments, manifest),
            _command_errors(manifest),
        ),
        warnings=chain.from_iterable(
            _media_type_warnings(file, arguments.files.get(file.name, ())) for file in manifest.input_files
        ),
    )


def _differences(group: str, what: str, given: Iterable[str], required: Mapping[str, bool]) -> Iterator[Finding]:
    names = list(given)
    for name, is_required in required.items():
        if is_required and name not in names:
            sentence = f"the manifest requires this {what.lower()}, and it is not given"
            yield Finding.at((group, name), f"MISSING_{what}", sentence)
    unknown = [name for name in names if name not in required]
    nearest = nearest_names(unknown, list(required))
    for name in unknown:
        known = shortened(", ".join(required)) or "none"
        hint = f"; the nearest is {nearest[name]}" if name in nearest else f"; it has: {known}"
        kind = {"files": "input file", "json": "JSON input"}.get(group, what.lower())
        yield Finding.at((group, name), f"UNKNOWN_{what}", f"the manifest declares no such {kind}{hint}")


def _file_errors(declared: InputFile, given: Sequence[GivenFile]) -> Iterator[Finding]:
    place = ("files", declared.name)
    if len(given) > 1 and not declared.multiple:
        yield Finding.at(place, "TOO_MANY_FILES", f"takes one file, not {len(given)}")
    folders = [file for file in given if file.is_folder]
    if folders and not declared.multiple:
        sentence = f"{quoted(str(folders[0].path))} is a folder, and it takes one file"
        yield Finding.at(place, "INVALID_INPUT_TYPE", sentence)
    elif folders and len(given) > 1:
        yield Finding.at(place, "TOO_MANY_FILES", "a folder is given alone, not beside others")
    names = Counter(file.shown_name for file in given)
    for name, number in names.items():
        if number > 1 and declared.multiple:
            sentence = f"{number} files are called {quoted(name)}, and all are in one folder for the job"
            yield Finding.at(place, "DUPLICATE_FILE_NAMES", sentence)


def _media_type_warnings(declared: InputFile, given: Sequence[GivenFile]) -> Iterator[Finding]:
    for file in given:
        guessed, _ = mimetypes.guess_type(file.shown_name)
        if declared.media_types and guessed and guessed not in declared.media_types and not file.is_folder:
            expected = shortened(", ".join(declared.media_types))
            sentence = f"{quoted(file.shown_name)} seems to be {guessed}, and the manifest takes {expected}"
            yield Finding.at(("files", declared.name), "UNEXPECTED_MEDIA_TYPE", sentence)


def _json_errors(arguments: Arguments, manifest: Manifest) -> Iterator[Finding]:
    for declared in manifest.input_json:
        if declared.name not in arguments.json:
            continue
        value = arguments.json[declared.name]
        if not is_of_type(value, declared.type):
            sentence = f"{quoted(value)} is not of the JSON type {declared.type}"
            yield Finding.at(("json", declared.name), "INVALID_INPUT_TYPE", sentence)
        yield from _text_errors(("json", declared.name), json_text(value))


def _setting_errors(arguments: Arguments) -> Iterator[Finding]:
    for name, value in arguments.settings.items():
        yield from _text_errors(("settings", name), value)


def _text_errors(place: tuple[str, str], text: str) -> Iterator[Finding]:
    try:
        size = len(f"{place[1]}={text}".encode())
    except UnicodeEncodeError:
        yield Finding.at(place, "INVALID_VALUE", "has characters that are no part of a text")
        return
    if "\0" in text:
        yield Finding.at(place, "INVALID_VALUE", "has a NUL character, which no environment variable can hold")
    if size > LONGEST_VARIABLE:
        sentence = f"has {size} bytes, and an environment variable holds {LONGEST_VARIABLE}; use an input file"
        yield Finding.at(place, "LONG_VALUE", sentence)


def _mount_errors(arguments: Arguments, manifest: Manifest) -> Iterator[Finding]:
    for mount in manifest.mounts:
        place = ("mounts", mount.name)
        target = posixpath.normpath("/" + mount.path.lstrip("/"))
        if target in ("/", SEED_FOLDER, "/proc", "/sys", "/dev") or target.startswith(f"{SEED_FOLDER}/"):
            sentence = f"{quoted(mount.path)} in the container is not for mounts"
            yield Finding.at(place, "INVALID_MOUNT", sentence)
        if (path := arguments.mounts.get(mount.name)) is not None and not path.exists():
            yield Finding.at(place, "INVALID_MOUNT", f"{quoted(str(path))} does not exist")


def _command_errors(manifest: Manifest) -> Iterator[Finding]:
    try:
        command_words(manifest.command or "", {})
    except CommandError as error:
        yield Finding.at(("job", "interface", "command"), "INVALID_COMMAND", str(error))

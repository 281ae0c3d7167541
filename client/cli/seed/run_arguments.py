"""The options of ``seed run`` that have names and values, read as what an image is run with."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from seed.findings import Finding, Report
from seed.manifest import Manifest, environment_variable
from seed.run.arguments import Arguments, GivenFile, read_file, read_json
from seed.wording import quoted

Value = TypeVar("Value")

_LARGEST_FILE = 2**20


@dataclass(frozen=True)
class Texts:
    """The options as they were given: ``NAME=VALUE``, of settings also ``NAME``, and files of settings."""

    files: Sequence[str] = ()
    json: Sequence[str] = ()
    settings: Sequence[str] = ()
    setting_files: Sequence[str] = ()
    secrets: Sequence[str] = ()
    mounts: Sequence[str] = ()


def read_arguments(
    texts: Texts, manifest: Manifest, environment: Mapping[str, str] = os.environ
) -> tuple[Arguments, Report]:
    """Return what options say, and all that is wrong with how they say it.

    Errors: INVALID_ARGUMENT. Warnings: SECRET_ON_COMMAND_LINE (other accounts of a machine see it there).
    """
    reader = _Reader()
    files: dict[str, list[GivenFile]] = {}
    for name, value in reader.pairs("files", "-i", texts.files):
        with reader.noting("files", name):
            files.setdefault(name, []).append(read_file(Path(value)))
    declared = {environment_variable(value.name): value for value in manifest.input_json}
    json = reader.mapping(
        "json",
        reader.pairs("json", "-j", texts.json),
        lambda name, value: read_json(_text_or_file(value), declared.get(environment_variable(name))),
    )
    mounts = reader.mapping(
        "mounts", reader.pairs("mounts", "-m", texts.mounts), lambda name, value: Path(value).resolve()
    )
    settings = _settings(texts, manifest, environment, reader)
    return Arguments(files, json, settings, mounts), Report.of(errors=reader.errors, warnings=reader.warnings)


@dataclass
class _Reader:
    """Reads options one by one, and keeps what is wrong with them."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def error(self, group: str, name: str, sentence: str) -> None:
        """Keep that an option cannot be read."""
        place = (group, name) if name else (group,)
        self.errors.append(Finding.at(place, "INVALID_ARGUMENT", sentence))

    def pairs(self, group: str, option: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the name and the value of each option that has both."""
        for text in texts:
            name, separator, value = text.partition("=")
            if name and separator:
                yield name, value
            else:
                # It may be a secret.
                self.error(group, "", f"{option} takes a name and a value, as in {option} NAME=VALUE")

    @contextmanager
    def noting(self, group: str, name: str) -> Iterator[None]:
        """Keep the error of what reads a value."""
        try:
            yield
        except ValueError as error:
            self.error(group, name, str(error))
        except OSError as error:
            self.error(group, name, f"{quoted(error.filename)}: {error.strerror}")

    def mapping(
        self, group: str, pairs: Iterable[tuple[str, str]], read: Callable[[str, str], Value]
    ) -> dict[str, Value]:
        """Return the value of each name, which has one."""
        found: dict[str, Value] = {}
        for name, text in pairs:
            if name in found:
                self.error(group, name, "it is given more than once")
            else:
                with self.noting(group, name):
                    found[name] = read(name, text)
        return found


def _text_or_file(value: str) -> str:
    """Return a value, or the text of the file that it names after an ``@``."""
    return _read_text(value[1:]) if value.startswith("@") else value


def _read_text(file_name: str) -> str:
    with Path(file_name).open("rb") as file:
        content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise ValueError(f"{quoted(file_name)} has more than {_LARGEST_FILE} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{quoted(file_name)} is not UTF-8 text") from error


def _settings(texts: Texts, manifest: Manifest, environment: Mapping[str, str], reader: _Reader) -> dict[str, str]:
    """Return the settings: those of files first, then those of their own file, then those of the command line."""
    secrets = {environment_variable(name) for name in manifest.secret_settings}
    settings: dict[str, str] = {}
    for file_name in texts.setting_files:
        with reader.noting("settings", ""):
            lines = [line for line in _read_text(file_name).splitlines() if line.strip() and line[0] != "#"]
            settings |= dict(reader.pairs("settings", "a line of --env-file", lines))
    settings |= reader.mapping(
        "settings",
        reader.pairs("settings", "--secret", texts.secrets),
        lambda name, value: _read_text(value).removesuffix("\n"),
    )
    given: dict[str, str] = {}
    for text in texts.settings:
        name, separator, value = text.partition("=")
        if separator and environment_variable(name) in secrets:
            sentence = f"other accounts see it in the list of processes; use -e {name} or --secret {name}=FILE"
            reader.warnings.append(Finding.at(("settings", name), "SECRET_ON_COMMAND_LINE", sentence))
        in_environment = environment.get(name) or environment.get(environment_variable(name))
        found = value if separator else in_environment
        if not name:
            reader.error("settings", "", "-e takes a name and a value, as in -e NAME=VALUE")
        elif name in given:
            reader.error("settings", name, "it is given more than once")
        elif found is None:
            reader.error("settings", name, f"it is not in the environment, and has no value: -e {name}=VALUE")
        else:
            given[name] = found
    return settings | given

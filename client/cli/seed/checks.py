"""What ``seed validate`` finds in a file or an image, and on which lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from client.cli.seed.inputs import Input
from seed import (
    DocumentError,
    Finding,
    Manifest,
    Report,
    check_configuration,
    check_manifest,
    check_registration,
    lines_of,
    parse_document,
    shown,
)
from seed.sources import Kind, read_source


@dataclass(frozen=True, slots=True)
class Part:
    """The findings on one document; ``pointer`` is its JSON Pointer in the text that holds it."""

    input: Input
    pointer: str
    report: Report

    def placed(self) -> Iterator[tuple[str, Finding, int | None]]:
        """Yield each finding behind its severity, with its line in the text, from 1, if that is JSON in lines."""
        text = self.input.text.decode("utf-8-sig", errors="replace")
        found = [("error", each) for each in shown(self.report.errors)]
        found += [("warning", each) for each in shown(self.report.warnings)]
        lines = lines_of(text, [self.pointer + finding.path for _, finding in found])
        for severity, finding in found:
            yield severity, finding, lines.get(self.pointer + finding.path)


@dataclass(frozen=True, slots=True)
class Check:
    """The findings on all documents of one argument; ``kind`` is None if no manifest was found."""

    input: Input
    kind: Kind | None
    parts: Sequence[Part]

    @property
    def report(self) -> Report:
        """Return all findings as one report."""
        return reduce(add, (part.report for part in self.parts), Report())


def check(source: Input, configuration: Input | None, host_roots: Sequence[str]) -> Check:
    """Check what was read for an argument; ``configuration`` takes the place of the configuration in it.

    ``host_roots`` are the directories that mounts may lead into on the host, none for anywhere.
    """
    kind, manifest, fields = None, None, {}
    try:
        found = read_source(source.text)
    except DocumentError as error:
        parts = [_refused(source, "JSON_VALIDATION_ERROR", error)]
    else:
        kind, fields = found.kind, dict(found.fields)
        report = check_manifest(found.manifest)
        manifest = Manifest.read(found.manifest) if report.is_valid else None
        parts = [
            Part(source, found.pointer, found.report + report),
            Part(source, "", check_registration(fields)),
        ]
    holder, pointer = source, "/configuration"
    if configuration is not None:
        holder, pointer = configuration, ""
        try:
            fields["configuration"] = parse_document(configuration.text)
        except DocumentError as error:
            return Check(source, kind, (*parts, _refused(configuration, "INVALID_CONFIGURATION", error)))
    if "configuration" in fields:
        report = check_configuration(fields["configuration"], manifest, host_roots=host_roots)
        parts.append(Part(holder, pointer, report))
    return Check(source, kind, parts)


def _refused(holder: Input, name: str, error: DocumentError) -> Part:
    return Part(holder, "", Report(errors=(Finding(name, error.description, error.path),)))

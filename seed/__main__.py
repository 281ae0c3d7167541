"""Validate what is to be registered, from the command line: ``python -m seed validate FILE``."""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from seed.configuration import check_configuration
from seed.documents import DocumentError, parse_document
from seed.findings import Finding, Report, shown
from seed.manifest import Manifest
from seed.manifest_rules import check_manifest
from seed.registration import check_registration
from seed.sources import Kind, Source, read_source
from seed.wording import printable

VALID, INVALID, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Validate the files that the arguments name and print the findings.

    Returns the exit code: 0 valid, 1 invalid, 2 for a file that cannot be read. Wrong arguments raise
    SystemExit with the code 2, as argparse does.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.manifest == options.configuration == "-":
        parser.error("only one of the manifest and the configuration can come from standard input")
    # Names may hold any character, and the terminal or pipe may not take it.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        manifest = _read(options.manifest)
        configuration = None if options.configuration is None else _read(options.configuration)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return UNUSABLE
    source, report = _read_source(manifest)
    report += _validate(source, configuration, options.host_root)
    if options.json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        if source and source.kind != Kind.MANIFEST:
            print(f"info     the file holds {source.kind}")
        _print(report)
    return VALID if report.is_valid else INVALID


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m seed", description="Seed manifests and v6 job configurations, without a server."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    validate = commands.add_parser(
        "validate",
        help="check a manifest, and a configuration for it",
        description="Check a Seed 1.0.0 manifest, and a job configuration for it, and print every finding. FILE "
        "holds the manifest as JSON or as the label of an image encodes it, what docker inspect or skopeo inspect "
        "prints of an image, or the body of a registration, of which manifest, configuration, docker_image and "
        "icon_code are checked.",
        epilog="Exit code: 0 valid (there may be warnings), 1 invalid, 2 wrong usage or unreadable file.",
    )
    validate.add_argument("manifest", metavar="FILE", help="what to check; - for standard input")
    validate.add_argument(
        "--configuration",
        metavar="FILE",
        help="a job configuration as JSON, in place of that of a registration; - for standard input",
    )
    validate.add_argument(
        "--host-root",
        metavar="DIRECTORY",
        action="append",
        default=[],
        type=_absolute,
        help="a directory that mounts may lead into on the host (may repeat); anywhere by default",
    )
    validate.add_argument("--json", action="store_true", help="print the report as JSON, in the shape of the API")
    return parser


def _absolute(directory: str) -> str:
    if not directory.startswith("/"):
        raise argparse.ArgumentTypeError(f"{directory!r} is no absolute path")
    return directory


def _read(file_name: str) -> bytes:
    return sys.stdin.buffer.read() if file_name == "-" else Path(file_name).read_bytes()


def _read_source(text: bytes) -> tuple[Source | None, Report]:
    try:
        source = read_source(text)
    except DocumentError as error:
        return None, Report(errors=(Finding("JSON_VALIDATION_ERROR", error.description, error.path),))
    return source, source.report


def _validate(source: Source | None, configuration_text: bytes | None, host_roots: Sequence[str]) -> Report:
    """Check what was read. ``configuration_text`` takes the place of a configuration in it."""
    fields = {} if source is None else source.fields
    report = Report() if source is None else check_manifest(source.manifest)
    manifest = Manifest.read(source.manifest) if source and report.is_valid else None
    report += check_registration(fields)
    try:
        if configuration_text is not None:
            fields = {"configuration": parse_document(configuration_text)}
    except DocumentError as error:
        return report + Report(errors=(Finding("INVALID_CONFIGURATION", error.description, error.path),))
    if "configuration" not in fields:
        return report
    return report + check_configuration(fields["configuration"], manifest, host_roots=host_roots)


def _print(report: Report) -> None:
    for severity, findings in (("error", report.errors), ("warning", report.warnings)):
        for finding in shown(findings):
            path = printable(finding.path) or "(root)"
            print(f"{severity:<7}  {finding.name}  {path}  {finding.description}")
    verdict = "valid" if report.is_valid else "invalid"
    print(f"{verdict}; errors: {len(report.errors)}, warnings: {len(report.warnings)}")


if __name__ == "__main__":
    sys.exit(main())

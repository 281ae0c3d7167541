"""``seed label``: print a manifest as the label of the image that it describes."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

EPILOG = "Exit code: 0 printed, 1 refused because the manifest is invalid, 2 wrong usage or unreadable file."


class Format(StrEnum):
    """What the label is for."""

    DOCKERFILE = "dockerfile"
    VALUE = "value"


def label(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="What has the manifest: a file, - for standard input, or an image, as for seed validate.",
            show_default=False,
        ),
    ],
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="dockerfile is an instruction for a Dockerfile, value the value for docker build --label.",
        ),
    ] = Format.DOCKERFILE,
    allow_invalid: Annotated[
        bool, typer.Option("--allow-invalid", help="Print the label of an invalid manifest, too.")
    ] = False,
) -> None:
    """Print a manifest as the label of its image, for a Dockerfile.

    Findings go to standard error, and an invalid manifest is refused. Without a change of the Dockerfile:

    \b
    label=$(seed label --format value FILE)
    docker build --label "com.ngageoint.seed.manifest=$label" .
    """
    raise typer.Exit(_label(source, format, allow_invalid))


def _label(source: str, form: Format, allow_invalid: bool) -> int:
    from client.cli.seed.formats import print_findings
    from client.cli.seed.inputs import Unreadable, read_input
    from seed import DocumentError, check_manifest
    from seed.dockerfile import label_instruction
    from seed.sources import read_source

    try:
        manifest = read_source(read_input(source).text).manifest
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    except DocumentError as error:
        print(f"{source}: {error.description}", file=sys.stderr)
        return 1
    report = check_manifest(manifest)
    print_findings(report, sys.stderr)
    if not report.is_valid and not allow_invalid:
        print(f"{source}: the manifest is invalid; --allow-invalid would print its label", file=sys.stderr)
        return 1
    compact = json.dumps(manifest, separators=(",", ":"), ensure_ascii=False)
    # In UTF-8, whatever the terminal has: this is for a file.
    typer.echo((label_instruction(manifest) if form == Format.DOCKERFILE else compact).encode())
    return 0

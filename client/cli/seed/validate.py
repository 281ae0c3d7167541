"""``seed validate``: check manifests, and what is registered with them, by the rules of the API."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

VALID, INVALID, UNUSABLE = 0, 1, 2

EPILOG = "Exit code: 0 valid (there may be warnings), 1 invalid, 2 wrong usage or unreadable file."


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def _absolute(directories: list[str]) -> list[str]:
    for directory in directories:
        if not directory.startswith("/"):
            raise typer.BadParameter(f"{directory!r} is no absolute path")
    return directories


def validate(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="What to check: a file, - for standard input, or an image of an engine here or of a registry. If "
            "there is a file of that name, it is the file.",
            show_default=False,
        ),
    ],
    configuration: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A job configuration as JSON, in place of that of a registration; - for standard input.",
        ),
    ] = None,
    host_root: Annotated[
        list[str],
        typer.Option(
            metavar="DIRECTORY",
            callback=_absolute,
            help="A directory that mounts may lead into on the host (may repeat); anywhere by default.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer wants a list, and nothing changes it)
    format: Annotated[
        Format,
        typer.Option("--format", "-f", help="How to print the findings: github makes annotations of a workflow."),
    ] = Format.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Check manifests, and configurations for them.

    All findings are printed, by the rules of Seed 1.0.0 and of the API. A file holds a manifest as JSON or as the
    label of an image encodes it, what docker inspect or skopeo inspect prints of an image, or the body of a
    registration, of which manifest, configuration, docker_image and icon_code are checked.
    """
    if [*sources, configuration].count("-") > 1:
        raise typer.BadParameter("standard input can be read only once", param_hint="'-'")
    if as_json and format == Format.GITHUB:
        raise typer.BadParameter("--format github is another format", param_hint="'--json'")
    raise typer.Exit(_validate(sources, configuration, host_root, Format.JSON if as_json else format))


def _validate(sources: list[str], configuration: str | None, host_roots: list[str], form: Format) -> int:
    from client.cli.seed import formats
    from client.cli.seed.checks import check
    from client.cli.seed.inputs import Unreadable, read_file, read_input

    checks, refusals = [], []
    try:
        settings = None if configuration is None else read_file(configuration)
    except Unreadable as error:
        return _refuse([str(error)], form)
    for source in sources:
        try:
            checks.append(check(read_input(source), settings, host_roots))
        except Unreadable as error:
            refusals.append(str(error))
    print_checks = {
        Format.TEXT: formats.print_text,
        Format.JSON: formats.print_json,
        Format.GITHUB: formats.print_github,
    }[form]
    if checks:
        print_checks(checks, is_single=len(sources) == 1)
    if refusals:
        return _refuse(refusals, form)
    return VALID if all(each.report.is_valid for each in checks) else INVALID


def _refuse(refusals: list[str], form: Format) -> int:
    from client.cli.seed import formats

    for refusal in refusals:
        if form == Format.GITHUB:
            formats.print_annotation("error", refusal)
        else:
            print(refusal, file=sys.stderr)
    return UNUSABLE

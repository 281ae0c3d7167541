"""The findings of ``seed`` as text for people, as JSON for programs, and as annotations of GitHub Actions."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from client.cli.seed.checks import Check
from seed import Report, shown
from seed.sources import Kind
from seed.wording import printable

_STYLES = {"error": "bold red", "warning": "yellow", "valid": "bold green", "invalid": "bold red"}

# What ends the message of a workflow command, or one of its properties.
_ENDS_MESSAGE = "%\r\n"
_ENDS_PROPERTY = _ENDS_MESSAGE + ":,"

# Prints a line of pieces, each with the style that it has on a terminal.
_Printer = Callable[..., None]


def print_text(checks: Sequence[Check], *, is_single: bool) -> None:
    """Print the findings of each check in lines, behind the name of what was checked unless it is a single one."""
    line = _printer(sys.stdout)
    for check in checks:
        if not is_single:
            line((printable(check.input.name), "bold"))
        if check.kind not in (None, Kind.MANIFEST) and not check.input.is_image:
            line((f"info     the file holds {check.kind}", ""))
        print_findings(check.report, sys.stdout)
        line(*_verdict(check.report))
        if not is_single:
            line()
    if not is_single:
        invalid = sum(not check.report.is_valid for check in checks)
        line((f"{len(checks)} checked; valid: {len(checks) - invalid}, invalid: {invalid}", ""))


def print_findings(report: Report, stream: TextIO) -> None:
    """Print each finding in a line, the errors first."""
    line = _printer(stream)
    for severity, findings in (("error", report.errors), ("warning", report.warnings)):
        for finding in shown(findings):
            line(
                (f"{severity:<7}", _STYLES[severity]),
                (f"  {finding.name}", "bold"),
                (f"  {printable(finding.path) or '(root)'}", "cyan"),
                (f"  {finding.description}", ""),
            )


def print_json(checks: Sequence[Check], *, is_single: bool) -> None:
    """Print the report of a single check in the shape of the API, and an array of them otherwise.

    Each report in an array also has ``source``, the argument that it is about.
    """
    reports = [{"source": check.input.name, **check.report.as_dict()} for check in checks]
    print(json.dumps(checks[0].report.as_dict() if is_single else reports, indent=2))


def print_github(checks: Sequence[Check], *, is_single: bool) -> None:
    """Print each finding as an annotation of its line, by a workflow command of GitHub Actions.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands has their form. What was
    checked is named either way, single or not.
    """
    for check in checks:
        for part in check.parts:
            for severity, finding, line in part.placed():
                properties = {} if part.input.file is None else {"file": _in_workspace(part.input.file)}
                if properties and line is not None:
                    properties["line"] = str(line)
                where = f" ({printable(finding.path)})" if finding.path else ""
                print_annotation(severity, finding.description + where, **properties, title=finding.name)
        # Not the name first: a line that begins with two colons is a command.
        print(f"{''.join(text for text, _ in _verdict(check.report))} in {printable(check.input.name)}")


def print_annotation(severity: str, message: str, **properties: str) -> None:
    """Print a workflow command that annotates a file, or the run if there is no ``file`` in ``properties``."""
    described = ",".join(f"{name}={_escaped(value, _ENDS_PROPERTY)}" for name, value in properties.items())
    print(f"::{severity} {described}".rstrip() + f"::{_escaped(message, _ENDS_MESSAGE)}")


def _escaped(text: str, characters: str) -> str:
    return "".join(f"%{ord(each):02X}" if each in characters else each for each in text)


def _in_workspace(file: Path) -> str:
    """Return the path of a file as GitHub knows it, which is relative to the root of the repository."""
    root = os.environ.get("GITHUB_WORKSPACE")
    path = file.resolve()
    return str(path.relative_to(root)) if root and path.is_relative_to(root) else str(file)


def _verdict(report: Report) -> Sequence[tuple[str, str]]:
    verdict = "valid" if report.is_valid else "invalid"
    return (
        (verdict, _STYLES[verdict]),
        (f"; errors: {len(report.errors)}, warnings: {len(report.warnings)}", ""),
    )


def _printer(stream: TextIO) -> _Printer:
    """Return what prints a line of pieces: in colour and wrapped on a terminal, as it is elsewhere."""
    if not stream.isatty():
        return lambda *pieces: print("".join(text for text, _ in pieces), file=stream)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    return lambda *pieces: console.print(Text.assemble(*pieces), soft_wrap=True)

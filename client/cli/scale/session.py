"""What all commands share: the options for service and output, the client that they make, the exit codes."""

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from client import Invalid, Rejected, Scale, ScaleError, Unauthorized, UnexpectedAnswer, Unreachable
from client.cli import apps
from client.cli.scale.credentials import Credentials, read_credentials
from client.models import Finding
from client.service import base_url_of
from seed.wording import printable

DONE, REFUSED, UNUSABLE = 0, 1, 2
EXIT_CODES = (
    "Exit code: 0 done, 1 refused by the service or by a check, 2 wrong usage, unreadable file or no service."
)


class CommandError(Exception):
    """What a command cannot do, in one sentence a line: a wrong file, no token, no URL. The exit code is 2."""


class Refused(Exception):
    """What a command found wrong before it asked the service to write, a finding a line. The exit code is 1."""


class Output(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How results are printed.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options as they were given; what is absent comes from the environment, then from the login."""

    url: str | None = None
    token_file: Path | None = None


def settings_of(context: typer.Context) -> Settings:
    """Return the global options of a command."""
    return context.obj if isinstance(context.obj, Settings) else Settings()


def chosen(settings: Settings) -> tuple[str, str | None]:
    """Return the URL of the service and the token for it, if there is one.

    A token that was kept for one service is never sent to another. Raises CommandError.
    """
    url, token = settings.url or os.environ.get("SCALE_URL"), given_token(settings)
    if url and token:
        return url, token
    kept = _kept()
    url = url or (kept.url if kept else None)
    if not url:
        raise CommandError("No service is chosen. Use scale login, --url or SCALE_URL.")
    return url, token or (kept.token if kept and _same(kept.url, url) else None)


def given_token(settings: Settings) -> str | None:
    """Return the token of ``--token-file`` or ``SCALE_TOKEN``, or None. Raises CommandError."""
    if settings.token_file is not None:
        try:
            return settings.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise CommandError(f"{settings.token_file}: {reason}") from None
    return os.environ.get("SCALE_TOKEN") or None


def _kept() -> Credentials | None:
    try:
        return read_credentials()
    except (OSError, ValueError) as error:
        raise CommandError(str(error)) from None


def _same(one: str, other: str) -> bool:
    try:
        return base_url_of(one) == base_url_of(other)
    except ValueError:
        return False


@contextmanager
def connected(context: typer.Context) -> Iterator[Scale]:
    """Give a client of the chosen service, for as long as the block lasts. Raises CommandError."""
    url, token = chosen(settings_of(context))
    with client_of(url, token) as scale:
        yield scale


def client_of(url: str, token: str | None) -> Scale:
    """Return a client. Raises CommandError for what is no URL or no token."""
    try:
        return Scale(url, token)
    except ValueError as error:
        raise CommandError(str(error)) from None


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless ``yes``; raises CommandError where there is nobody to ask, and typer.Exit after a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Say --yes, as there is no terminal to ask at.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(REFUSED)


def print_findings(kind: str, findings: list[Finding]) -> None:
    """Print findings on standard error, one a line."""
    for finding in findings:
        print(line_of(kind, finding.name, finding.path, finding.description), file=sys.stderr)


def line_of(kind: str, name: str, path: str, description: str) -> str:
    """Return a finding as one line that a terminal cannot be harmed by."""
    return f"{kind:<7}  {printable(name)}  {printable(path) or '(root)'}  {printable(description)}"


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. What goes wrong becomes lines on standard error, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        # Names may hold any character, and the terminal or pipe may not take it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return apps.run(app, arguments)
    except (CommandError, UnexpectedAnswer, Unreachable) as error:
        return _fail(str(error), UNUSABLE)
    except Refused as error:
        return _fail(str(error), REFUSED)
    except Rejected as error:
        return _explain(error)
    except ScaleError as error:
        return _fail(str(error), UNUSABLE)
    except ValueError as error:  # a name that no URL can have, and the like
        return _fail(str(error), UNUSABLE)
    except OSError as error:
        return _fail(f"{error.filename or 'The system'}: {error.strerror}", UNUSABLE)


def _explain(error: Rejected) -> int:
    # The detail of an invalid body is that of its findings.
    if not (isinstance(error, Invalid) and error.errors):
        _fail(error.detail, REFUSED)
    if isinstance(error, Unauthorized):
        _fail("Use scale login, --token-file or SCALE_TOKEN.", REFUSED)
    print_findings("error", error.errors)
    print_findings("warning", error.warnings)
    return REFUSED


def _fail(sentences: str, code: int) -> int:
    for line in sentences.splitlines():
        print(printable(line), file=sys.stderr)
    return code


def environment_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return the values of environment variables, by the keys of ``names``. Raises CommandError for unset ones."""
    if unset := sorted({name for name in names.values() if name not in os.environ}):
        raise CommandError("\n".join(f"{name}: this environment variable is not set" for name in unset))
    return {key: os.environ[name] for key, name in names.items()}

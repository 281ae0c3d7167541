"""What the commands of a takeover take alike: the other system, the token for it, and how much of it is read."""

from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from isodate import ISO8601Error, parse_duration

from takeover.source import Source

_LARGEST_TOKEN = 4096  # bytes
_MOST_AT_ONCE = 16


def add_source(parser: CommandParser) -> None:
    """Add ``url``, ``--token-file`` and ``--parallel``."""
    parser.add_argument("url", help="the base of its API, such as https://scale.example.com/api/")
    parser.add_argument("--token-file", type=Path, help="a file with the token of an account of its staff")
    parser.add_argument(
        "--parallel", type=_number_at_once, default=1, help="how many requests at once; 1 by default"
    )


def open_source(url: str, token_file: Path | None, parallel: int) -> Source:
    """Return the other system. Raises CommandError and SourceError for a file or URL that is none."""
    return Source(url, _token(token_file), parallel=parallel)


def duration(text: str) -> timedelta:
    """Return the length of time that an argument says. Raises ArgumentTypeError."""
    try:
        length = parse_duration(text)
    except (ISO8601Error, ValueError, OverflowError):
        length = None
    if not isinstance(length, timedelta) or length <= timedelta():
        raise ArgumentTypeError(f"{text!r} is no ISO 8601 duration of days or hours, such as P90D")
    return length


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(_LARGEST_TOKEN).strip()
    except (OSError, UnicodeError):
        raise CommandError(f"--token-file: {file} cannot be read as text.") from None


def _number_at_once(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_AT_ONCE):
        raise ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST_AT_ONCE}")
    return int(text)

"""``manage.py import_scale``: copy a live Scale, as often as it takes."""

from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from isodate import ISO8601Error, parse_duration

from core.actors import ActingCommand
from takeover.run import Options
from takeover.services import take_over
from takeover.source import Source, SourceError
from takeover.stages import STAGES

_LARGEST_TOKEN = 4096  # bytes


class Command(ActingCommand):
    help = (
        "Copies a live Scale 7 over HTTP, which it only reads: workspaces, errors, job types and recipe types with "
        "all their revisions, and jobs that are over. Run again, it goes on where it was, and brings what changed "
        "there since."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = [stage.name for stage in STAGES]
        parser.add_argument("url", help="the base of its API, such as https://scale.example.com/api/")
        parser.add_argument("--token-file", type=Path, help="a file with the token of an account of its staff")
        parser.add_argument(
            "--what", default=",".join(names), help="what to bring, separated by commas; %(default)s by default"
        )
        parser.add_argument("--jobs", type=_duration, metavar="P90D", help="bring the jobs of so long a time, too")
        parser.add_argument("--executions", action="store_true", help="bring all tries of jobs, not only the last")
        parser.add_argument(
            "--keep-ids", action="store_true", help="keep the ids of what comes where they are free"
        )
        parser.add_argument("--overwrite", action="store_true", help="overwrite what was changed here, too")
        parser.add_argument(
            "--parallel", type=int, default=1, help="how many requests to send at once; 1 by default"
        )
        parser.add_argument("--dry-run", action="store_true", help="read everything, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        stages = options["what"].split(",")
        if unknown := [name for name in stages if name not in {stage.name for stage in STAGES}]:
            raise CommandError(
                f"--what: there is no {unknown[0]!r}; known are {', '.join(s.name for s in STAGES)}."
            )
        told = Options(
            keeps_ids=options["keep_ids"],
            overwrites=options["overwrite"],
            is_dry=options["dry_run"],
            jobs_since=options["jobs"],
            executions=options["executions"],
        )
        try:
            with Source(options["url"], _token(options["token_file"]), parallel=options["parallel"]) as source:
                run = take_over(source=source, options=told, stages=stages)
        except SourceError as error:
            raise CommandError(str(error)) from None
        if run.report.faults.count:
            raise CommandError("Not everything came; see above.")


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(_LARGEST_TOKEN).strip()
    except (OSError, UnicodeError):
        raise CommandError(f"--token-file: {file} cannot be read as text.") from None


def _duration(text: str) -> timedelta:
    try:
        duration = parse_duration(text)
    except (ISO8601Error, ValueError, OverflowError):
        duration = None
    if not isinstance(duration, timedelta) or duration <= timedelta():
        raise ArgumentTypeError(f"{text!r} is no ISO 8601 duration of days or hours, such as P90D")
    return duration

"""``manage.py compare_scale``: what a live Scale and this service answer to the same reads, side by side."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.models.clock import database_time
from seed.wording import printable
from takeover.arguments import add_source, duration, open_source
from takeover.comparing import Comparison, Difference, JobComparison, Ours, reason_for
from takeover.console import Bars
from takeover.source import Source, SourceError

_MOST_SHOWN = 1_000


class Command(BaseCommand):
    help = (
        "Sends the reads of workspaces, errors, job types and recipe types, with all their revisions, and with "
        "--jobs those of jobs that are over, to a live Scale 7 and to this service, and lists where the answers "
        "differ, but for differences that are meant. It writes nothing on either side, and ends with 1 if there "
        "are others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_source(parser)
        parser.add_argument("--jobs", type=duration, metavar="P90D", help="compare the jobs of so long a time, too")
        parser.add_argument("--reasons", action="store_true", help="say which differences are meant, and why")

    def handle(self, *args: Any, **options: Any) -> None:
        shown: list[str] = []
        counts: Counter[str | None] = Counter()
        try:
            with (
                open_source(options["url"], options["token_file"], options["parallel"]) as source,
                Bars(self.stdout) as bars,
            ):
                for found in _differences(source, Ours(), bars, options["jobs"]):
                    reason = reason_for(found)
                    counts[reason] += 1
                    if reason is None and len(shown) < _MOST_SHOWN:
                        shown.append(printable(str(found)))
        except SourceError as error:
            self._print(shown, counts, with_reasons=options["reasons"])
            raise CommandError(str(error)) from None
        self._print(shown, counts, with_reasons=options["reasons"])
        if counts[None]:
            raise CommandError(f"{_number(counts[None])} not meant.")

    def _print(self, shown: list[str], counts: Counter[str | None], *, with_reasons: bool) -> None:
        for line in shown:
            self.stdout.write(line)
        if counts[None] > len(shown):
            self.stdout.write(f"… and {counts[None] - len(shown)} more.")
        meant = {reason: number for reason, number in counts.most_common() if reason is not None}
        self.stdout.write(
            f"{_number(sum(meant.values()))} meant" + (":" if with_reasons else "; --reasons says why.")
        )
        if with_reasons:
            for reason, number in meant.items():
                self.stdout.write(f"{number:>8}  {reason}")


def _differences(source: Source, ours: Ours, bars: Bars, jobs: timedelta | None) -> Iterator[Difference]:
    yield from Comparison(source, ours, bars).differences()
    if jobs is not None:
        yield from JobComparison(source, ours, bars, since=database_time() - jobs).differences()


def _number(count: int) -> str:
    return "1 difference is" if count == 1 else f"{count} differences are"

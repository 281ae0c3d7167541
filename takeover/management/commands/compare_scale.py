"""``manage.py compare_scale``: what a live Scale and this service answer to the same reads, side by side."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from seed.wording import printable
from takeover.arguments import add_source, open_source
from takeover.comparing import Comparison, Ours, reason_for
from takeover.console import Bars
from takeover.source import SourceError

_MOST_SHOWN = 1_000


class Command(BaseCommand):
    help = (
        "Sends the reads of workspaces, errors, job types and recipe types, with all their revisions, to a live "
        "Scale 7 and to this service, and lists where the answers differ, but for differences that are meant. It "
        "writes nothing on either side, and ends with 1 if there are others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_source(parser)
        parser.add_argument("--reasons", action="store_true", help="say which differences are meant, and why")

    def handle(self, *args: Any, **options: Any) -> None:
        shown: list[str] = []
        counts: Counter[str | None] = Counter()
        try:
            with (
                open_source(options["url"], options["token_file"], options["parallel"]) as source,
                Bars(self.stdout) as bars,
            ):
                for found in Comparison(source, Ours(), bars).differences():
                    reason = reason_for(found)
                    counts[reason] += 1
                    if reason is None and len(shown) < _MOST_SHOWN:
                        shown.append(printable(str(found)))
        except SourceError as error:
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


def _number(count: int) -> str:
    return "1 difference is" if count == 1 else f"{count} differences are"

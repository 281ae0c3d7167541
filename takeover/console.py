"""What a run shows in the terminal: how far it is, and its report."""

from collections.abc import Iterable
from typing import TextIO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from seed.wording import printable
from takeover.report import Entries, Outcome, Report

_MOST_SHOWN = 50
_WIDTH_OF_PIPES = 10_000


class Bars:
    """A progress bar for each stage, in a terminal; elsewhere nothing."""

    def __init__(self, stream: TextIO | OutputWrapper) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bars = Progress(*columns, console=_console(stream), disable=not stream.isatty())
        self._current: TaskID | None = None

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, what: str, total: int | None) -> None:
        """Begin a bar."""
        self._current = self._bars.add_task(what, total=total)

    def advance(self, number: int = 1) -> None:
        """Move the current bar on."""
        if self._current is not None:
            self._bars.advance(self._current, number)


def print_report(report: Report, stream: TextIO | OutputWrapper) -> None:
    """Print what came, what differs and why, what a person has to do, and what did not come."""
    console = _console(stream)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for outcome in Outcome:
        table.add_column(outcome, justify="right")
    for kind, counter in report.counts.items():
        table.add_row(kind, *(str(counter[outcome] or "") for outcome in Outcome))
    console.print(table)
    for title, entries in (
        ("What differs, and why", report.remarks),
        ("What a person has to do", report.duties),
        ("What did not come", report.faults),
    ):
        _print_entries(console, title, entries)


def _print_entries(console: Console, title: str, entries: Entries) -> None:
    if not entries.count:
        return
    console.print(f"\n{title} ({entries.count})", style="bold", markup=False, highlight=False)
    lines = (f"{one['kind']} {one['name']}: {one['sentence']}" for one in entries.first[:_MOST_SHOWN])
    _print_lines(console, lines)
    if entries.count > _MOST_SHOWN:
        _print_lines(console, [f"… and {entries.count - _MOST_SHOWN} more, which the stored report has."])


def _print_lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        # The other system may have sent what would move the cursor.
        console.print(f"  {printable(line)}", markup=False, highlight=False, soft_wrap=True)


def _console(stream: TextIO | OutputWrapper) -> Console:
    # A report in a pipe is not cut at the width of a terminal that is not there.
    return Console(file=cast(TextIO, stream), width=None if stream.isatty() else _WIDTH_OF_PIPES)

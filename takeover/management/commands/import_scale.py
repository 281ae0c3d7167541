"""``manage.py import_scale``: copy a live Scale, as often as it takes."""

import csv
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from django.core.management.base import CommandError, CommandParser

from core.actors import ActingCommand
from core.models.clock import database_time
from takeover.arguments import add_source, duration, open_source
from takeover.console import Bars, print_report
from takeover.models import Kind, Takeover
from takeover.report import Outcome, Report
from takeover.run import Options, Run
from takeover.services import AlreadyRunning, take_over
from takeover.source import Source, SourceError
from takeover.stages import STAGES

_JOBS = "jobs"
_SECONDS_BETWEEN_RUNS = 60
# Nor does the longest transaction of the other system take longer.
_CLOCKS_DIFFER_BY = timedelta(hours=1)
_ROWS_AT_ONCE = 2_000


class Command(ActingCommand):
    help = (
        "Copies a live Scale 7 over HTTP, which it only reads: workspaces, errors, job types and recipe types with "
        "all their revisions, and jobs that are over. Run again, it goes on where it was, and brings what changed "
        "there since."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = ",".join(stage.name for stage in STAGES)
        add_source(parser)
        parser.add_argument(
            "--what", help=f"what to bring, some of {names}; by default all, jobs with --jobs alone"
        )
        parser.add_argument("--jobs", type=duration, metavar="P90D", help="bring the jobs of so long a time, too")
        parser.add_argument("--executions", action="store_true", help="bring all tries of jobs, not only the last")
        parser.add_argument("--keep-ids", action="store_true", help="keep the ids where they are free")
        parser.add_argument("--map", type=Path, help="a file for the ids there and here, as CSV")
        parser.add_argument("--overwrite", action="store_true", help="overwrite what was changed here, too")
        parser.add_argument("--watch", action="store_true", help="go on every minute, until it is terminated")
        parser.add_argument("--dry-run", action="store_true", help="read everything, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        stages = _stages(options["what"], has_jobs=options["jobs"] is not None)
        told = Options(
            keeps_ids=options["keep_ids"],
            overwrites=options["overwrite"],
            is_dry=options["dry_run"],
            jobs_since=options["jobs"],
            executions=options["executions"],
        )
        report = Report()
        try:
            with open_source(options["url"], options["token_file"], options["parallel"]) as source:
                run = self._run(source, told, stages, report)
                if options["watch"]:
                    run = self._watch(source, told, stages, run)
        except (SourceError, AlreadyRunning, KeyboardInterrupt) as error:
            if report.counts:
                print_report(report, self.stdout)
            raise CommandError(
                f"{str(error) or 'Stopped.'} What has arrived stays; run it again to go on."
            ) from None
        print_report(run.report, self.stdout)
        if options["map"] and not told.is_dry:
            _write_map(run.takeover, options["map"])
        if run.report.faults.count:
            raise CommandError(f"{run.report.faults.count} did not come.")

    def _run(self, source: Source, options: Options, stages: list[str], report: Report) -> Run:
        with Bars(self.stdout) as bars:
            return take_over(source=source, options=options, stages=stages, progress=bars, report=report)

    def _watch(self, source: Source, options: Options, stages: list[str], run: Run) -> Run:
        """Run again and again until the process is terminated; return the last run that came to its end."""
        with _terminated() as terminated:
            while not terminated.wait(_SECONDS_BETWEEN_RUNS):
                try:
                    run = take_over(source=source, options=_since(run, options), stages=stages)
                    self.stdout.write(f"{run.takeover.started:%H:%M:%S} {run.report.brief()}")
                except (SourceError, AlreadyRunning) as error:
                    self.stderr.write(f"{error} It goes on in a minute.")
        return run


def _since(run: Run, options: Options) -> Options:
    """Return the options of the run after ``run``, which asks for the jobs that changed since alone."""
    if options.jobs_since is None or run.report.counts.get(Kind.JOB, Counter())[Outcome.FAILED]:
        return options
    since = database_time() - run.takeover.started + _CLOCKS_DIFFER_BY
    return replace(options, jobs_since=min(since, options.jobs_since))


@contextmanager
def _terminated() -> Iterator[Event]:
    """Yield an event that is set by SIGINT and SIGTERM, which do nothing else meanwhile."""
    terminated = Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    old = [signal.signal(number, lambda *_: terminated.set()) for number in signals]
    try:
        yield terminated
    finally:
        for number, handler in zip(signals, old, strict=True):
            signal.signal(number, handler)


def _stages(what: str | None, *, has_jobs: bool) -> list[str]:
    known = [stage.name for stage in STAGES]
    if what is None:
        return [name for name in known if has_jobs or name != _JOBS]
    stages = what.split(",")
    if unknown := [name for name in stages if name not in known]:
        raise CommandError(f"--what: there is no {unknown[0]!r}; known are {', '.join(known)}.")
    if _JOBS in stages and not has_jobs:
        raise CommandError("--what: for jobs, say by --jobs how far back, such as P90D.")
    return stages


def _write_map(takeover: Takeover, file: Path) -> None:
    rows = takeover.imported.order_by("kind", "source_id").values_list("kind", "source_id", "object_id")
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(("kind", "source_id", "object_id"))
            writer.writerows(rows.iterator(_ROWS_AT_ONCE))
    except OSError as error:
        raise CommandError(f"--map: {file} cannot be written: {error.strerror}.") from None

"""A takeover from its beginning to its end: one run of all stages, or of some."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from django.db import connection

from core.models.clock import database_time
from seed.wording import printable
from takeover.duties import duties_of
from takeover.models import Takeover
from takeover.report import Report
from takeover.run import NoProgress, Options, Progress, Run
from takeover.source import BadAnswer, Source, SourceError
from takeover.stages import STAGES, Stage

_LOCK = 0x74616B656F766572  # "takeover": the key of the advisory lock of the one that runs
_LONGEST_VERSION = 50


class AlreadyRunning(Exception):
    """Another run is under way."""


def take_over(
    *,
    source: Source,
    options: Options,
    stages: Collection[str],
    progress: Progress | None = None,
    report: Report | None = None,
) -> Run:
    """Bring what ``stages`` name, and return the run with its report; a list that cannot be read is a fault.

    Raises SourceError where the other system cannot be read any further, and AlreadyRunning. What has arrived by
    then stays, is in ``report``, and the next run goes on from there.
    """
    with _alone():
        takeover = _begin(source, options)
        run = Run(source, takeover, options, progress or NoProgress(), report or Report())
        for stage in STAGES:
            if stage.name in stages:
                _bring(run, stage)
        _add_duties(run)
        if not options.is_dry:
            Takeover.objects.filter(pk=takeover.pk).update(finished=database_time(), report=run.report.as_dict())
        return run


def _add_duties(run: Run) -> None:
    """Report what is to be done for what has arrived; a dry run has found some of it already."""
    if run.takeover.pk is not None:
        found = {tuple(duty.values()) for duty in run.report.duties.first}
        run.report.duties.extend(duty for duty in duties_of(run.takeover) if tuple(duty.values()) not in found)


def _bring(run: Run, stage: Stage) -> None:
    try:
        stage.bring(run)
    except BadAnswer as error:
        run.report.fail(stage.kind, stage.name, str(error))


def _begin(source: Source, options: Options) -> Takeover:
    """Return the takeover of the system at the source, which is not stored if the run is dry and the first one."""
    version = (source.get("version/") or {}).get("version")
    if not isinstance(version, str):
        raise SourceError(f"{source.base}version/: no Scale answers here; the base of its API often ends in /api/.")
    if options.is_dry:
        return Takeover.objects.filter(url=source.base).first() or Takeover(url=source.base)
    columns = {
        "origin_version": printable(version)[:_LONGEST_VERSION],
        "started": database_time(),
        "finished": None,
        "options": _as_json(options),
    }
    takeover, _ = Takeover.objects.update_or_create(url=source.base, defaults=columns)
    return takeover


@contextmanager
def _alone() -> Iterator[None]:
    """Let no other run work at the same time; on SQLite, which is for one machine, nobody looks."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning("Another takeover is running; one at a time.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _as_json(options: Options) -> dict[str, object]:
    document = asdict(options)
    if options.jobs_since is not None:
        document["jobs_since"] = options.jobs_since.total_seconds()
    return document

"""A takeover from its beginning to its end: one run of all stages, or of some."""

from collections.abc import Collection
from dataclasses import asdict

from core.models.clock import database_time
from takeover.models import Takeover
from takeover.run import NoProgress, Options, Progress, Run
from takeover.source import Source, SourceError
from takeover.stages import STAGES


def take_over(
    *, source: Source, options: Options, stages: Collection[str], progress: Progress | None = None
) -> Run:
    """Bring what ``stages`` name, and return the run with its report. Raises SourceError where it cannot go on.

    What has arrived by then stays, and the next run goes on from there.
    """
    version = (source.get("version/") or {}).get("version")
    if not isinstance(version, str):
        raise SourceError(f"{source.base}version/: no Scale answers here; the base of its API often ends in /api/.")
    now = database_time()
    columns = {"origin_version": version[:50], "started": now, "finished": None, "options": _as_json(options)}
    if options.is_dry:
        takeover = Takeover.objects.filter(url=source.base).first() or Takeover(url=source.base)
    else:
        takeover, _ = Takeover.objects.update_or_create(url=source.base, defaults=columns)
    run = Run(source, takeover, options, progress or NoProgress())
    for stage in STAGES:
        if stage.name in stages:
            stage.bring(run)
    if not options.is_dry:
        Takeover.objects.filter(pk=takeover.pk).update(finished=database_time(), report=run.report.as_dict())
    return run


def _as_json(options: Options) -> dict[str, object]:
    document = asdict(options)
    if options.jobs_since is not None:
        document["jobs_since"] = options.jobs_since.total_seconds()
    return document

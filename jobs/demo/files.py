"""The files of the demo: sources that jobs read, and the products that they left behind."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from random import Random
from typing import cast

from files.media_types import media_type_of
from files.models import File
from jobs.models import Job
from seed import OutputFile
from workspaces.models import Workspace

_SEED = "scale files"
_DAYS = 10
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class _Kind:
    """Sources of one kind: their names, how many come in a day, their size in MiB, and how long they were taken."""

    name: str
    per_day: int
    size: tuple[float, float]
    seconds: float


_KINDS = (
    _Kind("optical/scene-{:05}.tif", 150, (180, 900), 12),
    _Kind("radar/scene-{:05}.zip", 30, (700, 1700), 25),
    _Kind("radar/orbit-{:05}.xml", 30, (0.2, 0.5), 5400),
    _Kind("points/ground-{:04}.geojson", 5, (0.01, 0.2), 0),
    _Kind("video/flight-{:05}.mp4", 30, (40, 600), 300),
)
# How many of the latest sources a job may be about.
_LATEST = 80
# Of the products that can be made again, one in so many has been deleted, after so many hours.
_DELETED_ONE_IN, _KEPT_FOR = 40, timedelta(hours=20)
_ROWS_AT_ONCE = 500


class Sources:
    """The sources that are registered, for jobs to choose from."""

    def __init__(self, files: Sequence[File]) -> None:
        self.by_id = {file.pk: file for file in files}
        self._by_type: dict[str, list[File]] = {}
        for file in sorted(files, key=lambda file: file.created):
            self._by_type.setdefault(file.media_type, []).append(file)

    def choose(self, media_types: Sequence[str], *, before: datetime, rng: Random) -> File:
        """Return one of the latest sources ``before`` then, of one of ``media_types``; a scene if there is none."""
        known = [name for name in media_types if name in self._by_type]
        files = self._by_type[known[0] if known else "image/tiff"]
        end = max(1, bisect_left(files, before, key=lambda file: file.created))
        return files[rng.randrange(max(0, end - _LATEST), end)]


def register_sources(now: datetime) -> Sources:
    """Register what came into the archive within the last days, the same for the same ``now``."""
    rng = Random(_SEED)  # noqa: S311 (files that look alike each time are no secret)
    archive = Workspace.objects.get(name="archive")
    files = [file for kind in _KINDS for file in _sources(kind, archive, now, rng)]
    # In the order in which they came, as the ids of real files are.
    files.sort(key=lambda file: file.created)
    return Sources(File.objects.bulk_create(files, batch_size=_ROWS_AT_ONCE))


def _sources(kind: _Kind, archive: Workspace, now: datetime, rng: Random) -> Iterator[File]:
    step = timedelta(days=1) / kind.per_day
    for number in range(kind.per_day * _DAYS):
        created = now - timedelta(days=_DAYS) + step * (number + rng.random())
        path = PurePosixPath(kind.name.format(number + 1))
        taken = created - timedelta(minutes=rng.uniform(20, 90), seconds=kind.seconds)
        yield File(
            file_name=path.name,
            media_type=media_type_of(path.name),
            file_size=int(rng.uniform(*kind.size) * _MIB),
            sha256=_digest(rng),
            workspace=archive,
            file_path=f"{created:%Y/%m/%d}/{path}",
            created=created,
            last_modified=created,
            data_started=taken,
            data_ended=taken + timedelta(seconds=kind.seconds),
        )


def products_of(job: Job, output: OutputFile, *, about: File, workspace: Workspace, rng: Random) -> Iterator[File]:
    """Yield what a job that completed left behind for an output; ``about`` is the source that it worked on.

    The paths are still missing, since they have the id of the job in them.
    """
    ended = cast(datetime, job.ended)
    for number in range(1, rng.randint(2, 5) + 1 if output.multiple else 2):
        part = f"{number:04}" if output.multiple else PurePosixPath(about.file_name).stem
        yield File(
            file_name=output.pattern.replace("*", part),
            media_type=output.media_type,
            file_size=int(rng.uniform(0.05, 60) * _MIB),
            sha256=_digest(rng),
            workspace=workspace,
            job=job,
            exe_num=job.num_exes,
            job_output=output.name,
            created=ended,
            last_modified=ended,
            data_started=about.data_started,
            data_ended=about.data_ended,
        )


def store_products(products: Sequence[File], now: datetime) -> None:
    """Store the products of jobs, which are stored already, and name them in the outputs of those.

    Some of those that can be made again have been deleted since.
    """
    rng = Random(_SEED)  # noqa: S311 (as above)
    for file in products:
        job = cast(Job, file.job)
        place = f"{job.job_type.name}/{job.job_type.version}/{job.pk}/{file.exe_num}"
        file.file_path = f"{place}/{file.file_name}"
        deleted = file.created + _KEPT_FOR
        if file.workspace.name == "workspace_2" and deleted < now and rng.randrange(_DELETED_ONE_IN) == 0:
            file.is_deleted, file.deleted, file.last_modified = True, deleted, deleted
    jobs: dict[int, Job] = {}
    for file in File.objects.bulk_create(products, batch_size=_ROWS_AT_ONCE):
        job = cast(Job, file.job)
        jobs[job.pk] = job
        job.output["files"][file.job_output].append(file.pk)
    Job.objects.bulk_update(jobs.values(), ["output"], batch_size=_ROWS_AT_ONCE)


def _digest(rng: Random) -> str:
    return f"{rng.getrandbits(256):064x}"

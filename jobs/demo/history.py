"""The jobs of the demo, made up for each job type: each takes the steps that a real one takes, at random times."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from errors.models import Error
from job_types.models import JobType
from jobs.demo.catalog import WORLD, Work
from jobs.models import Job
from jobs.states import Status, entering
from seed import Manifest

DAYS = 3
NODES = tuple(f"node-{number:02}" for number in range(1, 9))
LOST_NODE = "node-05"

_PRIORITY_OF_RUSH = 10
_LARGEST_FILE_ID = 900_000
_EXIT_CODE_OF_CRASH = 134


def incident_before(now: datetime) -> datetime:
    """Return when the node was lost, for an hour: yesterday at 14:00 UTC."""
    return datetime(now.year, now.month, now.day, 14, tzinfo=UTC) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class History:
    """The jobs of one job type until ``now``, the same for the same ``rng``.

    ``revisions`` are the ids and manifests of its revisions, oldest first; ``errors`` are those that its jobs can
    fail of, by name. ``incident`` is when a node was lost.
    """

    job_type: JobType
    work: Work
    revisions: list[tuple[int, Manifest]]
    errors: Mapping[str, Error]
    now: datetime
    incident: datetime
    rng: Random

    def jobs(self) -> list[Job]:
        """Return the jobs that have ended, and those that have not."""
        past = [self._past_job(created) for created in self._arrivals()]
        present = [self._present_job(Status(name)) for name, count in self.work.now.items() for _ in range(count)]
        return [job for job in past if job.last_status_change <= self.now] + present

    def _arrivals(self) -> Iterator[datetime]:
        """Yield when jobs were created: three times as many at noon as at night."""
        left = self.work.per_day * DAYS
        while left:
            moment = self.now - timedelta(days=self.rng.uniform(0, DAYS))
            daylight = max(0.0, math.sin(math.pi * (moment.hour + moment.minute / 60 - 6) / 14))
            if self.rng.random() < (1 + 2 * daylight) / 3:
                left -= 1
                yield moment

    def _past_job(self, created: datetime) -> Job:
        job = self._new_job(created)
        if self.rng.random() < 0.2:
            self._enter(job, Status.PENDING, created)
            self._enter(job, Status.QUEUED, created + self._minutes(1, 40))
        else:
            self._enter(job, Status.QUEUED, created)
        # Three tries may take 25 minutes: the last one of a job that is queued later could be after the incident.
        lost = timedelta(0) <= job.last_status_change - self.incident < timedelta(minutes=35)
        if lost and self.rng.random() < 0.8:
            self._fail_of_system(job, "node-lost", node=LOST_NODE)
            return job
        outcome = self._choice("outcomes_in_a_thousand")
        if outcome == "system":
            self._fail_of_system(job, self._choice("weights_of_system_errors"))
        elif outcome == "canceled":
            self._cancel(job)
        else:
            self._run_to_the_end(job, outcome)
        return job

    def _present_job(self, status: Status) -> Job:
        """Return a job that is in ``status`` now."""
        if status == Status.RUNNING:
            longest = self.work.minutes[1]
            started = self.now - self._minutes(0.02 * longest, 0.9 * longest)
            job = self._new_job(started - self._minutes(0.1, 6))
            self._enter(job, Status.QUEUED, job.created)
            self._start(job, started)
            return job
        job = self._new_job(self.now - timedelta(hours=self.rng.uniform(0.02, 1) * self.work.waiting_hours))
        if status == Status.BLOCKED:
            self._enter(job, Status.PENDING, job.created)
            self._enter(job, Status.BLOCKED, job.created + (self.now - job.created) * self.rng.random())
        else:
            self._enter(job, status, job.created)
        return job

    def _new_job(self, created: datetime) -> Job:
        """Return a job without a status; one of the last 30 hours is of the current revision."""
        behind = 0 if self.now - created < timedelta(hours=30) else 1
        revision, manifest = self.revisions[max(0, len(self.revisions) - 1 - behind)]
        rush = self.rng.random() < 0.05
        return Job(
            job_type=self.job_type,
            job_type_rev_id=revision,
            configuration_num=self.job_type.configuration_num,
            priority=_PRIORITY_OF_RUSH if rush else self.job_type.configuration["priority"],
            configuration={"priority": _PRIORITY_OF_RUSH} if rush else {},
            input=self._input(manifest),
            max_tries=self.job_type.max_tries,
            created=created,
        )

    def _run_to_the_end(self, job: Job, outcome: str) -> None:
        """Run ``job`` until it completes, fails of an error of its manifest, or crashes; some at a second try."""
        if job.max_tries > 1 and self.rng.random() < 0.03:
            self._start(job)
            self._enter(job, Status.QUEUED, job.last_status_change + self._minutes(*self.work.minutes) / 3)
        self._start(job)
        manifest = dict(self.revisions)[job.job_type_rev_id]
        took = self._minutes(*self.work.minutes)
        if outcome == "declared" and manifest.errors:
            error = self.rng.choice(manifest.errors)
            self._fail(job, job.last_status_change + took / 2, self.errors[error.name], error.code)
        elif outcome == "crashed":
            crash = self.errors["algorithm-unknown"]
            self._fail(job, job.last_status_change + took / 2, crash, _EXIT_CODE_OF_CRASH)
        else:
            self._enter(job, Status.COMPLETED, job.last_status_change + took)
            job.exit_code = 0
            job.output = self._data(manifest.output_files, manifest.output_json)

    def _fail_of_system(self, job: Job, name: str, node: str | None = None) -> None:
        """Try ``job`` as often as its error allows, and let it fail each time."""
        error = self.errors[name]
        tries = max(1, job.max_tries) if error.should_be_retried else 1
        while job.num_exes < tries:
            if job.num_exes:
                self._enter(job, Status.QUEUED, job.last_status_change + self._minutes(0.2, 2))
            self._start(job, node=node)
        self._fail(job, job.last_status_change + self._minutes(0.2, 2), error)

    def _cancel(self, job: Job) -> None:
        """Cancel ``job`` while it waits, or while it runs."""
        if self.rng.random() < 0.5:
            self._start(job)
        self._enter(job, Status.CANCELED, job.last_status_change + self._minutes(0.1, self.work.minutes[0]))

    def _start(self, job: Job, when: datetime | None = None, node: str | None = None) -> None:
        when = when or job.last_status_change + self._minutes(0.1, 6)
        self._enter(job, Status.RUNNING, when)
        job.num_exes += 1
        job.node = node or self._node(when)

    def _node(self, when: datetime) -> str:
        """Return a node for a try that begins at ``when``: not the lost one where the try may meet the incident."""
        longest = timedelta(minutes=self.work.minutes[1])
        gone = self.incident - longest <= when < self.incident + timedelta(hours=1)
        return self.rng.choice([node for node in NODES if not (gone and node == LOST_NODE)])

    def _fail(self, job: Job, when: datetime, error: Error, exit_code: int | None = None) -> None:
        self._enter(job, Status.FAILED, when)
        job.error = error
        job.exit_code = exit_code

    def _enter(self, job: Job, status: Status, when: datetime) -> None:
        for column, value in entering(status, when).items():
            setattr(job, column, value)
        job.last_modified = when

    def _choice(self, weights: str) -> str:
        """Return one of the names in a member of the demo's world, as frequent as it says."""
        return self.rng.choices(list(WORLD[weights]), list(WORLD[weights].values()))[0]

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self.rng.triangular(least, most))

    def _input(self, manifest: Manifest) -> dict[str, Any]:
        """Return the inputs that the manifest requires, and some of the others."""
        files = [file for file in manifest.input_files if file.required or self.rng.random() < 0.3]
        values = [value for value in manifest.input_json if value.required or self.rng.random() < 0.3]
        return self._data(files, values)

    def _data(self, files: Iterable[Any], values: Iterable[Any]) -> dict[str, Any]:
        """Return ids and values for inputs or outputs of a manifest."""
        return {
            "files": {file.name: self._files(file.multiple) for file in files},
            "json": {value.name: self._value(value.name, value.type) for value in values},
        }

    def _files(self, multiple: bool) -> list[int]:
        return [self.rng.randint(1, _LARGEST_FILE_ID) for _ in range(self.rng.randint(2, 8) if multiple else 1)]

    def _value(self, name: str, kind: str) -> Any:
        """Return one of the values that the demo has for ``name``, else a number, a boolean or a string."""
        if name in self.work.values:
            return self.rng.choice(self.work.values[name])
        number = self.rng.randint(1, 9999)
        made_up: dict[str, Any] = {"integer": number, "number": number / 100, "boolean": number % 2 == 0}
        return made_up.get(kind, str(number))


def errors_of(job_type: JobType) -> dict[str, Error]:
    """Return the errors that jobs of ``job_type`` can fail of, by name: the built-in ones, and its own."""
    builtin = Error.objects.filter(job_type_name=None)
    own = Error.objects.filter(job_type_name=job_type.name)
    return {error.name: error for error in (*builtin, *own)}

"""The jobs of the demo, made up for each job type: each takes the steps that a real one takes, at random times."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings

from errors.models import Error
from job_types.models import JobType, JobTypeRevision
from jobs.demo.catalog import WORLD, Work
from jobs.demo.files import Sources, products_of
from jobs.demo.life import Life
from jobs.demo.logs import write_logs
from jobs.demo.nodes import LOST_NODE, Room, incident_before, nodes_for
from jobs.leases import between_beats, lease, lease_from
from jobs.models import Job
from jobs.states import LONGEST_WAIT, End, Status
from seed import InputFile, InputJson, Manifest, OutputJson
from workspaces.models import Workspace

DAYS = 3
# The last job that runs loses its lease after so long.
LAST_LEASE = timedelta(hours=4)

_PRIORITY_OF_RUSH = 10
_EXIT_CODE_OF_CRASH = 134
# Where outputs go of job types that name no workspace.
_WORKSPACE = "workspace_1"
# What a job fails of that is tried again.
_PASSING_ERROR = "filesystem-io"


@dataclass(frozen=True, slots=True)
class History:
    """The jobs of one job type until ``now``, the same for the same ``rng`` and ``losses``.

    ``sources`` are the files that its jobs read, ``workspaces`` where they leave others, by name.
    ``revisions`` are its revisions with their manifests, oldest first; ``errors`` are those that its jobs can fail
    of, by name. ``losses`` is how often each of the next jobs is lost that the lost node claims. ``room`` is what
    the nodes have for jobs that run now.
    """

    job_type: JobType
    work: Work
    revisions: list[tuple[JobTypeRevision, Manifest]]
    errors: Mapping[str, Error]
    now: datetime
    losses: Iterator[int]
    room: Room
    sources: Sources
    workspaces: Mapping[str, Workspace]
    rng: Random

    def lives(self) -> list[Life]:
        """Return the jobs that have ended, and those that have not, with their tries."""
        past = [self._past_life(created) for created in self._arrivals()]
        present = [self._present_life(Status(name)) for name, count in self.work.now.items() for _ in range(count)]
        lives = [life for life in past if life.changed <= self.now] + present
        for life in lives:
            for one in life.tries:
                manifest = self._manifest(life.job)
                write_logs(one, manifest=manifest, steps=self.work.steps, now=self.now, rng=self.rng)
        return lives

    def _arrivals(self) -> Iterator[datetime]:
        """Yield when jobs were created: three times as many at noon as at night."""
        left = self.work.per_day * DAYS
        while left:
            moment = self.now - timedelta(days=self.rng.uniform(0, DAYS))
            daylight = max(0.0, math.sin(math.pi * (moment.hour + moment.minute / 60 - 6) / 14))
            if self.rng.random() < (1 + 2 * daylight) / 3:
                left -= 1
                yield moment

    def _past_life(self, created: datetime) -> Life:
        life = self._new_life(created)
        if self.rng.random() < 0.2:
            life.enter(Status.PENDING, created)
            life.enter(Status.QUEUED, created + self._minutes(1, 40))
        else:
            life.enter(Status.QUEUED, created)
        # Three tries may take 25 minutes: the last one of a job that is queued later could be after the incident.
        is_hit = timedelta(0) <= life.changed - incident_before(self.now) < timedelta(minutes=35)
        if is_hit and self.rng.random() < 0.8:
            self._lose(life, next(self.losses))
        if life.job.status == Status.FAILED:
            return life
        # What another node got after a loss completes there.
        outcome = "completed" if life.tries else self._choice("outcomes_in_a_thousand")
        if outcome == "system":
            self._fail_of_system(life, self._choice("weights_of_system_errors"))
        elif outcome == "canceled":
            self._cancel(life)
        else:
            self._run_to_the_end(life, outcome)
        return life

    def _present_life(self, status: Status) -> Life:
        """Return a job that is in ``status`` now."""
        if status == Status.RUNNING:
            return self._running_life()
        may_run = self.work.per_day and not self.job_type.is_paused and self.job_type.max_scheduled is None
        if status == Status.QUEUED and may_run and self.rng.random() < 0.3:
            return self._life_before_a_retry()
        life = self._new_life(self.now - timedelta(hours=self.rng.uniform(0.02, 1) * self.work.waiting_hours))
        if status == Status.BLOCKED:
            life.enter(Status.PENDING, life.job.created)
            life.enter(Status.BLOCKED, life.job.created + (self.now - life.job.created) * self.rng.random())
        else:
            life.enter(status, life.job.created)
        return life

    def _running_life(self) -> Life:
        """Return a job that runs. Nobody renews its lease: it ends some time within the next hours."""
        longest = self.work.minutes[1]
        started = self.now - self._minutes(0.02 * longest, 0.9 * longest)
        life = self._new_life(started - self._minutes(0.1, 6))
        life.enter(Status.QUEUED, life.job.created)
        required = life.job.job_type_rev.resources
        self._start(life, started, self.room.take(self._nodes(started, life), required, self.rng))
        (one,) = life.tries
        lasting = self.now + self.rng.uniform(0.02, 1) * LAST_LEASE
        one.lease_expires = lease_from(lasting - lease(), one.times_out)
        return life

    def _life_before_a_retry(self) -> Life:
        """Return a job that fails again and again, was requeued twice and so waits longer for its next try."""
        life = self._new_life(self.now - self._minutes(150, 240))
        life.enter(Status.QUEUED, life.job.created)
        self._fail_of_system(life, _PASSING_ERROR)
        life.requeue(life.changed + self._minutes(5, 20))
        self._fail_of_system(life, _PASSING_ERROR)
        life.requeue(self.now - self._minutes(2, 3.5))
        self._start(life, life.changed + self._minutes(0.1, 0.4))
        self._fail(life, _PASSING_ERROR, life.changed + self._minutes(0.2, 1))
        life.job.retry_after = self._retry_time(life)
        return life

    def _new_life(self, created: datetime) -> Life:
        """Return a job without a status; one of the last 30 hours is of the current revision."""
        behind = 0 if self.now - created < timedelta(hours=30) else 1
        revision, manifest = self.revisions[max(0, len(self.revisions) - 1 - behind)]
        rush = self.rng.random() < 0.05
        job = Job(
            job_type=self.job_type,
            job_type_rev=revision,
            configuration_num=self.job_type.configuration_num,
            priority=_PRIORITY_OF_RUSH if rush else self.job_type.configuration["priority"],
            configuration={"priority": _PRIORITY_OF_RUSH} if rush else {},
            input=self._input(manifest, created),
            max_tries=self.job_type.max_tries,
            created=created,
        )
        return Life(job)

    def _run_to_the_end(self, life: Life, outcome: str) -> None:
        """Run a job until it completes, fails by itself, or runs for too long; some at a second try."""
        if life.job.num_exes + 1 < life.job.max_tries and self.rng.random() < 0.03:
            self._start(life)
            when = life.changed + self._minutes(*self.work.minutes) / 3
            if self.rng.random() < 0.5:
                life.end(End.RETURNED, when, by=life.job.node)
            else:
                self._fail(life, _PASSING_ERROR, when)
        self._start(life)
        one, node = life.tries[-1], life.job.node
        manifest = self._manifest(life.job)
        took = self._minutes(*self.work.minutes)
        if outcome == "declared" and manifest.errors:
            error = self.rng.choice(manifest.errors)
            self._fail(life, error.name, life.changed + took / 2, error.code)
        elif outcome == "crashed":
            self._fail(life, "algorithm-unknown", life.changed + took / 2, _EXIT_CODE_OF_CRASH)
        elif outcome == "timed-out" and one.times_out:
            life.end(End.TIMED_OUT, self._found(one.times_out + lease()), by=None, error=self.errors["timeout"])
        else:
            life.end(End.COMPLETED, life.changed + took, by=node, exit_code=0)
            self._leave_output(life, manifest)

    def _fail_of_system(self, life: Life, name: str) -> None:
        """Try a job as often as its error allows, and let it fail each time."""
        while life.job.status == Status.QUEUED:
            self._start(life)
            self._fail(life, name, life.changed + self._minutes(0.2, 2))

    def _lose(self, life: Life, times: int) -> None:
        """Let the lost node claim a job so many times, and never be heard of again."""
        while life.job.status == Status.QUEUED and life.job.num_exes < times:
            self._start(life, node=LOST_NODE)
            life.end(End.NODE_LOST, self._found(life.changed + lease()), by=None, error=self.errors["node-lost"])

    def _cancel(self, life: Life) -> None:
        """Cancel a job while it waits, or while it runs."""
        if self.rng.random() < 0.5:
            self._start(life)
        life.cancel(life.changed + self._minutes(0.1, self.work.minutes[0]))

    def _fail(self, life: Life, name: str, when: datetime, exit_code: int | None = None) -> None:
        """Let the node of a job report that it failed."""
        life.end(End.FAILED, when, by=life.job.node, error=self.errors[name], exit_code=exit_code)

    def _start(self, life: Life, when: datetime | None = None, node: str | None = None) -> None:
        """Start a job, by default some minutes after it was queued, or after its retry was due."""
        when = when or self._retry_time(life) + self._minutes(0.1, 6)
        life.start(when, node or self.rng.choice(self._nodes(when, life)))

    def _nodes(self, when: datetime, life: Life) -> list[str]:
        """Return the nodes that may have claimed a job at that time."""
        timeout = life.job.job_type_rev.timeout
        longest = (
            timedelta(minutes=self.work.minutes[1]) if timeout is None else timedelta(seconds=timeout) + lease()
        )
        return nodes_for(when, longest, self.now)

    def _retry_time(self, life: Life) -> datetime:
        """Return when a queued job may be claimed, as ``jobs.states.retry_time`` does after a try that failed."""
        if not life.tries or life.tries[-1].ended != life.changed or life.tries[-1].error is None:
            return life.changed
        seconds = min(settings.RETRY_SECONDS * 2 ** (life.job.num_exes - 1), LONGEST_WAIT)
        return life.changed + timedelta(seconds=seconds * self.rng.uniform(0.5, 1))

    def _found(self, expired: datetime) -> datetime:
        """Return when the service ends a try whose lease has expired."""
        return expired + timedelta(seconds=self.rng.uniform(0.1, between_beats().total_seconds()))

    def _manifest(self, job: Job) -> Manifest:
        return next(manifest for revision, manifest in self.revisions if revision == job.job_type_rev)

    def _choice(self, weights: str) -> str:
        """Return one of the names in a member of the demo's world, as frequent as it says."""
        return self.rng.choices(list(WORLD[weights]), list(WORLD[weights].values()))[0]

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self.rng.triangular(least, most))

    def _input(self, manifest: Manifest, created: datetime) -> dict[str, Any]:
        """Return the inputs that the manifest requires, and some of the others."""
        files = [file for file in manifest.input_files if file.required or self.rng.random() < 0.3]
        values = [value for value in manifest.input_json if value.required or self.rng.random() < 0.3]
        return {"files": {file.name: self._files(file, created) for file in files}, "json": self._values(values)}

    def _files(self, file: InputFile, created: datetime) -> list[int]:
        """Return the ids of sources that were there when a job was created."""
        count = self.rng.randint(2, 8) if file.multiple else 1
        return [self.sources.choose(file.media_types, before=created, rng=self.rng).pk for _ in range(count)]

    def _leave_output(self, life: Life, manifest: Manifest) -> None:
        """Let a job that completed have its values and its products, in the workspaces that its job type names."""
        outputs: dict[str, list[int]] = {file.name: [] for file in manifest.output_files}  # until they have ids
        life.job.output = {"files": outputs, "json": self._values(manifest.output_json)}
        if not outputs:
            return
        chosen = self.job_type.configuration.get("output_workspaces", {})
        (first, *_), *_ = life.job.input["files"].values()
        about = self.sources.by_id[first]
        for output in manifest.output_files:
            name = chosen.get("outputs", {}).get(output.name) or chosen.get("default") or _WORKSPACE
            workspace = self.workspaces[name]
            life.products.extend(products_of(life.job, output, about=about, workspace=workspace, rng=self.rng))

    def _values(self, values: Iterable[InputJson | OutputJson]) -> dict[str, Any]:
        return {value.name: self._value(value.name, value.type) for value in values}

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

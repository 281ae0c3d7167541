"""The container of a try: planned, started, watched, and found again after the agent or the engine was away."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

from agent.assignment import Assignment
from agent.control import Control, Stopped
from agent.failures import TERMINATED, TIMEOUT, TryFailed, failure_of_arguments, failure_of_engine
from agent.labels import LABELS
from agent.node import Node
from agent.places import Places
from agent.service import GaveUp, pauses
from agent.staging import make_empty, stage
from agent.state import read_json, write_json
from agent.storage.brokers import Storages
from agent.tails import LogFiles
from seed.manifest import Manifest
from seed.run.arguments import check_arguments
from seed.run.engine import EngineError, EngineLost, Image, ImageMissing, LastingContainer, NotStarted, State
from seed.run.job import finish, open_outputs
from seed.run.plan import GRACE_SECONDS, Limits, Options, RunPlan, make_plan
from seed.run.result import Result
from seed.run.runner import Outcome, watch
from seed.run.users import User, choose_user

log = logging.getLogger(__name__)
T = TypeVar("T")

# For how many seconds a job that was not started waits for the engine, before another node may have it.
_GIVEN_BACK_AFTER = 30.0
# Within how many seconds of its end it is seen, and what it printed was read.
_KILLED_WITHIN = 30.0
# The exit codes of what got SIGTERM or SIGKILL, and of what Docker did not see end: it was not there itself.
_ENDED_WITH_ENGINE = (143, 137, 255)


class Running:
    """The container of a try whose folder is ``folder``; ``found`` is one that an earlier agent started."""

    def __init__(
        self,
        node: Node,
        assignment: Assignment,
        folder: Path,
        logs: LogFiles,
        control: Control,
        found: LastingContainer | None,
    ) -> None:
        self._node = node
        self._assignment = assignment
        self._folder = folder
        self._logs = logs
        self._control = control
        self._labels = node.labels_of(assignment.key)
        self._extra = {"job_id": assignment.job_id, "num_exes": assignment.number}
        self.container = found
        self._places = Places()
        self._may_have_started = found is not None
        self._ended_unseen = found is not None and found.state == State.ENDED

    def to_its_end(self, image: str, manifest: Manifest, storages: Storages) -> Result:
        """Run the container, unless it runs, and return how it ended, with its outputs.

        Raises TryFailed, Stopped if it was not started, and GaveUp.
        """
        plan = self._started(image, manifest, storages)
        with self._node.metrics.stage("run"):
            outcome = self._watched(plan)
        if outcome.is_guess and self._node.leases.was_over(self._assignment.key, _KILLED_WITHIN):
            raise TryFailed(TERMINATED, "it was killed while it had no lease, as it could not be frozen")
        if self._ended_unseen and outcome.exit_code in _ENDED_WITH_ENGINE:
            raise TryFailed(TERMINATED, "it was ended while no agent was there, perhaps with its engine")
        return finish(outcome, plan, manifest, (os.geteuid(), os.getegid()))

    def remove(self) -> None:
        """Remove the container, if there is one. One that cannot be removed is looked for at the next start."""
        if self.container is None:
            return
        container = self.container
        try:
            self._patiently(container.remove)
            self.container = None
        except EngineError as error:
            log.warning("the container was not removed", extra={**self._extra, "reason": str(error)})

    def fail_if_late(self) -> None:
        """Raise Stopped if it is to end, and TryFailed at its timeout."""
        if self._control.stop.is_set():
            raise Stopped
        left = self._assignment.left
        if left is not None and left <= 0:
            raise TryFailed(TIMEOUT, "its timeout was over before it could be started")

    def _watched(self, plan: RunPlan) -> Outcome:
        while True:
            assert self.container is not None  # noqa: S101  (it was started)
            try:
                return watch(self.container, plan, self._control.stop, self._grace)
            except EngineLost as error:
                self._wait_for_engine(error)
                if not self._found_again(error):
                    raise TryFailed(TERMINATED, f"the container is gone: {error}") from error
            except NotStarted as error:
                raise failure_of_engine(error) from error
            except EngineError as error:
                raise TryFailed(TERMINATED, str(error)) from error
            # It has run for a while.
            plan = replace(plan, timeout=self._left())

    def _grace(self) -> float:
        """Return the seconds between SIGTERM and SIGKILL: none without a lease, as SIGTERM thaws what is frozen."""
        has_no_lease = self._node.leases.left(self._assignment.key) <= 0
        return 0.0 if self._control.is_hurried or has_no_lease else GRACE_SECONDS

    def _left(self) -> float | None:
        """Return what is left of its timeout, a moment at least, as a plan takes it."""
        left = self._assignment.left
        return None if left is None else max(left, 0.001)

    # Starting it.

    def _started(self, image: str, manifest: Manifest, storages: Storages) -> RunPlan:
        """Return the plan of the container, which is started unless it was before."""
        if self.container and self.container.state != State.CREATED and (plan := self._earlier_plan()):
            self._follow()
            return plan
        self.remove()
        if self._earlier_plan():
            # A container ran, and is gone: what the next one prints is another log.
            self._logs.restart()
        plan = self._planned(image, manifest, storages)
        self._wait_for_lease()
        while True:
            self.fail_if_late()
            plan = replace(plan, timeout=self._left())
            try:
                open_outputs(plan)
                self._places.check()
                self._may_have_started = True
                with self._node.metrics.stage("start"):
                    self.container = self._node.engine.start(plan, self._logs.write)
                return plan
            except EngineLost as error:
                self._wait_for_engine(error)
                if self._found_again(error):
                    return plan
            except EngineError as error:
                raise failure_of_engine(error) from error

    def _planned(self, image: str, manifest: Manifest, storages: Storages) -> RunPlan:
        """Return what is to be run, with all that it needs on this machine."""
        settings = self._node.settings
        metrics, inputs = self._node.metrics, self._folder / "inputs"
        with metrics.stage("inputs"):
            arguments = stage(
                self._assignment, manifest, storages, settings, inputs, self._places, self.fail_if_late
            )
        metrics.bytes.labels("inputs").inc(sum(file.size for files in arguments.files.values() for file in files))
        report = check_arguments(arguments, manifest)
        if not report.is_valid:
            raise failure_of_arguments(report.errors)
        outputs = self._folder / "outputs"
        make_empty(outputs)
        facts = self._node.engine.facts
        user = choose_user(
            self._image(image).user,
            (os.getuid(), os.getgid()),
            is_rootless=facts.is_rootless,
            is_podman=facts.is_podman,
        )
        labels = {f"{LABELS}.node": settings.node, **self._labels}
        options = Options(
            network=settings.network, labels=labels, name=self._node.container_name(self._assignment.key)
        )
        plan, _ = make_plan(image, manifest, arguments, outputs, user, options, facts.cpus)
        write_json(self._folder / "plan.json", asdict(plan.limits))
        return plan

    def _earlier_plan(self) -> RunPlan | None:
        """Return as much of the plan of a container that runs already as is needed to watch it."""
        limits = read_json(self._folder / "plan.json")
        outputs = self._folder / "outputs"
        if limits is None or not outputs.is_dir():
            return None
        return RunPlan(
            image="",
            command=(),
            environment={},
            binds=(),
            output_folder=outputs,
            limits=Limits(**limits),
            timeout=self._left(),
            network="",
            user=User(""),
            writable_root=False,
            labels={},
            shown_command=(),
            shown_environment={},
        )

    def _image(self, reference: str) -> Image:
        """Return what an image says of itself; it is pulled where it is missing."""
        engine = self._node.engine

        def pull() -> None:
            with self._node.metrics.stage("pull"):
                engine.pull(reference, self._node.settings.pull_timeout)

        def get() -> Image:
            try:
                return engine.image(reference)
            except ImageMissing:
                self._node.pulls.wait_for(reference, pull, self.fail_if_late)
                return engine.image(reference)

        try:
            return self._patiently(get)
        except EngineError as error:
            raise failure_of_engine(error) from error

    def _wait_for_lease(self) -> None:
        """Wait until the lease is fresh: an answer that took long may have come after its end."""
        leases, key = self._node.leases, self._assignment.key
        while leases.left(key) < (least := leases.seconds / 3):
            self._node.beat_now()
            leases.wait(key, least, 1.0)
            self.fail_if_late()

    # The engine, which may be away for a while.

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask the engine again until it answers. Raises EngineError for what it refuses, Stopped and GaveUp."""
        while True:
            try:
                return ask()
            except EngineLost as error:
                self._wait_for_engine(error)

    def _wait_for_engine(self, error: EngineLost) -> None:
        """Wait until the engine answers again.

        Raises Stopped if nothing was started yet and that takes long, and GaveUp if the agent is in a hurry to end.
        """
        log.warning("the engine does not answer", extra={**self._extra, "reason": str(error)})
        self._node.engine_answers.clear()
        until = time.monotonic() + _GIVEN_BACK_AFTER
        for pause in pauses(longest=5.0):
            if not self._may_have_started and (self._control.stop.is_set() or time.monotonic() > until):
                raise Stopped
            if self._control.is_hurried:
                raise GaveUp("the engine")
            time.sleep(pause)
            try:
                self._node.engine.find(self._labels)
                self._node.engine_answers.set()
                return
            except EngineError:
                continue

    def _found_again(self, error: EngineLost) -> bool:
        """Go on with the container after the engine was away; return False if it has none that ever ran."""
        found = self._patiently(lambda: self._node.engine.find(self._labels))
        self.container = found[0] if found else None
        if self.container and self.container.state == State.ENDED:
            # Whatever its exit code: an engine that ends stops its containers, and some end well then.
            raise TryFailed(TERMINATED, f"it ended while the engine was away: {error}") from error
        if self.container and self.container.state != State.CREATED:
            self._follow()
            return True
        self.remove()
        return False

    def _follow(self) -> None:
        """Begin with its log anew."""
        assert self.container is not None  # noqa: S101  (it was found)
        self._logs.restart()
        container = self.container
        try:
            self._patiently(lambda: container.follow(self._logs.write))
        except EngineError as error:
            log.warning("its log cannot be read", extra={**self._extra, "reason": str(error)})

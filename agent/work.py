"""A try from its claim to its report, in stages that may each be done again after the agent was killed.

| stage | what says that it is done |
| --- | --- |
| staged, planned and started | a container with the labels of the try, and ``plan.json`` |
| ended, and its outputs looked at | ``result.json``; then the container is removed |
| products stored | ``products.json`` says so; before the first is stored, it names where each will be |
| reported | the service says so; then the folder is removed |
"""

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any, TypeVar

from agent.assignment import Assignment
from agent.failures import (
    TERMINATED,
    TIMEOUT,
    UNKNOWN,
    TryFailed,
    error_of_result,
    failure_of_arguments,
    failure_of_engine,
)
from agent.node import Node
from agent.products import Products
from agent.service import GaveUp, pauses
from agent.staging import stage
from agent.state import Key, name_of, read_json, write_json
from agent.storage.brokers import Storages
from agent.tails import LogFiles
from client import Rejected
from seed.manifest import Manifest
from seed.run.arguments import Arguments, check_arguments
from seed.run.engine import EngineError, EngineLost, Image, ImageMissing, LastingContainer, NotStarted, State
from seed.run.job import finish, open_outputs
from seed.run.plan import GRACE_SECONDS, Limits, Options, RunPlan, make_plan
from seed.run.runner import Ending, watch
from seed.run.users import User, choose_user

log = logging.getLogger(__name__)
T = TypeVar("T")

COMPLETED, FAILED, QUEUED = "COMPLETED", "FAILED", "QUEUED"
_TRY_OVER = "TRY_OVER"
# For how many seconds a job that was not started waits for the engine, before another node may have it.
_GIVEN_BACK_AFTER = 30.0
# The exit codes of what got SIGTERM or SIGKILL.
_SIGNALED = (143, 137)


class Stop(StrEnum):
    """Why a try is to end before its time: the orders of the service by their names, and the end of the agent."""

    CANCELED = "canceled"
    NOT_YOURS = "not-yours"
    TIMED_OUT = "timed-out"
    LEAVING = "leaving"


class _Stopped(Exception):
    """A try that was stopped before its container was there."""


class Try:
    """A try that this node has, and what is done about it, in a thread of its own."""

    def __init__(self, node: Node, assignment: Assignment, found: LastingContainer | None = None) -> None:
        self.node = node
        self.assignment = assignment
        self.key: Key = assignment.key
        self.folder = node.state.job_folder(self.key)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.logs = LogFiles(self.folder)
        self.storages = Storages(node.settings, assignment.workspaces)
        self.products = Products(assignment, self.storages, self.folder)
        self.container = found
        self.stop = threading.Event()
        self.reason: Stop | None = None
        # Set when no answer of the service is waited for any longer.
        self.no_answer = threading.Event()
        self.is_hurried = False
        self.is_done = False
        self._ended_unseen = found is not None and found.state == State.ENDED
        self._may_have_started = found is not None

    def end(self, reason: Stop) -> None:
        """Let it end as soon as it can. An order of the service counts for more than the end of the agent."""
        if self.reason is None or self.reason == Stop.LEAVING:
            self.reason = reason
        if self.is_unwanted:
            self.no_answer.set()
        self.stop.set()

    def hurry(self) -> None:
        """Let it end at once: what runs is killed, and what has no answer is left for the next start."""
        self.is_hurried = True
        self.no_answer.set()

    def abandon(self) -> None:
        """Remove its container, after a fault of the agent: nobody watches it any longer."""
        if self.container:
            with suppress(EngineError):
                self.container.remove()
        self.node.leases.end(self.key)

    @property
    def is_unwanted(self) -> bool:
        """Whether the service wants to know nothing of it any longer."""
        return self.reason in (Stop.CANCELED, Stop.NOT_YOURS)

    def carry_out(self) -> None:
        """Do all that is left to do. What the service was not told stays for the next agent."""
        try:
            change = self._change()
            is_kept = change is not None and self._report(change)
        except GaveUp:
            if not self.is_unwanted:
                log.warning("left for later", extra=self.names)
                return
            is_kept = False
        if not is_kept:
            self.products.delete()
        self._clean()

    @property
    def names(self) -> dict[str, Any]:
        """What tells it from others, for the log."""
        one = self.assignment
        return {"job_id": one.job_id, "num_exes": one.number, "job_type": f"{one.job_type} {one.version}"}

    def _change(self) -> dict[str, Any] | None:
        """Return what is to be reported, None for nothing."""
        try:
            result = read_json(self.folder / "result.json")
            if result is None:
                result = self._result()
                write_json(self.folder / "result.json", result)
            self._remove_container()
            change: dict[str, Any] = dict(result["change"])
            if change["status"] == COMPLETED and result["files"]:
                change["files"] = self.products.store(result["files"], self._stop_if_unwanted)
        except TryFailed as failed:
            self.logs.note(failed.description)
            change = {"status": FAILED, "error": failed.error}
            self._remove_container()
        except _Stopped:
            change = {"status": QUEUED}
            self._remove_container()
        if self.is_unwanted:
            return None
        if self.reason == Stop.TIMED_OUT and change["status"] != COMPLETED:
            change = {"status": FAILED, "error": TIMEOUT}
        return change

    # Running it.

    def _result(self) -> dict[str, Any]:
        """Run the container to its end, and return what to report and the files of its outputs."""
        try:
            image, manifest = self.node.service.revision(self.assignment, self.no_answer)
        except Rejected as error:
            raise TryFailed(UNKNOWN, f"the manifest of the job: {error}") from error
        plan = self._started(image, manifest)
        while True:
            assert self.container is not None  # noqa: S101  (it was started)
            try:
                outcome = watch(self.container, plan, self.stop, self._grace)
                break
            except EngineLost as error:
                self._wait_for_engine(error)
                if not self._found_again(error):
                    raise TryFailed(TERMINATED, f"the container is gone: {error}") from error
            except NotStarted as error:
                raise failure_of_engine(error) from error
            except EngineError as error:
                raise TryFailed(TERMINATED, str(error)) from error
        if outcome.ending == Ending.STOPPED and self.reason != Stop.TIMED_OUT:
            raise _Stopped
        result = finish(outcome, plan, manifest, (os.geteuid(), os.getegid()))
        for finding in result.outputs.report.errors:
            self.logs.note(f"{finding.path}: {finding.description}")
        if result.error is None:
            change = {"status": COMPLETED, "exit_code": 0, "output": {"json": dict(result.outputs.json)}}
            return {"change": change, "files": result.outputs.as_dict()["files"]}
        if self._ended_unseen and outcome.exit_code in _SIGNALED:
            raise TryFailed(TERMINATED, "it was ended while no agent was there, perhaps with its engine")
        if outcome.detail:
            self.logs.note(outcome.detail)
        change = {"status": FAILED, "exit_code": outcome.exit_code}
        if error := error_of_result(result):
            change["error"] = error
        return {"change": change, "files": {}}

    def _grace(self) -> float:
        """Return the seconds between SIGTERM and SIGKILL: none without a lease, as SIGTERM thaws what is frozen."""
        return 0.0 if self.is_hurried or self.node.leases.left(self.key) <= GRACE_SECONDS else GRACE_SECONDS

    def _started(self, image: str, manifest: Manifest) -> RunPlan:
        """Return the plan of the container of this try, which is started unless it was before."""
        if self.container and self.container.state != State.CREATED and (plan := self._earlier_plan()):
            self._follow()
            return plan
        self._remove_container()
        plan = self._planned(image, manifest)
        self._wait_for_lease()
        while True:
            self._fail_if_late()
            left = self.assignment.left
            try:
                open_outputs(plan)
                self._may_have_started = True
                self.container = self.node.engine.start(replace(plan, timeout=left), self.logs.write)
                return plan
            except EngineLost as error:
                self._wait_for_engine(error)
                if self._found_again(error):
                    return plan
            except EngineError as error:
                raise failure_of_engine(error) from error

    def _planned(self, image: str, manifest: Manifest) -> RunPlan:
        """Return what is to be run, with all that it needs on this machine."""
        one = self.assignment
        self.products.check_workspaces(manifest)
        inputs = self.folder / "inputs"
        arguments = stage(one, manifest, self.storages, self.node.settings, inputs, self._fail_if_late)
        self._check(arguments, manifest)
        outputs = self.folder / "outputs"
        shutil.rmtree(outputs, ignore_errors=True)
        outputs.mkdir(mode=0o700)
        facts = self.node.engine.facts
        user = choose_user(
            self._image(image).user,
            (os.getuid(), os.getgid()),
            is_rootless=facts.is_rootless,
            is_podman=facts.is_podman,
        )
        options = Options(
            network=self.node.settings.network,
            timeout=one.timeout or 0.0,
            labels=self.node.labels_of(self.key),
            name=self.node.container_name(self.key),
        )
        plan, _ = make_plan(image, manifest, arguments, outputs, user, options, facts.cpus)
        plan = replace(plan, timeout=one.left)
        write_json(self.folder / "plan.json", asdict(plan.limits))
        return plan

    def _check(self, arguments: Arguments, manifest: Manifest) -> None:
        report = check_arguments(arguments, manifest)
        if not report.is_valid:
            raise failure_of_arguments(report.errors)

    def _earlier_plan(self) -> RunPlan | None:
        """Return as much of the plan of a container that runs already as is needed to watch it."""
        limits = read_json(self.folder / "plan.json")
        outputs = self.folder / "outputs"
        if limits is None or not outputs.is_dir():
            return None
        return RunPlan(
            image="",
            command=(),
            environment={},
            binds=(),
            output_folder=outputs,
            limits=Limits(**limits),
            timeout=self.assignment.left,
            network="",
            user=User(""),
            writable_root=False,
            labels={},
            shown_command=(),
            shown_environment={},
        )

    def _image(self, reference: str) -> Image:
        """Return what an image says of itself; it is pulled, by one try at a time, where it is missing."""
        engine = self.node.engine

        def get() -> Image:
            try:
                return engine.image(reference)
            except ImageMissing:
                with self.node.pulling(reference):
                    try:
                        return engine.image(reference)
                    except ImageMissing:
                        engine.pull(reference, self.node.settings.pull_timeout)
                        return engine.image(reference)

        try:
            return self._patiently(get)
        except EngineError as error:
            raise failure_of_engine(error) from error

    def _wait_for_lease(self) -> None:
        """Wait until the lease is fresh: an answer that took long may have come after its end."""
        least = self.node.leases.seconds / 3
        while self.node.leases.left(self.key) < least:
            self.node.beat_now()
            self.node.leases.wait(self.key, least, 1.0)
            self._fail_if_late()

    def _stop_if_unwanted(self) -> None:
        if self.is_unwanted or self.is_hurried:
            raise GaveUp("the products")

    def _fail_if_late(self) -> None:
        if self.stop.is_set():
            raise _Stopped
        left = self.assignment.left
        if left is not None and left <= 0:
            raise TryFailed(TIMEOUT, "its timeout was over before it could be started")

    # The engine, which may be away for a while.

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask the engine again until it answers. Raises EngineError for what it refuses, and _Stopped."""
        while True:
            try:
                return ask()
            except EngineLost as error:
                self._wait_for_engine(error)

    def _wait_for_engine(self, error: EngineLost) -> None:
        """Wait until the engine answers again. Raises _Stopped if that takes long, and nothing was started yet."""
        log.warning("the engine does not answer", extra={**self.names, "reason": str(error)})
        self.node.engine_answers.clear()
        until = time.monotonic() + _GIVEN_BACK_AFTER
        for pause in pauses(longest=5.0):
            if not self._may_have_started and (self.stop.is_set() or time.monotonic() > until):
                raise _Stopped
            # A container that cannot be stopped now must be later: nobody else may leave before.
            if self.stop.is_set() and self.is_hurried:
                raise GaveUp("the engine")
            time.sleep(pause)
            try:
                self.node.engine.find(self.node.labels_of(self.key))
                self.node.engine_answers.set()
                return
            except EngineError:
                continue

    def _find(self) -> LastingContainer | None:
        """Return the container of this try, None if it has none."""
        found = self._patiently(lambda: self.node.engine.find(self.node.labels_of(self.key)))
        return found[0] if found else None

    def _found_again(self, error: EngineLost) -> bool:
        """Go on with the container after the engine was away; return False if it has none that ever ran."""
        self.container = self._find()
        if self.container and self.container.state == State.ENDED:
            # Whatever its exit code: an engine that ends stops its containers, and some end well then.
            raise TryFailed(TERMINATED, f"it ended while the engine was away: {error}") from error
        if self.container and self.container.state != State.CREATED:
            self._follow()
            return True
        self._remove_container()
        return False

    def _follow(self) -> None:
        assert self.container is not None  # noqa: S101  (it was found)
        self.logs.restart()
        container = self.container
        try:
            self._patiently(lambda: container.follow(self.logs.write))
        except EngineError as error:
            log.warning("its log cannot be read", extra={**self.names, "reason": str(error)})

    def _remove_container(self) -> None:
        """Remove the container, if there is one. One that cannot be removed is looked for at the next start."""
        if self.container is None:
            return
        container = self.container
        try:
            self._patiently(container.remove)
            self.container = None
        except EngineError as error:
            log.warning("the container was not removed", extra={**self.names, "reason": str(error)})

    # The report.

    def _report(self, change: dict[str, Any]) -> bool:
        """Report how the try ended, and return whether its products count."""
        one = self.assignment
        body = {"job_id": one.job_id, "num_exes": one.number, **change, "log": self.logs.ends()}
        try:
            outcome = self.node.service.report(body, self.no_answer)
            reason = outcome.refusal.name if outcome.refusal else ""
            description = outcome.refusal.description if outcome.refusal else ""
        except Rejected as error:
            outcome, reason, description = None, "REJECTED", str(error)
        extra = {
            **self.names,
            **{name: change[name] for name in ("status", "error", "exit_code") if name in change},
        }
        kind = outcome.outcome if outcome else "refused"
        log.info("reported", extra={**extra, "outcome": kind, "refusal": f"{reason} {description}".strip() or None})
        self.node.metrics.reported(change["status"], change.get("error"), kind)
        if kind == "refused" and reason != _TRY_OVER and change.get("error") != UNKNOWN:
            # The try would run on for ever, as far as the service knows.
            self.logs.note(f"the report was refused: {reason} {description}")
            self._report({"status": FAILED, "error": UNKNOWN})
            return False
        if kind == "unchanged" and change["status"] == COMPLETED:
            # It was told before, or the try is over.
            return self.node.service.has_completed(one.job_id, one.number, self.no_answer)
        return kind == "changed" and change["status"] == COMPLETED

    def _clean(self) -> None:
        """Leave nothing behind."""
        self._remove_container()
        self.node.leases.end(self.key)
        if self.container is None:
            self.node.state.remove_job(self.key)
            self.is_done = True
        log.debug("done", extra={**self.names, "folder": name_of(self.key)})

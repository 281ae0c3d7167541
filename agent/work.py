"""A try from its claim to its report, in stages that may each be done again after the agent was killed.

| stage | what says that it is done |
| --- | --- |
| staged, planned and started | a container with the labels of the try, and ``plan.json`` |
| ended, and its outputs looked at | ``result.json`` |
| products stored | ``products.json`` says so; before the first is stored, it names where each will be |
| whole log stored | nothing: it is stored again, in the same place |
| reported | the service says so; then the container and the folder are removed |

A container that may still run is removed before its try is reported, as another node may begin the next one then.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from agent.assignment import Assignment
from agent.clock import now
from agent.control import Control, Stop, Stopped
from agent.failures import INVALID_OUTPUT, TIMEOUT, UNKNOWN, TryFailed, error_of_result
from agent.node import Node
from agent.products import Products, size_of
from agent.running import Running
from agent.service import GaveUp
from agent.state import Key, read_json, sync_folder, write_json
from agent.storage.brokers import Storages
from agent.tails import LogFiles
from agent.whole_logs import store_logs
from client import Rejected
from seed.run.engine import EngineError, LastingContainer
from seed.run.runner import Ending

log = logging.getLogger(__name__)

COMPLETED, FAILED, QUEUED = "COMPLETED", "FAILED", "QUEUED"
_TRY_OVER = "TRY_OVER"
# Of the 2 MiB that the service takes, outputs may have so many; the logs get what is left.
_MOST_REPORTED, _MOST_SENT = 3 * 2**19, 2**21 - 2**12
# For how many seconds a log may be stored before the try is reported.
_STORED, _STORED_IN_HASTE = 60.0, 5.0
# How many seconds of its lease are left for the report.
_TO_REPORT = 10.0


class Try:
    """A try that this node has, and what is done about it, in a thread of its own."""

    def __init__(self, node: Node, assignment: Assignment, found: LastingContainer | None = None) -> None:
        self.node = node
        self.assignment = assignment
        self.key: Key = assignment.key
        self.folder = node.state.job_folder(self.key)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.logs = LogFiles(self.folder, node.settings.log_limit * 2**20 if assignment.log_workspace else 0)
        self.control = Control()
        self.storages = Storages(node.settings, assignment.workspaces)
        self.products = Products(assignment.product_path, self.storages, self.folder)
        self.running = Running(node, assignment, self.folder, self.logs, self.control, found)
        self.is_done = False

    @property
    def names(self) -> dict[str, Any]:
        """What tells it from others, for the log."""
        one = self.assignment
        return {"job_id": one.job_id, "num_exes": one.number, "job_type": f"{one.job_type} {one.version}"}

    def write_down(self) -> None:
        """Note what it is before anything is done, for an agent that is started again. Raises OSError."""
        note, document = self.folder / "job.json", self.assignment.as_dict()
        if read_json(note) != document:
            write_json(note, document, durable=True)
            sync_folder(self.folder.parent)

    def carry_out(self) -> None:
        """Do all that is left to do. What the service was not told stays for the next agent."""
        try:
            change = self._change() | self._stored_log()
            is_kept = self.control.begin_to_report() and self._counts(self._report(change), change)
        except GaveUp:
            if not self.control.is_unwanted:
                log.warning("left for later", extra=self.names)
                return
            is_kept = False
        if not is_kept:
            self.products.delete()
        self._clean()

    def abandon(self) -> None:
        """Remove its container, after a fault of the agent: nobody watches it any longer."""
        with suppress(EngineError):
            if self.running.container:
                self.running.container.remove()
        self.node.leases.end(self.key)

    def _change(self) -> dict[str, Any]:
        """Return what is to be reported."""
        try:
            result = read_json(self.folder / "result.json")
            if result is None:
                # What an earlier run of it stored, whose result is gone, need not be what this one leaves.
                self.products.delete()
                result = self._result()
                self.logs.whole.sync()
                write_json(self.folder / "result.json", result, durable=True)
            change: dict[str, Any] = dict(result["change"])
            if change["status"] != COMPLETED:
                # One on a machine that was lost may still run.
                self.running.remove()
            if change["status"] == COMPLETED and result["files"]:
                room = _MOST_REPORTED - size_of(change["output"])
                change["files"] = self._stored(result["files"], room)
        except TryFailed as failed:
            self.logs.note(failed.description)
            change = {"status": FAILED, "error": failed.error}
            self.running.remove()
        except Stopped:
            change = {"status": QUEUED}
            self.running.remove()
        if self.control.reason == Stop.TIMED_OUT and change["status"] != COMPLETED:
            change = {"status": FAILED, "error": TIMEOUT}
        return change

    def _result(self) -> dict[str, Any]:
        """Run it to its end, and return what to report, and the files of its outputs."""
        try:
            image, manifest = self.node.service.revision(self.assignment, self.control.no_answer)
        except Rejected as error:
            raise TryFailed(UNKNOWN, f"the manifest of the job: {error}") from error
        self.products.check_workspaces(manifest, self.assignment.configuration)
        result = self.running.to_its_end(image, manifest, self.storages)
        outcome = result.outcome
        if outcome.ending == Ending.STOPPED and self.control.reason != Stop.TIMED_OUT:
            raise Stopped
        for finding in result.outputs.report.errors:
            self.logs.note(finding.description)
        if result.error is None:
            self._check_size(result.outputs.json)
            change = {"status": COMPLETED, "exit_code": 0, "output": {"json": dict(result.outputs.json)}}
            return {"change": change, "files": result.outputs.as_dict()["files"]}
        if outcome.detail:
            self.logs.note(outcome.detail)
        change = {"status": FAILED, "exit_code": outcome.exit_code}
        if name := error_of_result(result):
            change["error"] = name
        return {"change": change, "files": {}}

    def _check_size(self, outputs: Mapping[str, Any]) -> None:
        if (size := size_of(outputs)) > _MOST_REPORTED:
            sentence = f"its JSON outputs have {size} bytes, and may have {_MOST_REPORTED}: use an output file"
            raise TryFailed(INVALID_OUTPUT, sentence)

    def _stored(self, files: dict[str, Any], room: int) -> list[dict[str, Any]]:
        """Store the files of its outputs, and return what to report of them."""
        metrics = self.node.metrics
        with metrics.stage("products"):
            rows = self.products.store(files, self.assignment.configuration, room, self._give_up_if_unwanted)
        metrics.bytes.labels("products").inc(sum(row["file_size"] for row in rows))
        return rows

    def _give_up_if_unwanted(self) -> None:
        if self.control.is_unwanted or self.control.is_hurried:
            raise GaveUp("the products")

    def _stored_log(self) -> dict[str, str]:
        """Store its whole log, if the service wants it somewhere, and return what to report of that.

        It is given up before a result is lost for it: after a minute, after a few seconds if the try has to end or
        has no lease, and when the rest of the lease is needed for the report.
        """
        name = self.assignment.log_workspace
        if name is None or self.control.is_unwanted or not self.logs.whole.are_there:
            return {}
        began, lease = now(), self.node.leases.left(self.key)

        def may_go_on() -> bool:
            longest = _STORED_IN_HASTE if self.control.stop.is_set() or lease <= 0 else _STORED
            has_time = lease <= 0 or self.node.leases.left(self.key) > min(lease / 2, _TO_REPORT)
            is_wanted = not self.control.is_unwanted and not self.control.is_hurried
            return is_wanted and has_time and now() - began < longest

        with self.node.metrics.stage("log"):
            path, room = self.assignment.product_path, self.node.room_for_logs
            fault = store_logs(self.logs.whole, self.storages, name, path, may_go_on=may_go_on, room=room)
        if fault:
            extra = {**self.names, "workspace": name, "reason": fault}
            log.warning("the whole log was not stored", extra=extra)
            return {}
        return {"log_workspace": name}

    def _report(self, change: dict[str, Any]) -> str:
        """Report how the try ended, and return what became of the report: changed, unchanged or refused."""
        one = self.assignment
        body = {"job_id": one.job_id, "num_exes": one.number, **change, "log": self.logs.ends()}
        while size_of(body) > _MOST_SENT:
            # Six bytes for a control character.
            body["log"] = {name: text[len(text) // 2 :] for name, text in body["log"].items()}
        try:
            with self.node.metrics.stage("report"):
                outcome = self.node.service.report(body, self.control.no_answer)
            reason = outcome.refusal.name if outcome.refusal else ""
            description = outcome.refusal.description if outcome.refusal else ""
        except Rejected as error:
            if "log_workspace" in change:
                # As by a process of the version before, which does not know it.
                log.warning("reported without the whole log", extra={**self.names, "reason": str(error)})
                return self._report({name: value for name, value in change.items() if name != "log_workspace"})
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
        return kind

    def _counts(self, outcome: str, change: Mapping[str, Any]) -> bool:
        """Return whether the products count, after a report with this outcome; the service is asked if in doubt."""
        if outcome == "changed" or not self.products.are_there:
            return change["status"] == COMPLETED
        return self.node.service.may_count(*self.key, self.control.no_answer)

    def _clean(self) -> None:
        """Leave nothing behind."""
        self.running.remove()
        self.node.leases.end(self.key)
        if self.running.container is None:
            self.node.state.remove_job(self.key)
            self.is_done = True

"""``python worker.py PORT NODE LOG LEASE``: a worker, which claims jobs and acts as if it ran them.

Its token is in the variable TOKEN. Each line of its log is a JSON object: what it began to run (``begin``), until
when its lease for that lasts (``lease``), what it runs no longer (``end``), and other things to count. Times are of
the monotonic clock, which all processes of a machine share. On SIGTERM it finishes what it runs.
"""

import http.client
import json
import os
import random
import signal
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLOTS = 4
SHARE_OF_CUT_ANSWERS = 0.1


@dataclass(slots=True)
class Run:
    """A try that runs: until when its lease lasts, when it has to be killed, and when it will have ended."""

    lease: float
    kill: float
    done: float


class Worker:
    """A worker, which counts its leases from before it sent what renewed them."""

    def __init__(self, port: int, node: str, log: Path, lease: float) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.headers = {"Authorization": f"Token {os.environ['TOKEN']}", "Content-Type": "application/json"}
        self.node, self.lease = node, lease
        self.log = log.open("a", encoding="utf-8")
        self.runs: dict[tuple[int, int], Run] = {}
        self.changes: list[dict[str, Any]] = []  # that it has to report
        self.claim_id: str | None = None  # of the claim that has no answer yet
        self.next_beat = 0.0
        self.is_ending = False

    def run(self) -> None:
        while self.runs or self.changes or not self.is_ending:
            self.stop_what_is_over()
            if time.monotonic() >= self.next_beat:
                self.beat()
            self.report()
            if len(self.runs) < SLOTS and not self.is_ending:
                self.claim()
            time.sleep(0.05)

    def stop_what_is_over(self) -> None:
        """Stop the tries whose lease could not be renewed in time."""
        now = time.monotonic()
        for key in [key for key, run in self.runs.items() if now >= run.lease]:
            self.stop(key, "lost")

    def stop(self, key: tuple[int, int], why: str) -> None:
        del self.runs[key]
        self.note("end", key, why=why)

    def claim(self) -> None:
        is_cut = random.random() < SHARE_OF_CUT_ANSWERS
        self.claim_id = self.claim_id or str(uuid.uuid4())
        body = {"node": self.node, "limit": SLOTS - len(self.runs), "claim_id": self.claim_id}
        sent = time.monotonic()
        answer = self.send("/v6/jobs/claim/", {**body, "resources": {"cpus": 4}}, is_cut=is_cut)
        if answer is None:
            return
        self.claim_id = None
        now = time.monotonic()
        for job in answer["results"]:
            key = (job["id"], job["num_exes"])
            kill = sent + (job["timeout"] or 1e9)
            self.runs[key] = Run(sent + self.lease, kill, now + random.uniform(0.1, 2))
            self.note("begin", key, until=sent + self.lease)
        if not answer["results"]:
            time.sleep(0.2)

    def beat(self) -> None:
        sent = time.monotonic()
        jobs = [{"job_id": job, "num_exes": number} for job, number in self.runs]
        answer = self.send("/v6/nodes/heartbeat/", {"node": self.node, "jobs": jobs})
        if answer is None:
            return
        self.next_beat = sent + self.lease / 3
        for order in answer["results"]:
            key = (order["job_id"], order["num_exes"])
            if order["action"] == "stop":
                self.stop(key, order["reason"])
            else:
                self.runs[key].lease = sent + self.lease
                self.note("lease", key, until=sent + self.lease)

    def report(self) -> None:
        """Stop what is done or ran for too long, and report it; again, as long as there is no answer."""
        now = time.monotonic()
        for key, run in list(self.runs.items()):
            if now < min(run.done, run.kill):
                continue
            change: dict[str, Any] = {"job_id": key[0], "num_exes": key[1], "status": "COMPLETED"}
            chance = random.random()
            if now >= run.kill:
                change |= {"status": "FAILED", "error": "timeout"}
            elif chance < 0.1:
                change |= {"status": "FAILED", "error": "docker-terminated"}
            elif chance < 0.15:
                change |= {"status": "FAILED", "exit_code": 3}
            elif chance < 0.2:
                change |= {"status": "QUEUED"}
            self.changes.append(change)
            self.stop(key, "done")
        answer = self.send("/v6/jobs/transitions/", {"changes": self.changes}) if self.changes else None
        if answer is not None:
            for change, outcome in zip(self.changes, answer["results"], strict=True):
                self.note("report", (change["job_id"], change["num_exes"]), outcome=outcome["outcome"])
            self.changes = []

    def send(self, path: str, body: Any, is_cut: bool = False) -> Any:
        """Return the answer; None if there is none, or if the service is not available."""
        try:
            self.connection.request("POST", path, json.dumps(body), self.headers)
            if is_cut:
                self.connection.close()
                self.note("cut")
                return None
            response = self.connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.note("unanswered")
            time.sleep(0.1)
            return None
        if response.status == 200:
            return answer
        self.note("unavailable" if response.status == 503 else "strange", status=response.status, answer=answer)
        time.sleep(0.1)
        return None

    def note(self, event: str, key: tuple[int, int] | None = None, **facts: Any) -> None:
        self.log.write(json.dumps({"event": event, "key": key, "at": time.monotonic(), **facts}) + "\n")
        self.log.flush()


def main(port: str, node: str, log: str, lease: str) -> None:
    """Work until SIGTERM."""
    worker = Worker(int(port), node, Path(log), float(lease))

    def end(*signalled: object) -> None:
        worker.is_ending = True

    signal.signal(signal.SIGTERM, end)
    worker.run()


if __name__ == "__main__":
    main(*sys.argv[1:])

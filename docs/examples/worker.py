"""A worker: claims one job after the other, runs a command for each, and reports how it ended.

    SCALE_URL=https://scale.example.com/v6 SCALE_TOKEN=… python worker.py node-01 ./run-job

The command gets the job as JSON on its standard input, secrets included. docs/workers.md explains each step.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPException
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

TAIL = 65_536
terminated = threading.Event()


def clock() -> float:
    """Return the seconds since the machine started, those in which it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def post(path: str, body: dict[str, Any]) -> Any:
    """Return the answer to one request."""
    headers = {"Authorization": f"Bearer {os.environ['SCALE_TOKEN']}", "Content-Type": "application/json"}
    request = Request(f"{os.environ['SCALE_URL']}/{path}", json.dumps(body).encode(), headers)
    with urlopen(request, timeout=15) as answer:
        return json.load(answer)


def post_until_answered(path: str, body: dict[str, Any]) -> Any:
    """Send a request again until there is an answer. Raises HTTPError where sending it again would not help."""
    while True:
        try:
            return post(path, body)
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError) and error.code < 500 and error.code != 429:
                raise
            time.sleep(random.uniform(1, 5))  # so that nodes do not come back all at once


def tail(log: IO[bytes]) -> str:
    """Return the end of a log, without NUL characters, which the service refuses."""
    log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL))
    return log.read().decode(errors="replace").replace("\0", "\ufffd")


class Try:
    """A try of a job, which runs as a process group of its own."""

    def __init__(self, node: str, job: dict[str, Any], asked: float, lease: float) -> None:
        self.node, self.job, self.asked, self.lease, self.lasts_until = node, job, asked, lease, asked + lease
        self.key = {"job_id": job["id"], "num_exes": job["num_exes"]}
        self.is_to_stop = False
        self.is_over = threading.Event()

    def beat(self) -> None:
        """Renew the lease, counted from before the request; where there is no answer, it lasts no longer."""
        asked = clock()
        try:
            answer = post("nodes/heartbeat/", {"node": self.node, "jobs": [self.key]})
            (order,), self.lease = answer["results"], answer["lease_seconds"]
            self.is_to_stop = order["action"] == "stop"
            self.lasts_until = self.lasts_until if self.is_to_stop else asked + self.lease
        except (OSError, HTTPException) as error:
            print("no heartbeat:", error, file=sys.stderr)

    def beat_until_over(self) -> None:
        while not self.is_over.wait(self.lease / 3 if clock() < self.lasts_until - self.lease / 2 else 1):
            self.beat()

    def run(self, command: list[str]) -> None:
        """Run the command and report how it ended, unless the service does not want to know."""
        if clock() > self.asked + self.lease / 3:
            self.beat()  # the answer took long, and others may have the job by now
        if self.is_to_stop or clock() >= self.lasts_until:
            return
        threading.Thread(target=self.beat_until_over, daemon=True).start()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, _in_memory(self.job) as job:
            process = subprocess.Popen(command, stdin=job, stdout=out, stderr=err, start_new_session=True)
            end = self.end_of(process)
            if end is not None:
                change = {**self.key, "node": self.node, **end, "log": {"stdout": tail(out), "stderr": tail(err)}}
                print(post_until_answered("jobs/transitions/", {"changes": [change]})["results"])
        self.is_over.set()

    def end_of(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        """Wait for the process, and return what to report; None if the try is not this node's any longer."""
        timeout = self.job["timeout"]
        while (code := process.poll()) is None:
            if self.is_to_stop or terminated.is_set() or (timeout and clock() > self.asked + timeout):
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if self.is_to_stop:
                    return None
                return {"status": "QUEUED"} if terminated.is_set() else {"status": "FAILED", "error": "timeout"}
            # Without a lease, it stands still until a heartbeat renews that.
            os.killpg(process.pid, signal.SIGCONT if clock() < self.lasts_until else signal.SIGSTOP)
            time.sleep(0.2)
        return {"status": "FAILED" if code else "COMPLETED", "exit_code": code}


def _in_memory(job: dict[str, Any]) -> IO[bytes]:
    """Return a file with the job that is on no disk, as it may hold secrets."""
    file = os.fdopen(os.memfd_create("job"), "w+b")
    file.write(json.dumps(job).encode())
    file.seek(0)
    return file


def main(node: str, *command: str) -> None:
    signal.signal(signal.SIGTERM, lambda *signalled: terminated.set())
    while not terminated.is_set():
        asked = clock()
        claim = {"node": node, "limit": 1, "claim_id": str(uuid4())}
        answer = post_until_answered("jobs/claim/", claim)
        for job in answer["results"]:
            Try(node, job, asked, answer["lease_seconds"]).run(list(command))
        if not answer["results"]:
            terminated.wait(5)


if __name__ == "__main__":
    main(*sys.argv[1:])

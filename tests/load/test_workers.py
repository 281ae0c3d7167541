"""Workers that are killed, stopped and cut off, on a database that is restarted: nothing runs twice, or is lost.

WORKER_SECONDS says for how long they work.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from knox.models import AuthToken

from errors.services import load_builtin_errors
from jobs.models import Job, JobExecution
from jobs.states import End, Status
from jobs.tally import recount
from metrics import hours
from tests.factories import make_job_type
from tests.load.database import Database
from tests.load.server import ROOT, Client, Server
from tests.tries import check_tries

SECONDS = float(os.environ.get("WORKER_SECONDS", "60"))
WORKERS, JOBS, LEASE, LIMIT = 8, 3_000, 3.0, 5
SCRIPT = Path(__file__).parent / "worker.py"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql", because="SQLite cannot be restarted"),
]


class Crew:
    """The worker processes, each a node with an account of its own; and what was done to them."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.done: Counter[str] = Counter()
        workers = Group.objects.get(name="Workers")
        self.tokens = []
        for number in range(WORKERS):
            account = get_user_model().objects.create_user(f"worker-{number}")
            account.groups.add(workers)
            self.tokens.append(AuthToken.objects.create(account)[1])
        self.processes = [self.start(number) for number in range(WORKERS)]
        self.stopped: dict[int, float] = {}  # number of the worker -> when it goes on

    def start(self, number: int) -> subprocess.Popen[bytes]:
        log = self.folder / f"worker-{number}-{self.done['started']}.log"
        self.done["started"] += 1
        command = [sys.executable, str(SCRIPT), str(self.port), f"node-{number}", str(log), str(LEASE)]
        return subprocess.Popen(command, env={**os.environ, "TOKEN": self.tokens[number]})

    def disturb(self) -> None:
        """Kill a worker and start it again, or stop one for longer than its lease, or let one go on."""
        now = time.monotonic()
        for number in [number for number, end in self.stopped.items() if now >= end]:
            del self.stopped[number]
            self.processes[number].send_signal(signal.SIGCONT)
        number = random.randrange(WORKERS)
        if number in self.stopped:
            return
        if random.random() < 0.5:
            self.processes[number].send_signal(signal.SIGSTOP)
            self.stopped[number] = now + random.uniform(0.5, 3) * LEASE
            self.done["stopped"] += 1
        else:
            self.processes[number].kill()
            self.processes[number].wait()
            self.processes[number] = self.start(number)
            self.done["killed"] += 1

    def end(self) -> None:
        """Let all of them finish what they run."""
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes:
            # One that was started just now may not have heard that it is to finish.
            assert process.wait(timeout=60) in (0, -signal.SIGTERM)

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def logs(self) -> Iterator[list[dict[str, Any]]]:
        """Return the events of each process; the last line of one that was killed may be half written."""
        for path in self.folder.glob("worker-*.log"):
            lines = path.read_text(encoding="utf-8").split("\n")[:-1]
            yield [json.loads(line) for line in lines]


@contextmanager
def rescuing(server: Server) -> Iterator[None]:
    """Run the command that rescues jobs beside the web processes."""
    command = [sys.executable, "manage.py", "rescue_jobs", "--forever"]
    with server.log.open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=log, stderr=log)
        try:
            yield
            assert process.poll() is None, "the command ended"
        finally:
            process.kill()
            process.wait()


def make_queue() -> None:
    load_builtin_errors()
    codes = {"errors": [{"code": 3, "name": "bad", "category": "data"}]}
    job_types = [
        make_job_type("plain", job={"timeout": 0, **codes}),
        make_job_type("limited", job={"timeout": 600, **codes}, max_scheduled=LIMIT),
        make_job_type("brief", job={"timeout": 1, **codes}),
    ]
    now = timezone.now()
    revisions = [job_type.revisions.select_related("job_type").get() for job_type in job_types]
    Job.objects.bulk_create(
        Job(job_type=one.job_type, job_type_rev=one, status="QUEUED", queued=now, max_tries=one.job_type.max_tries)
        for _ in range(JOBS)
        for one in random.sample(revisions, 1)
    )


def test_nothing_runs_twice_and_nothing_is_lost_whatever_happens_to_workers(tmp_path: Path, token: str) -> None:
    make_queue()
    database = Database()
    with (
        Server(tmp_path, LEASE_SECONDS=f"{LEASE:.0f}", RETRY_SECONDS="1") as server,
        rescuing(server),
    ):
        crew = Crew(server.port, tmp_path)
        try:
            work(crew, Client(server.port, token), database)
            crew.end()
        finally:
            crew.kill()
        wait_until_nothing_runs()
    check_jobs()
    check_logs(crew)


def work(crew: Crew, operator: Client, database: Database) -> None:
    """Disturb the workers and restart the database, while somebody cancels jobs that run, and requeues them."""
    began = time.monotonic()
    while (now := time.monotonic()) < began + SECONDS:
        time.sleep(0.5)
        crew.disturb()
        if not crew.done["restarts"] and now > began + SECONDS / 2:
            crew.done["restarts"] += 1
            connection.close()
            database.stop()
            time.sleep(1)
            database.start()
        assert Job.objects.filter(status=Status.RUNNING, job_type__name="limited").count() <= LIMIT
        for action, status in (("cancel", "RUNNING"), ("requeue", "CANCELED")):
            query = f"/v6/jobs/?status={status}&page_size=3"
            answered, page = operator.send("GET", query)
            if answered == 200 and page["results"]:
                body = {"job_id": [job["id"] for job in page["results"][:1]]}
                answered, answer = operator.send("POST", f"/v6/jobs/{action}/", body)
                crew.done[action] += answer["count"] if answered == 200 else 0
            assert answered in (200, 503)


def wait_until_nothing_runs() -> None:
    """Wait until the tries of workers that were killed last are over."""
    end = time.monotonic() + 5 * LEASE
    while Job.objects.filter(status=Status.RUNNING).exists():
        assert time.monotonic() < end, "a job runs for ever"
        time.sleep(0.2)


def check_jobs() -> None:
    """Check that each job agrees with its tries, of which none began before the one before it was over."""
    tries: dict[int, list[JobExecution]] = defaultdict(list)
    for one in JobExecution.objects.order_by("job_id", "exe_num"):
        tries[one.job_id].append(one)
    jobs = list(Job.objects.all())
    assert len(jobs) == JOBS
    for job in jobs:
        check_tries(job, tries[job.pk])
    assert (recount(), hours.recount()) == (0, 0)
    ends = Counter(JobExecution.objects.values_list("end", flat=True))
    print(f"\n{len(jobs)} jobs, now {dict(Counter(job.status for job in jobs))}")
    print(f"{sum(ends.values())} tries, ended: {dict(ends)}")
    assert ends[End.COMPLETED] > SECONDS
    assert ends[End.NODE_LOST]


def check_logs(crew: Crew) -> None:
    """Check that by the workers' own clocks no two were within the same job at the same time."""
    within: dict[int, list[tuple[float, float]]] = defaultdict(list)
    events: Counter[str] = Counter()
    for log in crew.logs():
        begun: dict[tuple[int, int], tuple[float, float]] = {}  # try -> its begin, the end of its lease
        for event in log:
            key = tuple(event["key"] or ())
            events[event["event"]] += 1
            if event["event"] == "strange":
                pytest.fail(str(event))
            elif event["event"] == "begin":
                begun[key] = (event["at"], event["until"])
            elif event["event"] == "lease":
                begun[key] = (begun[key][0], event["until"])
            elif event["event"] == "end":
                began, lease = begun.pop(key)
                within[key[0]].append((began, min(event["at"], lease)))
        # Those that it ran when it was killed, it may have run until its lease was over.
        for (job, _), span in begun.items():
            within[job].append(span)
    for job, spans in within.items():
        spans.sort()
        for (_, end), (begin, _) in pairwise(spans):
            assert begin >= end, f"job {job} ran twice at once"
    print(f"workers: {dict(crew.done)}; their events: {dict(events)}")
    assert events["cut"]

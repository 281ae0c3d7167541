"""Claimers, reporters, an operator and an editor over HTTP at once, for half a minute on PostgreSQL."""

import os
import queue
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from errors.models import Error
from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.jobs.counting import (
    brute_force_failures,
    brute_force_pending,
    brute_force_running,
    brute_force_status,
)
from tests.load.server import Client, Server

SECONDS = float(os.environ.get("LOAD_SECONDS", "30"))
CLAIMERS = REPORTERS = 8
# What jobs require, where it is not half a cpu; the last is more than any node has, free or in use.
CPUS = {"type-9": 2, "type-10": 4, "type-11": 100_000}
pytestmark = pytest.mark.django_db(transaction=True)

# Every step of every job in the order of the database, to check each instant afterwards.
LOG = """
    CREATE TABLE load_steps (job_id bigint, job_type_id bigint, before text, after text, at timestamptz);
    CREATE FUNCTION load_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO load_steps VALUES
            (NEW.id, NEW.job_type_id, OLD.status, NEW.status, NEW.last_status_change);
        RETURN NEW;
    END $$;
    CREATE TRIGGER load_log AFTER UPDATE ON jobs_job FOR EACH ROW
        WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION load_log();
"""
NO_LOG = "DROP TRIGGER load_log ON jobs_job; DROP FUNCTION load_log; DROP TABLE load_steps"


@dataclass
class Run:
    """The clients, and what they have seen."""

    server: Server
    token: str
    job_types: list[JobType]
    end: float
    claimed: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    handed_out: list[dict[str, Any]] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    strange: list[Any] = field(default_factory=list)

    def send(self, client: Client, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        code, answer = client.send(method, path, body)
        self.statuses[path if method == "POST" else method, code] += 1
        if code >= 300:
            self.strange.append((path, code, answer))
        return answer

    def client(self) -> Client:
        return Client(self.server.port, self.token)

    def claimer(self, number: int) -> None:
        client, chance = self.client(), random.Random(number)
        while time.monotonic() < self.end:
            resources = {"cpus": chance.choice([1, 2, 4]), "mem": 1024}
            body = {"node": f"node-{number}", "limit": chance.randint(1, 10), "resources": resources}
            claimed = self.send(client, "/v6/jobs/claim/", body)["results"]
            if sum(CPUS.get(job["job_type"]["name"], 0.5) for job in claimed) > resources["cpus"]:
                self.strange.append((resources, claimed))
            for job in claimed:
                self.handed_out.append({**job, "node": body["node"]})
                self.claimed.put(self.handed_out[-1])

    def reporter(self, number: int) -> None:
        """Report the claimed jobs in any order, some twice, and some through two reporters."""
        client, chance = self.client(), random.Random(100 + number)
        while time.monotonic() < self.end:
            jobs = self.some_jobs(chance.randint(1, 30))
            changes = [self.report_of(job, chance) for job in jobs]
            changes += chance.sample(changes, len(changes) // 4)
            chance.shuffle(changes)
            if not changes:
                continue
            answer = self.send(client, "/v6/jobs/transitions/", {"changes": changes})
            self.outcomes.update(row["outcome"] for row in answer["results"])
            if chance.random() < 0.2:
                again = self.send(client, "/v6/jobs/transitions/", {"changes": changes})
                assert again["changed"] == 0, again
            for job in chance.sample(jobs, len(jobs) // 5):
                self.claimed.put(job)

    def some_jobs(self, count: int) -> list[dict[str, Any]]:
        jobs = []
        try:
            for _ in range(count):
                jobs.append(self.claimed.get(timeout=0.02))
        except queue.Empty:
            pass
        return jobs

    def report_of(self, job: dict[str, Any], chance: random.Random) -> dict[str, Any]:
        results: list[dict[str, Any]] = [
            {"status": "COMPLETED", "output": {"json": {}}},
            {"status": "COMPLETED"},
            {"status": "FAILED", "exit_code": chance.randint(1, 4)},
            {"status": "FAILED", "error": "node-lost"},
            {"status": "QUEUED"},
        ]
        return {"job_id": job["id"], "num_exes": job["num_exes"], "node": job["node"], **chance.choice(results)}

    def operator(self) -> None:
        """Create, cancel and requeue jobs, and edit job types meanwhile."""
        client, chance = self.client(), random.Random(7)
        while time.monotonic() < self.end:
            job_type = chance.choice(self.job_types)
            body = {"job_type_id": job_type.pk, "priority": chance.randint(1, 9)}
            made = [self.send(client, "/v6/jobs/", body)["id"] for _ in range(20)]
            self.send(client, "/v6/jobs/cancel/", {"job_id": chance.sample(made, 3)})
            self.send(client, "/v6/jobs/requeue/", {"job_type_id": job_type.pk, "status": ["FAILED", "CANCELED"]})
            edit = {"is_published": chance.random() < 0.5}
            self.send(client, f"/v6/job-types/{job_type.name}/{job_type.version}/", edit, "PATCH")


def make_work() -> list[JobType]:
    """Create twelve job types with queues: some limited, one paused, one deprecated, one that requires too much."""
    load_builtin_errors()
    declared = [{"code": 1, "name": "bad-data", "category": "data"}, {"code": 2, "name": "bad-luck"}]
    job_types = []
    for number in range(12):
        scalars = [{"name": "cpus", "value": CPUS.get(f"type-{number}", 0.5)}]
        job = {"errors": declared, "resources": {"scalar": scalars}}
        limit = {0: 1, 1: 2, 2: 3}.get(number)
        job_types.append(make_job_type(f"type-{number}", job=job, max_scheduled=limit))
    JobType.objects.filter(pk=job_types[3].pk).update(is_paused=True, paused=timezone.now())
    JobType.objects.filter(pk=job_types[4].pk).update(is_active=False, deprecated=timezone.now())
    now = timezone.now()
    # Those that require more wait longer, so that claims with room for them do not fill it with smaller ones first.
    for place, job_type in enumerate(job_types):
        revision = job_type.revisions.get()
        Job.objects.bulk_create(
            Job(
                job_type=job_type,
                job_type_rev=revision,
                status="QUEUED",
                queued=now - timedelta(minutes=place),
                priority=number % 50 + 1,
            )
            for number in range(500)
        )
    return job_types


def test_claims_and_reports_at_once_hand_out_each_try_once_and_keep_all_limits(tmp_path: Path, token: str) -> None:
    job_types = make_work()
    with connection.cursor() as cursor:
        cursor.execute(LOG)
    try:
        with Server(tmp_path, RETRY_SECONDS="1") as server:
            open_types = [one for number, one in enumerate(job_types) if number != 4]
            run = Run(server, token, open_types, time.monotonic() + SECONDS)
            threads = [threading.Thread(target=run.claimer, args=[number]) for number in range(CLAIMERS)]
            threads += [threading.Thread(target=run.reporter, args=[number]) for number in range(REPORTERS)]
            threads.append(threading.Thread(target=run.operator))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            node_lost = Error.objects.get(name="node-lost")
            check_answers(run)
            check_claims(run, job_types)
            check_limits(job_types)
            # Whether each service has something to show at the end is up to chance.
            for status in ("PENDING", "RUNNING", "FAILED"):
                make_job(job_types[5], status, error=node_lost if status == "FAILED" else None)
            check_services(Client(server.port))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(NO_LOG)


def check_answers(run: Run) -> None:
    """Check that no request failed, and that no error was logged."""
    print(f"\n{SECONDS:.0f} s: {len(run.handed_out)} jobs handed out; outcomes {dict(run.outcomes)}")
    print({f"{path} {code}": count for (path, code), count in sorted(run.statuses.items())})
    assert run.strange == []
    log = run.server.log.read_text()
    assert "deadlock" not in log.lower()
    assert "Traceback" not in log
    assert run.outcomes["changed"] > 100


def check_claims(run: Run, job_types: list[JobType]) -> None:
    """Check that no try was handed out twice, and none of a job type that must wait or that requires too much."""
    tries = [(job["id"], job["num_exes"]) for job in run.handed_out]
    assert len(tries) == len(set(tries))
    names = {job["job_type"]["name"] for job in run.handed_out}
    assert names == {one.name for number, one in enumerate(job_types) if number not in (3, 4, 11)}
    job_types[11].refresh_from_db()
    assert job_types[11].unmet_resources == "cpus"


def check_limits(job_types: list[JobType]) -> None:
    """Check that a job type never had more running jobs than it allows; a job that ends makes room at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, before, after, job_type_id FROM load_steps WHERE 'RUNNING' IN (before, after) "
            "ORDER BY at, after = 'RUNNING'"
        )
        steps = cursor.fetchall()
    running: Counter[int] = Counter()
    most: Counter[int] = Counter()
    for _, before, after, job_type in steps:
        running[job_type] += (after == "RUNNING") - (before == "RUNNING")
        most[job_type] = max(most[job_type], running[job_type])
    print("most at once:", {one.name: (most[one.pk], one.max_scheduled) for one in job_types[:3]})
    for job_type in job_types:
        assert running[job_type.pk] == Job.objects.filter(job_type=job_type, status="RUNNING").count()
        if job_type.max_scheduled:
            assert most[job_type.pk] == job_type.max_scheduled


def check_services(client: Client, busy: bool = True) -> None:
    """Check the four status services against a count of all jobs; if ``busy``, none of them is empty."""
    ended = timezone.now()
    started = ended - timedelta(days=1)
    window = f"started={started.isoformat()}&ended={ended.isoformat()}".replace("+", "%2B")
    expected = {
        f"status/?{window}&": brute_force_status(started=started, ended=ended),
        "pending/?": brute_force_pending(),
        "running/?": brute_force_running(),
        "system-failures/?": brute_force_failures(),
    }
    for path, rows in expected.items():
        shown: list[Any] = []
        while True:
            page = len(shown) // 1000 + 1
            code, answer = client.send("GET", f"/v6/job-types/{path}page_size=1000&page={page}")
            assert code == 200
            shown += answer["results"]
            if answer["next"] is None:
                break
        assert shown == rows
        assert rows or not busy

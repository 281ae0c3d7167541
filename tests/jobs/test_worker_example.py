"""The worker of docs/examples, as a process of its own, against a service that listens."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from knox.models import AuthToken
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from errors.services import load_builtin_errors
from jobs.models import Job, JobExecution
from tests.factories import make_job, make_job_type

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = Path(__file__).parent.parent.parent / "docs" / "examples" / "worker.py"
ENDLESS = "import time; print('begun', flush=True); time.sleep(3600)"
Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(live_server: LiveServer, settings: Any) -> Iterator[Start]:
    """Start the worker with a Python program to run for each job; leases last three seconds."""
    settings.LEASE_SECONDS = 3
    load_builtin_errors()
    account = User.objects.create_user("node-01")
    account.groups.add(Group.objects.get_or_create(name="Workers")[0])
    token = AuthToken.objects.create(account)[1]
    workers = []

    def start_worker(program: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(WORKER), "node-01", sys.executable, "-c", program]
        environment = {**os.environ, "SCALE_URL": f"{live_server.url}/v6", "SCALE_TOKEN": token}
        workers.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        return workers[-1]

    yield start_worker
    for worker in workers:
        worker.kill()
        worker.wait()


def wait_for(seen: Callable[[], Any]) -> None:
    """Wait until ``seen`` is true."""
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline, list(JobExecution.objects.values())
        time.sleep(0.05)


def end(worker: subprocess.Popen[str]) -> None:
    worker.terminate()
    assert worker.wait(60) == 0


def test_a_job_is_completed_with_its_log(start: Start) -> None:
    make_job(make_job_type(), input={"files": {}, "json": {"WIDTH": 7}})
    worker = start("import json, sys; print(json.load(sys.stdin)['input']['json']['WIDTH'] * 6, end='\\0')")
    wait_for(lambda: Job.objects.get().status == "COMPLETED")
    end(worker)
    one = JobExecution.objects.get()
    assert (one.end, one.exit_code, one.stdout, one.ended_by) == ("completed", 0, "42\ufffd", "node-01")


def test_a_command_that_fails_is_a_failed_try(start: Start) -> None:
    make_job(make_job_type(), max_tries=1)
    worker = start("import sys; sys.exit('no input')")
    wait_for(lambda: Job.objects.get().status == "FAILED")
    end(worker)
    one = JobExecution.objects.select_related("error").get()
    assert (one.end, one.exit_code, one.stderr) == ("failed", 1, "no input\n")


def test_a_job_that_takes_longer_than_a_lease_is_kept_until_it_is_canceled(start: Start, staff: APIClient) -> None:
    job = make_job(make_job_type())
    worker = start(ENDLESS)
    wait_for(lambda: JobExecution.objects.filter(job=job).exists())
    first = JobExecution.objects.get().lease_expires
    wait_for(lambda: JobExecution.objects.filter(lease_expires__gt=first).exists())
    staff.post("/v6/jobs/cancel/", {"job_id": job.pk}, format="json")
    other = make_job(make_job_type("other"))
    wait_for(lambda: JobExecution.objects.filter(job=other).exists())
    end(worker)
    assert list(JobExecution.objects.order_by("pk").values_list("end", flat=True)) == ["canceled", "returned"]


def test_a_worker_that_is_terminated_gives_its_job_back(start: Start) -> None:
    make_job(make_job_type())
    worker = start(ENDLESS)
    wait_for(lambda: JobExecution.objects.exists())
    end(worker)
    assert JobExecution.objects.get().end == "returned"
    assert Job.objects.get().status == "QUEUED"


def test_a_job_that_reaches_its_timeout_is_killed_and_fails(start: Start) -> None:
    make_job(make_job_type(job={"timeout": 1}))
    worker = start(ENDLESS)
    wait_for(lambda: Job.objects.get().status == "FAILED")
    end(worker)
    one = JobExecution.objects.select_related("error").get()
    assert one.error is not None
    assert (one.end, one.error.name, one.stdout) == ("failed", "timeout", "begun\n")


def test_without_a_lease_a_job_stands_still_until_a_heartbeat_renews_it(start: Start, tmp_path: Path) -> None:
    make_job(make_job_type())
    note = tmp_path / "pid"
    worker = start(f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(3600)")
    wait_for(lambda: note.exists() and note.read_text())

    def state() -> str:
        return Path(f"/proc/{note.read_text()}/stat").read_text().split()[2]

    account = User.objects.get(username="node-01")
    workers = account.groups.get()
    account.groups.remove(workers)
    wait_for(lambda: state() == "T")
    account.groups.add(workers)
    wait_for(lambda: state() != "T")
    end(worker)
    assert JobExecution.objects.get().end == "returned"

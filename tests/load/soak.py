"""``python -m tests.load.soak --minutes 10``: sixteen clients, while the database and workers come and go.

DATABASE_URL must name an empty PostgreSQL database that ``tests.postgres`` started. The database is stopped and
started twice, and the youngest worker killed once a minute. At the end every acknowledged write must be there.
"""

import argparse
import http.client
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from tests.standalone import set_up

CLIENTS, SHARED = 16, 3
PAUSE = 3.0  # seconds for which the database is away


class Ledger:
    """The answers and the acknowledged writes of all clients."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.cut: Counter[str] = Counter()
        self.strange: list[tuple[str, int, Any]] = []
        self.registered: set[str] = set()
        self.revisions: dict[tuple[str, int], str] = {}  # (name, number) -> the title that was acknowledged for it
        self.jobs: set[int] = set()
        self.completed: dict[int, dict[str, Any]] = {}  # job -> its output
        self.requests: set[str] = set()  # ids of those whose changes the audit records

    def note(self, kind: str, status: int, answer: Any, retry_after: str | None) -> None:
        with self.lock:
            self.answers[kind, status] += 1
            right_503 = status == 503 and retry_after and answer["detail"]
            if status >= 500 and not right_503:
                self.strange.append((kind, status, answer))


class Person(threading.Thread):
    """One client, which sends one request after another until ``end``."""

    def __init__(self, number: int, port: int, token: str, ledger: Ledger, end: float) -> None:
        super().__init__()
        from tests.load.server import Client

        self.number, self.ledger, self.end = number, ledger, end
        self.client = Client(port, token)
        self.random = random.Random(number)
        self.own: list[str] = []
        self.tag: str | None = None

    def run(self) -> None:
        actions = [self.register, self.edit, self.edit_shared, self.switch, self.create, self.create, self.work]
        actions += [self.cancel, self.recipe, self.read, self.read, self.read, self.read, self.count, self.blunder]
        while time.monotonic() < self.end:
            self.random.choice(actions)()

    def send(self, kind: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return the status and the answer; (0, None) if the connection was cut."""
        if self.random.random() < 0.02:
            # A new connection now and then, so that new workers get their share.
            self.client.connection.close()
        try:
            status, answer = self.client.send(method, path, body, **headers)
        except (OSError, http.client.HTTPException):
            with self.ledger.lock:
                self.ledger.cut[kind] += 1
            time.sleep(0.05)
            return 0, None
        self.ledger.note(kind, status, answer, self.client.answered["Retry-After"])
        if status == 503:
            time.sleep(0.2)
        return status, answer

    def register(self) -> None:
        name = f"soak-{self.number}-{uuid.uuid4().hex[:8]}"
        request = uuid.uuid4().hex
        body = make_body(name, manifest=make_manifest(name, title="First", tags=["soak"], errors=ERRORS))
        status, _ = self.send("register", "POST", "/v6/job-types/", body, **{"X-Request-ID": request})
        if status in (200, 201):
            self.own = [*self.own[-20:], name]
            with self.ledger.lock:
                self.ledger.registered.add(name)
                self.ledger.revisions[name, 1] = "First"
                if status == 201:
                    self.ledger.requests.add(request)

    def edit(self) -> None:
        if self.own:
            self._edit("edit", self.random.choice(self.own))

    def edit_shared(self) -> None:
        self._edit("edit shared", f"shared-{self.random.randrange(SHARED)}")

    def _edit(self, kind: str, name: str) -> None:
        title, request = uuid.uuid4().hex, uuid.uuid4().hex
        body = {"manifest": make_manifest(name, title=title, errors=ERRORS)}
        path = f"/v6/job-types/{name}/1.0.0/"
        status, answer = self.send(kind, "PATCH", path, body, **{"X-Request-ID": request})
        if status == 200:
            with self.ledger.lock:
                self.ledger.requests.add(request)
                taken = self.ledger.revisions.setdefault((name, answer["revision_num"]), title)
                if taken != title:
                    self.ledger.strange.append((kind, 200, f"revision {answer} was given twice"))

    def switch(self) -> None:
        path = f"/v6/job-types/shared-{self.random.randrange(SHARED)}/1.0.0/"
        status, shown = self.send("read to edit", "GET", path)
        if status == 200:
            tag = self.client.answered["ETag"]
            change = {"max_scheduled": self.random.randint(50, 500), "is_published": not shown["is_published"]}
            self.send("edit what was seen", "PATCH", path, change, **{"If-Match": tag})

    def recipe(self) -> None:
        body = {"title": uuid.uuid4().hex}
        self.send("edit recipe", "PATCH", f"/v6/recipe-types/soak-{self.random.randrange(SHARED)}/", body)

    def create(self) -> None:
        body = {"job_type_name": f"shared-{self.random.randrange(SHARED)}", "job_type_version": "1.0.0"}
        status, answer = self.send("create job", "POST", "/v6/jobs/", body)
        if status == 201:
            with self.ledger.lock:
                self.ledger.jobs.add(answer["id"])

    def work(self) -> None:
        """Claim jobs, send a heartbeat for them, and report how they ended; one in ten fails."""
        body = {"node": f"node-{self.number}", "limit": 5, "resources": {"cpus": 8, "mem": 8192, "disk": 8192}}
        status, answer = self.send("claim", "POST", "/v6/jobs/claim/", body)
        if status != 200 or not answer["results"]:
            return
        tries = [{"job_id": job["id"], "num_exes": job["num_exes"]} for job in answer["results"]]
        self.send("heartbeat", "POST", "/v6/nodes/heartbeat/", {"node": body["node"], "jobs": tries})
        changes = []
        for job in answer["results"]:
            change = {"job_id": job["id"], "num_exes": job["num_exes"], "status": "COMPLETED"}
            change["output"] = {"json": {"BY": f"{self.number}-{job['id']}"}}
            if self.random.random() < 0.1:
                change = {"job_id": job["id"], "num_exes": job["num_exes"], "status": "FAILED", "exit_code": 3}
            changes.append(change)
        status, answer = self.send("report", "POST", "/v6/jobs/transitions/", {"changes": changes})
        if status != 200:
            return
        with self.ledger.lock:
            for change, outcome in zip(changes, answer["results"], strict=True):
                if outcome["outcome"] == "changed" and change["status"] == "COMPLETED":
                    self.ledger.completed[change["job_id"]] = change["output"]

    def cancel(self) -> None:
        with self.ledger.lock:
            chosen = self.random.sample(sorted(self.ledger.jobs)[-50:], min(2, len(self.ledger.jobs)))
        if chosen:
            body = {"job_id": [str(pk) for pk in chosen], "status": ["QUEUED"]}
            self.send("cancel", "POST", "/v6/jobs/cancel/", body)

    def read(self) -> None:
        path = self.random.choice(
            [
                "/v6/job-types/?page_size=100",
                "/v6/job-types/?keyword=soak&order=-last_modified",
                "/v6/job-type-names/?page_size=50",
                "/v6/job-types/shared-0/1.0.0/revisions/",
                "/v6/job-types/shared-1/1.0.0/revisions/1/",
                "/v6/jobs/?status=FAILED",
                "/v6/recipe-types/soak-0/",
                "/v6/audit/?page_size=20",
                "/v6/errors/",
            ]
        )
        self.send("read", "GET", path)
        headers = {"If-None-Match": self.tag} if self.tag else {}
        status, _ = self.send("read if new", "GET", "/v6/job-types/shared-0/1.0.0/", **headers)
        self.tag = self.client.answered["ETag"] if status == 200 else self.tag

    def count(self) -> None:
        service = self.random.choice(["status", "pending", "running", "system-failures"])
        self.send("count", "GET", f"/v6/job-types/{service}/")

    def blunder(self) -> None:
        method, path, body = self.random.choice(BLUNDERS)
        status, _ = self.send("blunder", method, path, body)
        if 200 <= status < 400:
            self.ledger.strange.append(("blunder", status, (method, path)))


def prepare() -> None:
    """Create the job types and recipe types that all clients share."""
    for number in range(SHARED):
        make_job_type(f"shared-{number}", job={"errors": ERRORS})
        make_recipe(f"soak-{number}", {"nodes": {"a": job_node(f"shared-{number}")}})


def disturb(
    server: Any, database: Any, end: float, minutes: float, outages_wanted: int
) -> dict[str, list[tuple[float, int]]]:
    """Stop the database twice, kill the youngest worker each minute, and return the memory of each worker."""
    began = time.monotonic()
    kills = [began + 60 * number for number in range(1, int(minutes) + 1)]
    outages = [began + 60 * minutes * (number + 1) / (outages_wanted + 1) for number in range(outages_wanted)]
    memory: dict[str, list[tuple[float, int]]] = {}
    while time.monotonic() < end:
        now = time.monotonic()
        for worker in server.workers():
            sample = (now - began, worker.memory_info().rss // 2**20)
            memory.setdefault(str(worker.pid), []).append(sample)
        if kills and now > kills[0]:
            kills.pop(0)
            victim = server.workers()[-1]
            print(f"{now - began:.0f} s: worker {victim.pid} killed", flush=True)
            victim.kill()
        if outages and now > outages[0]:
            outages.pop(0)
            mode = "fast" if len(outages) % 2 else "immediate"
            database.stop(mode)
            time.sleep(PAUSE)
            database.start()
            print(f"{now - began:.0f} s: database stopped ({mode}), and up again after {PAUSE:.0f} s", flush=True)
        time.sleep(2)
    return memory


def verify(server: Any, ledger: Ledger, memory: dict[str, list[tuple[float, int]]]) -> list[str]:
    """Return what is wrong at the end; nothing, if all is well."""
    faults = [f"strange answer: {one}" for one in ledger.strange[:10]]
    if wrong := recount():
        faults.append(f"the tally had another number of running jobs for {wrong} job types")
    if wrong := hours.recount():
        faults.append(f"{wrong} of the hourly counts were wrong")
    names = set(JobType.objects.values_list("name", flat=True))
    faults += [f"lost job type {name}" for name in ledger.registered - names]
    revisions = JobTypeRevision.objects.values_list("job_type__name", "revision_num", "manifest")
    titles = {(name, number): manifest["job"]["title"] for name, number, manifest in revisions.iterator()}
    faults += [f"lost revision {key}" for key, title in ledger.revisions.items() if titles.get(key) != title]
    for model, related in ((JobType, "revisions__revision_num"), (RecipeType, "revisions__revision_num")):
        numbers: dict[tuple[str, int], list[int]] = {}
        for name, current, number in model.objects.values_list("name", "revision_num", related):
            numbers.setdefault((name, current), []).append(number)
        faults += [
            f"revisions with a gap: {key} {sorted(own)}"
            for key, own in numbers.items()
            if sorted(own) != list(range(1, key[1] + 1))
        ]
    jobs = {pk: (status, output) for pk, status, output in Job.objects.values_list("pk", "status", "output")}
    faults += [f"lost job {pk}" for pk in ledger.jobs - jobs.keys()]
    faults += [f"lost output {pk}" for pk, output in ledger.completed.items() if jobs[pk] != ("COMPLETED", output)]
    recorded = set(Record.objects.values_list("request_id", flat=True))
    faults += [f"change without a record: {request}" for request in ledger.requests - recorded]
    if "Traceback" in (log := server.log.read_text()):
        faults.append("traceback in the log: " + log[log.index("Traceback") - 300 :][:2000])
    oldest = max(memory.values(), key=len)
    warm, last = oldest[len(oldest) // 5][1], oldest[-1][1]
    if last > warm * 1.25:
        faults.append(f"memory of the oldest worker grew from {warm} to {last} MiB")
    return faults


def print_figures(ledger: Ledger, memory: dict[str, list[tuple[float, int]]], seconds: float) -> None:
    """Print the figures of the run."""
    total = sum(ledger.answers.values())
    print(f"{total} answers in {seconds:.0f} s, {total / seconds:.0f} a second; by status:")
    by_status: Counter[int] = Counter()
    for (_, status), count in ledger.answers.items():
        by_status[status] += count
    print(f"  {dict(sorted(by_status.items()))}; connections cut: {sum(ledger.cut.values())} {dict(ledger.cut)}")
    for (kind, status), count in sorted(ledger.answers.items()):
        print(f"  {kind:20} {status} {count}")
    print(
        f"acknowledged: {len(ledger.registered)} registrations, {len(ledger.revisions)} revisions, "
        f"{len(ledger.jobs)} jobs, {len(ledger.completed)} outputs, {len(ledger.requests)} records of the audit"
    )
    for pid, samples in memory.items():
        sizes = [size for _, size in samples]
        shown = f"{sizes[0]} at first, {sizes[len(sizes) // 5]} after a fifth, {sizes[-1]} MiB at last"
        print(f"worker {pid}: {samples[0][0]:.0f} to {samples[-1][0]:.0f} s, {shown}")


def main(minutes: float, outages: int) -> int:
    """Run the soak and return 0 if nothing was lost."""
    ledger = Ledger()
    with acting(Actor("operator", Source.COMMAND, command="tests.load.soak")):
        prepare()
    database = Database()
    connection.close()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        began = time.monotonic()
        end = began + 60 * minutes
        people = [Person(number, server.port, TOKEN, ledger, end) for number in range(CLIENTS)]
        for person in people:
            person.start()
        memory = disturb(server, database, end, minutes, outages)
        for person in people:
            person.join()
        print_figures(ledger, memory, time.monotonic() - began)
        faults = verify(server, ledger, memory)
        print("\n".join(faults) or "Nothing was lost.", flush=True)
        check_services(Client(server.port), busy=False)
        print("The services report what a count of every job reports.")
    return bool(faults)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--outages", type=int, default=2, help="how often the database goes away; 2 by default")
    options = parser.parse_args()
    TOKEN = set_up()

    from django.db import connection

    from audit.models import Record
    from core.actors import Actor, Source, acting
    from job_types.models import JobType, JobTypeRevision
    from jobs.models import Job
    from jobs.tally import recount
    from metrics import hours
    from recipes.models import RecipeType
    from tests.factories import make_body, make_job_type, make_manifest
    from tests.load.database import Database
    from tests.load.server import Client, Server
    from tests.load.test_claims import check_services
    from tests.recipes.factories import job_node, make_recipe

    ERRORS = [{"code": 3, "name": "soaked", "category": "job"}]
    BLUNDERS: list[tuple[str, str, Any]] = [
        ("POST", "/v6/job-types/", {"manifest": {"job": []}, "docker_image": ""}),
        ("PATCH", "/v6/job-types/shared-0/1.0.0/", {"max_scheduled": 0}),
        ("PATCH", "/v6/job-types/nobody/1.0.0/", {}),
        ("POST", "/v6/jobs/transitions/", {"changes": [{"job_id": "x"}]}),
        ("POST", "/v6/jobs/claim/", []),
        ("POST", "/v6/recipe-types/", {"name": "bad name", "definition": {}}),
        ("GET", "/v6/job-types/?page=0", None),
        ("GET", "/v6/job-types/status/?started=never", None),
        ("DELETE", "/v6/job-types/shared-0/1.0.0/", None),
    ]
    sys.exit(main(options.minutes, options.outages))

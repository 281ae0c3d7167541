"""A real Prometheus scrapes two web processes under load, one of which is killed: each counter is right at the end.

PROMETHEUS_SECONDS says for how long.
"""

import http.client
import json
import os
import random
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import timezone

from errors.services import load_builtin_errors
from job_types.models import JobType
from jobs.models import Job, JobExecution
from jobs.states import End, Status
from tests.factories import make_job_type
from tests.load.database import wait_for
from tests.load.prometheus import DEPLOY, Prometheus
from tests.load.server import ROOT, Client, Server

SECONDS = float(os.environ.get("PROMETHEUS_SECONDS", "60"))
TOKEN = "the-token-of-the-prometheus-of-the-tests"
NODES, JOB_TYPES, NAMED, LEASE = 4, 4, 2, 2
COUNTERS = (
    "scale_tries_started_total",
    "scale_tries_ended_total",
    "scale_http_requests_total",
    "scale_http_request_database_seconds_total",
    "scale_http_request_statements_total",
    *(f"scale_http_request_duration_seconds_{part}" for part in ("bucket", "count", "sum")),
)
# What is sent, and its route.
ROUTES = {
    "/v6/jobs/claim/": "/v6/jobs/claim/",
    "/v6/jobs/transitions/": "/v6/jobs/transitions/",
    "/v6/jobs/?page_size=20": "/v6/jobs/",
    "/v6/job-types/job-1/1.0.0/": "/v6/job-types/<segment:name>/<segment:version>/",
    "/v6/job-types/nothing/1.0.0/": "/v6/job-types/<segment:name>/<segment:version>/",
}


class Load(threading.Thread):
    """A node that claims, and reports what it did not forget; it counts the answers that it gets."""

    def __init__(self, server: Server, token: str, number: int, end: float) -> None:
        super().__init__()
        self.client, self.node, self.end = Client(server.port, token), f"node-{number}", end
        self.answered: Counter[tuple[str, str, str]] = Counter()  # method, route, status
        self.unanswered: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        while time.monotonic() < self.end:
            claimed = self.send("POST", "/v6/jobs/claim/", {"node": self.node, "limit": 3}) or {"results": []}
            changes = [change for job in claimed["results"] if (change := self.outcome(job))]
            if changes:
                self.send("POST", "/v6/jobs/transitions/", {"changes": changes})
            for path in ("/v6/jobs/?page_size=20", "/v6/job-types/job-1/1.0.0/", "/v6/job-types/nothing/1.0.0/"):
                self.send("GET", path)

    def outcome(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """Return how the node reports the end of a try; None of one that it forgets, which loses its lease."""
        change = {"job_id": job["id"], "num_exes": job["num_exes"]}
        chance = random.random()
        if chance < 0.05:
            return None
        if chance < 0.15:
            return change | {"status": "FAILED", "error": "docker-terminated"}
        return change | {"status": "QUEUED" if chance < 0.2 else "COMPLETED"}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        try:
            status, answer = self.client.send(method, path, body)
        except (OSError, http.client.HTTPException):
            self.unanswered[method, ROUTES[path]] += 1
            return None
        self.answered[method, ROUTES[path], str(status)] += 1
        return answer if status == 200 else None


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("postgresql", because="it is what serves under load")
def test_each_counter_equals_what_the_database_says_though_a_process_was_killed(tmp_path: Path, token: str) -> None:
    make_queue()
    variables = {"METRICS_TOKEN": TOKEN, "METRICS_JOB_TYPES": str(NAMED), "LEASE_SECONDS": str(LEASE)}
    variables["TMPDIR"] = str(tmp_path)  # A server that is killed leaves its files there.
    with (
        Server(tmp_path, **variables) as server,
        Prometheus(tmp_path / "prometheus", f"127.0.0.1:{server.port}", TOKEN) as prometheus,
    ):
        end = time.monotonic() + SECONDS
        nodes = [Load(server, token, number, end) for number in range(NODES)]
        for node in nodes:
            node.start()
        time.sleep(SECONDS / 2)
        server.workers()[0].kill()
        for node in nodes:
            node.join()
        # Those that the nodes forgot, the web processes rescue by themselves.
        wait_for(lambda: not Job.objects.filter(status=Status.RUNNING).exists())
        prometheus.scrape_again()
        check_tries(prometheus)
        check_gauges(prometheus)
        check_requests(prometheus, nodes)
        rules = yaml.safe_load((DEPLOY / "rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
        assert prometheus.rules() == [rule["alert"] for rule in rules]


def make_queue() -> None:
    load_builtin_errors()
    now = timezone.now()
    job_types = [make_job_type(f"job-{number}", job={"timeout": 600}, max_tries=3) for number in range(JOB_TYPES)]
    revisions = [job_type.revisions.select_related("job_type").get() for job_type in job_types]
    Job.objects.bulk_create(
        Job(job_type=one.job_type, job_type_rev=one, status="QUEUED", queued=now, max_tries=3)
        for one in int(50 * SECONDS) * revisions
    )


def labels_of() -> dict[int, tuple[str, str]]:
    job_types = JobType.objects.order_by("pk")
    named = {one.pk: (one.name, one.version) for one in job_types[:NAMED]}
    return {one.pk: named.get(one.pk, ("other", "")) for one in job_types}


def check_tries(prometheus: Prometheus) -> None:
    """Compare all counters of tries with the tries."""
    labels = labels_of()
    started: Counter[tuple[str, str]] = Counter()
    ended: Counter[tuple[str, str, str]] = Counter()
    for job_type, end in JobExecution.objects.values_list("job_type_rev__job_type_id", "end"):
        started[labels[job_type]] += 1
        ended[str(end), *labels[job_type]] += 1
    # A label that is empty is none.
    shown = prometheus.query("scale_tries_started_total > 0")
    assert shown == {tuple(filter(None, key)): number for key, number in started.items()}
    shown = prometheus.query("scale_tries_ended_total > 0")
    assert shown == {tuple(filter(None, key)): number for key, number in ended.items()}
    ends = {key[0] for key in ended}
    assert {End.COMPLETED, End.FAILED, End.RETURNED, End.NODE_LOST} <= ends
    print(f"\n{sum(started.values())} tries, by what ended them: {dict(Counter(dict(ended)))}")


def check_gauges(prometheus: Prometheus) -> None:
    queued = Job.objects.filter(status=Status.QUEUED).count()
    assert prometheus.query("sum(scale_jobs_queued)")[()] == queued
    assert prometheus.query("sum(scale_jobs_running)")[()] == 0
    assert prometheus.query("scale_nodes_seen")[()] == NODES
    assert prometheus.query("scale_database_up")[()] == 1


def check_requests(prometheus: Prometheus, nodes: list[Load]) -> None:
    """Check that all answers were counted, and of the others no more than may have begun; and that none fell."""
    answered = sum((node.answered for node in nodes), Counter[tuple[str, str, str]]())
    unanswered = sum((node.unanswered for node in nodes), Counter[tuple[str, str]]())
    routes = "|".join(map(re.escape, sorted(set(ROUTES.values()))))
    shown = prometheus.query(f"scale_http_requests_total{{route=~{json.dumps(routes)}}}")
    assert shown.keys() == answered.keys()
    for (method, route, status), number in shown.items():
        most = answered[method, route, status] + unanswered[method, route]
        assert answered[method, route, status] <= number <= most, (method, route, status)
    killed = sum(unanswered.values())
    assert killed <= 2 * NODES
    differences = prometheus.query(
        "sum(scale_http_request_duration_seconds_count) - sum(scale_http_requests_total)"
    )
    assert abs(differences[()]) <= killed
    waited = "sum(scale_http_request_database_seconds_total) / sum(scale_http_request_duration_seconds_sum)"
    assert 0 < prometheus.query(waited)[()] < 1
    # The whole time: none of the counters fell, not when the process was killed either.
    for counter in COUNTERS:
        assert prometheus.query(f"resets({counter}[1h]) > 0") == {}
    print(f"{sum(answered.values())} requests were answered, {killed} were not")


def test_promtool_finds_no_fault_in_the_metrics(tmp_path: Path, token: str) -> None:
    make_job_type()
    with Server(tmp_path, METRICS_TOKEN=TOKEN, TMPDIR=str(tmp_path)) as server:
        Client(server.port).send("GET", "/v6/job-types/")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        text = connection.getresponse().read()
    assert promtool("check", "metrics", sent=text) == ""


def test_promtool_finds_no_fault_in_the_rules_and_the_example() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(DEPLOY / "rules.yml"))
    assert "SUCCESS" in promtool("check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml"))


def test_the_alerts_fire_when_they_should(tmp_path: Path) -> None:
    for file in (DEPLOY / "rules.yml", Path(__file__).parent / "alerts.yml"):
        shutil.copy(file, tmp_path)
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "alerts.yml"))


def test_promtool_finds_no_fault_in_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    panels = json.loads((ROOT / "deploy/grafana/scale.json").read_text(encoding="utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    rules = [
        {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "1m").replace("$job", ".+")}
        for number, query in enumerate(queries)
    ]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    assert f"{len(queries)} rules found" in promtool("check", "rules", str(file))


def promtool(*arguments: str, sent: bytes | None = None) -> str:
    """Return what promtool prints; raise CalledProcessError if it finds a fault."""
    command = ["promtool", *arguments]
    return subprocess.run(
        command, input=sent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    ).stdout.decode()

"""A server that is killed under a stream of changes: acknowledged ones are there, and none is half done."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.tally import recount
from metrics import hours
from tests.factories import make_job_type
from tests.load.server import Client, Server

KILLS, CLIENTS, BATCH = 5, 4, 50
pytestmark = pytest.mark.django_db(transaction=True)


class Reporter(threading.Thread):
    """Move batches of jobs through all their states, until the server is gone."""

    def __init__(self, server: Server, token: str, batches: Iterator[list[int]]) -> None:
        super().__init__()
        self.client = Client(server.port, token)
        self.batches = batches
        self.sent: dict[int, tuple[list[int], str]] = {}  # number of the batch -> its jobs, the status acknowledged

    def run(self) -> None:
        for number, jobs in enumerate(self.batches):
            status = "QUEUED"
            for status_next in ("RUNNING", "COMPLETED"):
                output = {"output": {"batch": jobs[0]}} if status_next == "COMPLETED" else {}
                changes = [{"job_id": pk, "status": status_next, **output} for pk in jobs]
                self.sent[number] = (jobs, status)
                try:
                    body = {"changes": changes, "atomic": bool(number % 2)}
                    code, answer = self.client.send("POST", "/v6/jobs/transitions/", body)
                except (OSError, http.client.HTTPException):
                    return
                assert (code, answer["changed"]) == (200, BATCH), answer
                status = status_next
                self.sent[number] = (jobs, status)


def test_what_was_acknowledged_survives_sigkill_and_no_batch_is_half_done(tmp_path: Path, token: str) -> None:
    job_type = make_job_type()
    revision = job_type.revisions.get()
    now = timezone.now()
    acknowledged = unanswered = 0
    with Server(tmp_path) as server:
        for kill in range(KILLS):
            jobs = Job.objects.bulk_create(
                Job(job_type=job_type, job_type_rev=revision, status="QUEUED", queued=now)
                for _ in range(CLIENTS * 40 * BATCH)
            )
            ids = [job.pk for job in jobs]
            shares = [ids[start : start + 40 * BATCH] for start in range(0, len(ids), 40 * BATCH)]
            batches = [iter([share[at : at + BATCH] for at in range(0, len(share), BATCH)]) for share in shares]
            reporters = [Reporter(server, token, own) for own in batches]
            for reporter in reporters:
                reporter.start()
            time.sleep(0.3 + 0.17 * kill)
            server.kill()
            for reporter in reporters:
                reporter.join()
            server.start()
            for reporter in reporters:
                for own, status in reporter.sent.values():
                    found = stored(server, own)
                    assert len({(row[0], row[1]) for row in found}) == 1, "a batch is half done"
                    found_status = found[0][0]
                    order = ["QUEUED", "RUNNING", "COMPLETED"]
                    assert order.index(found_status) >= order.index(status), "an acknowledged change is lost"
                    acknowledged += order.index(status) * BATCH
                    unanswered += found_status != status
                    batch = {"batch": own[0]} if found_status == "COMPLETED" else {}
                    assert json.loads(found[0][1]) == batch
    print(
        f"\n{KILLS} kills; {acknowledged} changes acknowledged, all there; {unanswered} batches done, not answered"
    )
    assert acknowledged
    assert recount() == 0, "the tally of running jobs has lost a change, or kept one that was lost"
    assert hours.recount() == 0, "the hourly counts have lost a change, or kept one that was lost"


def stored(server: Server, ids: list[int]) -> list[tuple[str, str]]:
    """Return the status and the output of jobs, as the restarted server shows them."""
    client = Client(server.port)
    query = "&".join(f"job_id={pk}" for pk in ids)
    code, page = client.send("GET", f"/v6/jobs/?page_size=1000&{query}")
    assert (code, page["count"]) == (200, len(ids))
    outputs = dict(Job.objects.filter(pk__in=ids).values_list("pk", "output"))
    return [(row["status"], json.dumps(outputs[row["id"]])) for row in page["results"]]

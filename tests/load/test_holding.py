"""Claims that wait for jobs, at a real server: it answers when there is one, and no thread waits with them."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from knox.models import AuthToken

from jobs.models import Job
from tests.attacks.test_pieces import connected, next_answer
from tests.factories import make_job_type
from tests.load.server import Client, Server

LONG = 20  # seconds, after which nothing here would pass any more

Answer = tuple[int, Any, float]
Claim = Callable[..., "Future[Answer]"]


@pytest.fixture
def server(token: str, tmp_path: Path) -> Iterator[Server]:
    """A process with two threads, which has served a claim: the first one takes it as long as a hundred others."""
    with Server(tmp_path, WEB_CONCURRENCY="1", WEB_THREADS="2") as server:
        assert Client(server.port, token).send("POST", "/v6/jobs/claim/", {"node": "node-1", "limit": 1})[0] == 200
        yield server


@pytest.fixture
def claim(server: Server, token: str) -> Iterator[Claim]:
    """Send a claim for one job from a thread; its future is the status, the answer, and after how many seconds."""

    def send(wait: int = LONG) -> Answer:
        began = time.monotonic()
        body = {"node": "node-1", "limit": 1, "wait": wait}
        status, answer = Client(server.port, token).send("POST", "/v6/jobs/claim/", body)
        return status, answer, time.monotonic() - began

    with ThreadPoolExecutor(100) as pool:
        yield lambda **options: pool.submit(send, **options)


@pytest.fixture
def create(server: Server, token: str) -> Callable[[], int]:
    """Create a job by the API."""
    job_type = make_job_type()
    client = Client(server.port, token)

    def create() -> int:
        status, job = client.send("POST", "/v6/jobs/", {"job_type_id": job_type.pk})
        assert status == 201, job
        return int(job["id"])

    return create


def head_and_body(token: str, body: Any) -> bytes:
    text = json.dumps(body).encode()
    head = f"POST /v6/jobs/claim/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text


def test_a_claim_that_waits_gets_a_job_as_soon_as_one_is_queued(claim: Claim, create: Callable[[], int]) -> None:
    for _ in range(3):
        held = claim()
        time.sleep(0.5)
        job, queued = create(), time.monotonic()
        status, answer, _ = held.result()
        assert (status, [one["id"] for one in answer["results"]]) == (200, [job])
        # Without news, it would be looked for after five seconds.
        assert time.monotonic() - queued < 2
        assert 0.3 < answer["waited"] < 3


def test_a_claim_waits_no_longer_than_it_wants_to(claim: Claim) -> None:
    for wait in (0, 1):
        status, answer, seconds = claim(wait=wait).result()
        assert (status, answer["results"]) == (200, [])
        assert wait <= seconds < wait + 3


def test_claims_that_wait_leave_the_threads_to_others_and_share_what_comes(
    server: Server, token: str, claim: Claim, create: Callable[[], int]
) -> None:
    held = [claim(wait=8) for _ in range(60)]
    time.sleep(1)
    began = time.monotonic()
    assert Client(server.port, token).send("GET", "/v6/job-types/")[0] == 200
    jobs = {create() for _ in range(5)}
    assert time.monotonic() - began < 3
    answers = [one.result() for one in held]
    assert {status for status, *_ in answers} == {200}
    # Each job went to one of them, at once; the others waited.
    given = [(answer["results"][0]["id"], seconds) for _, answer, seconds in answers if answer["results"]]
    assert sorted(job for job, _ in given) == sorted(jobs)
    assert max(seconds for _, seconds in given) < 6
    assert all(seconds >= 8 for _, answer, seconds in answers if not answer["results"])


def test_a_client_that_has_left_gets_no_job(server: Server, token: str, create: Callable[[], int]) -> None:
    with connected(server) as connection:
        connection.sendall(head_and_body(token, {"node": "node-1", "limit": 1, "wait": LONG}))
        time.sleep(0.5)
    time.sleep(0.5)
    job = create()
    time.sleep(1)
    assert Job.objects.values_list("status", flat=True).get(pk=job) == "QUEUED"


def test_a_request_behind_a_claim_that_waits_is_answered_after_it(server: Server, token: str) -> None:
    with connected(server) as connection, connection.makefile("rb") as stream:
        connection.sendall(head_and_body(token, {"node": "node-1", "limit": 1, "wait": LONG}))
        time.sleep(0.5)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        began = time.monotonic()
        (first, answer), (second, health) = next_answer(stream), next_answer(stream)
        assert (first, answer["results"], second, health) == (200, [], 200, {"status": "ok"})
        assert time.monotonic() - began < 5


def test_a_claim_is_refused_whose_token_was_revoked_meanwhile(claim: Claim, create: Callable[[], int]) -> None:
    held = claim()
    time.sleep(0.5)
    other = AuthToken.objects.get()
    job = create()
    assert held.result()[1]["results"][0]["id"] == job
    held = claim()
    time.sleep(0.5)
    other.delete()
    # It is looked at again within five seconds in any case.
    assert held.result()[0] == 401


def test_claims_that_wait_are_answered_when_the_service_ends(server: Server, claim: Claim) -> None:
    held = [claim() for _ in range(10)]
    time.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    for one in held:
        status, answer, seconds = one.result()
        assert (status, answer["results"]) == (200, [])
        assert seconds < 10
    server.process.wait(timeout=20)
    assert "Traceback" not in server.log.read_text()


def test_clients_that_leave_in_the_moment_of_news_end_nothing(
    server: Server, token: str, create: Callable[[], int]
) -> None:
    (worker,) = server.workers()
    request = head_and_body(token, {"node": "node-1", "limit": 1, "wait": LONG, "is_system": True})
    for _ in range(10):
        with ExitStack() as stack:
            for _ in range(40):
                stack.enter_context(connected(server)).sendall(request)
            time.sleep(0.3)
            create()
    assert server.workers() == [worker]
    assert Client(server.port, token).send("GET", "/v6/job-types/")[0] == 200
    assert "Traceback" not in server.log.read_text()


def test_more_claims_than_a_process_holds_are_answered_at_once(
    transactional_db: None, token: str, tmp_path: Path
) -> None:
    small = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4", "GUNICORN_CMD_ARGS": "--worker-connections 40"}
    request = head_and_body(token, {"node": "node-1", "limit": 1, "wait": 8})
    with Server(tmp_path, **small) as server, ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(30)]
        began = time.monotonic()
        for connection in connections:
            connection.sendall(request)
        waited = []
        for connection in connections:
            status, answer = next_answer(stack.enter_context(connection.makefile("rb")))
            assert (status, answer["results"]) == (200, [])
            waited.append(answer["waited"] >= 8)
        assert (waited.count(True), waited.count(False)) == (20, 10)
        assert time.monotonic() - began < 20

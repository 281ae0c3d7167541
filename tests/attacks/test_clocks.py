"""Two real web processes of one PostgreSQL, of which one has a clock that is wrong, by Debian's libfaketime."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import F
from django.utils import timezone
from knox.models import AuthToken

from job_types.models import JobType
from jobs.models import Job
from tests.attacks.conftest import SECONDS
from tests.factories import make_job_type
from tests.load.server import Client, Server

LIBRARY = str(next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))
# How many jobs are canceled at once where the skew is as the attack's; by hand, as many as a request takes.
IN_FULL = SECONDS >= 60
JOBS = 10_000 if IN_FULL else 1_000
FEW = 20
# Waits of threads go by the monotonic clock, which must be true; then the library refuses what sleep() calls.
SLEEP = "import select, time; time.sleep = lambda seconds: select.select([], [], [], seconds)"
pytestmark = pytest.mark.django_db(transaction=True)

Web = tuple[Client, Client]
CODES: dict[str, dict[str, int]] = {"FAILED": {"exit_code": 1}}


@pytest.fixture(scope="module")
def right(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A web process whose clock is right."""
    with django_db_blocker.unblock():
        server = Server(tmp_path_factory.mktemp("right"), WEB_CONCURRENCY="1")
    with server:
        yield server


@pytest.fixture(scope="module", params=["+3s", "-3s", "+1h", "-1h"] if IN_FULL else ["+3s", "-1h"])
def wrong(
    request: pytest.FixtureRequest, right: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A web process whose clock is wrong."""
    assert Path(LIBRARY).exists(), "needs Debian's libfaketime"
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "sitecustomize.py").write_text(SLEEP)
    variables = {
        "DATABASE_URL": right.environment["DATABASE_URL"],
        "LD_PRELOAD": LIBRARY,
        "FAKETIME": request.param,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": str(folder),
    }
    with Server(folder, WEB_CONCURRENCY="1", **variables) as server:
        yield server


@pytest.fixture
def web(transactional_db: None, wrong: Server, right: Server) -> Web:
    """Clients of both, with the same account."""
    account = get_user_model().objects.create_user("operator", is_staff=True)
    token = AuthToken.objects.create(account)[1]
    return Client(wrong.port, token), Client(right.port, token)


@pytest.fixture
def queue(db: None, request: pytest.FixtureRequest) -> JobType:
    """A job type with jobs in the queue."""
    job_type = make_job_type()
    revision = job_type.revisions.get()
    count = JOBS if "+3s" in request.node.name else FEW
    now = timezone.now()
    rows = (Job(job_type=job_type, job_type_rev=revision, status="QUEUED", queued=now) for _ in range(count))
    Job.objects.bulk_create(rows, batch_size=2_000)
    return job_type


def post(client: Client, path: str, body: Any) -> Any:
    status, answer = client.send("POST", f"/v6/jobs/{path}", body)
    assert status in (200, 201), answer
    return answer


def claim_all(client: Client) -> int:
    claimed = 0
    while results := post(client, "claim/", {"node": "a", "limit": 100})["results"]:
        claimed += len(results)
    return claimed


def times() -> dict[int, Any]:
    """Return when each job last entered another status; no job ended before it started."""
    assert not Job.objects.filter(ended__lt=F("started")).exists()
    return dict(Job.objects.values_list("pk", "last_status_change"))


def test_the_clocks_of_the_two_differ(web: Web) -> None:
    clocks = []
    for client in web:
        client.send("GET", "/healthz")
        clocks.append(parsedate_to_datetime(client.answered["Date"]))
    assert abs(clocks[0] - clocks[1]) >= timedelta(seconds=2)


@pytest.mark.parametrize("first", [0, 1], ids=["wrong-claims", "right-claims"])
def test_jobs_that_either_process_claimed_are_canceled_and_requeued(web: Web, queue: JobType, first: int) -> None:
    claimer, operator = web[first], web[1 - first]
    count = Job.objects.count()
    before = times()
    for client, act in (
        (claimer, lambda client: claim_all(client)),
        (operator, lambda client: post(client, "cancel/", {"status": "RUNNING"})["count"]),
        (claimer, lambda client: post(client, "requeue/", {"status": "CANCELED"})["count"]),
        (operator, lambda client: post(client, "cancel/", {"status": "QUEUED"})["count"]),
    ):
        assert act(client) == count
        after = times()
        assert all(after[pk] >= moment for pk, moment in before.items())
        before = after
    assert max(after.values()) <= timezone.now()


def test_reports_of_each_process_follow_the_claims_of_the_other(web: Web, queue: JobType) -> None:
    for claimer, reporter in (web, web[::-1]):
        ids = [one["id"] for one in post(claimer, "claim/", {"node": "a", "limit": 10})["results"]]
        before = times()
        for status in ("QUEUED", "RUNNING", "FAILED", "CANCELED"):
            changes = [{"job_id": pk, "status": status, **CODES.get(status, {})} for pk in ids]
            assert post(reporter, "transitions/", {"changes": changes})["changed"] == len(ids) == 10
            after = times()
            assert all(after[pk] >= before[pk] for pk in ids)
            before = after


def test_a_created_job_can_be_claimed_and_ended_at_once(web: Web, queue: JobType) -> None:
    for creator, other in (web, web[::-1]):
        job = post(creator, "", {"job_type_id": queue.pk, "priority": 1})
        (claimed,) = post(other, "claim/", {"node": "a", "limit": 1})["results"]
        assert claimed["id"] == job["id"]
        assert claimed["started"] >= job["created"]
        change = {"job_id": job["id"], "status": "COMPLETED", "when": job["created"]}
        assert post(creator, "transitions/", {"changes": [change]})["changed"] == 1
    assert max(times().values()) <= timezone.now()

"""The dashboard: how work is going now, and what needs attention first."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from errors.services import builtin_error
from job_types.models import JobType
from jobs.models import Job, JobExecution, Node, Scheduler
from metrics.hours import fold, recount
from metrics.loads import take_sample
from metrics.models import HourlyDuration, LoadSample
from pages.content.dashboard import dashboard
from tests.factories import make_job, make_job_type, make_try

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted(db: None) -> None:
    """Begin with right counts: tests before may have left the database emptied table by table, in any order."""
    recount()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The time, which stands still: no minute begins within a test."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def figures() -> dict[str, tuple[int, int | None]]:
    return {one["title"]: (one["value"], one["before"]) for one in dashboard()["figures"]}


def texts() -> list[str]:
    return [one["text"] for one in dashboard()["notices"]]


def test_an_empty_service_says_what_comes_next(client: Client) -> None:
    page = client.get("/").content.decode()
    for words in (
        "Nothing needs attention.",
        "Nothing waits",
        "Nothing failed",
        "No nodes yet",
        "The queue is empty.",
    ):
        assert words in page, words


def test_the_numbers_of_now_stand_beside_those_of_last_week(now: datetime) -> None:
    job_type, week = make_job_type(), timedelta(days=7)
    for status, count in (("QUEUED", 2), ("RUNNING", 1), ("FAILED", 2), ("COMPLETED", 3)):
        for _ in range(count):
            make_job(job_type, status, last_status_change=now)
    for status in ("FAILED", "COMPLETED", "COMPLETED"):
        make_job(job_type, status, last_status_change=now - week)
    make_job(job_type, "FAILED", last_status_change=now - timedelta(days=3))
    fold()
    assert figures() == {
        "Running": (1, None),
        "Queued": (2, None),
        "Failed, 24 h": (2, 1),
        "Completed, 24 h": (3, 2),
    }
    LoadSample.objects.create(
        time=now - week - timedelta(minutes=1),
        is_hourly=True,
        job_type_id=0,
        pending_count=0,
        queued_count=7,
        running_count=8,
    )
    assert (figures()["Running"], figures()["Queued"]) == ((1, 8), (2, 7))


def test_the_charts_show_what_ended_in_each_hour_and_what_was_at_fault(now: datetime) -> None:
    job_type = make_job_type()
    make_job(job_type, "COMPLETED", last_status_change=now)
    make_job(job_type, "FAILED", last_status_change=now, error=builtin_error("system-timeout"))
    make_job(job_type, "FAILED", last_status_change=now - timedelta(hours=1))
    fold()
    shown = dashboard()
    assert [series.values[-2:] for series in shown["throughput"].series] == [[0, 1], [1, 1]]
    assert sum(value or 0 for series in shown["failures"].series for value in series.values) == 2
    take_sample()
    assert [series.values[-1] for series in dashboard()["load"].series] == [0, 0]


def test_the_queue_shows_the_longest_and_since_when(now: datetime) -> None:
    few, many = make_job_type("few"), make_job_type("many")
    make_job(few, last_status_change=now - timedelta(hours=2))
    for _ in range(2):
        make_job(many, last_status_change=now)
    shown = dashboard()
    assert [(row["job_type"]["name"], row["count"]) for row in shown["queue"]] == [("many", 2), ("few", 1)]
    assert shown["oldest"] == now - timedelta(hours=2)


def test_job_types_that_fail_are_ordered_by_what_is_certain_of_their_rate(now: datetime) -> None:
    once, often, never = (make_job_type(name) for name in ("once", "often", "never"))
    make_job(once, "FAILED", last_status_change=now)
    for status in ("FAILED", "FAILED", "FAILED", "COMPLETED"):
        make_job(often, status, last_status_change=now)
    make_job(never, "COMPLETED", last_status_change=now)
    make_job(often, "COMPLETED", last_status_change=now - timedelta(days=4))
    fold()
    shown = [(brief["name"], row["rate"], row["rate_before"]) for brief, row in dashboard()["failing"]]
    assert shown == [("often", 0.75, 0), ("once", 1, None)]


def test_job_types_that_take_longer_than_before_are_shown(now: datetime) -> None:
    slower, same = make_job_type("slower"), make_job_type("same")
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for days, seconds in ((0, 30), (3, 10)):
        for job_type, factor in ((slower, seconds), (same, 10)):
            HourlyDuration.objects.create(
                hours=24,
                job_type_id=job_type.pk,
                start=today - timedelta(days=days),
                outcome="completed",
                measure="run",
                bucket=9,
                number=5,
                total=5 * factor * 1_000_000,
            )
    make_job(slower, "COMPLETED", last_status_change=now)
    make_job(same, "COMPLETED", last_status_change=now)
    fold()
    ((brief, row),) = dashboard()["slower"]
    assert (brief["name"], row["mean"] > 20, row["mean_before"]) == ("slower", True, 10)


def test_what_stops_most_comes_first(now: datetime) -> None:
    waiting, lacking = make_job_type("waiting"), make_job_type("lacking")
    make_job(waiting)
    job = make_job(lacking)
    assert texts() == []
    JobType.objects.filter(pk=waiting.pk).update(is_paused=True, paused=now)
    JobType.objects.filter(pk=lacking.pk).update(unmet_resources="gpus", last_modified=now)
    Node.objects.create(hostname="off", last_seen=now - timedelta(minutes=10))
    Node.objects.create(hostname="paused", is_paused=True, pause_reason="A disk is replaced.")
    Scheduler.objects.update_or_create(pk=1, defaults={"is_paused": True})
    ended = {"status": "FAILED", "end": "node-lost", "started": now - timedelta(hours=1), "ended": now}
    make_try(job, exe_num=1, error=builtin_error("node-lost"), **ended)
    assert texts() == [
        "The scheduler is paused: no node gets a job, and 2 jobs wait.",
        "Title of lacking 1.0.0: no node has the gpus that 1 job in its queue require.",
        "Not heard of: off.",
        "Title of waiting 1.0.0 is paused with 1 job in its queue.",
        "paused is paused: A disk is replaced.",
        "1 try was lost with a node, which did not renew the lease, of those that began in the last 24 hours.",
    ]


def test_nodes_show_what_they_have_free() -> None:
    job_type = make_job_type(job={"resources": {"scalar": [{"name": "cpus", "value": 1.5}]}})
    Node.objects.create(hostname="a", capacity={"cpus": 4.0, "mem": 2048.0})
    Node.objects.create(hostname="b", is_active=False)
    make_job(job_type, "RUNNING", node="a")
    (node,) = dashboard()["nodes"]
    amounts = [(amount.unit, amount.free, amount.total) for amount in node["amounts"]]
    assert (node["jobs"], node["state"]) == (1, "ACTIVE")
    assert amounts == [("CPUs", 2.5, 4), ("GiB memory", 2, 2)]


@pytest.fixture
def work(now: datetime) -> None:
    for number in range(8):
        job_type = make_job_type(f"type-{number}")
        for status in ("QUEUED", "RUNNING", "COMPLETED", "FAILED"):
            make_job(job_type, status, last_status_change=now, node=None)
        Node.objects.create(hostname=f"node-{number}", capacity={"cpus": 4.0})
    fold()
    take_sample()


def test_the_number_of_queries_does_not_depend_on_what_there_is(
    client: Client, work: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(19):
        assert client.get("/").status_code == 200


def test_a_poll_of_what_has_not_changed_is_a_304_of_two_queries(
    client: Client, work: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tag = client.get("/")["ETag"]
    with django_assert_num_queries(2):
        answer = client.get("/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_all_who_look_while_nothing_changes_share_one_look_at_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_job(make_job_type(), "QUEUED")
    shown = client.get("/").content
    with django_assert_num_queries(2):
        assert Client().get("/").content.count(b"<tr") == shown.count(b"<tr")


@pytest.mark.parametrize("change", ["queued", "ended", "paused", "seen", "looked"])
def test_a_poll_shows_what_has_changed(client: Client, work: None, now: datetime, change: str) -> None:
    tag = client.get("/")["ETag"]
    job = Job.objects.filter(status="RUNNING").first()
    if change == "queued":
        make_job(job.job_type)  # type: ignore[union-attr]
    elif change == "ended":
        make_job(job.job_type, "COMPLETED", last_status_change=now)  # type: ignore[union-attr]
        fold()
    elif change == "paused":
        Scheduler.objects.update_or_create(pk=1, defaults={"is_paused": True})
    elif change == "seen":
        Node.objects.filter(hostname="node-1").update(last_seen=now + timedelta(minutes=1))
    else:
        client.cookies["look"] = "dark"
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 200


def test_a_hundred_lost_tries_are_counted(now: datetime) -> None:
    job = make_job(make_job_type(), num_exes=100)
    ended = {"status": "FAILED", "end": "timed-out", "ended": now, "error_id": builtin_error("timeout").pk}
    JobExecution.objects.bulk_create(
        JobExecution(job=job, job_type_rev=job.job_type_rev, exe_num=1 + n, started=now, **ended)
        for n in range(100)
    )
    assert texts()[0].startswith("100 tries were ended by the timeouts")

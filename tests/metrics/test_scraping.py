"""/metrics: who may read it, and what it shows of the database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from jobs.models import Node, Scheduler
from metrics import readings
from tests.factories import make_job, make_job_type
from tests.metrics.conftest import TOKEN, Metrics

pytestmark = pytest.mark.django_db
Scrape = Callable[[], Metrics]


def test_without_a_token_in_the_settings_there_are_no_metrics(anyone: APIClient) -> None:
    assert anyone.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "sent", [None, "Bearer", "Bearer ", "Bearer x", f"Token {TOKEN}", f"Bearer {TOKEN}x", TOKEN]
)
def test_metrics_need_the_token(metered: None, anyone: APIClient, sent: str | None) -> None:
    answer = anyone.get("/metrics", headers={"Authorization": sent} if sent is not None else {})
    assert (answer.status_code, answer["WWW-Authenticate"], list(answer.json())) == (401, "Bearer", ["detail"])


def test_metrics_are_for_any_host_and_only_to_be_read(metered: None, anyone: APIClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3:8000"}
    answer = anyone.get("/metrics", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "no-store" in answer["Cache-Control"]
    assert anyone.post("/metrics", headers=headers).status_code == 405


def test_tries_are_counted_by_job_type_and_by_what_ended_them(scrape: Scrape) -> None:
    one, two = make_job_type("one"), make_job_type("two", "2.0.0")
    make_job(one, "RUNNING")
    for job_type, status in ((one, "COMPLETED"), (one, "COMPLETED"), (two, "CANCELED")):
        make_job(job_type, status, started=timezone.now())
    shown = scrape()
    assert shown["scale_tries_started_total", "one", "1.0.0"] == 3
    assert shown["scale_tries_started_total", "two", "2.0.0"] == 1
    assert shown["scale_tries_ended_total", "completed", "one", "1.0.0"] == 2
    assert shown["scale_tries_ended_total", "canceled", "two", "2.0.0"] == 1
    assert shown["scale_tries_ended_total", "node-lost", "two", "2.0.0"] == 0
    assert shown["scale_jobs_running", "one", "1.0.0"] == 1
    assert shown["scale_jobs_running", "two", "2.0.0"] == 0


def test_the_queue_is_shown_with_the_age_of_its_oldest_job(scrape: Scrape) -> None:
    one, two = make_job_type("one"), make_job_type("two")
    hours = [timedelta(hours=number) for number in range(4)]
    for job_type, age in ((one, hours[1]), (one, hours[2]), (two, hours[3])):
        make_job(job_type, queued=timezone.now() - age, last_status_change=timezone.now() - age)
    two.is_paused, two.paused = True, timezone.now()
    two.save()
    shown = scrape()
    assert [shown["scale_jobs_queued", name, "1.0.0"] for name in ("one", "two")] == [2, 1]
    assert shown["scale_queue_oldest_seconds", "one", "1.0.0"] == pytest.approx(7200, abs=60)
    assert ("scale_queue_oldest_seconds", "two", "1.0.0") not in shown


def test_job_types_beyond_the_bound_are_one_series_to_which_a_further_one_only_adds(
    scrape: Scrape, settings: Any
) -> None:
    settings.METRICS_JOB_TYPES = 1
    for name in ("first", "second", "third"):
        make_job(make_job_type(name))
    shown = scrape()
    queued = {sample[1:]: value for sample, value in shown.items() if sample[0] == "scale_jobs_queued"}
    assert queued == {("first", "1.0.0"): 1, ("other", ""): 2}
    make_job(make_job_type("a"))
    assert scrape()["scale_jobs_queued", "other", ""] == 3
    assert scrape()["scale_queue_oldest_seconds", "other", ""] >= 0


def test_nodes_and_the_scheduler_are_shown(scrape: Scrape) -> None:
    now = timezone.now()
    nodes: list[dict[str, Any]] = [
        {"last_seen": now},
        {"last_seen": now, "is_paused": True},
        {"last_seen": now - timedelta(hours=1)},
        {"last_seen": now, "is_active": False, "deprecated": now},
    ]
    for number, columns in enumerate(nodes):
        Node.objects.create(hostname=f"node-{number}", **columns)
    names = ("scale_nodes", "scale_nodes_seen", "scale_nodes_paused", "scale_scheduler_paused", "scale_database_up")
    shown = scrape()
    assert [shown[name,] for name in names] == [3, 2, 1, 0, 1]
    Scheduler.objects.update_or_create(defaults={"is_paused": True})
    assert scrape()["scale_scheduler_paused",] == 1


def test_while_the_database_does_not_respond_the_requests_are_shown(
    scrape: Scrape, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise OperationalError

    monkeypatch.setattr(readings, "_job_metrics", fail)
    shown = scrape()
    assert shown["scale_database_up",] == 0
    assert not [name for name, *_ in shown if name.startswith(("scale_tries", "scale_jobs", "scale_nodes"))]
    assert [name for name, *_ in scrape() if name == "scale_http_requests_total"]


def test_a_scrape_takes_as_many_queries_however_many_job_types_there_are(scrape: Scrape) -> None:
    counts = []
    for number in range(2):
        for name in range(3):
            make_job(make_job_type(f"job-{number}-{name}"))
        with CaptureQueriesContext(connection) as queries:
            scrape()
        counts.append(len(queries))
    assert counts == [5, 5]

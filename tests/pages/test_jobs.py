"""The list of jobs, and the page of one job."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from errors.services import builtin_error, load_builtin_errors
from job_types.models import JobType
from jobs.filters import JobFilterSet
from jobs.models import Job, JobExecution, Node, Scheduler
from tests.factories import interface, make_job, make_job_type, make_try

pytestmark = pytest.mark.django_db

URL = "/jobs/"


def shown(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()
    return " ".join(answer.content.decode().split())


def ids(client: Client, query: str = "") -> list[int]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200
    return [job["id"] for job in answer.context["rows"]]


@pytest.fixture
def job_type(db: None) -> JobType:
    load_builtin_errors()
    return make_job_type("tiler")


def test_the_list_shows_jobs_with_what_they_are_doing(client: Client, job_type: JobType) -> None:
    node = Node.objects.create(hostname="node-01")
    error = builtin_error("node-lost")
    job = make_job(job_type, "FAILED", node=node.hostname, num_exes=2, error=error)
    page = shown(client, URL)
    for part in (
        f'<a href="/jobs/{job.pk}/">{job.pk}</a>',
        '<span class="state bad">',
        "Failed</span>",
        f'<a href="/nodes/{node.pk}/">node-01</a>',
        "Title of tiler",
        f"2 of {job.max_tries}",
        f'<a href="/jobs/?error_id={error.pk}">{error.title}</a>',
        "1–1 of 1",
    ):
        assert part in page


def test_a_list_of_no_jobs_says_what_to_do_next(client: Client, job_type: JobType) -> None:
    assert "No jobs yet" in shown(client, URL)
    assert "No jobs match" in shown(client, f"{URL}?status=FAILED")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["running", "failed", "queued"]),
        ("status=QUEUED&status=FAILED", ["failed", "queued"]),
        ("job_type_name=mask", ["failed"]),
        ("node=node-01", ["running"]),
        ("error_name=unknown", ["failed"]),
        ("error_category=DATA", []),
        ("started=P1D", ["running", "failed"]),
        ("recipe_id=1", []),
        ("order=id", ["queued", "failed", "running"]),
        ("order=id&page_size=2&page=2", ["running"]),
    ],
)
def test_the_filters_of_the_api_are_in_the_url(
    client: Client, job_type: JobType, query: str, wanted: list[str]
) -> None:
    now = timezone.now()
    jobs = {
        "queued": make_job(job_type, last_status_change=now - timedelta(days=2)),
        "failed": make_job(make_job_type("mask"), "FAILED", last_status_change=now - timedelta(minutes=2)),
        "running": make_job(job_type, "RUNNING", node="node-01", num_exes=1),
    }
    assert ids(client, query) == [jobs[name].pk for name in wanted]
    assert ids(client, query) == [row["id"] for row in client.get(f"/v6/jobs/?{query}").json()["results"]]


def test_each_filter_of_the_api_has_a_field_that_keeps_its_value(client: Client, job_type: JobType) -> None:
    page = shown(client, URL)
    for name in JobFilterSet.base_filters.keys() - {"order", "status"}:
        assert f'name="{name}"' in page, name
    page = shown(client, f"{URL}?node=node-01&order=-id")
    assert 'name="node" value="node-01"' in page
    # A status is added to those that are chosen, or taken from them.
    page = shown(client, f"{URL}?status=FAILED&page=1")
    assert ('href="?status=FAILED&amp;status=QUEUED"' in page, 'href="?"' in page) == (True, True)
    page = shown(client, f"{URL}?node=node-01&order=-id")
    assert '<input type="hidden" name="order" value="-id">' in page
    assert "another one" not in page
    assert "another one" in shown(client, f"{URL}?node=node-01&node=node-02")


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("stat=FAILED", 400, "stat: unknown query parameter; the nearest known one is status"),
        ("status=BROKEN", 400, "status: must be one of PENDING"),
        ("started=yesterday", 400, "started: must be an ISO-8601 datetime"),
        ("page=2", 404, "Page 2 is past the end of the results."),
        ("page_size=1001", 400, "page_size: must be from 1 to 1000."),
    ],
)
def test_what_the_list_does_not_take_is_refused_in_words(
    client: Client, job_type: JobType, query: str, status: int, words: str
) -> None:
    assert words in shown(client, f"{URL}?{query}", status)


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1–1 of more than 2"), (3, "3–3 of more than 3"), (4, "4–4 of 4")]
)
def test_a_long_list_is_not_counted_to_its_end(
    client: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    monkeypatch.setattr("core.reads.pages.MOST_COUNTED", 2)
    for _ in range(4):
        make_job(job_type)
    page = shown(client, f"{URL}?page_size=1&page={number}")
    assert words in page
    assert ('rel="next"' in page) == (number < 4)


def test_a_long_list_offers_the_orders_for_which_nothing_has_to_be_sorted(
    client: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_job(job_type)
    url = f"{URL}?page_size=1"
    assert {"id", "node", "created"} < set(re.findall("order=([a-z_]+)", shown(client, url)))
    monkeypatch.setattr("core.reads.pages.MOST_COUNTED", 2)
    assert set(re.findall("order=([a-z_]+)", shown(client, url))) == {"id", "last_status_change"}


def test_the_list_costs_the_same_with_any_number_of_jobs(client: Client, job_type: JobType) -> None:
    costs = []
    for _ in range(2):
        make_job(job_type, "RUNNING", node="node-01", num_exes=1)
        with CaptureQueriesContext(connection) as captured:
            shown(client, URL)
        costs.append(len(captured))
    assert costs == [2, 2]


def test_only_what_one_may_do_is_offered(
    client: Client, logged_in: Callable[..., Client], operator: Client, job_type: JobType
) -> None:
    make_job(job_type)
    make_job(job_type, "COMPLETED", num_exes=1)
    for other in (client, logged_in("Publishers"), logged_in("Workers", username="node")):
        page = shown(other, f"{URL}?status=QUEUED")
        assert ("/jobs/cancel/" in page, "/jobs/requeue/" in page, 'type="checkbox"' in page) == (
            False,
            False,
            False,
        )
    # Of what waits nothing can be requeued, and of what has completed nothing can be done.
    for query, steps in (
        ("status=QUEUED", ["cancel"]),
        ("status=COMPLETED", []),
        ("job_type_name=tiler", ["cancel", "requeue"]),
    ):
        page = shown(operator, f"{URL}?{query}&order=id&page=1")
        offered = [step for step in ("cancel", "requeue") if f'href="/jobs/{step}/?{query}"' in page]
        assert (offered, 'type="checkbox"' in page) == (steps, bool(steps))
    # A step of all jobs there are is not offered, as the API refuses it.
    page = shown(operator, URL)
    assert ("Cancel all of these" in page, "Cancel the checked" in page) == (False, True)


@pytest.mark.parametrize("url", [URL, "/jobs/{job}/", "/nodes/", "/nodes/{node}/"])
def test_reading_is_public_or_for_accounts(
    client: Client, logged_in: Callable[..., Client], settings: Any, job_type: JobType, url: str
) -> None:
    url = url.format(job=make_job(job_type).pk, node=Node.objects.create(hostname="node-01").pk)
    shown(client, url)
    settings.PUBLIC_READ_API = False
    assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
    shown(logged_in(), url)


def make_lost_job(job_type: JobType) -> Job:
    """A job whose first try was lost, and which runs again."""
    now = timezone.now()
    job = make_job(job_type, "RUNNING", node="node-02", num_exes=2, created_by="grace")
    JobExecution.objects.update(stdout="second", stderr="<b>warning</b>")
    make_try(
        job,
        exe_num=1,
        status="FAILED",
        end="node-lost",
        error=builtin_error("node-lost"),
        node="node-01",
        started=now - timedelta(minutes=10),
        ended=now - timedelta(minutes=5),
        stdout="first",
        exit_code=137,
    )
    return job


def test_the_page_of_a_job_shows_its_tries_and_the_log_of_the_last_one(client: Client, job_type: JobType) -> None:
    job = make_lost_job(job_type)
    page = shown(client, f"{URL}{job.pk}/")
    for part in (
        f"<h1>Job {job.pk}</h1>",
        '<span class="state run">',
        "Its node did not renew the lease.",
        "5 min",
        "exit code 137",
        "Log of try 2",
        ">second</pre>",
        "&lt;b&gt;warning&lt;/b&gt;</pre>",
        "followed while it runs",
        'data-poll="3"',
    ):
        assert part in page, part
    assert ">first</pre>" not in page
    page = shown(client, f"{URL}{job.pk}/?try=1")
    assert ("Log of try 1" in page, ">first</pre>" in page, ">second</pre>" in page) == (True, True, False)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("try=3", 404, "has no try 3 among its last 20."),
        ("try=x", 400, "try: must be a whole number."),
        ("tries=1", 400, "tries: unknown query parameter"),
    ],
)
def test_a_try_that_there_is_not_is_refused_in_words(
    client: Client, job_type: JobType, query: str, status: int, words: str
) -> None:
    assert words in shown(client, f"{URL}{make_lost_job(job_type).pk}/?{query}", status)


def test_a_job_that_does_not_exist_is_a_404_in_words(client: Client) -> None:
    assert "There is no job with the id 7" in shown(client, f"{URL}7/", 404)


def test_names_of_accounts_are_for_accounts(
    client: Client, logged_in: Callable[..., Client], job_type: JobType
) -> None:
    job = make_job(job_type, "CANCELED", num_exes=1, created_by="grace")
    make_try(job, ended_by="hopper")
    ada, names = logged_in(), ("by grace", "hopper")
    assert [name in shown(client, f"{URL}{job.pk}/") for name in names] == [False, False]
    assert [name in shown(ada, f"{URL}{job.pk}/") for name in names] == [True, True]


def test_a_queued_job_says_why_it_does_not_run_as_the_api_does(client: Client, job_type: JobType) -> None:
    JobType.objects.update(is_paused=True, paused=timezone.now())
    job = make_job(job_type)
    page = shown(client, f"{URL}{job.pk}/")
    assert "Why it is not running" in page
    reasons = client.get(f"/v6/jobs/{job.pk}/").json()["waiting"]
    assert reasons
    assert [reason["description"] in page for reason in reasons] == [True] * len(reasons)


def test_what_keeps_a_job_from_running_leads_to_what_helps_for_those_who_may(
    client: Client, logged_in: Callable[..., Client], operator: Client, job_type: JobType
) -> None:
    now = timezone.now()
    of_job_type = "/job-types/tiler/1.0.0"
    JobType.objects.update(is_paused=True, paused=now, is_active=False, deprecated=now, max_scheduled=1)
    Scheduler.objects.update_or_create(pk=1, defaults={"is_paused": True})
    job, _ = make_job(job_type), make_job(job_type, "RUNNING", num_exes=1)
    edits = [f"{of_job_type}/resume/", f"{of_job_type}/activate/", f"{of_job_type}/configuration/"]
    for reader, urls in (
        (operator, ["/scheduler/resume/", *edits, "/nodes/"]),
        (logged_in("Publishers"), [*edits, "/nodes/"]),
        (client, ["/nodes/"]),
    ):
        waiting = shown(reader, f"{URL}{job.pk}/").partition("Why it is not running")[2].partition("</section>")[0]
        assert re.findall('href="([^"]*)"', waiting) == urls


def test_a_waiting_job_is_shown_anew_once_what_keeps_it_was_changed(operator: Client, job_type: JobType) -> None:
    node = Node.objects.create(hostname="node-01")
    job = make_job(job_type)
    url = f"{URL}{job.pk}/"
    tag = operator.get(url)["ETag"]
    for page, data in (
        ("/scheduler/pause/", {}),
        ("/job-types/tiler/1.0.0/pause/", {}),
        (f"/nodes/{node.pk}/pause/", {"reason": ""}),
    ):
        assert operator.post(page, data).status_code == 303
        answer = operator.get(url, headers={"If-None-Match": tag})
        tag = operator.get(url)["ETag"]  # without the message
        assert answer.status_code == 200
        assert operator.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_a_failed_job_says_why_and_is_not_polled(client: Client, job_type: JobType) -> None:
    error = builtin_error("node-lost")
    job = make_job(job_type, "FAILED", num_exes=1, node="node-01", error=error, exit_code=9)
    page = shown(client, f"{URL}{job.pk}/")
    for part in ("Why it failed", error.title, error.description, "exit code 9"):
        assert part in page
    assert ("data-poll" in page, "ETag" in client.get(f"{URL}{job.pk}/").headers) == (False, False)


def test_a_job_shows_what_it_runs_on_and_with_and_no_secret(client: Client) -> None:
    job_type = make_job_type(
        job=interface(
            settings=[{"name": "LEVEL"}, {"name": "PASSWORD", "secret": True}],
            mounts=[{"name": "data", "path": "/data"}],
        ),
        configuration={
            "version": "7",
            "settings": {"LEVEL": "debug", "PASSWORD": "hunter2"},
            "mounts": {"data": {"type": "volume", "driver": "nfs", "driver_opts": {}}},
        },
    )
    job = make_job(
        job_type,
        input={"files": {"SCENE": [12, 13]}, "json": {"FACTOR": 2}},
        output={"files": {"TILES": [14]}, "json": {}},
    )
    page = shown(client, f"{URL}{job.pk}/")
    for part in ("SCENE", "12, 13", "FACTOR", "TILES", "LEVEL", "debug", "volume", "PASSWORD", "never shown"):
        assert part in page, part
    assert "hunter2" not in page


def test_long_values_are_cut(client: Client, job_type: JobType) -> None:
    job = make_job(job_type, input={"files": {}, "json": {"TEXT": "x" * 100_000}})
    assert len(shown(client, f"{URL}{job.pk}/")) < 30_000


def test_what_an_operator_can_do_with_a_job_is_offered(client: Client, operator: Client, job_type: JobType) -> None:
    offered = {
        "QUEUED": (True, False),
        "RUNNING": (True, False),
        "FAILED": (True, True),
        "COMPLETED": (False, False),
        "CANCELED": (False, True),
    }
    for status, wanted in offered.items():
        job = make_job(job_type, status, num_exes=1)
        steps = [f"/jobs/{step}/?job_id={job.pk}" for step in ("cancel", "requeue")]
        page = shown(operator, f"{URL}{job.pk}/")
        assert tuple(step in page for step in steps) == wanted, status
        page = shown(client, f"{URL}{job.pk}/")
        assert [step in page for step in steps] == [False, False]


def test_a_running_job_that_is_as_it_was_is_a_304(client: Client, job_type: JobType) -> None:
    job = make_lost_job(job_type)
    answer = client.get(f"{URL}{job.pk}/")
    tag = {"If-None-Match": answer["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        again = client.get(f"{URL}{job.pk}/", headers=tag)
    assert (again.status_code, again["ETag"], len(captured)) == (304, answer["ETag"], 1)
    # A heartbeat that brings nothing new changes nothing.
    JobExecution.objects.filter(ended=None).update(lease_expires=timezone.now() + timedelta(minutes=1))
    assert client.get(f"{URL}{job.pk}/", headers=tag).status_code == 304
    JobExecution.objects.filter(ended=None).update(stdout="secont")
    changed = client.get(f"{URL}{job.pk}/", headers=tag)
    assert (changed.status_code, changed["ETag"] == answer["ETag"]) == (200, False)
    Job.objects.filter(pk=job.pk).update(last_modified=timezone.now())
    assert client.get(f"{URL}{job.pk}/", headers={"If-None-Match": changed["ETag"]}).status_code == 200


def test_a_message_is_shown_even_where_nothing_else_changed(operator: Client, job_type: JobType) -> None:
    job = make_lost_job(job_type)
    tag = operator.get(f"{URL}{job.pk}/")["ETag"]
    answer = operator.post(f"/jobs/requeue/?job_id={job.pk}", headers={"If-None-Match": tag})
    assert answer.status_code == 303
    page = operator.get(f"{URL}{job.pk}/", headers={"If-None-Match": tag})
    assert "No job was requeued: none of them can be any more." in page.content.decode()
    assert operator.get(f"{URL}{job.pk}/", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_of_a_job_costs_the_same_with_any_number_of_tries(client: Client, job_type: JobType) -> None:
    job, costs = make_lost_job(job_type), []
    for number in (3, 40):
        while job.num_exes < number:
            ended = {"status": "FAILED", "end": "failed", "error": builtin_error("unknown")}
            job.num_exes += 1
            make_try(job, **ended, ended=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            page = shown(client, f"{URL}{job.pk}/")
        costs.append(len(captured))
    assert costs == [4, 4]  # the tag, the job, its tries, the logs of one of them
    assert "the last 20 of" not in page
    Job.objects.filter(pk=job.pk).update(num_exes=40)
    assert "the last 20 of 40" in shown(client, f"{URL}{job.pk}/")

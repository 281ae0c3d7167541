"""The page of a job."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from errors.services import builtin_error, load_builtin_errors
from job_types.models import JobType
from jobs.models import Job, JobExecution, Node, Scheduler
from tests.factories import interface, make_job, make_job_type, make_try
from tests.files.factories import make_file
from tests.pages.reading import shown
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def job_type(db: None) -> JobType:
    load_builtin_errors()
    return make_job_type("tiler")


@pytest.fixture
def moment_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.content.jobs._QUEUE_SECONDS", 10**6)


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
    page = shown(client, f"/jobs/{job.pk}/")
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
    page = shown(client, f"/jobs/{job.pk}/?try=1")
    assert ("Log of try 1" in page, ">first</pre>" in page, ">second</pre>" in page) == (True, True, False)


@pytest.mark.parametrize("base_url", ["", "https://logs.example.com/scale/", "javascript:alert(1)//"])
def test_whole_logs_are_named_by_the_page_and_linked_where_they_can_be_read(
    client: Client, job_type: JobType, base_url: str
) -> None:
    job = make_lost_job(job_type)
    JobExecution.objects.filter(exe_num=2).update(log_workspace="logs")
    path = f"tiler/1.0.0/{job.pk}/2/stderr.log"
    page = shown(client, f"/jobs/{job.pk}/")
    assert f"<code>logs</code>: <code>tiler/1.0.0/{job.pk}/2/stdout.log</code>, <code>{path}</code>." in page
    Workspace.objects.create(name="logs", base_url=base_url, created=job.created, last_modified=job.created)
    link = f'<a href="https://logs.example.com/scale/{path}">{path}</a>' if "https" in base_url else f"<code>{path}"
    page = shown(client, f"/jobs/{job.pk}/")
    assert ('<a href="/workspaces/logs/">logs</a>' in page, link in page) == (True, True)
    assert "javascript:" not in page
    assert "From its beginning" not in shown(client, f"/jobs/{job.pk}/?try=1")


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
    assert words in shown(client, f"/jobs/{make_lost_job(job_type).pk}/?{query}", status)


def test_a_job_that_does_not_exist_is_a_404_in_words(client: Client) -> None:
    assert "There is no job with the id 7" in shown(client, "/jobs/7/", 404)


def test_names_of_accounts_are_for_accounts(
    client: Client, logged_in: Callable[..., Client], job_type: JobType
) -> None:
    job = make_job(job_type, "CANCELED", num_exes=1, created_by="grace")
    make_try(job, ended_by="hopper")
    ada, names = logged_in(), ("by grace", "hopper")
    assert [name in shown(client, f"/jobs/{job.pk}/") for name in names] == [False, False]
    assert [name in shown(ada, f"/jobs/{job.pk}/") for name in names] == [True, True]


def test_a_queued_job_says_why_it_does_not_run_as_the_api_does(client: Client, job_type: JobType) -> None:
    JobType.objects.update(is_paused=True, paused=timezone.now())
    job = make_job(job_type)
    page = shown(client, f"/jobs/{job.pk}/")
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
        waiting = shown(reader, f"/jobs/{job.pk}/").partition("Why it is not running")[2].partition("</section>")[0]
        assert re.findall('href="([^"]*)"', waiting) == urls


def test_a_waiting_job_is_shown_anew_once_what_keeps_it_was_changed(
    operator: Client, job_type: JobType, moment_that_lasts: None
) -> None:
    node = Node.objects.create(hostname="node-01")
    job = make_job(job_type)
    url = f"/jobs/{job.pk}/"
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
    page = shown(client, f"/jobs/{job.pk}/")
    for part in ("Why it failed", error.title, error.description, "exit code 9"):
        assert part in page
    assert ("data-poll" in page, "ETag" in client.get(f"/jobs/{job.pk}/").headers) == (False, False)


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
    page = shown(client, f"/jobs/{job.pk}/")
    for part in ("SCENE", "FACTOR", "TILES", "LEVEL", "debug", "volume", "PASSWORD", "never shown"):
        assert part in page, part
    assert "hunter2" not in page


def test_a_job_shows_its_files_and_leads_to_them(client: Client, job_type: JobType) -> None:
    scene = make_file("scene.tif", media_type="image/tiff", file_size=1536)
    gone = make_file("gone", is_deleted=True)
    job = make_job(job_type, "COMPLETED", num_exes=1, input={"files": {"SCENE": [gone.pk, scene.pk, 2**70]}})
    tile = make_file("tile.png", media_type="image/png", job=job, job_output="TILES")
    Job.objects.update(output={"files": {"TILES": [tile.pk]}, "json": {"COUNT": 1}})
    page = shown(client, f"/jobs/{job.pk}/")
    for part in (
        f'<a href="/files/{scene.pk}/">scene.tif</a> <span class="faint">1.5 KiB, image/tiff</span></li>',
        f'<a href="/files/{gone.pk}/">gone</a> <span class="faint">1000 bytes</span> <span class="state bad">',
        f'{2**70} <span class="faint">no file has this id</span>',
        f'<a href="/files/{tile.pk}/">tile.png</a> <span class="faint">1000 bytes, image/png</span></li>',
        f'<a href="/files/?job_id={job.pk}">Its products</a>',
        "COUNT",
    ):
        assert part in page, part
    assert page.index("gone</a>") < page.index("scene.tif</a>")  # as the job has them
    assert "Its products" not in shown(client, f"/jobs/{make_job(job_type).pk}/")


def test_a_job_of_many_files_shows_the_first_of_each_input_in_one_query(
    client: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [make_file(f"scene-{number}").pk for number in range(6)]
    costs = []
    monkeypatch.setattr("pages.content.jobs.MOST_FILES", 4)
    for ids in ([], files[:1], files):
        document = {"files": {"SCENE": ids, "MASKS": ids}, "json": {}}
        job = make_job(job_type, "COMPLETED", num_exes=1, input=document, output=document)
        with CaptureQueriesContext(connection) as captured:
            page = shown(client, f"/jobs/{job.pk}/")
        costs.append(len(captured))
    assert costs == [3, 4, 4]
    assert ("scene-3" in page, "scene-4" in page, page.count("and 2 more")) == (True, False, 4)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"files": "a <b>"}, "a &lt;b&gt;"),
        ({"files": {"TILES": {"a": 1}}}, "{&quot;a&quot;: 1}"),
        ({"files": {"TILES": [1, "x", True, -1]}}, "[1, &quot;x&quot;, true, -1]"),
        ({"files": {"TILES": [1.5]}, "json": [1]}, "[1.5]"),
        ({"files": None, "json": "y"}, "y"),
    ],
)
def test_an_output_of_any_shape_is_shown(client: Client, job_type: JobType, output: object, words: str) -> None:
    job = make_job(job_type, "COMPLETED", num_exes=1, output=output)
    assert words in shown(client, f"/jobs/{job.pk}/").partition('id="output"')[2]


def test_long_values_are_cut(client: Client, job_type: JobType) -> None:
    job = make_job(job_type, input={"files": {}, "json": {"TEXT": "x" * 100_000}})
    assert len(shown(client, f"/jobs/{job.pk}/")) < 30_000


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
        page = shown(operator, f"/jobs/{job.pk}/")
        assert tuple(step in page for step in steps) == wanted, status
        page = shown(client, f"/jobs/{job.pk}/")
        assert [step in page for step in steps] == [False, False]


def test_a_running_job_that_is_as_it_was_is_a_304(
    client: Client, job_type: JobType, moment_that_lasts: None
) -> None:
    job = make_lost_job(job_type)
    answer = client.get(f"/jobs/{job.pk}/")
    tag = {"If-None-Match": answer["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        again = client.get(f"/jobs/{job.pk}/", headers=tag)
    assert (again.status_code, again["ETag"], len(captured)) == (304, answer["ETag"], 1)
    # A heartbeat that brings nothing new changes nothing.
    JobExecution.objects.filter(ended=None).update(lease_expires=timezone.now() + timedelta(minutes=1))
    assert client.get(f"/jobs/{job.pk}/", headers=tag).status_code == 304
    JobExecution.objects.filter(ended=None).update(stdout="secont")
    changed = client.get(f"/jobs/{job.pk}/", headers=tag)
    assert (changed.status_code, changed["ETag"] == answer["ETag"]) == (200, False)
    Job.objects.filter(pk=job.pk).update(last_modified=timezone.now())
    assert client.get(f"/jobs/{job.pk}/", headers={"If-None-Match": changed["ETag"]}).status_code == 200


def test_what_changes_around_a_running_job_is_shown_in_the_end(
    client: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.content.jobs._QUEUE_SECONDS", 10**-6)
    job = make_lost_job(job_type)
    tag = client.get(f"/jobs/{job.pk}/")["ETag"]
    assert client.get(f"/jobs/{job.pk}/", headers={"If-None-Match": tag}).status_code == 200


def test_a_message_is_shown_even_where_nothing_else_changed(operator: Client, job_type: JobType) -> None:
    job = make_lost_job(job_type)
    tag = operator.get(f"/jobs/{job.pk}/")["ETag"]
    answer = operator.post(f"/jobs/requeue/?job_id={job.pk}", headers={"If-None-Match": tag})
    assert answer.status_code == 303
    page = operator.get(f"/jobs/{job.pk}/", headers={"If-None-Match": tag})
    assert "No job was requeued: none of them can be any more." in page.content.decode()
    assert operator.get(f"/jobs/{job.pk}/", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_of_a_job_costs_the_same_with_any_number_of_tries(client: Client, job_type: JobType) -> None:
    job, costs = make_lost_job(job_type), []
    for number in (3, 40):
        while job.num_exes < number:
            ended = {"status": "FAILED", "end": "failed", "error": builtin_error("unknown")}
            job.num_exes += 1
            make_try(job, **ended, ended=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            page = shown(client, f"/jobs/{job.pk}/")
        costs.append(len(captured))
    assert costs == [4, 4]  # the tag, the job, its tries, the logs of one of them
    assert "the last 20 of" not in page
    Job.objects.filter(pk=job.pk).update(num_exes=40)
    assert "the last 20 of 40" in shown(client, f"/jobs/{job.pk}/")

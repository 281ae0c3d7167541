"""Jobs in the admin."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Record
from errors.services import builtin_error
from jobs.admin import JobAdmin
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.querysets import DOCUMENTS
from jobs.states import Status
from tests.factories import make_job, make_job_type, make_try
from tests.files.factories import make_file

pytestmark = pytest.mark.django_db

LIST = "/admin/jobs/job/"


def page_of(job: Job) -> str:
    return f"{LIST}{job.pk}/change/"


def listed(client: Client, query: str = "") -> list[Job]:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def run_action(client: Client, action: str, *jobs: Job, **more: Any) -> list[tuple[str, str]]:
    """Run an action on the change list, and return the messages: level and text."""
    selected = [job.pk for job in jobs]
    sent = {"action": action, "_selected_action": selected, "index": "0", "confirmed": "yes", **more}
    answer = client.post(LIST, sent)
    return [(message.level_tag, message.message) for message in get_messages(answer.wsgi_request)]


def statuses() -> list[str]:
    return list(Job.objects.order_by("pk").values_list("status", flat=True))


def test_the_list_shows_the_latest_change_first(admin_client: Client) -> None:
    job_type = make_job_type("viewshed", "1.2.0")
    now = timezone.now()
    jobs = [
        make_job(job_type, status, last_status_change=now - timedelta(minutes=minutes))
        for status, minutes in (("QUEUED", 3), ("FAILED", 1), ("COMPLETED", 2))
    ]
    assert listed(admin_client) == [jobs[1], jobs[2], jobs[0]]
    page = admin_client.get(LIST).content.decode()
    assert "viewshed 1.2.0" in page
    assert "unknown" in page


def test_the_list_takes_as_many_queries_for_many_jobs_as_for_one_and_reads_no_document(
    admin_client: Client,
) -> None:
    def queries(url: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(url).status_code == 200
        return [query["sql"] for query in captured]

    make_job(make_job_type(), "FAILED")
    urls = [LIST, f"{LIST}?q=test", f"{LIST}?status__exact=FAILED", f"{LIST}?error__category__exact=SYSTEM"]
    queries(LIST)  # the first request fills Django's cache of content types
    before = {url: queries(url) for url in urls}
    for number in range(5):
        make_job(make_job_type(f"test-{number}"), "FAILED")
    for url in urls:
        after = queries(url)
        assert (
            len(after) == len(before[url]) <= 8
        )  # of which three are for the names of nodes and errors, and the versions, to filter by
        assert not [sql for sql in after for name in (*DOCUMENTS, "manifest") if f'"{name}"' in sql]


def test_no_query_counts_beyond_a_bound_or_searches_the_history_for_text(admin_client: Client) -> None:
    job_type = make_job_type()
    for _ in range(5):
        make_job(job_type)
    bounds = patch("core.admin.MOST_COUNTED", 3), patch.object(JobAdmin, "list_per_page", 2)
    with bounds[0], bounds[1], CaptureQueriesContext(connection) as captured:
        answer = admin_client.get(LIST, {"q": "test", "_facets": "True"})
    assert answer.context["cl"].result_count == 3
    about_jobs = [query["sql"] for query in captured if '"jobs_job"' in query["sql"]]
    assert len(about_jobs) == 2
    assert all("LIMIT" in sql for sql in about_jobs)
    assert not [sql for sql in about_jobs if "LIKE" in sql or "UPPER" in sql]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status__exact=QUEUED", ["QUEUED"]),
        ("status__exact=FAILED", ["FAILED"]),
        ("error__category__exact=SYSTEM", ["FAILED"]),
        ("error__category__exact=DATA", []),
        ("error_name=unknown", ["FAILED"]),
        ("error_name=bad", []),
        ("node=node-01", ["COMPLETED"]),
        ("node=node-02", []),
    ],
)
def test_the_filters_select_by_status_error_and_node(admin_client: Client, query: str, expected: list[str]) -> None:
    job_type = make_job_type()
    Node.objects.create(hostname="node-01")
    for status in ("QUEUED", "COMPLETED", "FAILED"):
        make_job(job_type, status, node="node-01" if status == "COMPLETED" else None)
    assert [job.status for job in listed(admin_client, query)] == expected


def test_the_search_finds_ids_and_names_of_job_types(admin_client: Client) -> None:
    mask, other = (make_job(make_job_type(name)) for name in ("cloud-mask", "other"))
    assert listed(admin_client, f"q={mask.pk}") == [mask]
    for text in ("cloud-mask", "MASK", "+cloud+"):
        assert listed(admin_client, f"q={text}") == [mask]
    assert listed(admin_client, "q=nothing") == []
    assert set(listed(admin_client, "q=++")) == {mask, other}


@pytest.mark.parametrize("text", ["9" * 19, "9" * 20, "9" * 5000, "0" * 40, "-1", "\u0663", "%", "\0", "1 2", "'"])
def test_a_search_for_any_text_is_answered(admin_client: Client, text: str) -> None:
    make_job(make_job_type())
    assert admin_client.get(LIST, {"q": text}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "status__exact=%00",
        "input__x=1",
        "job_type__manifest__contains=x",
        "node__regex=(",
        "p=x",
        "p=99999",
        "o=99",
        "o=x",
        "all=",
        "status__exact=NONE",
        "error__category__isnull=x",
    ],
)
def test_a_lookup_that_is_no_filter_is_not_a_server_error(admin_client: Client, query: str) -> None:
    make_job(make_job_type())
    assert admin_client.get(f"{LIST}?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize("pk", ["0", "x", "9" * 40, "_00", "1.5"])
def test_an_unknown_job_redirects_to_the_index(admin_client: Client, pk: str) -> None:
    assert admin_client.get(f"{LIST}{pk}/change/").status_code == 302


def test_a_page_shows_all_of_a_job_with_links(admin_client: Client) -> None:
    job = make_job(
        make_job_type(),
        "FAILED",
        input={"files": {"SCENE": [4711]}},
        output={"json": {"<b>": 1}},
        configuration={"priority": 7},
    )
    answer = admin_client.get(page_of(job))
    assert answer.status_code == 200
    page = answer.content.decode()
    for shown in ("4711", "&lt;b&gt;", "&quot;priority&quot;: 7"):
        assert shown in page
    for model, pk in (
        ("job_types/jobtype", job.job_type_id),
        ("job_types/jobtyperevision", job.job_type_rev_id),
        ("errors/error", job.error_id),
    ):
        url = f"/admin/{model}/{pk}/change/"
        assert f'href="{url}"' in page
        assert admin_client.get(url).status_code == 200


def test_the_page_of_a_job_leads_to_its_files(admin_client: Client) -> None:
    scene = make_file("scene <1>.tif")
    job = make_job(make_job_type(), "COMPLETED", num_exes=1, input={"files": {"SCENE": [scene.pk, 4711]}})
    product = make_file("tile.png", job=job)
    page = admin_client.get(page_of(job)).content.decode()
    for file, name in ((scene, "scene &lt;1&gt;.tif"), (product, "tile.png")):
        url = f"/admin/files/file/{file.pk}/change/"
        assert f'<a href="{url}">{name}</a>' in page
        assert admin_client.get(url).status_code == 200
    # And from there back.
    assert f'href="/admin/jobs/job/{job.pk}/change/"' in admin_client.get(url).content.decode()


def test_canceling_changes_cancelable_jobs_and_is_logged(admin_client: Client) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, status) for status in ("PENDING", "RUNNING", "COMPLETED", "QUEUED")]
    assert run_action(admin_client, "cancel", *jobs[:3]) == [("success", "2 jobs canceled.")]
    assert statuses() == ["CANCELED", "CANCELED", "COMPLETED", "QUEUED"]
    logged = LogEntry.objects.order_by("object_id").values_list("object_id", "change_message")
    assert list(logged) == [(str(job.pk), "Canceled.") for job in jobs[:2]]
    assert "Canceled." in admin_client.get(f"{LIST}{jobs[0].pk}/history/").content.decode()


def test_requeuing_changes_failed_and_canceled_jobs(admin_client: Client) -> None:
    job_type, deprecated = make_job_type(), make_job_type("deprecated", is_active=False)
    jobs = [make_job(job_type, status, num_exes=3) for status in ("FAILED", "CANCELED", "RUNNING")]
    jobs.append(make_job(deprecated, "FAILED"))
    assert run_action(admin_client, "requeue", *jobs) == [("success", "2 jobs requeued.")]
    assert statuses() == ["QUEUED", "QUEUED", "RUNNING", "FAILED"]
    assert set(Job.objects.filter(status=Status.QUEUED).values_list("max_tries", "error")) == {(6, None)}
    assert LogEntry.objects.count() == 2


def test_requeuing_a_job_that_was_held_holds_it_again_and_is_logged(admin_client: Client) -> None:
    job = make_job(make_job_type(), "BLOCKED")
    run_action(admin_client, "cancel", job)
    assert run_action(admin_client, "requeue", job)[-1] == ("success", "1 job requeued.")
    assert (statuses(), LogEntry.objects.count()) == (["BLOCKED"], 2)
    changes = {"selection": {"new": {"job_id": [str(job.pk)]}}, "count": {"new": 1}}
    records = Record.objects.filter(kind="job", source="admin").order_by("id")
    assert list(records.values_list("action", "changes")) == [("canceled", changes), ("requeued", changes)]


@pytest.mark.parametrize(("action", "done"), [("cancel", "canceled"), ("requeue", "requeued")])
def test_an_action_that_changes_nothing_says_so(admin_client: Client, action: str, done: str) -> None:
    job = make_job(make_job_type(), "COMPLETED")
    assert run_action(admin_client, action, job) == [("info", f"None of these jobs can be {done}.")]
    assert not LogEntry.objects.exists()


def test_an_action_on_all_filtered_jobs_changes_no_more_than_its_limit(admin_client: Client) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, status) for status in ("FAILED", "CANCELED", "FAILED", "FAILED")]
    action = {"action": "requeue", "_selected_action": [jobs[0].pk], "select_across": "1", "confirmed": "yes"}
    with patch("jobs.admin.MOST_AT_ONCE", 2):
        answer = admin_client.post(f"{LIST}?status__exact=FAILED", action)
    assert [message.message for message in get_messages(answer.wsgi_request)] == [
        "2 jobs requeued.",
        "At most 2 jobs are requeued at once; do it again for the rest.",
    ]
    assert statuses() == ["QUEUED", "CANCELED", "QUEUED", "FAILED"]


def test_staff_cancel_and_requeue_as_in_the_api_and_change_nothing_else(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("somebody", is_staff=True))
    job = make_job(make_job_type())
    assert run_action(client, "cancel", job)[-1:] == [("success", "1 job canceled.")]
    assert run_action(client, "requeue", job)[-1:] == [("success", "1 job requeued.")]
    run_action(client, "delete_selected", job, post="yes")
    assert client.post(page_of(job), {"priority": 1}).status_code == 403
    assert statuses() == ["QUEUED"]


def test_jobs_cannot_be_added_edited_or_deleted(admin_client: Client) -> None:
    job = make_job(make_job_type())
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(page_of(job), {"status": "COMPLETED"}).status_code == 403
    assert admin_client.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert statuses() == ["QUEUED"]


def test_nodes_are_shown_and_their_names_cannot_be_changed(admin_client: Client) -> None:
    node = Node.objects.create(hostname="node-7", capacity={"cpus": 8.0})
    Node.objects.create(hostname="other", account=get_user_model().objects.create_user("worker"))
    answer = admin_client.get("/admin/jobs/node/?q=node-7")
    assert [one.hostname for one in answer.context["cl"].result_list] == ["node-7"]
    with CaptureQueriesContext(connection) as captured:
        assert "worker" in admin_client.get("/admin/jobs/node/").content.decode()
    assert len(captured) <= 7
    page = f"/admin/jobs/node/{node.pk}/change/"
    assert "&quot;cpus&quot;: 8.0" in admin_client.get(page).content.decode()
    admin_client.post(page, {"hostname": "new"})
    assert Node.objects.get(pk=node.pk).hostname == "node-7"
    assert admin_client.get("/admin/jobs/node/add/").status_code == 403


TRIES = "/admin/jobs/jobexecution/"
NODES = "/admin/jobs/node/"
SCHEDULER = "/admin/jobs/scheduler/"


def test_jobs_are_filtered_by_the_version_of_their_job_type(admin_client: Client) -> None:
    old, new = (make_job(make_job_type("mask", version)) for version in ("1.0.0", "1.10.0"))
    assert listed(admin_client, "job_type_version=1.10.0") == [new]
    page = admin_client.get(LIST).content.decode()
    assert page.index("job_type_version=1.10.0") < page.index("job_type_version=1.0.0")
    assert listed(admin_client, "job_type_version=1.0.0") == [old]


def test_the_page_of_a_job_shows_its_last_tries_read_only(admin_client: Client) -> None:
    job = make_job(make_job_type(), "RUNNING", num_exes=3, node="node-03")
    ended = {"status": "FAILED", "end": "node-lost", "error": builtin_error("node-lost"), "ended": job.started}
    for number in (1, 2):
        make_try(job, exe_num=number, node=f"node-0{number}", stdout="a log", **ended)
    with patch("jobs.admin.MOST_TRIES", 2), CaptureQueriesContext(connection) as captured:
        page = admin_client.get(page_of(job)).content.decode()
    assert page.index("node-03") < page.index("node-02")
    assert "node-01" not in page
    assert 'name="executions-0-node"' not in page
    logs = [query["sql"] for query in captured if '"stdout"' in query["sql"]]
    assert [sql.endswith("LIMIT 1") for sql in logs] == [True]  # those of the last try
    one = JobExecution.objects.get(exe_num=2)
    assert f'href="{TRIES}{one.pk}/change/"' in page
    assert "a log" in admin_client.get(f"{TRIES}{one.pk}/change/").content.decode()


def test_the_list_of_tries_is_filtered_and_reads_no_log(admin_client: Client) -> None:
    job = make_job(make_job_type(), "RUNNING", num_exes=2, node="node-02")
    lost = {"status": "FAILED", "end": "node-lost", "error": builtin_error("node-lost"), "ended": job.started}
    first = make_try(job, exe_num=1, node="node-01", **lost)
    second = JobExecution.objects.get(exe_num=2)
    Node.objects.create(hostname="node-01")
    for query, expected in {
        "": [first, second],
        "status=FAILED": [first],
        "status=RUNNING": [second],
        "end=node-lost": [first],
        "error_name=node-lost": [first],
        "error_name=timeout": [],
        "node=node-01": [first],
        f"q={job.pk}": [first, second],
        "q=0": [],
        "q=node": [],
    }.items():
        with patch("core.admin.MOST_COUNTED", 3), CaptureQueriesContext(connection) as captured:
            answer = admin_client.get(f"{TRIES}?{query}")
        assert list(answer.context["cl"].result_list) == expected, query
        about_tries = [sql["sql"] for sql in captured if 'FROM "jobs_jobexecution"' in sql["sql"]]
        assert not [sql for sql in about_tries if '"stdout"' in sql or '"manifest"' in sql]
        assert not [sql for sql in about_tries if "COUNT" in sql and "LIMIT" not in sql]
        assert len(captured) <= 8
    for query in ("status=%00", "end=no", "node__regex=(", "q=%00", f"q={'9' * 30}"):
        assert admin_client.get(f"{TRIES}?{query}").status_code in (200, 302, 400)


def test_nodes_are_paused_and_deprecated_by_actions_and_a_form(admin_client: Client) -> None:
    first, second = (Node.objects.create(hostname=name) for name in ("node-01", "node-02"))
    for action, done in {
        "pause": "2 nodes paused.",
        "resume": "2 nodes resumed.",
        "deprecate": "2 nodes deprecated.",
        "activate": "2 nodes activated.",
    }.items():
        body = {"action": action, "_selected_action": [first.pk, second.pk], "confirmed": "yes"}
        answer = admin_client.post(NODES, body)
        assert [one.message for one in get_messages(answer.wsgi_request)][-1] == done
    records = Record.objects.filter(kind="node", source="admin", name="node-01").order_by("id")
    assert [record.changes for record in records] == [
        {"is_paused": {"old": False, "new": True}},
        {"is_paused": {"old": True, "new": False}},
        {"is_active": {"old": True, "new": False}},
        {"is_active": {"old": False, "new": True}},
    ]
    page = admin_client.get(f"{NODES}{first.pk}/change/")
    form = page.context["adminform"].form
    sent = {"tag": form.initial["tag"], "is_active": "on", "is_paused": "on", "pause_reason": "New disks"}
    assert admin_client.post(f"{NODES}{first.pk}/change/", sent).status_code == 302
    first.refresh_from_db()
    assert (first.is_paused, first.pause_reason, first.is_active) == (True, "New disks", True)
    history = admin_client.get(f"{NODES}{first.pk}/history/")
    assert (history.status_code, "name__exact=node-01" in history["Location"]) == (302, True)


def test_the_scheduler_is_paused_by_an_action_and_by_its_form(admin_client: Client) -> None:
    Scheduler.objects.get_or_create(pk=1)
    for action, is_paused in (("pause", True), ("resume", False)):
        admin_client.post(SCHEDULER, {"action": action, "_selected_action": [1], "confirmed": "yes"})
        assert Scheduler.objects.get().is_paused is is_paused
    form = admin_client.get(f"{SCHEDULER}1/change/").context["adminform"].form
    for _ in range(2):  # the second time nothing is changed
        sent = {"tag": form.initial["tag"], "is_paused": "on"}
        assert admin_client.post(f"{SCHEDULER}1/change/", sent).status_code == 302
    assert Scheduler.objects.get().is_paused
    assert Record.objects.filter(kind="scheduler", source="admin").count() == 3
    assert admin_client.get(f"{SCHEDULER}add/").status_code == 403

"""The tries of jobs: /v6/jobs/{id}/executions/, /v6/job-executions/ and what they logged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from errors.models import Error
from errors.services import builtin_error
from jobs import execution_rows
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.rescue import rescued
from jobs.states import STATUS_AFTER, End
from tests.conftest import client_of
from tests.factories import iso, make_job, make_job_type, make_try

pytestmark = pytest.mark.django_db

URL = "/v6/job-executions/"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def tries_of(job: Job) -> str:
    return f"/v6/jobs/{job.pk}/executions/"


def results(client: APIClient, url: str) -> list[dict[str, Any]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.fixture
def job() -> Job:
    """A job whose third try runs on node-02; the first was lost with node-01, the second gave it back."""
    Node.objects.create(hostname="node-01")
    required = [{"name": "cpus", "value": 2.0}]
    job_type = make_job_type(job={"timeout": 3600, "resources": {"scalar": required}})
    job = make_job(job_type, "RUNNING", num_exes=3, node="node-02", started=NOON + timedelta(hours=2), queued=NOON)
    ended = {"node": "node-01", "started": NOON, "ended": NOON + timedelta(hours=1)}
    lost = builtin_error("node-lost")
    make_try(job, exe_num=1, status="FAILED", end="node-lost", error=lost, stderr="Killed", **ended)
    make_try(job, exe_num=2, status="CANCELED", end="returned", ended_by="operator", exit_code=4, **ended)
    return job


def test_a_try_shows_what_v6_shows_and_what_ended_it(user: APIClient, job: Job) -> None:
    account = User.objects.create_user("node-01")
    JobExecution.objects.filter(exe_num=3).update(account=account, times_out=NOON, stdout="Done")
    shown = results(user, tries_of(job))
    assert [row["exe_num"] for row in shown] == [3, 2, 1]
    last, _, lost = JobExecution.objects.order_by("-exe_num")
    node = {"id": Node.objects.get().pk, "hostname": "node-01"}
    job_type = user.get(f"/v6/jobs/{job.pk}/").json()["job_type"]
    assert shown[2] == {
        "id": lost.pk,
        "status": "FAILED",
        "exe_num": 1,
        "cluster_id": None,
        "created": iso(NOON),
        "queued": iso(NOON),
        "started": iso(NOON),
        "ended": iso(NOON + timedelta(hours=1)),
        "job": {"id": job.pk},
        "node": node,
        "error": user.get(f"/v6/errors/{lost.error_id}/").json(),
        "job_type": job_type,
        "timeout": 3600,
        "input_file_size": None,
        "account": None,
        "end": "node-lost",
        "ended_by": None,
        "exit_code": None,
        "times_out": None,
        "lease_expires": None,
        "log_workspace": None,
        "log_path": None,
    }
    assert (shown[1]["status"], shown[1]["end"], shown[1]["ended_by"]) == ("CANCELED", "returned", "operator")
    assert (shown[1]["error"], shown[1]["exit_code"]) == (None, 4)
    assert (shown[0]["account"], shown[0]["node"]) == ("node-01", {"id": None, "hostname": "node-02"})
    assert (shown[0]["end"], shown[0]["times_out"], shown[0]["ended"]) == (None, iso(NOON), None)
    details = user.get(f"{tries_of(job)}3/").json()
    assert details == shown[0] | {
        "resources": {"resources": {"cpus": 2.0}},
        "task_results": {"tasks": [], "version": "1.0"},
        "configuration": {"tasks": [], "version": "2.0"},
        "output": {"output_data": [], "version": "1.0"},
    }
    assert user.get(f"{URL}{last.pk}/").json() == user.get(f"/v6/jobs/{job.pk}/").json()["execution"] == details
    assert results(user, URL) == sorted(shown, key=lambda row: -row["id"])


def test_readers_without_an_account_see_no_names_of_accounts(anyone: APIClient, job: Job) -> None:
    JobExecution.objects.filter(exe_num=3).update(account=User.objects.create_user("node-01"))
    Job.objects.update(num_exes=2)
    third = JobExecution.objects.get(exe_num=3).pk
    shown = [
        *results(anyone, URL),
        *results(anyone, tries_of(job)),
        anyone.get(f"{URL}{third}/").json(),
        anyone.get(f"{tries_of(job)}2/").json(),
        anyone.get(f"/v6/jobs/{job.pk}/").json()["execution"],
    ]
    assert {(one["account"], one["ended_by"]) for one in shown} == {(None, None)}


def test_the_details_of_a_job_show_its_last_try_while_it_waits_for_another(staff: APIClient, job: Job) -> None:
    Job.objects.update(max_tries=9)
    change = {"job_id": job.pk, "status": "FAILED", "error": "node-lost"}
    staff.post("/v6/jobs/transitions/", {"changes": [change]}, format="json")
    shown = staff.get(f"/v6/jobs/{job.pk}/").json()
    assert (shown["status"], shown["node"], shown["error"]) == ("QUEUED", None, None)
    last = shown["execution"]
    assert (last["exe_num"], last["status"], last["error"]["name"]) == (3, "FAILED", "node-lost")
    assert (last["node"]["hostname"], last["end"], last["ended_by"]) == ("node-02", "failed", "staff")


def test_a_job_that_was_never_tried_has_no_tries_and_one_that_does_not_exist_is_a_404(anyone: APIClient) -> None:
    assert results(anyone, tries_of(make_job(make_job_type()))) == []
    for url in ("/v6/jobs/999/executions/", "/v6/jobs/999/executions/1/", f"{URL}999/", f"{URL}999/logs/stdout/"):
        answer = anyone.get(url)
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("There is no ")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [2, 1, 3]),
        ("status=RUNNING", [3]),
        ("status=FAILED", [1]),
        ("status=CANCELED&status=RUNNING", [2, 3]),
        ("status=COMPLETED", []),
        ("end=node-lost&end=returned", [2, 1]),
        ("end=timed-out", []),
        ("node=node-02", [3]),
        ("node=node-01&node=node-03", [2, 1]),
        ("node_id=999999", []),
        ("error_name=node-lost&error_name=timeout", [1]),
        ("error_name=timeout", []),
        ("error_category=SYSTEM", [1]),
        ("error_id=0", []),
        ("job_id=0", []),
        ("started=2026-01-01T13:00:00Z", [3]),
        ("ended=2026-01-01T13:00:00Z", [2, 1]),
        ("started=2026-01-01&ended=2026-01-01T12:00:00Z&status=FAILED", [1]),
        ("order=exe_num", [1, 2, 3]),
        ("order=-exit_code&order=exe_num", [1, 3, 2]),
        ("order=ended&order=-exe_num", [2, 1, 3]),
        ("order=node&order=created&order=exe_num", [1, 2, 3]),
        ("order=error&order=job_type&order=-exe_num", [1, 3, 2]),
        ("order=cluster_id&order=-timeout", [3, 1, 2]),
    ],
)
def test_filters_select_and_order_sorts_tries(anyone: APIClient, job: Job, query: str, numbers: list[int]) -> None:
    assert [row["exe_num"] for row in results(anyone, f"{URL}?{query}")] == numbers
    if "job_id" not in query and "started" not in query and "ended" not in query and "order" not in query:
        of_job = [row["exe_num"] for row in results(anyone, f"{tries_of(job)}?{query}")]
        assert of_job == sorted(numbers, reverse=True)


def test_tries_are_found_by_the_ids_of_their_job_node_and_error(anyone: APIClient, job: Job) -> None:
    other = make_job(make_job_type("other"), "COMPLETED", num_exes=1, node="node-04")
    node, error = Node.objects.get().pk, Error.objects.get(name="node-lost").pk
    assert [row["job"]["id"] for row in results(anyone, f"{URL}?job_id={other.pk}")] == [other.pk]
    assert [row["exe_num"] for row in results(anyone, f"{URL}?node_id={node}")] == [2, 1]
    assert [row["exe_num"] for row in results(anyone, f"{URL}?error_id={error}")] == [1]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=QUEUED", "status: must be one of RUNNING, FAILED, COMPLETED, CANCELED."),
        ("end=lost", "end: must be one of completed, failed"),
        ("node_id=x", "node_id: must be a whole number."),
        ("started=PT1H&ended=PT2H", "started: must not be after ended."),
        ("order=ended_by", "order: the fields to order by are: id, status"),
        ("order=stdout", "order: the fields to order by are: id, status"),
        ("no=1", "no: unknown query parameter"),
    ],
)
def test_an_invalid_query_is_a_400_that_names_the_parameter(anyone: APIClient, query: str, message: str) -> None:
    answer = anyone.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(message)


def test_each_end_has_the_status_by_which_filters_find_it(staff: APIClient) -> None:
    job_type = make_job_type()
    for end in ("COMPLETED", "FAILED", "QUEUED", "CANCELED"):
        job = make_job(job_type, "RUNNING", num_exes=1, max_tries=1)
        staff.post("/v6/jobs/transitions/", {"changes": [{"job_id": job.pk, "status": end}]}, format="json")
    found = [(End(one.end or ""), one.status) for one in JobExecution.objects.all()]
    assert dict(found) == {end: STATUS_AFTER[end] for end, _ in found}
    assert len(found) == 4


def test_lists_and_details_read_no_log_and_take_as_many_queries_for_many_tries(anyone: APIClient, job: Job) -> None:
    urls = {URL: 2, tries_of(job): 1, f"{tries_of(job)}3/": 1, f"/v6/jobs/{job.pk}/": 1}
    for more in (range(4, 9), ()):
        for url, count in urls.items():
            with CaptureQueriesContext(connection) as captured:
                assert anyone.get(url).status_code == 200
            statements = " ".join(query["sql"] for query in captured)
            assert len(captured) == count, url
            assert "stdout" not in statements
            assert "stderr" not in statements
        for exe_num in more:
            make_try(job, exe_num=exe_num)


@pytest.fixture
def lost(job: Job) -> JobExecution:
    """The try of ``job`` that runs, whose lease has expired."""
    Scheduler.objects.update_or_create(defaults={"last_seen": timezone.now()})
    expired = timezone.now() - timedelta(seconds=5)
    JobExecution.objects.filter(ended=None).update(lease_expires=expired)
    return JobExecution.objects.get(ended=None)


@pytest.mark.parametrize("url", ["/v6/jobs/{job}/", "/v6/jobs/{job}/executions/", "/v6/jobs/{job}/executions/3/"])
def test_reading_a_job_or_its_tries_ends_one_whose_lease_has_expired(
    anyone: APIClient, lost: JobExecution, url: str
) -> None:
    Job.objects.update(max_tries=9)
    shown = anyone.get(url.format(job=lost.job_id)).json()
    last = shown.get("execution") or shown.get("results", [shown])[0]
    assert (last["status"], last["end"], last["error"]["name"]) == ("FAILED", "node-lost", "node-lost")
    job = Job.objects.get()
    assert (job.status, job.node) == ("QUEUED", None)
    if "execution" in shown:
        assert (shown["status"], shown["node"]) == ("QUEUED", None)


def test_reading_a_try_ends_it_if_its_lease_has_expired(anyone: APIClient, lost: JobExecution) -> None:
    assert anyone.get(f"{URL}{lost.pk}/").json()["end"] == "node-lost"


def test_what_a_reader_ended_is_read_again_from_the_primary(lost: JobExecution) -> None:
    asked = []

    def read(using: str | None) -> list[dict[str, Any]]:
        asked.append(using)
        return execution_rows.details_rows({"pk": lost.pk}, using)

    (row,) = rescued(read)
    assert (row["end"], row["overdue"], asked) == ("node-lost", None, [None, DEFAULT_DB_ALIAS])


def test_reading_ends_no_try_while_the_service_was_away(anyone: APIClient, lost: JobExecution) -> None:
    Scheduler.objects.update(last_seen=timezone.now() - timedelta(minutes=5))
    assert anyone.get(f"/v6/jobs/{lost.job_id}/").json()["execution"]["status"] == "RUNNING"


def test_reading_ends_no_try_of_another_job_and_none_whose_lease_lasts(
    anyone: APIClient, lost: JobExecution
) -> None:
    job = make_job(make_job_type("other"), "RUNNING", num_exes=1)
    JobExecution.objects.filter(job=job).update(lease_expires=timezone.now() + timedelta(minutes=1))
    with CaptureQueriesContext(connection) as captured:
        assert anyone.get(f"/v6/jobs/{job.pk}/").json()["execution"]["status"] == "RUNNING"
    assert len(captured) == 1
    assert JobExecution.objects.filter(ended=None).count() == 2


def log(client: APIClient, pk: int, name: str, accept: str = "application/json", query: str = "") -> Any:
    return client.get(f"{URL}{pk}/logs/{name}/{query}", headers={"Accept": accept})


def test_the_ends_of_logs_are_text(anyone: APIClient, job: Job) -> None:
    make_try(job, exe_num=4, stdout="One\nZwei ü\n", stderr="<b>")
    pk = JobExecution.objects.get(exe_num=4).pk
    answer = log(anyone, pk, "stdout", "text/plain")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.content.decode() == "One\nZwei ü\n"
    assert log(anyone, pk, "stderr", "text/plain").content == b"<b>"
    combined = log(anyone, pk, "combined", "text/plain").content.decode()
    assert combined == "==> stdout <==\nOne\nZwei ü\n\n==> stderr <==\n<b>"


def test_the_ends_of_logs_are_json_in_the_shape_of_v6(anyone: APIClient, job: Job) -> None:
    lost = JobExecution.objects.get(exe_num=1)
    hit = {"message": "Killed", "stream": "stderr", "scale_order_num": 1, "scale_node": "node-01"}
    for name, accept in (("stderr", "application/json"), ("combined", "application/json, text/plain, */*")):
        answer = log(anyone, lost.pk, name, accept)
        assert answer["Content-Type"] == "application/json"
        assert answer.json() == {"hits": {"total": 1, "hits": [{"_source": hit | {"@timestamp": iso(lost.ended)}}]}}
    page = log(anyone, lost.pk, "combined", "text/html")
    assert "Killed" in page.content.decode()


@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_a_log_in_which_there_is_nothing_is_a_204(anyone: APIClient, job: Job, accept: str) -> None:
    pk = JobExecution.objects.get(exe_num=1).pk
    for name, query in (("stdout", ""), ("stderr", "?started=2026-01-01T13:00:01Z")):
        answer = log(anyone, pk, name, accept, query)
        assert (answer.status_code, answer.content) == (204, b"")
    assert log(anyone, pk, "stderr", accept, "?started=2026-01-01T13:00:00Z").status_code == 200
    running = JobExecution.objects.get(exe_num=3)
    JobExecution.objects.filter(pk=running.pk).update(stderr="Running")
    assert log(anyone, running.pk, "stderr", accept, "?started=PT1S").status_code == 200


@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_faults_of_a_request_for_a_log_are_json(anyone: APIClient, job: Job, accept: str) -> None:
    pk = JobExecution.objects.get(exe_num=1).pk
    for name, query, status, sentence in (
        ("stdin", "", 404, "the logs of a try are stdout, stderr, combined."),
        ("stdout", "?started=soon", 400, "started: must be an ISO-8601 datetime"),
        ("stdout", "?ended=PT1H", 400, "ended: unknown query parameter; the known ones are: started."),
    ):
        answer = log(anyone, pk, name, accept, query)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
        assert sentence in answer.json()["detail"]


def test_a_claim_and_its_reports_are_a_try_with_its_logs(job: Job) -> None:
    worker = client_of("worker", "Workers")
    Job.objects.update(status="QUEUED", started=None, node=None, queued=F("created"))
    JobExecution.objects.filter(ended=None).delete()
    claimed = worker.post("/v6/jobs/claim/", {"node": "a", "limit": 1}, format="json").json()["results"][0]
    running = {"job_id": job.pk, "num_exes": claimed["num_exes"]}
    body = {"node": "a", "jobs": [running | {"log": {"stdout": "Half", "stderr": ""}}]}
    worker.post("/v6/nodes/heartbeat/", body, format="json")
    shown = results(worker, tries_of(job))[0]
    assert (shown["status"], shown["account"], shown["node"]["hostname"]) == ("RUNNING", "worker", "a")
    assert shown["lease_expires"] >= claimed["lease_expires"]
    assert log(worker, shown["id"], "combined", "text/plain").content == b"==> stdout <==\nHalf"
    assert (shown["log_workspace"], shown["log_path"]) == (None, None)
    change = running | {
        "status": "COMPLETED",
        "exit_code": 0,
        "log": {"stdout": "Whole"},
        "log_workspace": "logs",
    }
    worker.post("/v6/jobs/transitions/", {"changes": [change]}, format="json")
    shown = results(worker, tries_of(job))[0]
    assert (shown["status"], shown["end"], shown["ended_by"]) == ("COMPLETED", "completed", "worker")
    assert log(worker, shown["id"], "stdout", "text/plain").content == b"Whole"
    assert (shown["log_workspace"], shown["log_path"]) == ("logs", f"test/1.0.0/{job.pk}/{claimed['num_exes']}")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": "RUNNING", "log_workspace": "logs"}, "have it, not RUNNING."),
        ({"status": "COMPLETED", "log_workspace": "l" * 51}, "must have at most 50 characters."),
        ({"status": "COMPLETED", "log_workspace": "my logs"}, "may hold letters, digits, `_` and `-` alone."),
        ({"status": "COMPLETED", "log_workspace": ""}, "must not be blank"),
        ({"status": "COMPLETED", "log_workspace": 5}, "must be a string"),
    ],
)
def test_where_whole_logs_are_is_said_of_a_try_that_ends(job: Job, fields: dict[str, Any], sentence: str) -> None:
    change = {"job_id": job.pk, **fields}
    answer = client_of("staff", "Operators").post("/v6/jobs/transitions/", {"changes": [change]}, format="json")
    assert answer.status_code == 400
    assert sentence in answer.content.decode()

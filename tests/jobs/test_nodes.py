"""Nodes and the scheduler: what readers see of them, and what operators switch."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import Record
from jobs.models import Job, Node, Scheduler
from tests.conftest import client_of
from tests.factories import iso, make_job, make_job_type

pytestmark = pytest.mark.django_db

URL = "/v6/nodes/"
SCHEDULER = "/v6/scheduler/"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def claim(client: APIClient, node: str = "node-01") -> list[dict[str, Any]]:
    answer = client.post("/v6/jobs/claim/", {"node": node, "limit": 1}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def edit(client: APIClient, node: Node, **fields: Any) -> Any:
    return client.patch(f"{URL}{node.pk}/", fields, format="json")


@pytest.fixture
def node() -> Node:
    account = User.objects.create_user("worker")
    return Node.objects.create(
        hostname="node-01.example.com",
        account=account,
        capacity={"cpus": 8.0},
        labels={"zone": "a"},
        software_version="1.0",
        created=NOON,
        last_modified=NOON,
        last_seen=NOON,
    )


def test_a_node_shows_what_v6_shows_and_what_it_has(user: APIClient, anyone: APIClient, node: Node) -> None:
    (shown,) = user.get(URL).json()["results"]
    assert shown == {
        "id": node.pk,
        "hostname": "node-01.example.com",
        "description": "",
        "pause_reason": None,
        "is_paused": False,
        "is_active": True,
        "deprecated": None,
        "created": iso(NOON),
        "last_modified": iso(NOON),
        "software_version": "1.0",
        "labels": {"zone": "a"},
        "last_seen": iso(NOON),
        "account": "worker",
        "resources": {"cpus": 8.0},
    }
    assert user.get(f"{URL}{node.pk}/").json() == {**shown, "running": []}
    assert anyone.get(URL).json()["results"] == [shown | {"account": None}]
    assert anyone.get(f"{URL}{node.pk}/").json()["account"] is None


def test_the_details_of_a_node_count_the_jobs_that_run_on_it(anyone: APIClient, node: Node) -> None:
    mask, tiler = make_job_type("mask"), make_job_type("tiler")
    for job_type, status, hostname in (
        (mask, "RUNNING", node.hostname),
        (tiler, "RUNNING", node.hostname),
        (tiler, "RUNNING", node.hostname),
        (tiler, "COMPLETED", node.hostname),
        (mask, "RUNNING", "other"),
    ):
        make_job(job_type, status, node=hostname, num_exes=1)
    for queries in (4, 3):  # the job types are read once
        with CaptureQueriesContext(connection) as captured:
            running = anyone.get(f"{URL}{node.pk}/").json()["running"]
        assert len(captured) == queries
    assert [(one["job_type"]["name"], one["count"]) for one in running] == [("tiler", 2), ("mask", 1)]
    assert running[1]["job_type"] == anyone.get("/v6/jobs/").json()["results"][-1]["job_type"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["a-1", "b-1", "b-2"]),
        ("hostname=B-", ["b-1", "b-2"]),
        ("hostname=a&hostname=2", ["a-1", "b-2"]),
        ("hostname=%25", []),
        ("is_active=false", ["b-2"]),
        ("is_paused=true", ["b-1"]),
        ("is_active=true&is_paused=false", ["a-1"]),
        ("ended=P100Y", []),
        ("order=-hostname", ["b-2", "b-1", "a-1"]),
        ("order=-is_paused&order=is_active", ["b-1", "b-2", "a-1"]),
        ("order=last_seen&page_size=1&page=2", ["b-1"]),
    ],
)
def test_filters_select_and_order_sorts_nodes(anyone: APIClient, query: str, names: list[str]) -> None:
    for number, hostname in enumerate(("b-2", "b-1", "a-1")):
        Node.objects.create(
            hostname=hostname,
            is_active=hostname != "b-2",
            is_paused=hostname == "b-1",
            last_seen=NOON + timedelta(hours=number),
        )
    answer = anyone.get(f"{URL}?{query}")
    assert [row["hostname"] for row in answer.json()["results"]] == names


def test_an_operator_pauses_a_node_which_then_gets_no_jobs(node: Node) -> None:
    operator = client_of("operator", "Operators")
    make_job(make_job_type())
    answer = edit(operator, node, is_paused=True, pause_reason="New disks", description="Rack 4")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["is_paused"], shown["pause_reason"], shown["description"]) == (True, "New disks", "Rack 4")
    assert shown["last_modified"] > iso(NOON)
    assert operator.get(f"{URL}{node.pk}/").json() == shown
    assert claim(operator, node.hostname) == []
    (record,) = Record.objects.filter(kind="node")
    assert (record.kind, record.name, record.actor, record.action) == (
        "node",
        "node-01.example.com",
        "operator",
        "edited",
    )
    assert record.changes == {
        "is_paused": {"old": False, "new": True},
        "pause_reason": {"old": None, "new": "New disks"},
        "description": {"old": "", "new": "Rack 4"},
    }
    resumed = edit(operator, node, is_paused=False).json()
    assert (resumed["is_paused"], resumed["pause_reason"]) == (False, None)
    assert len(claim(operator, node.hostname)) == 1


def test_a_deprecated_node_gets_no_jobs_until_it_is_active_again(staff: APIClient, node: Node) -> None:
    make_job(make_job_type())
    shown = edit(staff, node, is_active=False).json()
    assert (shown["is_active"], shown["deprecated"]) == (False, shown["last_modified"])
    assert claim(staff, node.hostname) == []
    assert edit(staff, node, is_active=True).json()["deprecated"] is None
    assert len(claim(staff, node.hostname)) == 1


def test_what_get_shows_can_be_sent_back_and_saying_what_is_so_changes_nothing(
    staff: APIClient, node: Node
) -> None:
    shown = staff.get(f"{URL}{node.pk}/").json()
    for body in (shown, {}, {"is_paused": False, "pause_reason": "None"}):
        answer = edit(staff, node, **body)
        assert (answer.status_code, answer.json()) == (200, shown)
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hostname", "other"),
        ("account", "other"),
        ("resources", {"cpus": 9.0}),
        ("software_version", "2.0"),
        ("labels", {}),
    ],
)
def test_what_the_node_itself_says_cannot_be_set(staff: APIClient, node: Node, field: str, value: object) -> None:
    answer = edit(staff, node, is_paused=True, **{field: value})
    assert answer.status_code == 400
    (finding,) = answer.json()["errors"]
    assert (finding["name"], finding["path"]) == ("READ_ONLY_FIELD", f"/{field}")
    assert not Node.objects.filter(is_paused=True).exists()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"is_paused": "true"}, "/is_paused"),
        ({"is_active": None}, "/is_active"),
        ({"description": 1}, "/description"),
        ({"pause_reason": "x" * 10_001}, "/pause_reason"),
        ({"no": 1}, "/no"),
        ([], ""),
    ],
)
def test_a_fault_in_an_edit_is_a_400_that_names_the_field(
    staff: APIClient, node: Node, body: Any, path: str
) -> None:
    answer = staff.patch(f"{URL}{node.pk}/", body, format="json")
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == [path]


def test_a_node_that_does_not_exist_is_a_404(staff: APIClient) -> None:
    for answer in (staff.get(f"{URL}999/"), staff.patch(f"{URL}999/", {"is_paused": True}, format="json")):
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no node with the id 999; see /v6/nodes/."


def test_a_node_with_a_long_name_is_audited(staff: APIClient) -> None:
    node = Node.objects.create(hostname="n" * 255)
    assert edit(staff, node, is_active=False).status_code == 200
    assert Record.objects.get().name == node.hostname


def test_the_list_takes_one_query_whatever_the_nodes(anyone: APIClient, node: Node) -> None:
    for number in range(3):
        with CaptureQueriesContext(connection) as captured:
            assert anyone.get(URL).json()["count"] == number + 1
        assert len(captured) == 1
        Node.objects.create(hostname=str(number))


def test_a_pause_of_the_scheduler_stops_all_claims(anyone: APIClient) -> None:
    operator = client_of("operator", "Operators")
    for _ in range(2):
        make_job(make_job_type(str(_)))
    assert len(claim(operator)) == 1
    assert anyone.get(SCHEDULER).json() == {"is_paused": False}
    for body in ({"is_paused": True}, {"is_paused": True}, {}):  # only the first changes something
        answer = operator.patch(SCHEDULER, body, format="json")
        assert (answer.status_code, answer.json()) == (200, {"is_paused": True})
    with CaptureQueriesContext(connection) as captured:
        assert anyone.get(SCHEDULER).json() == {"is_paused": True}
    assert len(captured) == 1
    assert (claim(operator), claim(operator, "node-02")) == ([], [])
    # What runs goes on.
    assert Job.objects.filter(status="RUNNING").count() == 1
    (record,) = Record.objects.filter(kind="scheduler")
    assert (record.kind, record.name, record.actor) == ("scheduler", "scheduler", "operator")
    assert record.changes == {"is_paused": {"old": False, "new": True}}
    assert operator.patch(SCHEDULER, {"is_paused": False}, format="json").json() == {"is_paused": False}
    assert len(claim(operator, "node-02")) == 1


def test_a_scheduler_whose_row_is_gone_is_not_paused(anyone: APIClient, staff: APIClient) -> None:
    Scheduler.objects.all().delete()
    assert anyone.get(SCHEDULER).json() == {"is_paused": False}
    assert staff.patch(SCHEDULER, {"is_paused": True}, format="json").status_code == 200
    assert anyone.get(SCHEDULER).json() == {"is_paused": True}


@pytest.mark.parametrize(
    ("body", "path"), [([], ""), ({"is_paused": 1}, "/is_paused"), ({"is_paused": True, "x": 1}, "/x")]
)
def test_a_fault_in_a_pause_is_a_400_that_names_the_field(staff: APIClient, body: Any, path: str) -> None:
    answer = staff.patch(SCHEDULER, body, format="json")
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == [path]
    assert not Scheduler.objects.filter(is_paused=True).exists()


def test_a_pause_is_no_beat_of_the_service(staff: APIClient) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Scheduler.objects.update_or_create(defaults={"last_seen": long_ago})
    staff.patch(SCHEDULER, {"is_paused": True}, format="json")
    assert Scheduler.objects.get().last_seen == long_ago

"""The list of nodes, the page of one node, and its switches."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Record
from errors.services import builtin_error, load_builtin_errors
from job_types.models import JobType
from jobs.models import Node
from jobs.switches import edit_node
from tests.factories import make_job, make_job_type
from tests.pages.reading import shown

pytestmark = pytest.mark.django_db

URL = "/nodes/"


def make_node(hostname: str = "node-01", **columns: Any) -> Node:
    capacity = {"cpus": 8.0, "mem": 16384.0, "licences": 2.0}
    return Node.objects.create(**{"hostname": hostname, "capacity": capacity, **columns})


@pytest.fixture
def job_type(db: None) -> JobType:
    load_builtin_errors()
    required = [{"name": "cpus", "value": 2.5}, {"name": "mem", "value": 4096.0}]
    return make_job_type("tiler", job={"resources": {"scalar": required}})


def test_the_list_shows_what_nodes_have_free_and_run(client: Client, job_type: JobType) -> None:
    node = make_node(software_version="agent 1.2", labels={"zone": "north"})
    for _ in range(2):
        make_job(job_type, "RUNNING", node="node-01", num_exes=1)
    make_job(job_type, "COMPLETED", node="node-01", num_exes=1)
    page = shown(client, URL)
    for part in (
        f'<a href="/nodes/{node.pk}/">node-01</a>',
        "Active</span>",
        '<a href="/jobs/?node=node-01&amp;status=RUNNING">2</a>',
        "3 of 8 CPUs",
        "8 of 16 GiB memory",
        "2 of 2 licences",
        "agent 1.2",
        "zone: north",
    ):
        assert part in page, part


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "Active"),
        ({"is_paused": True, "pause_reason": "New disks"}, "Paused"),
        ({"is_active": False}, "Deprecated"),
        ({"last_seen": timezone.now() - timedelta(days=1)}, "Offline"),
    ],
)
def test_a_state_is_a_word_and_has_its_reason(client: Client, columns: dict[str, Any], word: str) -> None:
    node = make_node(**columns)
    for url in (URL, f"{URL}{node.pk}/"):
        page = shown(client, url)
        assert f"{word}</span>" in page
        assert str(columns.get("pause_reason", "")) in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["a-1", "b-1", "b-2"]),
        ("hostname=B-", ["b-1", "b-2"]),
        ("is_active=false", ["b-2"]),
        ("is_paused=true", ["b-1"]),
        ("order=-hostname&page_size=2&page=2", ["a-1"]),
    ],
)
def test_the_filters_of_the_api_are_in_the_url(client: Client, query: str, names: list[str]) -> None:
    for hostname in ("b-2", "b-1", "a-1"):
        make_node(hostname, is_active=hostname != "b-2", is_paused=hostname == "b-1")
    answer = client.get(f"{URL}?{query}")
    assert [row["node"]["hostname"] for row in answer.context["rows"]] == names


def test_a_list_of_no_nodes_says_what_to_do_next(client: Client) -> None:
    assert "No nodes yet" in shown(client, URL)
    assert "No nodes match" in shown(client, f"{URL}?hostname=x")


def test_the_list_costs_the_same_with_any_number_of_nodes(client: Client, job_type: JobType) -> None:
    costs = []
    for number in range(3):
        make_node(str(number))
        make_job(job_type, "RUNNING", node=str(number), num_exes=1)
        with CaptureQueriesContext(connection) as captured:
            shown(client, URL)
        costs.append(len(captured))
    # The scheduler, the nodes, what runs on them, the versions of their programs, the revision of the catalogue.
    assert costs[1:] == [5, 5]


def test_a_node_with_an_older_version_than_another_is_marked(client: Client) -> None:
    versions = ("scale-agent 6.1.0", "scale-agent 6.10.0", "scale-agent/6.10.0-rc.1", "worker 1.0.0", "mine", "")
    nodes = [make_node(f"node-{number}", software_version=text) for number, text in enumerate(versions)]
    make_node("node-9", software_version="scale-agent 7.0.0", is_active=False)
    rows = client.get(URL).context["rows"]
    assert [row["newest"] for row in rows] == ["6.10.0", "", "6.10.0", "", "", "", ""]
    for url in (URL, f"{URL}{nodes[0].pk}/"):
        assert 'Update</span> <span class="faint">to 6.10.0</span>' in shown(client, url)
    assert "Update</span>" not in shown(client, f"{URL}{nodes[1].pk}/")


def test_a_node_shows_what_runs_and_ran_there(client: Client, job_type: JobType) -> None:
    node = make_node(labels={"zone": "north"}, description="Rack 4")
    running = make_job(job_type, "RUNNING", node="node-01", num_exes=1)
    failed = make_job(job_type, "FAILED", node="node-01", num_exes=2, error=builtin_error("timeout"))
    page = shown(client, f"{URL}{node.pk}/")
    for part in (
        "<h1>node-01</h1>",
        "It gets jobs.",
        "5.5 of 8 CPUs",
        "zone</dt><dd>north",
        "Offers</dt><dd>8 CPUs, 16 GiB memory, 2 licences",
        "Rack 4",
        f'href="/jobs/?node=node-01&amp;status=RUNNING&amp;job_type_id={job_type.pk}">1</a>',
        f'href="/jobs/{running.pk}/?try=1"',
        f'href="/jobs/{failed.pk}/?try=2"',
        builtin_error("timeout").title,
    ):
        assert part in page, part


def test_a_node_that_has_done_nothing_says_so(client: Client) -> None:
    node = make_node(capacity=None)
    page = shown(client, f"{URL}{node.pk}/")
    for part in ("It has named no resources.", "Nothing runs here", "No tries yet"):
        assert part in page


def test_the_page_of_a_node_costs_the_same_with_any_number_of_jobs(client: Client, job_type: JobType) -> None:
    node, costs = make_node(), []
    for _ in range(3):
        make_job(job_type, "RUNNING", node="node-01", num_exes=1)
        with CaptureQueriesContext(connection) as captured:
            shown(client, f"{URL}{node.pk}/")
        costs.append(len(captured))
    assert costs[1:] == [8, 8]


def test_the_name_of_its_account_is_for_accounts(client: Client, logged_in: Callable[..., Client]) -> None:
    node = make_node(account=User.objects.create_user("worker-of-the-north"))
    assert "worker-of-the-north" not in shown(client, f"{URL}{node.pk}/")
    assert "worker-of-the-north" in shown(logged_in(), f"{URL}{node.pk}/")


def test_a_node_that_does_not_exist_is_a_404_in_words(client: Client, operator: Client) -> None:
    assert "There is no node with the id 7" in shown(client, f"{URL}7/", 404)
    assert "There is no node with the id 7" in shown(operator, f"{URL}7/pause/", 404)
    assert operator.post(f"{URL}7/resume/").status_code == 404


def test_an_operator_pauses_a_node_with_a_reason_and_resumes_it(operator: Client, job_type: JobType) -> None:
    node = make_node()
    make_job(job_type, "RUNNING", node="node-01", num_exes=1)
    page = shown(operator, f"{URL}{node.pk}/pause/")
    for part in ("<h1>Pause node-01?</h1>", "What runs on it goes on", "Title of tiler 1.0.0: 1 running"):
        assert part in page
    answer = operator.post(f"{URL}{node.pk}/pause/", {"reason": "New disks"})
    assert (answer.status_code, answer["Location"]) == (303, f"{URL}{node.pk}/")
    page = shown(operator, answer["Location"])
    for part in ("The node is paused.", "New disks", f"{URL}{node.pk}/resume/"):
        assert part in page
    record = Record.objects.get(kind="node")
    assert (record.actor, record.changes["pause_reason"]) == ("operator", {"old": None, "new": "New disks"})
    assert operator.post(f"{URL}{node.pk}/resume/").status_code == 303
    node.refresh_from_db()
    assert (node.is_paused, node.pause_reason) == (False, None)


def test_an_operator_deprecates_a_node_says_why_and_activates_it(operator: Client) -> None:
    node = make_node(description="Rack 4")
    assert "Rack 4</textarea>" in shown(operator, f"{URL}{node.pk}/deprecate/")
    answer = operator.post(f"{URL}{node.pk}/deprecate/", {"description": "Rack 4. Sold."})
    page = shown(operator, answer["Location"])
    for part in ("Deprecated</span>", "Rack 4. Sold.", f"{URL}{node.pk}/activate/"):
        assert part in page
    assert operator.post(f"{URL}{node.pk}/activate/").status_code == 303
    node.refresh_from_db()
    assert (node.is_active, node.description) == (True, "Rack 4. Sold.")


def test_a_fault_is_shown_beside_its_field(operator: Client) -> None:
    node = make_node()
    answer = operator.post(f"{URL}{node.pk}/pause/", {"reason": "x" * 10_001})
    assert answer.status_code == 400
    assert 'id="id_reason_error"' in answer.content.decode()
    node.refresh_from_db()
    assert not node.is_paused


@pytest.mark.parametrize("switch", ["pause", "resume", "deprecate", "activate"])
def test_only_operators_may_switch_nodes(client: Client, logged_in: Callable[..., Client], switch: str) -> None:
    node = make_node()
    url = f"{URL}{node.pk}/{switch}/"
    others = [logged_in("Publishers"), logged_in("Workers", username="node"), logged_in(username="reader")]
    for other in others:
        for answer in (other.get(url), other.post(url)):
            assert (answer.status_code, "jobs.change_node" in answer.content.decode()) == (403, True)
        assert url not in shown(other, f"{URL}{node.pk}/")
    assert client.get(url).status_code == 302
    assert not Record.objects.exists()


def test_a_switch_of_a_node_that_somebody_else_has_changed_is_refused(operator: Client) -> None:
    node = make_node(description="Rack 4")
    for switch in ("pause", "deprecate"):
        form = operator.get(f"{URL}{node.pk}/{switch}/").context["form"]
        body = {name: form[name].value() or "" for name in form.fields}
        fields: Any = {"is_paused": True, "pause_reason": f"Before {switch}", "description": f"Before {switch}"}
        edit_node(pk=node.pk, fields=fields)
        answer = operator.post(f"{URL}{node.pk}/{switch}/", body)
        assert answer.status_code == 412
        assert "Somebody else has changed this" in answer.content.decode()
        node.refresh_from_db()
        assert (node.is_active, node.pause_reason, node.description) == (True, *[f"Before {switch}"] * 2)


def test_a_description_that_is_left_as_it_is_stays_as_it_is(operator: Client) -> None:
    node = make_node(description="  Rack 4\nRow 2 ")
    operator.post(f"{URL}{node.pk}/deprecate/", {"description": "  Rack 4\r\nRow 2 "})
    node.refresh_from_db()
    assert (node.is_active, node.description) == (False, "  Rack 4\nRow 2 ")

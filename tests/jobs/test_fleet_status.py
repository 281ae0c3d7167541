"""status/: what nodes have and run, and how the tries on them ended of late."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from errors.models import Category, Error
from jobs import fleet_status
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.status_serializers import FleetStatusSerializer
from tests.factories import make_job, make_job_type, make_try

URL = "/v6/status/"
NOTHING = {"total": 0, "running": 0, "unavailable": 0, "free": 0}


def show(client: APIClient) -> Any:
    """Return what is shown of the fleet, with nothing that was counted before."""
    cache.clear()
    answer = client.get(URL)
    assert answer.status_code == 200, answer.content
    return answer.json()


def make_node(hostname: str, *, seen: timedelta = timedelta(), **columns: Any) -> Node:
    return Node.objects.create(hostname=hostname, last_seen=timezone.now() - seen, **columns)


def make_error(category: str) -> Error:
    now = timezone.now()
    return Error.objects.create(
        name=f"of-{category}", title="", category=category, is_builtin=True, created=now, last_modified=now
    )


def end_try(
    job: Job, end: str, *, node: str | None, error: Error | None = None, ago: timedelta = timedelta()
) -> None:
    """Let a job have had a try that ended so long ago."""
    status = {"completed": "COMPLETED", "canceled": "CANCELED", "returned": "CANCELED"}.get(end, "FAILED")
    ended = timezone.now() - ago
    exe_num = JobExecution.objects.filter(job=job).count() + 1
    make_try(job, status=status, end=end, node=node, error=error, started=ended, ended=ended, exe_num=exe_num)


@pytest.mark.django_db
def test_an_installation_without_nodes_has_a_status(anyone: APIClient) -> None:
    assert show(anyone) == {
        "resources": {"cpus": NOTHING, "mem": NOTHING, "disk": NOTHING, "gpus": NOTHING},
        "nodes": [],
        "job_types": [],
        "scheduler": {
            "hostname": "testserver",
            "state": {"name": "READY", "title": "Ready", "description": "Nodes get jobs."},
            "warnings": [],
        },
        "dependencies": {
            "database": {"OK": True, "detail": {"msg": "The database answers."}, "errors": [], "warnings": []}
        },
    }


@pytest.mark.django_db
def test_a_node_shows_what_runs_on_it_and_how_its_tries_ended(anyone: APIClient) -> None:
    mask, tiler = make_job_type("mask"), make_job_type("tiler")
    node = make_node("node-01")
    for job_type, hostname in ((mask, "node-01"), (tiler, "node-01"), (tiler, "node-01"), (mask, "node-02")):
        make_job(job_type, "RUNNING", node=hostname, num_exes=1)
    job = make_job(mask)
    system, data = make_error("SYSTEM"), make_error("DATA")
    for end, error in (
        *(("completed", None), ("completed", None), ("canceled", None), ("returned", None)),
        *(("failed", data), ("node-lost", system), ("timed-out", system)),
    ):
        end_try(job, end, node="node-01", error=error)
    shown = show(anyone)
    assert shown["nodes"] == [
        {
            "id": node.pk,
            "hostname": "node-01",
            "state": {"name": "ACTIVE", "title": "Active", "description": "It gets jobs."},
            "job_executions": {
                "running": {
                    "total": 3,
                    "by_job_type": [
                        {"job_type_id": mask.pk, "count": 1},
                        {"job_type_id": tiler.pk, "count": 2},
                    ],
                },
                "completed": {"total": 2},
                "failed": {
                    "total": 3,
                    "system": {"total": 2},
                    "algorithm": {"total": 0},
                    "data": {"total": 1},
                },
            },
        }
    ]
    assert [(row["id"], row["title"]) for row in shown["job_types"]] == [
        (mask.pk, mask.title),
        (tiler.pk, tiler.title),
    ]


@pytest.mark.django_db
def test_what_ended_more_than_three_hours_ago_does_not_count(anyone: APIClient) -> None:
    make_node("node-01")
    job = make_job(make_job_type())
    for minutes in (0, 179, 181, 6000):
        end_try(job, "completed", node="node-01", ago=timedelta(minutes=minutes))
    (node,) = show(anyone)["nodes"]
    assert node["job_executions"]["completed"] == {"total": 2}


@pytest.mark.django_db
def test_of_very_many_tries_the_latest_count(anyone: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_status, "MOST_TRIES", 3)
    job = make_job(make_job_type())
    for hostname, minutes in (("old", 30), ("old", 20), ("new", 10), ("new", 5)):
        end_try(job, "completed", node=hostname, ago=timedelta(minutes=minutes))
    make_node("old")
    make_node("new")
    counts = {node["hostname"]: node["job_executions"]["completed"]["total"] for node in show(anyone)["nodes"]}
    assert counts == {"new": 2, "old": 1}


@pytest.mark.django_db
def test_of_very_many_revisions_those_count_alone_of_which_most_jobs_run(
    anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_status, "MOST_REVISIONS", 1)
    make_node("node-01")
    many, few = make_job_type("many"), make_job_type("few")
    for job_type in (many, many, few):
        make_job(job_type, "RUNNING", node="node-01", num_exes=1)
    shown = show(anyone)
    (node,) = shown["nodes"]
    assert node["job_executions"]["running"] == {
        "total": 3,
        "by_job_type": [{"job_type_id": many.pk, "count": 2}],
    }
    assert [row["id"] for row in shown["job_types"]] == [many.pk]


@pytest.mark.django_db
def test_the_nodes_that_were_heard_of_last_are_shown_by_name(
    anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_status, "MOST_NODES", 2)
    for hostname, minutes in (("b", 1), ("gone", 50), ("a", 2)):
        make_node(hostname, seen=timedelta(minutes=minutes))
    assert [node["hostname"] for node in show(anyone)["nodes"]] == ["a", "b"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "ACTIVE"),
        ({"is_paused": True}, "PAUSED"),
        ({"is_active": False}, "DEPRECATED"),
        ({"is_active": False, "is_paused": True}, "DEPRECATED"),
        ({"seen": timedelta(minutes=61)}, "OFFLINE"),
        ({"seen": timedelta(minutes=61), "is_paused": True}, "OFFLINE"),
        ({"seen": timedelta(minutes=59)}, "ACTIVE"),
    ],
)
def test_the_state_of_a_node(anyone: APIClient, columns: dict[str, Any], state: str) -> None:
    make_node("node-01", **columns)
    (node,) = show(anyone)["nodes"]
    assert (node["state"]["name"], node["state"]["title"]) == (state, state.capitalize())


@pytest.mark.django_db
def test_the_resources_of_nodes_are_free_running_or_unavailable(anyone: APIClient) -> None:
    scalar = [{"name": "cpus", "value": 1.5}, {"name": "MEM", "value": 1024.0}]
    job_type = make_job_type(job={"resources": {"scalar": scalar}})
    make_node("a", capacity={"cpus": 8.0, "mem": 8192.0, "gpus": 1.0})
    make_node("paused", capacity={"cpus": 4.0, "disk": 100.0}, is_paused=True)
    make_node("deprecated", capacity={"cpus": 16.0}, is_active=False)
    make_node("gone", capacity={"cpus": 32.0}, seen=timedelta(hours=2))
    make_node("unknown")
    for _ in range(2):
        make_job(job_type, "RUNNING", node="a", num_exes=1)
    assert show(anyone)["resources"] == {
        "cpus": {"total": 12.0, "running": 3.0, "unavailable": 4.0, "free": 5.0},
        "mem": {"total": 8192.0, "running": 2048.0, "unavailable": 0.0, "free": 6144.0},
        "disk": {"total": 100.0, "running": 0.0, "unavailable": 100.0, "free": 0.0},
        "gpus": {"total": 1.0, "running": 0.0, "unavailable": 0.0, "free": 1.0},
    }


def ordered(value: Any) -> Any:
    """The same with pairs in the place of objects, so that the order of their members counts."""
    if isinstance(value, dict):
        return [(name, ordered(member)) for name, member in value.items()]
    return [ordered(one) for one in value] if isinstance(value, list) else value


@pytest.mark.django_db
def test_all_has_the_members_of_its_serializers_in_their_order(anyone: APIClient) -> None:
    make_node("a", capacity={"cpus": 8.0}, is_paused=True)
    make_job(make_job_type(), "RUNNING", node="a", num_exes=1)
    make_job(make_job_type("failing"), "FAILED", node="a", num_exes=1)
    shown = show(anyone)
    assert shown["nodes"]
    assert shown["job_types"]
    assert ordered(shown) == ordered(json.loads(json.dumps(FleetStatusSerializer(shown).data)))


@pytest.mark.django_db
def test_what_runs_on_a_paused_node_is_running_and_never_less_than_nothing_is_free(anyone: APIClient) -> None:
    job_type = make_job_type(job={"resources": {"scalar": [{"name": "cpus", "value": 3.0}]}})
    make_node("a", capacity={"cpus": 4.0}, is_paused=True)
    make_job(job_type, "RUNNING", node="a", num_exes=1)
    assert show(anyone)["resources"]["cpus"] == {"total": 4.0, "running": 3.0, "unavailable": 1.0, "free": 0.0}
    make_job(job_type, "RUNNING", node="elsewhere", num_exes=1)
    assert show(anyone)["resources"]["cpus"] == {"total": 4.0, "running": 6.0, "unavailable": 0.0, "free": 0.0}


@pytest.mark.django_db
def test_a_paused_scheduler_is_shown(anyone: APIClient) -> None:
    Scheduler.objects.update_or_create(pk=1, defaults={"is_paused": True})
    assert show(anyone)["scheduler"]["state"] == {
        "name": "PAUSED",
        "title": "Paused",
        "description": "It is paused: no node gets a job.",
    }


@pytest.mark.django_db
def test_the_queries_do_not_depend_on_how_much_there_is(anyone: APIClient) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            show(anyone)
        return len(captured)

    for number in range(3):
        job_type = make_job_type(f"type-{number}")
        for hostname in ("a", "b"):
            Node.objects.get_or_create(hostname=f"{hostname}-{number}")
            make_job(job_type, "RUNNING", node=f"{hostname}-{number}", num_exes=1)
            end_try(make_job(job_type), "completed", node=f"{hostname}-{number}")
    show(anyone)  # revisions and job types are cached
    # The scheduler, the nodes, the tally, what runs, what ended, and three times the revision of the catalogue.
    assert count() == 8


@pytest.mark.django_db
def test_what_runs_on_nodes_and_ended_there_is_counted_every_few_seconds(
    anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_status, "COUNTED_EVERY", None)  # not before the cache is cleared

    def shown() -> list[tuple[str, str, int]]:
        nodes = anyone.get(URL).json()["nodes"]
        return [
            (node["hostname"], node["state"]["name"], node["job_executions"]["running"]["total"]) for node in nodes
        ]

    job_type = make_job_type()
    node = make_node("a")
    make_job(job_type, "RUNNING", node="a", num_exes=1)
    assert shown() == [("a", "ACTIVE", 1)]
    make_job(job_type, "RUNNING", node="a", num_exes=1)
    Node.objects.filter(pk=node.pk).update(is_paused=True)
    make_node("b")
    with CaptureQueriesContext(connection) as captured:
        assert shown() == [("a", "PAUSED", 1), ("b", "ACTIVE", 0)]
    assert not any("jobs_jobexecution" in query["sql"] or '"jobs_job"' in query["sql"] for query in captured)
    cache.clear()
    assert shown() == [("a", "PAUSED", 2), ("b", "ACTIVE", 0)]


@pytest.mark.django_db
def test_no_account_is_shown(user: APIClient, staff: APIClient) -> None:
    staff.post("/v6/jobs/claim/", {"node": "node-01", "limit": 1}, format="json")
    assert [node["hostname"] for node in show(user)["nodes"]] == ["node-01"]
    assert "staff" not in str(show(user))


_TRIES = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["completed", "canceled", *Category.values])),
    max_size=12,
)
_RUNNING = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 2)), max_size=12)


class TestRandomFleets(TestCase):
    """The numbers are those of a count of all jobs and tries."""

    @settings(max_examples=40, deadline=None)
    @given(tries=_TRIES, running=_RUNNING)
    def test_the_numbers_are_those_of_a_count(
        self, tries: Sequence[tuple[str | None, str]], running: Sequence[tuple[str | None, int]]
    ) -> None:
        errors = {category: make_error(category) for category in Category.values}
        job_types = [make_job_type(f"type-{number}") for number in range(3)]
        for hostname in ("a", "b"):
            make_node(hostname)
        job = make_job(job_types[0])
        for node, kind in tries:
            end = kind if kind in ("completed", "canceled") else "failed"
            end_try(job, end, node=node, error=errors.get(kind))
        for node, number in running:
            make_job(job_types[number], "RUNNING", node=node, num_exes=1)
        for node in show(APIClient())["nodes"]:
            hostname, executions = node["hostname"], node["job_executions"]
            kinds = Counter(kind for name, kind in tries if name == hostname)
            assert executions["completed"] == {"total": kinds["completed"]}
            for category in Category.values:
                assert executions["failed"][category.lower()] == {"total": kinds[category]}
            numbers = Counter(job_types[number].pk for name, number in running if name == hostname)
            shown = {one["job_type_id"]: one["count"] for one in executions["running"]["by_job_type"]}
            assert (shown, executions["running"]["total"]) == (dict(numbers), numbers.total())

"""Sixteen clients at the same moment on every way to write that has no such test of its own elsewhere."""

import copy
from collections import Counter
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Record
from jobs.models import Job
from recipes.models import RecipeType, RecipeTypeRevision
from tests.factories import make_job, make_job_type
from tests.recipes.factories import job_node, make_recipe
from tests.threads import at_once
from workspaces.models import Workspace
from workspaces.services import create_workspace

CLIENTS = 16
pytestmark = pytest.mark.django_db(transaction=True)


def all_send(staff: APIClient, method: str, url: str, body: Any) -> Counter[int]:
    """The statuses of sixteen requests at once; a function as `body` is asked for that of each number."""

    def send(number: int) -> int:
        sent = body(number) if callable(body) else body
        return getattr(copy.copy(staff), method)(url, sent, format="json").status_code

    return Counter(at_once(CLIENTS, send))


def test_one_of_sixteen_creates_the_workspace(staff: APIClient) -> None:
    assert all_send(staff, "post", "/v6/workspaces/", {"name": "raw"}) == {201: 1, 400: 15}
    assert (Workspace.objects.count(), Record.objects.count()) == (1, 1)


def test_each_edit_of_a_workspace_is_recorded_in_the_order_it_was_made(staff: APIClient) -> None:
    create_workspace(name="raw", fields={})
    assert all_send(staff, "patch", "/v6/workspaces/raw/", lambda number: {"title": f"{number}"}) == {200: 16}
    changes = [one.changes["title"] for one in Record.objects.filter(action="edited").order_by("id")]
    assert len(changes) == CLIENTS
    assert [one["old"] for one in changes] == ["", *(one["new"] for one in changes[:-1])]
    assert Workspace.objects.get().title == changes[-1]["new"]


def test_one_of_sixteen_registers_the_recipe_type_and_the_others_edit_it(staff: APIClient) -> None:
    make_job_type()
    body = {"name": "recipe", "definition": {"nodes": {"a": job_node("test")}}}
    assert all_send(staff, "post", "/v6/recipe-types/", body) == {201: 1, 200: 15}
    assert (RecipeType.objects.get().revision_num, RecipeTypeRevision.objects.count()) == (1, 1)


def test_sixteen_definitions_make_seventeen_revisions(staff: APIClient) -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})

    def body(number: int) -> Any:
        return {"definition": {"nodes": {f"node-{number}": job_node("test")}}}

    assert all_send(staff, "patch", "/v6/recipe-types/recipe/", body) == {200: 16}
    revisions = RecipeTypeRevision.objects.order_by("revision_num")
    assert [one.revision_num for one in revisions] == list(range(1, 18))
    assert len({str(one.definition) for one in revisions}) == 17


def test_sixteen_jobs_are_created(staff: APIClient) -> None:
    make_job_type()
    body = {"job_type_name": "test", "job_type_version": "1.0.0"}
    assert all_send(staff, "post", "/v6/jobs/", body) == {201: 16}
    assert Job.objects.filter(status="QUEUED").count() == CLIENTS


def test_each_job_is_claimed_once(staff: APIClient) -> None:
    job_type = make_job_type()
    jobs = [make_job(job_type, "QUEUED").pk for _ in range(40)]

    def claim(number: int) -> list[int]:
        body = {"node": f"node-{number}", "limit": 5, "resources": {"cpus": 9, "mem": 9999, "disk": 9999}}
        answer = copy.copy(staff).post("/v6/jobs/claim/", body, format="json")
        assert answer.status_code == 200
        return [job["id"] for job in answer.json()["results"]]

    handed_out = [pk for own in at_once(CLIENTS, claim) for pk in own]
    assert len(handed_out) == len(set(handed_out))
    assert set(handed_out) <= set(jobs)
    assert Job.objects.filter(status="RUNNING").count() == len(handed_out) > 0


def test_of_sixteen_reports_of_one_end_one_changes_the_job(staff: APIClient) -> None:
    job = make_job(make_job_type(), "RUNNING")
    body = {"changes": [{"job_id": job.pk, "status": "COMPLETED"}]}

    def report(number: int) -> str:
        answer = copy.copy(staff).post("/v6/jobs/transitions/", body, format="json")
        assert answer.status_code == 200
        return answer.json()["results"][0]["outcome"]

    assert Counter(at_once(CLIENTS, report)) == {"changed": 1, "unchanged": 15}


@pytest.mark.parametrize(
    ("path", "before", "after"), [("cancel", "QUEUED", "CANCELED"), ("requeue", "FAILED", "QUEUED")]
)
def test_sixteen_operators_step_each_job_once(staff: APIClient, path: str, before: str, after: str) -> None:
    job_type = make_job_type()
    for _ in range(20):
        make_job(job_type, before)

    def step(number: int) -> int:
        answer = copy.copy(staff).post(f"/v6/jobs/{path}/", {"status": [before]}, format="json")
        assert answer.status_code == 200
        return answer.json()["count"]

    assert sum(at_once(CLIENTS, step)) == 20
    assert Job.objects.filter(status=after).count() == 20

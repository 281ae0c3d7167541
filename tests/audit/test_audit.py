"""Who changed what: through the API, the admin and commands alike, and never a secret."""

import json
from contextvars import Context
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from audit.models import Record
from job_types.models import JobType
from recipes.models import RecipeType
from tests.factories import make_job_type, make_manifest, with_settings
from tests.recipes.factories import job_node, make_recipe
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

JOB_TYPE = "/v6/job-types/test/1.0.0/"


def records(**chosen: Any) -> list[Record]:
    return list(Record.objects.filter(**chosen).order_by("id"))


def patch(client: APIClient, url: str, body: Any, **headers: str) -> None:
    assert client.patch(url, body, format="json", headers=headers).status_code == 200


def test_a_record_shows_who_changed_what_when_and_how(staff: APIClient) -> None:
    make_job_type()
    before = timezone.now()
    patch(staff, JOB_TYPE, {"is_paused": True, "max_scheduled": 5}, **{"X-Request-ID": "request-1"})
    answer = staff.get("/v6/audit/?action=edited")
    (shown,) = answer.json()["results"]
    assert before.isoformat() < shown.pop("at").replace("Z", "+00:00")
    assert shown == {
        "id": shown["id"],
        "actor": "staff",
        "source": "api",
        "request_id": "request-1",
        "command": "",
        "kind": "job_type",
        "name": "test",
        "version": "1.0.0",
        "action": "edited",
        "changes": {
            "is_paused": {"old": False, "new": True},
            "max_scheduled": {"old": None, "new": 5},
        },
    }


def test_what_changes_nothing_or_is_refused_leaves_no_record(staff: APIClient) -> None:
    make_job_type()
    count = Record.objects.count()
    patch(staff, JOB_TYPE, {"is_paused": False})
    assert staff.patch(JOB_TYPE, {"max_scheduled": 0}, format="json").status_code == 400
    assert Record.objects.count() == count


def test_documents_and_settings_are_recorded_without_their_values(staff: APIClient) -> None:
    configuration = {"priority": 5, "settings": {"DB_PASS": "hunter-two", "DB_HOST": "somewhere"}}
    body = {
        "manifest": make_manifest(**with_settings(secret=["DB_PASS"], clear=["DB_HOST"])),
        "docker_image": "image",
        "configuration": configuration,
    }
    assert staff.post("/v6/job-types/", body, format="json").status_code == 201
    (created,) = records(kind="job_type")
    assert created.action == "created"
    assert created.changes["manifest"] == created.changes["configuration.settings.DB_PASS"] == {"changed": True}
    assert created.changes["configuration.priority"] == {"old": None, "new": 5}
    configuration["settings"] = {"DB_PASS": "correct-horse", "DB_HOST": "elsewhere"}
    patch(staff, JOB_TYPE, {"configuration": configuration, "docker_image": "other"})
    assert records(action="edited")[0].changes == {
        "docker_image": {"old": "image", "new": "other"},
        "revision_num": {"old": 1, "new": 2},
        "configuration.settings.DB_HOST": {"changed": True},
        "configuration.settings.DB_PASS": {"changed": True},
    }
    recorded = json.dumps([record.changes for record in records()])
    for value in ("hunter-two", "correct-horse", "somewhere", "elsewhere"):
        assert value not in recorded


def test_a_setting_that_becomes_secret_was_never_recorded_with_its_value(staff: APIClient) -> None:
    body = {
        "manifest": make_manifest(**with_settings(clear=["KEY"])),
        "docker_image": "image",
        "configuration": {"settings": {"KEY": "hunter-two"}},
    }
    staff.post("/v6/job-types/", body, format="json")
    patch(staff, JOB_TYPE, {"manifest": make_manifest(**with_settings(secret=["KEY"]))})
    assert "hunter-two" not in json.dumps([record.changes for record in records()])
    assert "configuration.settings.KEY" in records(action="edited")[0].changes


def test_changes_to_workspaces_are_recorded(staff: APIClient) -> None:
    staff.post("/v6/workspaces/", {"name": "raw", "title": "Raw"}, format="json")
    patch(staff, "/v6/workspaces/raw/", {"is_active": False, "title": "Raw"})
    created, edited = records(kind="workspace")
    assert created.changes["title"] == {"old": None, "new": "Raw"}
    assert (edited.name, edited.changes) == ("raw", {"is_active": {"old": True, "new": False}})


def test_recipe_types_that_follow_a_job_type_are_recorded_with_its_request(
    staff: APIClient,
) -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    patch(staff, JOB_TYPE, {"manifest": make_manifest(title="New")}, **{"X-Request-ID": "one"})
    patch(staff, JOB_TYPE, {"is_active": False}, **{"X-Request-ID": "two"})
    patch(staff, "/v6/recipe-types/recipe/", {"title": "Mine"}, **{"X-Request-ID": "three"})
    recorded = [(record.request_id, record.action, record.changes) for record in records(kind="recipe_type")[1:]]
    assert recorded == [
        ("one", "followed", {"definition": {"changed": True}, "revision_num": {"old": 1, "new": 2}}),
        ("two", "followed", {"is_active": {"old": True, "new": False}}),
        ("three", "edited", {"title": {"old": "", "new": "Mine"}}),
    ]


def test_a_change_in_the_admin_is_recorded_and_its_history_leads_to_the_records(
    admin_client: Client,
) -> None:
    workspace, _ = create_workspace(name="raw", fields={})
    url = f"/admin/workspaces/workspace/{workspace.pk}/"
    tag = admin_client.get(f"{url}change/").context["adminform"].form["tag"].value()
    form = {"title": "Raw", "description": "", "base_url": "", "is_active": "on", "tag": tag}
    assert admin_client.post(f"{url}change/", form).status_code == 302
    (record,) = records(action="edited")
    assert (record.actor, record.source) == ("admin", "admin")
    assert record.changes == {"title": {"old": "", "new": "Raw"}}
    page = admin_client.get(f"{url}history/", follow=True)
    assert page.request["PATH_INFO"] == "/admin/audit/record/"
    assert page.context["cl"].result_count == 2
    shown = admin_client.get(f"/admin/audit/record/{record.pk}/change/")
    assert (shown.status_code, b"Raw" in shown.content, b"_save" in shown.content) == (200, True, False)


@pytest.mark.parametrize(
    ("page", "kind"), [("job_types/jobtype", "job_type"), ("recipes/recipetype", "recipe_type")]
)
def test_every_audited_page_leads_to_its_records(admin_client: Client, page: str, kind: str) -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    pk = (JobType if kind == "job_type" else RecipeType).objects.values_list("pk", flat=True).get()
    answer = admin_client.get(f"/admin/{page}/{pk}/history/", follow=True)
    assert [record.kind for record in answer.context["cl"].result_list] == [kind]


@pytest.mark.parametrize("command", ["seed_system_job_types", "bootstrap"])
def test_a_record_of_a_command_names_the_outermost_one_and_the_account_that_ran_it(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "operator")
    # A context of its own, in which nobody acts yet.
    Context().run(call_command, command, stdout=StringIO())
    seeded = records()
    assert {(record.actor, record.source, record.command, record.request_id) for record in seeded} == {
        ("operator", "command", command, "")
    }
    assert len(seeded) == JobType.objects.count()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["b", "a"]),
        ("order=id", ["a", "b"]),
        ("kind=workspace&name=a", ["a"]),
        ("kind=job_type", []),
        ("name=a&name=b", ["b", "a"]),
        ("version=1.0.0", []),
        ("actor=nobody", []),
        ("source=command", ["b", "a"]),
        ("source=api", []),
        ("action=created", ["b", "a"]),
        ("started=PT1H", ["b", "a"]),
        ("ended=PT1H", []),
        ("request_id=x", []),
    ],
)
def test_records_are_filtered(
    staff: APIClient, query: str, names: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("a", "b"):
        create_workspace(name=name, fields={})
    with django_assert_num_queries(2):  # the token, the page, which is not full
        answer = staff.get(f"/v6/audit/?{query}")
    assert [record["name"] for record in answer.json()["results"]] == names


@pytest.mark.parametrize("query", ["kind=nonsense", "source=window", "started=never", "started=PT1H&ended=PT2H"])
def test_wrong_filters_are_named(staff: APIClient, query: str) -> None:
    answer = staff.get(f"/v6/audit/?{query}")
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (400, query.split("=")[0])


def test_a_change_that_is_rolled_back_leaves_no_record() -> None:
    with transaction.atomic():
        create_workspace(name="a", fields={})
        transaction.set_rollback(True)
    assert records() == []

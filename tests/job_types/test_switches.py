"""Switches and plain fields change whatever has become of the documents, and each change is made once."""

import copy
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import Record
from job_types.models import JobType
from recipes.models import RecipeType
from tests.factories import changed, make_job_type
from tests.job_types.admin_pages import LIST
from tests.recipes.factories import job_node, make_recipe
from tests.threads import at_once

URL = "/v6/job-types/test/1.0.0/"
CHANGES = [
    {"is_paused": True},
    {"is_paused": False},
    {"is_active": False},
    {"is_active": True},
    {"max_scheduled": 7},
    {"icon_code": "f013"},
    {"is_published": True},
    {"docker_image": "other"},
    {"is_paused": True, "is_active": False, "max_scheduled": 7},
]


def with_gone_workspace(**fields: Any) -> JobType:
    """A job type whose stored configuration names a workspace that is not there any more."""
    configuration = {"output_workspaces": {"default": "workspace_1"}}
    job_type = make_job_type(configuration=configuration, **fields)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workspaces_workspace WHERE name = 'workspace_1'")
    return job_type


def before(change: dict[str, Any]) -> dict[str, Any]:
    """The fields of a job type that `change` changes."""
    return {name: not value for name, value in change.items() if isinstance(value, bool)}


@pytest.mark.django_db
@pytest.mark.usefixtures("workspaces")
@pytest.mark.parametrize("change", CHANGES)
def test_a_stored_document_that_has_become_invalid_stops_no_other_change(
    staff: APIClient, change: dict[str, Any]
) -> None:
    with_gone_workspace(**before(change))
    answer = staff.patch(URL, change, format="json")
    assert (answer.status_code, answer.json()["errors"], answer.json()["warnings"]) == (200, [], [])
    shown = staff.get(URL).json()
    assert {name: shown[name] for name in change} == change
    assert answer["ETag"] == staff.get(URL)["ETag"]
    record = Record.objects.get(kind="job_type", action="edited")
    assert {name: record.changes[name]["new"] for name in change} == change


@pytest.mark.django_db
@pytest.mark.usefixtures("workspaces")
def test_a_document_that_is_sent_and_differs_is_checked(staff: APIClient) -> None:
    job_type = with_gone_workspace()
    for document, fault in (
        ({"configuration": {**job_type.configuration, "priority": 7}}, "INVALID_WORKSPACE"),
        ({"manifest": changed(job_type.manifest, timeout="soon")}, "JSON_VALIDATION_ERROR"),
    ):
        answer = staff.patch(URL, {"is_paused": True, **document}, format="json")
        assert (answer.status_code, [one["name"] for one in answer.json()["errors"]]) == (400, [fault])
    assert staff.get(URL).json()["is_paused"] is False


@pytest.mark.django_db
@pytest.mark.usefixtures("workspaces")
def test_a_document_that_stays_as_it_is_stops_no_change_of_the_other(staff: APIClient) -> None:
    job_type = with_gone_workspace()
    answer = staff.patch(URL, {"manifest": changed(job_type.manifest, title="New")}, format="json").json()
    assert (answer["is_valid"], [one["name"] for one in answer["warnings"]]) == (True, ["INVALID_WORKSPACE"])
    assert staff.get(URL).json()["title"] == "New"


@pytest.mark.django_db
@pytest.mark.usefixtures("workspaces")
@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("pause", {"is_paused": True}),
        ("resume", {"is_paused": False}),
        ("deprecate", {"is_active": False}),
        ("activate", {"is_active": True}),
    ],
)
def test_the_admin_throws_switches_whatever_has_become_of_the_documents(
    admin_client: Client, action: str, change: dict[str, Any]
) -> None:
    job_type = with_gone_workspace(**before(change))
    admin_client.post(LIST, {"action": action, "_selected_action": [job_type.pk], "confirmed": "yes"})
    assert JobType.objects.filter(**change).exists()
    assert LogEntry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("workspaces")
def test_the_admin_form_is_saved_whatever_has_become_of_the_documents(admin_client: Client) -> None:
    job_type = with_gone_workspace()
    page = f"{LIST}{job_type.pk}/change/"
    tag = admin_client.get(page).context["adminform"].form["tag"].value()
    form = {"is_active": "on", "is_paused": "on", "max_scheduled": "7", "icon_code": "", "tag": tag}
    answer = admin_client.post(page, form)
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert JobType.objects.filter(is_paused=True, max_scheduled=7).exists()


@pytest.mark.django_db
def test_each_switch_is_one_update_and_says_whether_it_changed_the_row() -> None:
    job_type = make_job_type()
    stale = JobType.objects.defer("manifest", "configuration").get()
    now = timezone.now()
    assert job_type.pause(at=now)
    assert (job_type.is_paused, job_type.paused, job_type.last_modified) == (True, now, now)
    assert not stale.pause()
    assert (stale.is_paused, stale.paused) == (False, None)
    assert job_type.deprecate(at=now)
    assert (job_type.is_active, job_type.deprecated) == (False, now)
    assert not stale.deprecate()
    stored = JobType.objects.get()
    assert (stored.paused, stored.deprecated, stored.last_modified) == (now, now, now)
    assert job_type.resume()
    assert job_type.activate()
    assert (job_type.is_paused, job_type.paused, job_type.is_active, job_type.deprecated) == (
        False,
        None,
        True,
        None,
    )
    assert not job_type.resume()
    assert not job_type.activate()
    stored.refresh_from_db()
    assert (stored.paused, stored.deprecated, stored.last_modified) == (None, None, job_type.last_modified)


@pytest.mark.django_db
def test_a_recipe_type_has_one_switch_with_its_time() -> None:
    make_job_type()
    recipe_type = make_recipe(definition={"nodes": {"a": job_node("test")}})
    now = timezone.now()
    assert recipe_type.deprecate(at=now)
    assert (recipe_type.is_active, recipe_type.deprecated, recipe_type.last_modified) == (False, now, now)
    assert not recipe_type.deprecate()
    assert RecipeType.objects.get().deprecated == now
    assert recipe_type.activate()
    assert (recipe_type.is_active, recipe_type.deprecated) == (True, None)
    assert not recipe_type.activate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES[:4])
def test_two_that_throw_the_same_switch_at_once_make_one_change_and_one_record(
    staff: APIClient, change: dict[str, Any]
) -> None:
    make_job_type(**before(change))

    def patch(_: int) -> int:
        return copy.copy(staff).patch(URL, change, format="json").status_code

    assert at_once(2, patch) == [200, 200]
    record = Record.objects.get(action="edited")
    (name,) = change
    assert record.changes == {name: {"old": not change[name], "new": change[name]}}


@pytest.mark.django_db(transaction=True)
def test_an_instance_without_a_lock_pauses_once_too() -> None:
    job_type = make_job_type()
    assert sorted(at_once(2, lambda _: copy.copy(job_type).pause())) == [False, True]

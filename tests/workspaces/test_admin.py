"""Workspaces in the admin."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client

from seed import Report
from workspaces import services
from workspaces.models import Workspace
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

LIST = "/admin/workspaces/workspace/"
ADD = f"{LIST}add/"


def page_of(workspace: Workspace) -> str:
    return f"{LIST}{workspace.pk}/change/"


def save(client: Client, workspace: Workspace, fields: dict[str, str]) -> Any:
    """Save the form as it is shown now, with these values in its fields."""
    tag = client.get(page_of(workspace)).context["adminform"].form["tag"].value()
    return client.post(page_of(workspace), {**fields, "tag": tag})


def form_errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def stored() -> dict[str, Any]:
    return dict(Workspace.objects.values().get())


def test_each_page_is_there(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={"title": "Raw products"})
    for url in (LIST, ADD, page_of(workspace), f"{LIST}{workspace.pk}/history/"):
        assert admin_client.get(url, follow=True).status_code == 200
    answer = admin_client.get(LIST, {"q": "PRODUCTS"})
    assert list(answer.context["cl"].result_list) == [workspace]


def test_a_workspace_is_created_with_its_times(admin_client: Client) -> None:
    fields = {"name": "raw", "title": "Raw", "description": "As it came", "base_url": "http://host/raw"}
    answer = admin_client.post(ADD, {**fields, "is_active": "on"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    workspace = stored()
    assert workspace["created"] == workspace["last_modified"]
    expected = {**fields, "is_active": True, "deprecated": None}
    assert {field: workspace[field] for field in expected} == expected
    assert LogEntry.objects.get().object_id == str(workspace["id"])


def test_a_workspace_can_be_created_deprecated(admin_client: Client) -> None:
    admin_client.post(ADD, {"name": "raw"})
    workspace = stored()
    assert (workspace["is_active"], workspace["deprecated"]) == (False, workspace["created"])


def test_a_name_that_is_used_already_is_an_error_of_the_form(admin_client: Client) -> None:
    create_workspace(name="raw", fields={})
    answer = admin_client.post(ADD, {"name": "raw", "is_active": "on"})
    assert form_errors(answer) == {"name": ["Workspace with this Name already exists."]}
    assert Workspace.objects.count() == 1


def test_a_name_that_is_taken_meanwhile_is_a_message(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def create(**arguments: Any) -> tuple[Workspace, Report]:
        create_workspace(name="raw", fields={"title": "The other one's"})
        return create_workspace(**arguments)

    monkeypatch.setattr(services, "create_workspace", create)
    answer = admin_client.post(ADD, {"name": "raw", "is_active": "on"})
    assert (answer.status_code, answer["Location"]) == (302, ADD)
    shown = [(message.level_tag, message.message) for message in get_messages(answer.wsgi_request)]
    assert shown == [("error", "name: there is a workspace 'raw' already; edit it, or choose another name.")]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", ["", "with space", "ümlaut", "a/b", "x" * 51, "nul\0"])
def test_a_name_that_the_api_refuses_is_refused(admin_client: Client, name: str) -> None:
    assert list(form_errors(admin_client.post(ADD, {"name": name, "is_active": "on"}))) == ["name"]
    assert not Workspace.objects.exists()


def test_deprecating_sets_the_time_and_activating_clears_it(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={"title": "Raw"})
    save(admin_client, workspace, {"title": "Raw"})
    off = stored()
    assert (off["is_active"], off["deprecated"]) == (False, off["last_modified"])
    save(admin_client, workspace, {"title": "Raw", "is_active": "on"})
    on = stored()
    assert (on["is_active"], on["deprecated"]) == (True, None)


def test_a_name_never_changes(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={"title": "Raw"})
    save(admin_client, workspace, {"name": "other", "title": "New title", "is_active": "on"})
    assert (stored()["name"], stored()["title"]) == ("raw", "New title")


def test_saving_the_form_as_it_is_writes_nothing(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={"title": "Raw"})
    before = stored()
    assert save(admin_client, workspace, {"title": "Raw", "is_active": "on"}).status_code == 302
    assert stored() == before


def test_nothing_is_deleted(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={})
    assert admin_client.post(f"{LIST}{workspace.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [workspace.pk], "post": "yes", "index": "0"}
    admin_client.post(LIST, action)
    assert Workspace.objects.exists()

"""Sixteen clients that write workspaces at the same moment."""

import pytest
from rest_framework.test import APIClient

from audit.models import Record
from tests.threads import CLIENTS, send_at_once
from workspaces.models import Workspace
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_sixteen_creates_the_workspace(staff: APIClient) -> None:
    assert send_at_once(staff, "post", "/v6/workspaces/", {"name": "raw"}) == {201: 1, 400: 15}
    assert (Workspace.objects.count(), Record.objects.count()) == (1, 1)


def test_sixteen_with_the_same_title_and_no_name_create_one_each(staff: APIClient) -> None:
    assert send_at_once(staff, "post", "/v6/workspaces/", {"title": "Raw"}) == {201: 16}
    assert Workspace.objects.filter(name__startswith="raw").count() == CLIENTS


def test_each_edit_of_a_workspace_is_recorded_in_the_order_it_was_made(staff: APIClient) -> None:
    create_workspace(name="raw", fields={})
    assert send_at_once(staff, "patch", "/v6/workspaces/raw/", lambda number: {"title": f"{number}"}) == {200: 16}
    changes = [one.changes["title"] for one in Record.objects.filter(action="edited").order_by("id")]
    assert len(changes) == CLIENTS
    assert [one["old"] for one in changes] == ["", *(one["new"] for one in changes[:-1])]
    assert Workspace.objects.get().title == changes[-1]["new"]

"""The operators' pages of workspaces."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from workspaces.models import Workspace

pytestmark = pytest.mark.django_db

URL = "/admin/workspaces/workspace/"


def test_a_workspace_is_made_and_deprecated_by_the_service() -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("operator"))
    body = {"name": "raw", "title": "Raw", "description": "", "base_url": "", "is_active": "on"}
    assert client.post(f"{URL}add/", body).status_code == 302
    workspace = Workspace.objects.get()
    assert (workspace.title, workspace.is_active) == ("Raw", True)
    assert client.post(f"{URL}add/", body).status_code == 200
    assert client.post(f"{URL}{workspace.pk}/change/", {"title": "Raw", "name": "other"}).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.name, workspace.is_active, bool(workspace.deprecated)) == ("raw", False, True)

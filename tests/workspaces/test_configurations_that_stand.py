"""Workspaces whose configurations today's rules refuse: they are shown, edited and handed out."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.conftest import client_of
from tests.factories import make_job, make_job_type
from workspaces.models import Workspace
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/workspaces/raw/"
CONFIGURATIONS: list[Any] = [
    {},
    {"broker": None},
    {"broker": {}},
    {"broker": {"type": ["s3"], "host_path": 5}},
    {"broker": {"type": "s3", "credentials": "none"}},
    {"broker": {"type": "scp", "user": "ada", "port": 22}},
]


@pytest.fixture(params=CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def odd(request: pytest.FixtureRequest) -> Workspace:
    """A workspace with a configuration that was stored past the validation."""
    create_workspace(name="raw", fields={})
    Workspace.objects.update(configuration=request.param)
    return Workspace.objects.get()


def test_it_is_shown_wherever_it_is_named(staff: APIClient, admin_client: Client, odd: Workspace) -> None:
    assert staff.get(URL).json()["configuration"] == odd.configuration
    pages = (
        "/workspaces/",
        "/workspaces/raw/",
        "/workspaces/raw/edit/",
        f"/admin/workspaces/workspace/{odd.pk}/change/",
    )
    for url in ("/v6/workspaces/", *pages):
        assert admin_client.get(url).status_code == 200, url


@pytest.mark.usefixtures("odd")
def test_other_fields_are_edited_and_the_configuration_is_replaced(staff: APIClient) -> None:
    shown = staff.get(URL).json()
    assert staff.patch(URL, {"title": "New"}, "json").status_code == 200
    assert staff.patch(URL, {"configuration": shown["configuration"], "title": "Newer"}, "json").status_code == 200
    broker = {"type": "host", "host_path": "/data"}
    assert staff.patch(URL, {"configuration": {"broker": broker}}, "json").status_code == 200
    assert staff.get(URL).json()["configuration"] == {"broker": broker}


@pytest.mark.usefixtures("odd")
def test_claims_hand_out_what_of_its_broker_is_usable() -> None:
    make_job(make_job_type(configuration={"output_workspaces": {"default": "raw"}}))
    answer = client_of("node-01", "Workers").post("/v6/jobs/claim/", {"node": "node-01", "limit": 1}, "json")
    (workspace,) = answer.json()["results"][0]["workspaces"].values()
    assert workspace["broker"] is None or all(isinstance(value, str) for value in workspace["broker"].values())

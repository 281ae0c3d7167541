"""The forms of pages in a browser, and OPTIONS: they hold what a body may hold."""

import html
import json
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import make_job_type
from tests.recipes.factories import job_node, make_recipe
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db


def form(client: APIClient, url: str) -> Any:
    """Return the body that the form of a page holds."""
    page = client.get(url, headers={"Accept": "text/html"}).content.decode()
    (content,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    return json.loads(html.unescape(content))


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        ("/v6/job-types/", {"docker_image", "manifest"}),
        ("/v6/recipe-types/", {"definition"}),
        ("/v6/workspaces/", set()),
        ("/v6/jobs/claim/", {"node", "limit"}),
    ],
)
def test_the_form_of_a_post_holds_the_fields_that_it_needs(staff: APIClient, url: str, fields: set[str]) -> None:
    assert set(form(staff, url)) == fields


def test_the_form_of_a_patch_holds_the_fields_that_can_be_changed_as_they_are(staff: APIClient) -> None:
    make_job_type()
    details = staff.get("/v6/job-types/test/1.0.0/").json()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    create_workspace(name="raw", fields={"title": "Raw"})
    shown = form(staff, "/v6/job-types/test/1.0.0/")
    assert shown == {name: details[name] for name in shown}
    assert {"manifest", "configuration", "is_paused"} <= set(shown)
    assert not {"id", "name", "created", "last_modified", "recipe_types"} & set(shown)
    assert not {"id", "name", "job_types"} & set(form(staff, "/v6/recipe-types/recipe/"))
    assert form(staff, "/v6/workspaces/raw/")["title"] == "Raw"
    assert not {"id", "name", "created"} & set(form(staff, "/v6/workspaces/raw/"))


def test_a_form_that_is_sent_as_it_is_changes_nothing(staff: APIClient) -> None:
    make_job_type()
    url = "/v6/job-types/test/1.0.0/"
    before = JobType.objects.values().get()
    assert staff.patch(url, form(staff, url), format="json").status_code == 200
    assert JobType.objects.values().get() == before


def test_options_describes_the_body_of_a_post(staff: APIClient) -> None:
    described = staff.options("/v6/workspaces/").json()["actions"]["POST"]
    assert set(described) >= {"name", "title", "is_active"}
    assert not {"id", "created", "last_modified"} & set(described)

"""The links between the admin and the pages."""

import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from jobs.models import Node
from pages.links import PAGES_OF_LISTS, PAGES_OF_ROWS
from tests.factories import make_job, make_job_type
from tests.files.factories import make_file
from tests.recipes.factories import job_node, make_recipe
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db


def linked(client: Client, url: str) -> str:
    """The page that "View on site" leads to from a page of the admin."""
    (link,) = re.findall(r'<a href="([^"]+)" class="viewsitelink"', client.get(url).content.decode())
    answer = client.get(link, follow=True)
    assert answer.status_code == 200
    return str(answer.redirect_chain[-1][0] if answer.redirect_chain else link).removeprefix("http://testserver")


@pytest.mark.parametrize(("label", "page"), PAGES_OF_LISTS.items())
def test_each_list_leads_to_the_page_of_the_same_rows(admin_client: Client, label: str, page: str) -> None:
    name = label.replace(".", "_")
    assert linked(admin_client, reverse(f"admin:{name}_changelist")) == reverse(f"pages:{page}")


@pytest.mark.parametrize(
    ("label", "page"),
    [
        ("errors.error", "/errors/known/?name=bad-pixels"),
        ("files.file", "/files/{pk}/"),
        ("job_types.jobtype", "/job-types/test/1.0.0/"),
        ("job_types.jobtyperevision", "/job-types/test/1.0.0/revisions/1/"),
        ("jobs.job", "/jobs/{pk}/"),
        ("jobs.jobexecution", "/jobs/{job}/?try=1"),
        ("jobs.node", "/nodes/{pk}/"),
        ("recipes.recipetype", "/recipes/flow/"),
        ("recipes.recipetyperevision", "/recipes/flow/revisions/1/"),
        ("workspaces.workspace", "/workspaces/raw/"),
    ],
)
def test_each_row_leads_to_its_page(admin_client: Client, label: str, page: str) -> None:
    job = make_job(
        make_job_type(job={"errors": [{"code": 1, "name": "bad-pixels", "category": "data"}]}),
        "RUNNING",
        num_exes=1,
    )
    make_recipe("flow", {"nodes": {"a": job_node("test")}})
    create_workspace(name="raw", fields={})
    make_file()
    Node.objects.create(hostname="node-01")
    row = apps.get_model(label)._default_manager.last()
    assert row
    url = reverse(f"admin:{label.replace('.', '_')}_change", args=[row.pk])
    assert linked(admin_client, url) == page.format(pk=row.pk, job=job.pk)


def test_every_page_of_a_row_has_its_link() -> None:
    assert PAGES_OF_LISTS.keys() - PAGES_OF_ROWS.keys() == {"audit.record"}


def test_view_site_leads_to_the_dashboard(admin_client: Client) -> None:
    assert '<a href="/">View site</a>' in admin_client.get("/admin/").content.decode()

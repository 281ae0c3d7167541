"""The pages of takeovers: the list, what came, what a person has to do, and what differs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from errors.services import builtin_error
from job_types.models import JobType
from takeover.models import Imported, Kind, Takeover
from takeover.report import Outcome, Report
from tests.factories import interface, make_job_type
from tests.pages.reading import html_of, read, words
from tests.recipes.factories import job_node, make_recipe
from tests.takeover.factories import URL, hidden_credential, make_imported, make_takeover
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

SECRETS = interface(settings=[{"name": "HOST"}, {"name": "KEY", "secret": True}, {"name": "PASS", "secret": True}])
ODD = {"name": "ODD", "description": "This is <odd>.", "path": "/manifest/job/timeout"}
BROKER = {
    "type": "s3",
    "bucket_name": "scenes",
    "credentials": {"access_key_id": "a", "secret_access_key": "b"},
}


@pytest.fixture
def takeover() -> Takeover:
    """A takeover of two job types, a recipe type, a workspace and an error, after a run with a fault."""
    report = Report()
    report.count(Kind.JOB_TYPE, Outcome.CREATED, 2)
    report.fail(Kind.JOB_TYPE, "broken 1.0.0", "It cannot be <stored> here.")
    takeover = make_takeover(report=report.as_dict(), options={"keeps_ids": True, "is_dry": False})
    whole = make_job_type("whole", job=SECRETS, configuration={"settings": {"PASS": "a secret"}})
    part = make_job_type("part")
    JobType.objects.filter(pk=part.pk).update(findings=[ODD])
    make_imported(takeover, Kind.JOB_TYPE, whole)
    make_imported(takeover, Kind.JOB_TYPE, part, is_whole=False, findings=[ODD], remarks=["It was listed alone."])
    make_imported(takeover, Kind.JOB_TYPE_REVISION, part.revisions.get(), remarks=["Its manifest was not shown."])
    recipe_type = make_recipe(definition={"nodes": {"a": job_node("part")}})
    make_imported(takeover, Kind.RECIPE_TYPE, recipe_type, findings=[ODD])
    make_imported(takeover, Kind.RECIPE_TYPE_REVISION, recipe_type.revisions.get(), findings=[ODD])
    workspace, _ = create_workspace(name="scenes", fields={"configuration": {"broker": BROKER}})
    hidden = [hidden_credential("secret_access_key"), hidden_credential("session_token")]
    make_imported(takeover, Kind.WORKSPACE, workspace, findings=hidden)
    make_imported(takeover, Kind.ERROR, builtin_error("unknown"), remarks=["It has no name there."])
    Imported.objects.create(
        takeover=takeover, kind=Kind.ERROR, source_id=5, object_id=10**6, digest="", remarks=["It is gone."]
    )
    return takeover


def test_the_list_leads_to_each_takeover(operator: Client, takeover: Takeover) -> None:
    make_takeover("https://other.example.com/api/", finished=None)
    page = read(operator, "/takeovers/")
    assert (URL in page, "7.2.2" in page, "it has not yet" in page) == (True, True, True)
    assert f'href="/takeovers/{takeover.pk}/"' in html_of(operator, "/takeovers/")


def test_without_a_takeover_the_list_says_how_there_would_be_one(operator: Client) -> None:
    assert "Nothing was taken over manage.py import_scale copies" in read(operator, "/takeovers/")
    assert 'href="/takeovers/"' not in html_of(operator, "/errors/")


def test_the_navigation_leads_operators_there_once_there_is_one(
    operator: Client, client: Client, logged_in: Callable[..., Client], takeover: Takeover
) -> None:
    publisher = logged_in("Publishers")
    shown = ['href="/takeovers/"' in html_of(one, "/errors/") for one in (operator, client, publisher)]
    assert shown == [True, False, False]


def test_it_is_for_operators_alone(client: Client, logged_in: Callable[..., Client], takeover: Takeover) -> None:
    publisher = logged_in("Publishers")
    for url in ("/takeovers/", f"/takeovers/{takeover.pk}/", f"/takeovers/{takeover.pk}/differences/"):
        assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
        assert publisher.get(url).status_code == 403


def test_the_page_tells_what_came_and_what_did_not(operator: Client, takeover: Takeover) -> None:
    page = read(operator, f"/takeovers/{takeover.pk}/")
    assert f"From {URL} , version 7.2.2" in page
    assert "Told keeps ids" in page
    assert "Job Type 2 2 0 0 0 0 0 1" in page
    assert "Recipe Type 1 0 0 0 0 0 0 0" in page
    assert "What did not come Kind Name Why job-type broken 1.0.0 It cannot be <stored> here." in page


def test_secrets_to_enter_come_first_and_lead_to_the_form_that_takes_them(
    operator: Client, takeover: Takeover
) -> None:
    url = f"/takeovers/{takeover.pk}/"
    form = "/job-types/whole/1.0.0/secrets/KEY/"
    page = read(operator, url)
    assert "Secrets to enter 1 left Job type Setting State whole 1.0.0 KEY not entered Enter" in page
    assert "whole 1.0.0 PASS entered" in page
    assert f'href="{form}"' in html_of(operator, url)
    tag = operator.get(form).context["form"]["tag"].value()
    assert operator.post(form, {"tag": tag, "settings": "another secret"}).status_code == 303
    assert "Secrets to enter 0 left Job type Setting State whole 1.0.0 KEY entered" in read(operator, url)


def test_credentials_and_parts_are_listed_until_they_are_done(operator: Client, takeover: Takeover) -> None:
    url = f"/takeovers/{takeover.pk}/"
    page = read(operator, url)
    assert (
        "Credentials of workspaces 1 left scenes: session_token not entered scenes: secret_access_key entered"
        in page
    )
    assert 'href="/workspaces/scenes/edit/"' in html_of(operator, url)
    assert "Job types that are not whole 1 left part 1.0.0 as it came" in page
    JobType.objects.update(findings=[])
    assert "Job types that are not whole 0 left part 1.0.0 mended" in read(operator, url)


def test_what_differs_is_listed_with_links_to_what_it_is_here(operator: Client, takeover: Takeover) -> None:
    url = f"/takeovers/{takeover.pk}/differences/"
    html = html_of(operator, url)
    for link in (
        "/job-types/part/1.0.0/",
        "/job-types/part/1.0.0/revisions/1/",
        "/recipes/recipe/",
        "/recipes/recipe/revisions/1/",
        "/workspaces/scenes/",
        "/errors/known/?name=unknown",
    ):
        assert f'href="{link}"' in html, link
    page = words(html)
    assert (
        "The other system did not show all of it. It was listed alone. /manifest/job/timeout This is <odd>." in page
    )
    assert "Error no longer here 5 It is gone." in page
    assert "whole 1.0.0" not in page
    only = read(operator, f"{url}?kind=recipe-type")
    assert ("Recipe Type recipe" in only, "It was listed alone." in only) == (True, False)
    assert operator.get(f"{url}?kind=job").status_code == 400


def test_a_takeover_that_does_not_exist_is_a_404(operator: Client, takeover: Takeover) -> None:
    for page in ("", "differences/"):
        assert operator.get(f"/takeovers/{takeover.pk + 1}/{page}").status_code == 404


def test_odd_names_have_no_links(operator: Client, takeover: Takeover) -> None:
    JobType.objects.filter(name="part").update(name="a/b")
    html = html_of(operator, f"/takeovers/{takeover.pk}/") + html_of(
        operator, f"/takeovers/{takeover.pk}/differences/"
    )
    assert "a/b 1.0.0" in html
    assert "/job-types/a" not in html


def test_the_number_of_queries_does_not_depend_on_what_arrived(operator: Client, takeover: Takeover) -> None:
    pages = (f"/takeovers/{takeover.pk}/", f"/takeovers/{takeover.pk}/differences/")

    def costs() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert operator.get(page).status_code == 200
            counts.append(len(captured))
        return counts

    operator.get("/takeovers/")
    before = costs()
    for number in range(5):
        job_type = make_job_type(f"more-{number}", job=SECRETS)
        make_imported(takeover, Kind.JOB_TYPE, job_type, is_whole=False, remarks=["It was listed alone."])
    assert costs() == before


def test_the_admin_shows_takeovers_and_what_arrived_and_changes_nothing(
    admin_client: Client, takeover: Takeover
) -> None:
    row = Imported.objects.filter(remarks__0__isnull=False).order_by("pk")[0]
    for url in (
        "takeover/",
        f"takeover/{takeover.pk}/change/",
        "imported/?kind__exact=job-type&is_whole__exact=0",
        f"imported/{row.pk}/change/",
    ):
        page: Any = admin_client.get(f"/admin/takeover/{url}")
        assert page.status_code == 200, url
        assert b'name="_save"' not in page.content
    assert admin_client.get("/admin/takeover/takeover/add/").status_code == 403
    assert admin_client.post(f"/admin/takeover/takeover/{takeover.pk}/delete/", {"post": "yes"}).status_code == 403

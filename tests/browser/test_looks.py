"""Each page for people in both looks, at three widths, by the rules of WCAG 2.2 AA, with an empty console."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Page, expect

from job_types.services import edit_job_type
from jobs.models import Node
from metrics.hours import fold
from metrics.loads import take_sample
from recipes.services import edit_recipe_type
from tests.browser.looks import look_at
from tests.factories import interface, make_job, make_job_type, make_manifest
from tests.recipes.factories import job_node, make_recipe, recipe_node
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db(transaction=True)

JOB_TYPE = "/job-types/landsat-parse/1.0.0/"
PAGES = [
    "/",
    "/job-types/",
    "/job-types/validation/",
    JOB_TYPE,
    f"{JOB_TYPE}configuration/",
    f"{JOB_TYPE}revisions/2/",
    f"{JOB_TYPE}deprecate/",
    "/jobs/",
    "/nodes/",
    *("/recipes/", "/recipes/flow/", "/recipes/flow/revisions/2/", "/recipes/flow/deprecate/"),
    *("/errors/", "/errors/known/", "/workspaces/", "/workspaces/raw/", "/workspaces/raw/edit/"),
    *("/audit/", "/tokens/"),
]


@pytest.fixture
def work(transactional_db: None) -> None:
    """Something to see on every page: what waits, runs, has ended and needs attention."""
    job_type, paused = make_job_type("landsat-parse", icon_code="f1b3"), make_job_type("paused", is_paused=True)
    declared = interface(
        inputs={"files": [{"name": "SCENE", "mediaTypes": ["image/tiff"]}]},
        outputs={"files": [{"name": "BANDS", "pattern": "*.tif"}]},
        mounts=[{"name": "DATA", "path": "/data"}],
        settings=[{"name": "HOST"}, {"name": "PASSWORD", "secret": True}],
    )
    manifest = make_manifest("landsat-parse", **declared)
    edit_job_type(name="landsat-parse", version="1.0.0", fields={"manifest": manifest})
    hour_ago = timezone.now() - timedelta(hours=1)
    for status in ("QUEUED", "RUNNING", "COMPLETED", "FAILED"):
        make_job(job_type, status, last_status_change=hour_ago, node="node-01" if status == "RUNNING" else None)
    make_job(paused, "QUEUED", last_status_change=hour_ago)
    Node.objects.create(hostname="node-01", capacity={"cpus": 8.0, "mem": 16384.0})
    Node.objects.create(hostname="node-02", last_seen=hour_ago, is_paused=True, pause_reason="A disk is replaced.")
    make_job_type()
    make_recipe("part", {"nodes": {"a": job_node("test")}})
    nodes = {"a": job_node("landsat-parse"), "b": recipe_node("part", dependencies=[{"name": "a"}])}
    make_recipe("flow", {"nodes": {"a": nodes["a"]}})
    edit_recipe_type(name="flow", fields={"definition": {"nodes": nodes}})
    broker = {
        "type": "s3",
        "bucket_name": "scenes",
        "credentials": {"access_key_id": "a", "secret_access_key": "b"},
    }
    create_workspace(name="raw", fields={"title": "Raw", "configuration": {"broker": broker}})
    fold()
    take_sample()


def log_in(page: Page, path: str = "/") -> None:
    get_user_model().objects.create_superuser("operator", password="a password of the tests")
    page.goto(f"/accounts/login/?next={path}")
    page.fill("input[name=username]", "operator")
    page.fill("input[name=password]", "a password of the tests")
    page.click("button")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_looks_right_to_an_operator(page: Page, work: None, path: str) -> None:
    log_in(page)
    look_at(page, path)


@pytest.mark.parametrize("path", ["/", "/accounts/login/"])
def test_a_page_without_anything_to_show_looks_right_to_a_stranger(page: Page, path: str) -> None:
    look_at(page, path)


def test_keys_lead_to_pages_and_show_themselves(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url("/v6/docs/")


def test_the_look_that_is_chosen_stays(page: Page) -> None:
    page.goto("/")
    page.click("details.menu summary")
    page.click("button[value=dark]")
    expect(page.locator("html")).to_have_attribute("data-look", "dark")
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_dashboard_follows_what_happens_while_somebody_looks(page: Page, work: None) -> None:
    page.goto("/")
    shown = page.locator(".figure .value").nth(1)
    expect(shown).to_have_text("2")
    make_job(make_job_type("new"), "QUEUED")
    expect(shown).to_have_text("3", timeout=15_000)


def test_times_are_in_the_zone_of_the_reader_with_utc_beside(page: Page, work: None) -> None:
    page.goto("/")
    time = page.locator(".figure time[data-show=local]")
    assert "UTC" in str(time.get_attribute("title"))


def test_job_types_are_found_as_one_types_and_the_url_says_what_was_typed(page: Page) -> None:
    for name in ("tiler", "mask"):
        make_job_type(name)
    page.goto("/job-types/")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.locator(".filters input[type=search]").press_sequentially("tile")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page).to_have_url("/job-types/?keyword=tile&is_active=&is_system=")
    page.reload()
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_findings_on_a_pasted_manifest_stand_beside_its_lines(page: Page) -> None:
    page.goto("/job-types/validation/")
    page.fill("textarea", json.dumps(make_manifest(timeout="60"), indent=2))
    page.click("button[name=check]")
    expect(page.locator(".listing .said")).to_contain_text("job.timeout: '60' is not an integer")

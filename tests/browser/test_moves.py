"""What moves on pages: keys, the look, what follows what happens, times, what is found as one types."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_job, make_job_type, make_manifest

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_the_dashboard_follows_what_happens_while_somebody_looks(page: Page, work: dict[str, int]) -> None:
    page.goto("/")
    shown = page.locator(".figure .value").nth(1)
    expect(shown).to_have_text("2")
    make_job(make_job_type("new"), "QUEUED")
    expect(shown).to_have_text("3", timeout=15_000)


def test_on_a_narrow_screen_the_link_of_the_page_is_seen(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/workspaces/")
    expect(page.locator(".side [aria-current]")).to_contain_text("Workspaces")
    expect(page.locator(".side [aria-current]")).to_be_in_viewport(ratio=1)


def test_times_are_in_the_zone_of_the_reader_with_utc_beside(page: Page, work: dict[str, int]) -> None:
    page.goto(f"/jobs/{work['failed']}/")
    assert "UTC" in str(page.locator("time[data-show=local]").first.get_attribute("title"))


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

"""What moves on pages: keys, the look, what follows what happens, times, what is found as one types."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from core.rights import OPERATORS
from tests.browser.accounts import log_in, make_account
from tests.factories import make_job, make_job_type, make_manifest

pytestmark = pytest.mark.django_db(transaction=True)


def test_keys_lead_to_pages_and_show_themselves(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page).to_have_url("/files/")
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


def test_files_are_found_as_one_types_the_beginning_of_their_names(page: Page, work: dict[str, int]) -> None:
    page.goto("/files/?workspace=raw")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.get_by_label("Name begins with").press_sequentially("ban")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/files/\?begins=ban&workspace=raw&"))
    page.get_by_role("link", name="bands.tif").click()
    expect(page).to_have_url(f"/files/{work['product']}/")


def test_a_digest_is_copied_by_its_button(page: Page, work: dict[str, int]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/files/{work['product']}/")
    page.get_by_role("button", name="Copy the digest").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "0123456789abcdef" * 4


def test_a_digest_is_chosen_where_a_connection_has_no_clipboard(page: Page, work: dict[str, int]) -> None:
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined})")
    page.goto(f"/files/{work['product']}/")
    page.get_by_role("button", name="Copy the digest").click()
    assert page.evaluate("getSelection().toString()") == "0123456789abcdef" * 4


def test_without_scripts_pages_have_no_buttons_that_need_them(
    browser: Browser, live_server: LiveServer, work: dict[str, int]
) -> None:
    with browser.new_page(base_url=live_server.url, java_script_enabled=False) as plain:
        plain.goto(f"/files/{work['product']}/")
        expect(plain.get_by_text("0123456789abcdef" * 4)).to_be_visible()
        expect(plain.get_by_role("button", name="Copy")).to_have_count(0)


def test_the_form_of_a_workspace_shows_what_belongs_to_the_type_of_its_broker(
    page: Page, work: dict[str, int]
) -> None:
    log_in(page, make_account("operator", OPERATORS))
    page.goto("/workspaces/raw/edit/")
    labels = ("Host path", "NFS path", "Bucket", "Region", "Access key id", "Secret access key")
    s3 = ("Host path", *labels[2:])
    for kind, shown in (("s3", s3), ("host", labels[:1]), ("nfs", labels[1:2]), ("", ())):
        page.get_by_label("Its files lie in").select_option(kind)
        assert tuple(label for label in labels if page.get_by_label(label, exact=True).is_visible()) == shown

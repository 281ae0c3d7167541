"""Each page as each kind of account, in both looks, at three widths, by the rules of WCAG 2.2 AA.

An operator looks at all pages. Another kind of account looks at those that it is not shown as a kind before it was;
with `WALK=all`, at all of them.
"""

import json
import re
from collections import Counter
from typing import Any
from unittest.mock import patch

import pytest
from django.urls import get_resolver, resolve
from playwright.sync_api import Page, expect

from core.rights import OPERATORS
from pages.views import dashboard
from tests.browser.accounts import log_in, make_account
from tests.browser.looks import EACH, FEW, IS_WHOLE, MOST, look_at
from tests.factories import make_manifest
from tests.scale.permissions.conftest import KINDS

pytestmark = pytest.mark.django_db(transaction=True)

JOB_TYPE = "/job-types/landsat-parse/1.0.0/"
RECIPE = "/recipes/flow/"
NOTHING = "/nothing/"
_OF_NODE = ("pause", "resume", "deprecate", "activate")
_OF_JOB_TYPE = (*_OF_NODE, "configuration", "secrets/PASSWORD", "revisions/2")
PAGES = [
    *("/", "/jobs/", "/jobs/?node=nowhere", "/jobs/{running}/", "/jobs/{failed}/", "/jobs/{queued}/"),
    "/jobs/{completed}/",
    *("/jobs/cancel/?status=QUEUED", "/jobs/requeue/?job_id={failed}"),
    *("/nodes/", "/nodes/{node}/", *(f"/nodes/{{node}}/{page}/" for page in _OF_NODE)),
    *("/scheduler/pause/", "/scheduler/resume/"),
    *("/job-types/", "/job-types/?keyword=nothing", "/job-types/validation/", "/job-types/import/"),
    "/job-types/landsat-parse/",
    *(JOB_TYPE, *(f"{JOB_TYPE}{page}/" for page in _OF_JOB_TYPE), "/job-types/system/1.0.0/"),
    *("/recipes/", RECIPE, f"{RECIPE}revisions/2/", f"{RECIPE}deprecate/", f"{RECIPE}activate/"),
    *("/errors/", "/errors/week/", "/errors/known/"),
    *("/files/", "/files/?begins=nothing", "/files/register/", "/files/{product}/", "/files/{gone}/"),
    *("/files/{product}/edit/", "/files/{product}/delete/", "/files/{gone}/restore/"),
    *("/workspaces/", "/workspaces/-/create/", "/workspaces/raw/", "/workspaces/raw/edit/"),
    *("/takeovers/", "/takeovers/{takeover}/", "/takeovers/{takeover}/differences/"),
    *("/audit/", "/audit/?actor=nobody", "/tokens/", "/accounts/login/"),
    # What there is not, and what is refused.
    *(NOTHING, "/jobs/999999/", "/jobs/?stat=FAILED", "/jobs/cancel/"),
]
# What there is no page of its own for: a look is chosen by a form.
NO_PAGES = {"look"}


def shown_by(page: Page, path: str) -> str:
    """Return what the page at ``path`` shows inside its frame; of a refusal that it is one."""
    answer = page.request.get(path)
    if answer.status == 403:
        return "refused"
    main = answer.text().partition("<main")[2]
    return re.sub(r'<input type="hidden"[^>]*>', "", main)


def test_every_page_is_on_the_walk() -> None:
    paths = (re.sub("{.*}", "1", path).partition("?")[0] for path in PAGES if path != NOTHING)
    walked = {resolve(path).url_name for path in paths}
    _, pages = get_resolver().namespace_dict["pages"]
    assert {name for name in pages.reverse_dict if isinstance(name, str)} - walked == NO_PAGES


def test_every_page_looks_right_to_every_kind_of_account(page: Page, work: dict[str, int]) -> None:
    faults: list[Any] = []
    seen: set[str] = set()
    looked_at: Counter[str] = Counter()
    for kind in sorted(KINDS, key=lambda kind: kind != "operator"):
        groups, marks = KINDS[kind]
        page.context.clear_cookies()
        if kind != "anyone":
            log_in(page, make_account(kind, *groups, **marks))
        for path in (each.format(**work) for each in PAGES):
            if not IS_WHOLE:
                if (shown := shown_by(page, path)) in seen:
                    continue
                seen.add(shown)
            page.goto(path)
            looked_at[kind] += 1
            faults += [(kind, path, *fault) for fault in look_at(page, MOST if kind == "operator" else FEW)]
    if IS_WHOLE:
        views = looked_at.total() * len(EACH)
        print(f"{len(PAGES)} pages, {len(KINDS)} kinds of account, {views} views, {len(faults)} faults")
    assert faults == []


def check_a_faulty_manifest(page: Page) -> None:
    page.goto("/job-types/validation/")
    page.fill("textarea", json.dumps(make_manifest(timeout="60", tags=["a", "a"]), indent=2))
    page.click("button[name=check]")


def save_a_faulty_configuration(page: Page) -> None:
    page.goto(f"{JOB_TYPE}configuration/")
    page.get_by_label("BANDS", exact=True).fill("nowhere")
    page.get_by_role("button", name="Save").click()


def make_a_token(page: Page) -> None:
    page.goto("/tokens/")
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make a token").click()


def pause_a_job_type(page: Page) -> None:
    page.goto(JOB_TYPE)
    page.get_by_role("button", name="Pause").click()


def show_the_keys(page: Page) -> None:
    page.goto("/jobs/")
    page.keyboard.press("?")


def send_a_form_without_its_token(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(input => input.remove())")
    page.click("details.menu summary")
    page.click("button[value=dark]")


def meet_a_fault_of_the_service(page: Page) -> None:
    with patch.object(dashboard, "mark", side_effect=RuntimeError):
        page.goto("/")


def fail_to_log_in(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.fill("input[name=username]", "operator")
    page.fill("input[name=password]", "something else")
    page.click("button")


# What leads to pages that have no URL, and what they say.
STEPS = {
    check_a_faulty_manifest: "is not an integer",
    save_a_faulty_configuration: "Nothing was changed",
    make_a_token: "It is shown once",
    pause_a_job_type: "is paused",
    show_the_keys: "These keys",
    send_a_form_without_its_token: "Nothing was changed",
    meet_a_fault_of_the_service: "The service failed",
    fail_to_log_in: "Please enter a correct username and password",
}


def test_what_an_operator_does_leads_to_pages_that_look_right(page: Page, work: dict[str, int]) -> None:
    log_in(page, make_account("operator", OPERATORS))
    faults: list[Any] = []
    for step, words in STEPS.items():
        step(page)
        expect(page.locator("body")).to_contain_text(words)
        faults += [(step.__name__, *fault) for fault in look_at(page)]
    assert faults == []


def test_pages_with_nothing_to_show_look_right(page: Page) -> None:
    log_in(page, make_account("operator", OPERATORS))
    faults: list[Any] = []
    for path in ("/", "/jobs/", "/workspaces/"):
        page.goto(path)
        faults += [(path, *fault) for fault in look_at(page)]
    assert faults == []


def test_a_stranger_is_led_to_the_login_while_reading_is_for_accounts(page: Page, settings: Any) -> None:
    settings.PUBLIC_READ_API = False
    page.goto("/jobs/?status=FAILED")
    expect(page).to_have_url("/accounts/login/?next=/jobs/%3Fstatus%3DFAILED")
    assert look_at(page) == []

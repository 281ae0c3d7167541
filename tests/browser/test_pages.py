"""The pages as a person sees them."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import example, make_job_type

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(db: None) -> None:
    get_user_model().objects.create_superuser("operator", password="a password of the tests")


def log_in(page: Page, url: str, button: str) -> None:
    page.goto(url)
    page.fill("input[name=username]", "operator")
    page.fill("input[name=password]", "a password of the tests")
    page.click(button)


def test_the_api_document_renders_every_operation(page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/v6/docs/")
    expect(page.locator(".opblock")).to_have_count(34)
    assert faults == []


def test_the_browsable_api_shows_a_list_and_takes_a_log_in(page: Page, operator: None) -> None:
    make_job_type("shown")
    log_in(page, "/accounts/login/?next=/v6/job-types/", "input[type=submit]")
    expect(page.locator(".response-info")).to_contain_text("shown")
    expect(page.locator("textarea[name=_content]")).to_be_visible()


def test_an_operator_finds_pauses_and_reads_a_job_type(
    page: Page, operator: None, staff: APIClient, workspaces: None
) -> None:
    staff.post("/v6/job-types/", example("add-seed-image"), format="json")
    log_in(page, "/admin/login/?next=/admin/job_types/jobtype/?q=sample", "input[type=submit]")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.check("#result_list tbody input[type=checkbox]")
    page.select_option("select[name=action]", "pause")
    page.click("button[name=index]")
    expect(page.locator(".messagelist")).to_be_visible()
    assert JobType.objects.get().is_paused
    page.click("#result_list tbody th a")
    expect(page.locator("#content")).to_contain_text("som.host.name")
    expect(page.locator("#content")).to_contain_text("/the/container/path")
    assert "secret_password" not in page.content()

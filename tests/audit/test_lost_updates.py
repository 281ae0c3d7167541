"""Two who change the same object at once, one of them on a page of the admin: nobody's change is lost unnoticed."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import make_job_type
from tests.threads import at_once
from workspaces.models import Workspace
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

API = "/v6/job-types/test/1.0.0/"
SENTENCE = r"After this page was shown, staff \(api\) set {}, at \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\."


class Form(HTMLParser):
    """What a browser sends for the form of a page of the admin."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name")
        if tag == "textarea":
            self.area = name
        elif tag == "input" and name and found["type"] not in ("submit", "checkbox"):
            self.values[name] = found.get("value") or ""
        elif tag == "input" and name and "checked" in found:
            self.values[name] = "on"

    def handle_data(self, data: str) -> None:
        if self.area:
            # A browser drops the first line break, and sends CR LF for each other.
            self.values[self.area] = data.removeprefix("\n").replace("\n", "\r\n")
            self.area = None


def page_of(row: JobType | Workspace) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def open_page(client: Client, row: JobType | Workspace) -> dict[str, str]:
    """Open the page of a row; return what a browser sends if it is saved as it is."""
    answer = client.get(page_of(row))
    assert answer.status_code == 200
    return Form(answer.content.decode()).values


def notes_of(answer: Any) -> str:
    """The messages and the errors of a page, as texts."""
    notes = re.findall(r'<(?:li class="[a-z]+"|ul class="errorlist[^>]*><li)>(.*?)</li>', answer.content.decode())
    return unescape(" | ".join(notes))


def patch(staff: APIClient, **fields: Any) -> None:
    assert staff.patch(API, fields, format="json").status_code == 200


def test_a_page_that_was_opened_before_an_edit_saves_only_what_was_changed_on_it(
    admin_client: Client, staff: APIClient
) -> None:
    job_type = make_job_type()
    form = open_page(admin_client, job_type)
    patch(staff, is_paused=True, max_scheduled=7)
    answer = admin_client.post(page_of(job_type), {**form, "icon_code": "f013"}, follow=True)
    job_type.refresh_from_db()
    assert (job_type.icon_code, job_type.is_paused, job_type.max_scheduled) == ("f013", True, 7)
    notes = notes_of(answer)
    assert "was changed successfully" in notes
    assert re.search(SENTENCE.format("max_scheduled to “7” and is_paused to yes"), notes), notes


def test_a_field_that_both_changed_is_shown_with_both_values_and_nothing_is_written(
    admin_client: Client, staff: APIClient
) -> None:
    job_type = make_job_type(icon_code="f000", max_scheduled=3)
    form = open_page(admin_client, job_type)
    patch(staff, is_paused=True, max_scheduled=1, icon_code=None)
    before = JobType.objects.values().get()
    edited = {**form, "max_scheduled": "9", "is_published": "on"}
    answer = admin_client.post(page_of(job_type), edited)
    assert (answer.status_code, JobType.objects.values().get()) == (200, before)
    notes = notes_of(answer)
    assert re.search(
        SENTENCE.format("icon_code to nothing and max_scheduled to “1” and is_paused to yes"), notes
    ), notes
    assert "Somebody else set this to “1”. Save again to set your value." in notes
    again = Form(answer.content.decode()).values
    assert again == {
        **edited,
        "csrfmiddlewaretoken": again["csrfmiddlewaretoken"],
        "icon_code": "",
        "is_paused": "on",
        "tag": again["tag"],
    }
    assert admin_client.post(page_of(job_type), again).status_code == 302
    job_type.refresh_from_db()
    assert (job_type.max_scheduled, job_type.is_paused, job_type.icon_code) == (9, True, None)
    assert job_type.is_published


def test_the_one_who_was_faster_on_the_page_that_is_shown_again_is_named_too(
    admin_client: Client, staff: APIClient
) -> None:
    job_type = make_job_type()
    form = {**open_page(admin_client, job_type), "max_scheduled": "9"}
    for number in (1, 2):
        patch(staff, max_scheduled=number)
        answer = admin_client.post(page_of(job_type), form)
        assert f"Somebody else set this to “{number}”." in notes_of(answer)
        form = Form(answer.content.decode()).values
    assert admin_client.post(page_of(job_type), form).status_code == 302
    job_type.refresh_from_db()
    assert job_type.max_scheduled == 9


def test_a_fault_in_another_field_does_not_make_the_page_forget_what_it_was_shown_with(
    admin_client: Client, staff: APIClient
) -> None:
    job_type = make_job_type()
    form = open_page(admin_client, job_type)
    patch(staff, is_paused=True)
    answer = admin_client.post(page_of(job_type), {**form, "max_scheduled": "0"})
    again = Form(answer.content.decode()).values
    assert admin_client.post(page_of(job_type), {**again, "max_scheduled": "5"}).status_code == 302
    job_type.refresh_from_db()
    assert (job_type.max_scheduled, job_type.is_paused) == (5, True)


def test_two_who_set_the_same_value_do_not_disturb_each_other(admin_client: Client, staff: APIClient) -> None:
    job_type = make_job_type()
    form = open_page(admin_client, job_type)
    patch(staff, max_scheduled=7)
    assert admin_client.post(page_of(job_type), {**form, "max_scheduled": "7"}).status_code == 302


@pytest.mark.parametrize("tag", [None, "", "nonsense", "of another page"])
def test_a_form_without_the_tag_of_its_page_changes_nothing(admin_client: Client, tag: str | None) -> None:
    job_type, other = make_job_type(), make_job_type("other")
    before = JobType.objects.values().get(pk=job_type.pk)
    form = {**open_page(admin_client, job_type), "max_scheduled": "7"}
    tag = open_page(admin_client, other)["tag"] if tag == "of another page" else tag
    sent = {name: value for name, value in {**form, "tag": tag}.items() if value is not None}
    answer = admin_client.post(page_of(job_type), sent)
    assert "Open it again, and make your changes anew." in notes_of(answer)
    assert JobType.objects.values().get(pk=job_type.pk) == before


def test_a_workspace_keeps_what_another_changed(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={"title": "Raw", "description": "Two\nlines\n"})
    form = open_page(admin_client, workspace)
    edit_workspace(name="raw", fields={"description": "Other\nlines", "is_active": False})
    answer = admin_client.post(page_of(workspace), {**form, "title": "New"}, follow=True)
    workspace.refresh_from_db()
    assert (workspace.title, workspace.description, workspace.is_active) == ("New", "Other\nlines", False)
    assert r"tester (command) set description to “Other\nlines” and is_active to no" in notes_of(answer)


def test_a_text_of_several_lines_that_nobody_changed_stays_as_it_is(admin_client: Client) -> None:
    workspace, _ = create_workspace(name="raw", fields={"description": "Two\nlines"})
    form = open_page(admin_client, workspace)
    assert form["description"] == "Two\r\nlines"
    admin_client.post(page_of(workspace), {**form, "title": "New"})
    workspace.refresh_from_db()
    assert (workspace.title, workspace.description) == ("New", "Two\nlines")


@pytest.mark.django_db(transaction=True)
def test_of_eight_pages_that_set_the_same_field_at_once_one_is_saved(admin_client: Client) -> None:
    job_type = make_job_type()
    form = open_page(admin_client, job_type)
    session = admin_client.cookies

    def save(number: int) -> int:
        client = Client()
        client.cookies = session
        return client.post(page_of(job_type), {**form, "max_scheduled": str(number + 1)}).status_code

    assert sorted(at_once(8, save)) == [200] * 7 + [302]

"""The pages of workspaces: what they show, how one is created and edited, and by whom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from tests.pages.reading import html_of, read, words
from workspaces.models import Workspace, WorkspaceSecret
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

S3 = {
    "broker": {
        "type": "s3",
        "bucket_name": "scenes",
        "credentials": {"access_key_id": "the id", "secret_access_key": "the secret"},
    }
}


@pytest.fixture
def raw(db: None) -> Workspace:
    fields: Any = {"title": "Raw <scenes>", "base_url": "https://files.example.com/", "configuration": S3}
    workspace, _ = create_workspace(name="raw", fields=fields)
    return workspace


def shown(client: Client, url: str) -> dict[str, Any]:
    """What the fields of the form at ``url`` hold."""
    form = client.get(url).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not False}


def test_the_list_shows_workspaces_and_offers_to_create_one_to_operators(
    client: Client, operator: Client, raw: Workspace
) -> None:
    assert "raw Raw <scenes> Active https://files.example.com/" in read(client, "/workspaces/")
    assert "/workspaces/-/create/" not in html_of(client, "/workspaces/")
    assert "/workspaces/-/create/" in html_of(operator, "/workspaces/")
    assert "No workspace matches" in read(client, "/workspaces/?name=none")


def test_an_empty_list_says_what_to_do(client: Client, operator: Client) -> None:
    assert "Operators create them." in read(client, "/workspaces/")
    assert "Create one" in read(operator, "/workspaces/")


def test_a_workspace_is_shown_with_asterisks_for_its_credentials(
    client: Client, operator: Client, raw: Workspace
) -> None:
    page = html_of(client, "/workspaces/raw/")
    assert ("scenes" in page, "************" in page, "the secret" in page) == (True, True, False)
    assert ("/workspaces/raw/edit/" in page, "/audit/" in page) == (False, False)
    page = html_of(operator, "/workspaces/raw/")
    assert 'href="/audit/?kind=workspace&amp;name=raw"' in page
    assert 'href="/workspaces/raw/edit/"' in page
    assert "No workspace has the name or the id 'none'" in words(client.get("/workspaces/none/").content.decode())


def test_an_operator_creates_a_workspace(operator: Client) -> None:
    body = {
        "name": "new",
        "title": "New",
        "is_active": "on",
        "configuration": json.dumps(S3),
        "description": "a\r\nb",
    }
    answer = operator.post("/workspaces/-/create/", body)
    assert (answer.status_code, answer["Location"]) == (303, "/workspaces/new/")
    assert "The workspace new was created." in read(operator, "/workspaces/new/")
    workspace = Workspace.objects.get()
    assert (workspace.title, workspace.is_active, workspace.description) == ("New", True, "a\nb")
    assert WorkspaceSecret.objects.count() == 2
    assert Record.objects.get().actor == "operator"


def test_a_name_is_made_of_the_title(operator: Client) -> None:
    answer = operator.post("/workspaces/-/create/", {"title": "My scenes", "is_active": "on"})
    assert answer["Location"] == "/workspaces/my-scenes/"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"name": "raw"}, "name", "there is a workspace 'raw' already"),
        ({"name": "a b"}, "name", "may hold letters, digits, `_` and `-` alone"),
        ({"name": "12"}, "name", "must be no number"),
        ({}, "__all__", "title: required, unless a name is sent"),
        ({"name": "a", "title": "x" * 201}, "title", "at most 200 characters"),
        ({"name": "a", "configuration": "{"}, "configuration", "cannot be read at line 1, column 2"),
        ({"name": "a", "configuration": "[]"}, "configuration", "not a JSON object"),
        (
            {"name": "a", "configuration": '{"broker": {"type": "ftp"}}'},
            "configuration",
            "broker.type: a string, not one of",
        ),
        ({"name": "a", "base_url": "\0"}, "base_url", "Null characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    operator: Client, raw: Workspace, body: dict[str, str], field: str, says: str
) -> None:
    answer = operator.post("/workspaces/-/create/", body)
    assert answer.status_code == 400
    assert any(says in sentence for sentence in answer.context["form"].errors[field]), answer.context["form"].errors
    assert "Nothing was changed" in words(answer.content.decode())
    assert Workspace.objects.count() == 1


def test_an_edit_that_leaves_the_asterisks_keeps_the_credentials(operator: Client, raw: Workspace) -> None:
    before = set(WorkspaceSecret.objects.values_list("name", "token"))
    assert "the secret" not in html_of(operator, "/workspaces/raw/edit/")
    body = shown(operator, "/workspaces/raw/edit/")
    answer = operator.post("/workspaces/raw/edit/", body | {"title": "Other"})
    assert (answer.status_code, answer["Location"]) == (303, "/workspaces/raw/")
    raw.refresh_from_db()
    assert raw.title == "Other"
    assert set(WorkspaceSecret.objects.values_list("name", "token")) == before
    record = Record.objects.order_by("-id")[0]
    assert record.changes == {"title": {"old": "Raw <scenes>", "new": "Other"}}


def test_a_credential_can_be_replaced_and_a_workspace_deprecated(operator: Client, raw: Workspace) -> None:
    body = shown(operator, "/workspaces/raw/edit/")
    body["configuration"] = body["configuration"].replace(
        '"secret_access_key": "************"', '"secret_access_key": "x"'
    )
    del body["is_active"]
    operator.post("/workspaces/raw/edit/", body)
    raw.refresh_from_db()
    assert (raw.is_active, raw.configuration["broker"]["credentials"]["secret_access_key"]) == (
        False,
        "************",
    )
    assert "Deprecated since" in read(operator, "/workspaces/raw/")
    assert "configuration.credentials.secret_access_key" in Record.objects.order_by("-id")[0].changes


def test_an_edit_of_what_somebody_else_changed_is_refused(operator: Client, raw: Workspace) -> None:
    body = shown(operator, "/workspaces/raw/edit/")
    fields: Any = {"title": "Faster"}
    edit_workspace(name="raw", fields=fields)
    answer = operator.post("/workspaces/raw/edit/", body | {"title": "Slower"})
    assert answer.status_code == 412
    assert "Somebody else has changed this" in words(answer.content.decode())
    raw.refresh_from_db()
    assert raw.title == "Faster"


def test_a_warning_on_the_configuration_is_shown(operator: Client, raw: Workspace) -> None:
    body = {"name": "new", "configuration": json.dumps(S3).replace("the secret", "************")}
    operator.post("/workspaces/-/create/", body)
    assert "asterisks stand for a value that is stored, and none is" in read(operator, "/workspaces/new/")


@pytest.mark.parametrize("url", ["/workspaces/-/create/", "/workspaces/raw/edit/"])
def test_others_are_refused(client: Client, logged_in: Callable[..., Client], raw: Workspace, url: str) -> None:
    for browser, status in ((client, 302), (logged_in("Publishers"), 403)):
        assert browser.get(url).status_code == status
        assert browser.post(url, {"name": "a", "title": "b"}).status_code == status
    raw.refresh_from_db()
    assert (Workspace.objects.count(), raw.title) == (1, "Raw <scenes>")


@pytest.mark.parametrize("url", ["/workspaces/", "/workspaces/raw/"])
def test_what_the_pages_cost(client: Client, raw: Workspace, url: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        client.get(url)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"title": "x" * 201}, 400),
        ({"configuration": '{"broker": {"type": "s3", "credentials": {"secret_access_key": "hunter2"}'}, 400),
        ({"configuration": '{"broker": {"type": "s3", "bucket_name": "b", "credential": "hunter2"}}'}, 400),
        ({"tag": "another"}, 412),
    ],
)
@pytest.mark.parametrize("url", ["/workspaces/-/create/", "/workspaces/raw/edit/"])
def test_a_form_that_is_refused_shows_no_credentials_that_were_entered(
    operator: Client, raw: Workspace, url: str, changes: dict[str, str], status: int
) -> None:
    entered = {"title": "Raw", "configuration": json.dumps(S3).replace("the secret", "hunter2")}
    if "create" in url:
        changes, status = changes | {"name": "raw"}, 400
    first = {name: value for name, value in shown(operator, url).items() if value is not None}
    answer = operator.post(url, {**first, **entered, **changes})
    assert (answer.status_code, "hunter2" in answer.content.decode()) == (status, False)
    assert "Enter it again" in words(answer.content.decode())


def test_a_form_that_is_refused_shows_a_configuration_that_was_left_as_it_is(
    operator: Client, raw: Workspace
) -> None:
    body = shown(operator, "/workspaces/raw/edit/")
    page = operator.post("/workspaces/raw/edit/", body | {"title": "x" * 201}).content.decode()
    assert ("bucket_name" in page, "Enter it again" in page) == (True, False)

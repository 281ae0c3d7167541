"""The pages of workspaces: what they show, how one is created and edited, and by whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from core.encryption import decrypt
from tests.files.factories import make_file
from tests.pages.reading import html_of, read, words
from workspaces.models import Workspace, WorkspaceSecret
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

FORM = {
    "type": "s3",
    "bucket_name": "scenes",
    "access_key_id": "the id",
    "secret_access_key": "the secret",
}
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
    held = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in held.items() if value not in (False, None)}


def test_the_list_shows_workspaces_and_offers_to_create_one_to_operators(
    client: Client, operator: Client, raw: Workspace
) -> None:
    make_file("a", file_size=1024)
    make_file("b", file_size=512)
    make_file("c", is_deleted=True)
    assert "raw Raw <scenes> Active s3://scenes 2 1.5 KiB" in read(client, "/workspaces/")
    assert "/workspaces/-/create/" not in html_of(client, "/workspaces/")
    assert "/workspaces/-/create/" in html_of(operator, "/workspaces/")
    assert "No workspace matches" in read(client, "/workspaces/?name=none")


def test_an_empty_list_says_what_to_do(client: Client, operator: Client) -> None:
    assert "Operators create them." in read(client, "/workspaces/")
    assert "Create one" in read(operator, "/workspaces/")


def test_a_workspace_shows_its_broker_in_words_and_no_credentials(
    client: Client, operator: Client, raw: Workspace
) -> None:
    page = html_of(client, "/workspaces/raw/")
    assert "Its files lie in a bucket of S3 Bucket scenes Credentials set, and never shown" in words(page)
    assert ("***" in page, "the secret" in page) == (False, False)
    assert ("/workspaces/raw/edit/" in page, "/audit/" in page) == (False, False)
    page = html_of(operator, "/workspaces/raw/")
    assert 'href="/audit/?kind=workspace&amp;name=raw"' in page
    assert 'href="/workspaces/raw/edit/"' in page
    assert "No workspace has the name or the id 'none'" in words(client.get("/workspaces/none/").content.decode())


@pytest.mark.parametrize(
    ("broker", "place", "facts"),
    [
        ({"type": "host", "host_path": "/data"}, "/data", "a folder of each node's own Host path /data"),
        (
            {"type": "nfs", "nfs_path": "nfs.example.com:/scenes"},
            "nfs.example.com:/scenes",
            "a folder that an NFS server shares NFS path nfs.example.com:/scenes",
        ),
        (
            {"type": "s3", "bucket_name": "scenes", "region_name": "eu-1"},
            "s3://scenes",
            "a bucket of S3 Bucket scenes Region eu-1 Credentials none: as the nodes are set up",
        ),
    ],
)
def test_each_type_of_broker_is_in_words(client: Client, broker: dict[str, str], place: str, facts: str) -> None:
    fields: Any = {"title": "New", "configuration": {"broker": broker}}
    create_workspace(name="new", fields=fields)
    assert f"new New Active {place} 0 0 bytes" in read(client, "/workspaces/")
    assert f"Its files lie in {facts}" in read(client, "/workspaces/new/")


def test_a_workspace_without_broker_says_what_that_means_and_what_to_do(client: Client, operator: Client) -> None:
    fields: Any = {"title": "New"}
    create_workspace(name="new", fields=fields)
    assert "agents can neither read from it nor store in it." in read(client, "/workspaces/new/")
    assert "Give it one" not in read(client, "/workspaces/new/")
    assert "Give it one" in read(operator, "/workspaces/new/")


def test_files_are_counted_to_a_bound(client: Client, raw: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        make_file(f"{number}.tif", file_size=2**62)  # together more than an integer of a database holds
    assert "Number 3 Together 12,288 PiB" in read(client, "/workspaces/raw/")
    monkeypatch.setattr("pages.views.workspaces.MOST_OF_EACH", 2)
    monkeypatch.setattr("pages.content.workspaces.MOST_OF_ONE", 1)
    assert "more than 2 more than 8,192 PiB" in read(client, "/workspaces/")
    assert "Number more than 1 Together more than 4,096 PiB" in read(client, "/workspaces/raw/")


def test_an_operator_creates_a_workspace(operator: Client) -> None:
    body = {
        "name": "new",
        "title": "New",
        "is_active": "on",
        **FORM,
        "description": "a\r\nb",
    }
    answer = operator.post("/workspaces/-/create/", body)
    assert (answer.status_code, answer["Location"]) == (303, "/workspaces/new/")
    assert "The workspace new was created." in read(operator, "/workspaces/new/")
    workspace = Workspace.objects.get()
    assert (workspace.title, workspace.is_active, workspace.description) == ("New", True, "a\nb")
    assert workspace.configuration == {
        "broker": {
            "type": "s3",
            "bucket_name": "scenes",
            "credentials": {"access_key_id": "*" * 12, "secret_access_key": "*" * 12},
        }
    }
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
        ({"name": "a", "type": "ftp"}, "type", "ftp is not one of the available choices"),
        ({"name": "a", "type": "host"}, "host_path", "an absolute path"),
        ({"name": "a", "type": "s3"}, "bucket_name", "a text that is not empty"),
        (
            {"name": "a", "type": "s3", "bucket_name": "b", "access_key_id": "x"},
            "secret_access_key",
            "a text that is not empty",
        ),
        ({"name": "a", "type": "host", "host_path": "data"}, "host_path", "an absolute path"),
        ({"name": "a", "type": "nfs", "nfs_path": "/data"}, "nfs_path", "a host, ':' and an absolute path"),
        (
            {"name": "a", "type": "s3", "bucket_name": "b", "access_key_id": "x" * 10_001},
            "access_key_id",
            "10000",
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


def test_an_edit_that_leaves_the_credentials_empty_keeps_them(operator: Client, raw: Workspace) -> None:
    before = set(WorkspaceSecret.objects.values_list("name", "token"))
    page = html_of(operator, "/workspaces/raw/edit/")
    assert ("the secret" in page, "***" in page, "It is set; leave this empty to keep it." in page) == (
        False,
        False,
        True,
    )
    body = shown(operator, "/workspaces/raw/edit/")
    answer = operator.post("/workspaces/raw/edit/", body | {"title": "Other"})
    assert (answer.status_code, answer["Location"]) == (303, "/workspaces/raw/")
    raw.refresh_from_db()
    assert raw.title == "Other"
    assert set(WorkspaceSecret.objects.values_list("name", "token")) == before
    record = Record.objects.order_by("-id")[0]
    assert record.changes == {"title": {"old": "Raw <scenes>", "new": "Other"}}


def test_a_credential_can_be_replaced_and_a_workspace_deprecated(operator: Client, raw: Workspace) -> None:
    kept = WorkspaceSecret.objects.get(name="access_key_id").token
    body = shown(operator, "/workspaces/raw/edit/") | {"secret_access_key": "x"}
    del body["is_active"]
    operator.post("/workspaces/raw/edit/", body)
    raw.refresh_from_db()
    assert raw.is_active is False
    assert WorkspaceSecret.objects.get(name="access_key_id").token == kept
    assert decrypt(WorkspaceSecret.objects.get(name="secret_access_key").token) == "x"
    assert "Deprecated since" in read(operator, "/workspaces/raw/")
    assert "configuration.credentials.secret_access_key" in Record.objects.order_by("-id")[0].changes


def test_credentials_are_removed_when_asked_for_and_with_their_broker(operator: Client, raw: Workspace) -> None:
    body = shown(operator, "/workspaces/raw/edit/")
    operator.post("/workspaces/raw/edit/", body | {"remove_credentials": "on"})
    raw.refresh_from_db()
    assert raw.configuration == {"broker": {"type": "s3", "bucket_name": "scenes"}}
    assert WorkspaceSecret.objects.count() == 0
    assert "Remove the credentials" not in read(operator, "/workspaces/raw/edit/")


def test_another_type_of_broker_leaves_the_members_of_the_old_one_out(operator: Client, raw: Workspace) -> None:
    body = shown(operator, "/workspaces/raw/edit/")
    operator.post("/workspaces/raw/edit/", body | {"type": "host", "host_path": "/data", "access_key_id": "x"})
    raw.refresh_from_db()
    assert raw.configuration == {"broker": {"type": "host", "host_path": "/data"}}
    assert WorkspaceSecret.objects.count() == 0
    operator.post("/workspaces/raw/edit/", shown(operator, "/workspaces/raw/edit/") | {"type": ""})
    raw.refresh_from_db()
    assert raw.configuration is None


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
    body = {"name": "new", **FORM, "secret_access_key": "*" * 12}
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
    fields: Any = {"title": "Another"}
    create_workspace(fields=fields)
    for number in range(3):
        make_file(f"{number}.tif")
    with django_assert_num_queries(2):
        client.get(url)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"title": "x" * 201}, 400), ({"bucket_name": ""}, 400), ({"type": "ftp"}, 400), ({"tag": "another"}, 412)],
)
@pytest.mark.parametrize("url", ["/workspaces/-/create/", "/workspaces/raw/edit/"])
def test_a_form_that_is_refused_shows_no_credentials_that_were_entered(
    operator: Client, raw: Workspace, url: str, changes: dict[str, str], status: int
) -> None:
    entered = {"title": "Raw", **FORM, "secret_access_key": "hunter2"}
    if "create" in url:
        changes, status = changes | {"name": "raw"}, 400
    first = {name: value for name, value in shown(operator, url).items() if value is not None}
    answer = operator.post(url, {**first, **entered, **changes})
    assert (answer.status_code, "hunter2" in answer.content.decode()) == (status, False)


def test_a_form_that_is_refused_shows_a_broker_that_was_entered(operator: Client, raw: Workspace) -> None:
    body = shown(operator, "/workspaces/raw/edit/") | {"bucket_name": "others", "title": "x" * 201}
    page = operator.post("/workspaces/raw/edit/", body).content.decode()
    assert ('value="others"' in page, 'option value="s3" selected' in page) == (True, True)

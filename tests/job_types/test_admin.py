"""Job types and revisions in the admin: their pages, forms and actions."""

import html
import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.encryption import EncryptionError
from core.services import Missing
from job_types import changes, services
from job_types.models import JobType, JobTypeRevision
from tests.factories import example, make_job, make_job_type, make_manifest, with_settings
from tests.job_types.admin_pages import LIST, REVISIONS, make_system_job_type, messages_of
from tests.recipes.factories import job_node, make_recipe

pytestmark = pytest.mark.django_db

SECRET = "secret_password"


def page_of(job_type: JobType) -> str:
    return f"{LIST}{job_type.pk}/change/"


def run_action(client: Client, action: str, *job_types: JobType) -> list[tuple[str, str]]:
    """Run an action on the change list and return the messages, level and text."""
    selected = [job_type.pk for job_type in job_types]
    answer = client.post(LIST, {"action": action, "_selected_action": selected, "confirmed": "yes"})
    assert answer.status_code == 302
    return messages_of(answer)


def form_of(client: Client, job_type: JobType) -> dict[str, Any]:
    """What a browser would send if the form were saved as it is shown."""
    form = client.get(page_of(job_type)).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}


def save(client: Client, job_type: JobType, **fields: Any) -> Any:
    """Save the form with other values; None leaves a field out, as a browser does for an empty check box."""
    values = form_of(client, job_type) | fields
    return client.post(page_of(job_type), {name: value for name, value in values.items() if value is not None})


def stored(job_type: JobType) -> dict[str, Any]:
    return dict(JobType.objects.filter(pk=job_type.pk).values().get())


def test_pausing_through_the_admin_sets_the_time(admin_client: Client) -> None:
    job_type = make_job_type()
    assert run_action(admin_client, "pause", job_type) == [("success", "1 job type paused.")]
    job_type.refresh_from_db()
    assert job_type.is_paused
    assert job_type.paused == job_type.last_modified > job_type.created


@pytest.mark.parametrize(
    ("action", "fields", "expected", "message"),
    [
        ("pause", {}, {"is_paused": True}, "paused"),
        ("resume", {"is_paused": True}, {"is_paused": False, "paused": None}, "resumed"),
        ("deprecate", {}, {"is_active": False}, "deprecated"),
        ("activate", {"is_active": False}, {"is_active": True, "deprecated": None}, "activated"),
    ],
)
def test_an_action_throws_the_switch_of_all_selected_and_of_no_others(
    admin_client: Client, action: str, fields: dict[str, Any], expected: dict[str, Any], message: str
) -> None:
    selected = [make_job_type(name, **fields) for name in ("one", "two")]
    other = make_job_type("other", **fields)
    before = stored(other)
    assert run_action(admin_client, action, *selected) == [("success", f"2 job types {message}.")]
    assert JobType.objects.filter(**expected).count() == 2
    assert stored(other) == before


def test_an_action_that_changes_nothing_writes_nothing(admin_client: Client) -> None:
    job_type = make_job_type(is_paused=True)
    before = stored(job_type)
    assert run_action(admin_client, "pause", job_type) == [("info", "1 job type was paused already.")]
    assert stored(job_type) == before
    assert not LogEntry.objects.exists()


def test_an_action_is_shown_in_the_history(admin_client: Client) -> None:
    job_type = make_job_type()
    run_action(admin_client, "pause", job_type)
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.get_change_message()) == ("test 1.0.0", "Paused.")
    history = admin_client.get(f"{LIST}{job_type.pk}/history/", follow=True)
    assert history.status_code == 200
    assert "is_paused" in history.content.decode()


def test_an_action_reports_each_system_job_type_that_refuses_it_and_does_the_others(admin_client: Client) -> None:
    systems = [make_system_job_type(name) for name in ("clock", "ingest")]
    own = make_job_type("own")
    sentence = "is_active: {} 1.0.0 is a system job type; is_paused is all that can be changed of it."
    assert run_action(admin_client, "deprecate", *systems, own) == [
        ("error", sentence.format("clock")),
        ("error", sentence.format("ingest")),
        ("success", "1 job type deprecated."),
    ]
    assert list(JobType.objects.filter(is_active=False)) == [own]


def test_a_system_job_type_can_be_paused(admin_client: Client) -> None:
    job_type = make_system_job_type()
    run_action(admin_client, "pause", job_type)
    assert stored(job_type)["is_paused"] is True
    assert save(admin_client, job_type, is_paused=None).status_code == 302
    assert stored(job_type)["is_paused"] is False


def test_the_form_of_a_system_job_type_has_the_pause_and_ignores_anything_else(admin_client: Client) -> None:
    job_type = make_system_job_type()
    form = admin_client.get(page_of(job_type)).context["adminform"].form
    assert set(form.fields) == {"is_paused", "tag"}
    before = stored(job_type)
    save(admin_client, job_type, max_scheduled="5", icon_code="f013", is_published="on")
    assert stored(job_type) == before


def test_the_form_edits_what_an_operator_sets(admin_client: Client) -> None:
    job_type = make_job_type()
    answer = save(
        admin_client,
        job_type,
        icon_code="f013",
        is_published="on",
        is_paused="on",
        max_scheduled="7",
    )
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    job_type.refresh_from_db()
    assert (job_type.icon_code, job_type.is_published, job_type.max_scheduled) == ("f013", True, 7)
    assert job_type.is_paused
    assert job_type.paused == job_type.last_modified
    assert job_type.revision_num == 1


def test_an_emptied_field_is_null(admin_client: Client) -> None:
    job_type = make_job_type(icon_code="f013", max_scheduled=7)
    save(admin_client, job_type, icon_code="", max_scheduled="")
    job_type.refresh_from_db()
    assert (job_type.icon_code, job_type.max_scheduled) == (None, None)


@pytest.mark.parametrize("fields", [{}, {"icon_code": "f013", "max_scheduled": 3, "is_active": False}])
def test_saving_the_form_as_it_is_writes_nothing(admin_client: Client, fields: dict[str, Any]) -> None:
    job_type = make_job_type(**fields)
    before = stored(job_type)
    assert save(admin_client, job_type).status_code == 302
    assert stored(job_type) == before


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("max_scheduled", "0", "Ensure this value is greater than or equal to 1."),
        ("max_scheduled", "-1", "Ensure this value is greater than or equal to 1."),
        ("max_scheduled", str(2**31), "Ensure this value is less than or equal to 2147483647."),
        ("max_scheduled", "many", "Enter a whole number."),
        ("icon_code", "x" * 21, "Ensure this value has at most 20 characters (it has 21)."),
        ("icon_code", "\0", "Null characters are not allowed."),
    ],
)
def test_a_wrong_value_is_an_error_of_its_field(admin_client: Client, field: str, value: str, message: str) -> None:
    job_type = make_job_type()
    before = stored(job_type)
    answer = save(admin_client, job_type, **{field: value})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors == {field: [message]}
    assert stored(job_type) == before


@pytest.mark.parametrize("refusal", [Missing("It is gone."), EncryptionError("No key; set ENCRYPTION_KEYS.")])
def test_what_the_service_refuses_is_reported_and_leaves_no_trace(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    def refuse(**_: Any) -> None:
        raise refusal

    job_type = make_job_type()
    monkeypatch.setattr(changes, "operate_job_type", refuse)
    answer = save(admin_client, job_type, max_scheduled="5")
    assert (answer.status_code, answer["Location"]) == (302, page_of(job_type))
    assert messages_of(answer) == [("error", str(refusal))]
    assert messages_of(admin_client.get(LIST)) == [("error", str(refusal))]
    assert run_action(admin_client, "pause", job_type) == [("error", str(refusal))]
    assert not LogEntry.objects.exists()


def test_a_job_type_that_became_one_of_the_system_meanwhile_is_reported(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_type = make_job_type()
    original = changes.operate_job_type

    def operate(**arguments: Any) -> bool:
        JobType.objects.update(is_system=True)
        return original(**arguments)

    monkeypatch.setattr(changes, "operate_job_type", operate)
    answer = save(admin_client, job_type, max_scheduled="5", is_published="on")
    assert answer.status_code == 302
    sentence = "{}: test 1.0.0 is a system job type; is_paused is all that can be changed of it."
    assert messages_of(answer) == [("error", sentence.format(field)) for field in ("is_published", "max_scheduled")]
    assert not LogEntry.objects.exists()


def test_the_page_shows_manifest_and_configuration(admin_client: Client, workspaces: None) -> None:
    body = example("add-seed-image")
    job_type = services.register_job_type(fields=body).instance  # type: ignore[arg-type]
    page = admin_client.get(page_of(job_type)).content.decode()
    documents = [json.loads(html.unescape(text)) for text in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)]
    assert documents == [job_type.configuration, body["manifest"]]
    assert f'<a href="{REVISIONS}?job_type__id__exact={job_type.pk}">1 (read them)</a>' in page


def test_a_manifest_cannot_bring_markup_into_a_page(admin_client: Client) -> None:
    markup = "<script>alert(1)</script>"
    job_type = make_job_type(job={"title": markup, "description": markup})
    revision = job_type.revisions.get()
    for url in (LIST, page_of(job_type), f"{REVISIONS}{revision.pk}/change/"):
        assert markup not in admin_client.get(url).content.decode()


def test_no_page_shows_a_secret_and_the_history_holds_none(
    staff: APIClient, admin_client: Client, workspaces: None
) -> None:
    staff.post("/v6/job-types/", example("add-seed-image"), format="json")
    job_type = JobType.objects.get()
    token = job_type.secrets.get().token
    save(admin_client, job_type, max_scheduled="9")
    run_action(admin_client, "pause", job_type)
    pages = [
        "/admin/",
        LIST,
        f"{LIST}?q={SECRET}",
        page_of(job_type),
        f"{LIST}{job_type.pk}/history/",
        f"{REVISIONS}?job_type__id__exact={job_type.pk}",
        f"{REVISIONS}{job_type.revisions.get().pk}/change/",
    ]
    shown = "".join(admin_client.get(page).content.decode() for page in pages)
    assert "DB_PASS (stored)" in shown
    history = "".join(f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all())
    assert history
    for text in (shown.replace(f'value="{SECRET}"', "").replace(f"q={SECRET}", ""), history):
        assert SECRET not in text
        assert token not in text


def test_a_job_type_without_stored_secrets_says_so(admin_client: Client) -> None:
    job_type = make_job_type(job=with_settings(secret=["PASS"]))
    assert "none stored" in admin_client.get(page_of(job_type)).content.decode()


def test_a_lost_key_does_not_keep_the_page_from_being_shown(admin_client: Client, settings: Any) -> None:
    job_type = make_job_type(
        job=with_settings(secret=["PASS"]), configuration={"settings": {"PASS": "something hidden"}}
    )
    settings.ENCRYPTION_KEYS = []
    assert "PASS (stored)" in admin_client.get(page_of(job_type)).content.decode()
    assert save(admin_client, job_type, is_paused="on").status_code == 302
    assert stored(job_type)["is_paused"] is True


def test_revisions_are_listed_newest_first_and_shown_as_they_were(admin_client: Client) -> None:
    job_type = make_job_type()
    make_job_type("other")
    services.edit_job_type(name="test", version="1.0.0", fields={"manifest": make_manifest(title="Second")})
    answer = admin_client.get(REVISIONS, {"job_type__id__exact": job_type.pk})
    assert answer.status_code == 200
    revisions = list(answer.context["cl"].result_list)
    assert [str(revision) for revision in revisions] == ["test 1.0.0 revision 2", "test 1.0.0 revision 1"]
    pages = [admin_client.get(f"{REVISIONS}{revision.pk}/change/") for revision in revisions]
    assert [page.status_code for page in pages] == [200, 200]
    assert ["Second" in page.content.decode() for page in pages] == [True, False]


@pytest.mark.parametrize("query", ["job_type__id__exact=x", "job_type__id__exact=99999999999999999999999"])
def test_a_strange_id_of_a_job_type_is_no_fault_of_the_service(admin_client: Client, query: str) -> None:
    assert admin_client.get(f"{REVISIONS}?{query}").status_code in (200, 302)


def test_revisions_are_read_only(admin_client: Client) -> None:
    revision = make_job_type().revisions.get()
    for way in ("change", "delete"):
        url = f"{REVISIONS}{revision.pk}/{way}/"
        assert admin_client.post(url, {"docker_image": "other", "post": "yes"}).status_code == 403
    assert admin_client.get(f"{REVISIONS}add/").status_code == 403
    action = {"action": "delete_selected", "_selected_action": [revision.pk], "post": "yes", "index": "0"}
    admin_client.post(REVISIONS, action)
    assert JobTypeRevision.objects.get().docker_image == "test:1.0.0"


def test_nothing_is_added_or_deleted(admin_client: Client) -> None:
    job_type = make_job_type()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{job_type.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [job_type.pk], "post": "yes", "index": "0"}
    admin_client.post(LIST, action)
    assert JobType.objects.exists()


def test_without_staff_status_nothing_is_shown(client: Client) -> None:
    job_type = make_job_type()
    client.force_login(get_user_model().objects.create_user("somebody"))
    for url in (LIST, page_of(job_type), REVISIONS):
        assert client.get(url).status_code == 302


def test_staff_pause_without_any_permission_of_their_own(client: Client) -> None:
    job_type = make_job_type()
    client.force_login(get_user_model().objects.create_user("somebody", is_staff=True))
    assert client.get(LIST).status_code == 200
    run_action(client, "pause", job_type)
    assert JobType.objects.get().is_paused


def ask(client: Client, action: str, *job_types: JobType) -> str:
    """Return the page that comes before an action, which changed nothing."""
    before = [stored(job_type) for job_type in job_types]
    answer = client.post(LIST, {"action": action, "_selected_action": [job_type.pk for job_type in job_types]})
    assert answer.status_code == 200
    assert [stored(job_type) for job_type in job_types] == before
    return html.unescape(answer.content.decode())


def test_deprecating_says_first_which_recipe_types_and_jobs_go_along(admin_client: Client) -> None:
    held, free = make_job_type("held"), make_job_type("free")
    for name in ("second", "first"):
        make_recipe(name, definition={"nodes": {"a": job_node("held")}})
    for status in ("QUEUED", "QUEUED", "RUNNING", "COMPLETED"):
        make_job(held, status)
    page = ask(admin_client, "deprecate", held, free)
    assert "<h1>Deprecate 2 job types?</h1>" in page
    assert "The recipe types that hold them are deprecated too, and stay so afterwards: first, second." in page
    assert "Their jobs: 2 in the queue; 1 running, which go on." in page
    assert page.count("<li>held 1.0.0</li>") == page.count("<li>free 1.0.0</li>") == 1
    page = ask(admin_client, "pause", free)
    assert "<h1>Pause 1 job type?</h1>" in page
    assert "Their jobs: 0 in the queue; 0 running, which go on." in page
    assert "recipe types" not in page[page.index("<h1>") :]


def test_the_page_before_an_action_takes_as_many_queries_for_many_rows_as_for_one(admin_client: Client) -> None:
    job_types = [make_job_type(f"test-{number:02}") for number in range(25)]
    ask(admin_client, "deprecate", *job_types)
    counts = []
    for some in (job_types[:1], job_types):
        selected = {"action": "deprecate", "_selected_action": [one.pk for one in some]}
        with CaptureQueriesContext(connection) as captured:
            page = admin_client.post(LIST, selected).content.decode()
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert ("<li>test-19 1.0.0</li>" in page, "<li>test-20 1.0.0</li>" in page) == (True, False)
    assert "and the others" in page


@pytest.mark.parametrize(
    ("columns", "steps"),
    [
        ({}, ["pause", "deprecate"]),
        ({"is_paused": True}, ["resume", "deprecate"]),
        ({"is_active": False}, ["pause", "activate"]),
    ],
)
def test_the_page_of_a_job_type_has_buttons_for_what_can_be_done(
    admin_client: Client, columns: dict[str, Any], steps: list[str]
) -> None:
    answer = admin_client.get(page_of(make_job_type(**columns)))
    assert answer.context["steps"] == steps
    page = answer.content.decode()
    assert [step for step in steps if f">{step.capitalize()}…</button>" in page] == steps
    assert 'name="is_active"' not in page
    assert admin_client.get(page_of(make_system_job_type("system"))).context["steps"] == ["pause"]

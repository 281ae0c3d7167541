"""The form of a configuration, made from the manifest, and that of a single secret."""

from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from job_types.models import JobType
from job_types.secrets import read_secrets
from job_types.selectors import get_details
from job_types.services import edit_job_type
from tests.factories import interface, make_job_type
from tests.pages.reading import read, words
from workspaces.services import create_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspaces")]

URL = "/job-types/test/1.0.0/"
FORM, SECRET = f"{URL}configuration/", f"{URL}secrets/PASSWORD/"
JOB = interface(
    outputs={"files": [{"name": "MASK", "pattern": "*.png"}]},
    mounts=[{"name": "DATA", "path": "/data"}, {"name": "TMP", "path": "/tmp", "mode": "rw"}],
    settings=[{"name": "HOST"}, {"name": "TEXT"}, {"name": "PASSWORD", "secret": True}],
)
CONFIGURATION: dict[str, Any] = {
    "mounts": {
        "DATA": {"type": "host", "host_path": "/srv"},
        "TMP": {"type": "volume", "driver": "local", "driver_opts": {"type": "tmpfs", "o": "size=1g,uid=1"}},
    },
    "output_workspaces": {"default": "workspace_1", "outputs": {"MASK": "workspace_2"}},
    "priority": 50,
    "settings": {"HOST": "example.com", "TEXT": "one\n two ", "PASSWORD": "an old secret"},
}
SHOWN = CONFIGURATION | {"settings": {"HOST": "example.com", "TEXT": "one\n two "}}


@pytest.fixture
def job_type() -> JobType:
    return make_job_type(job=JOB, configuration=CONFIGURATION)


def sent(client: Client, url: str, **fields: Any) -> Any:
    """Send the form at ``url`` as a browser does: what it shows, but for ``fields``, with line breaks of forms."""
    form = client.get(url).context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    values = {name: value for name, value in values.items() if value not in (None, False)} | fields
    return client.post(url, {name: str(value).replace("\n", "\r\n") for name, value in values.items()})


def said(client: Client, answer: Any) -> list[str]:
    """What the page after a form that was taken says."""
    assert (answer.status_code, answer["Location"]) == (303, URL), words(answer.content.decode())
    return [str(message) for message in client.get(URL).context["messages"]]


def faults(answer: Any, status: int = 400) -> dict[str, list[str]]:
    assert answer.status_code == status
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def test_a_form_that_is_sent_as_it_is_shown_changes_nothing(operator: Client, job_type: JobType) -> None:
    assert said(operator, sent(operator, FORM)) == ["Nothing was changed, as all is as it was."]
    job_type.refresh_from_db()
    assert (job_type.configuration, job_type.configuration_num) == (SHOWN, 1)
    assert read_secrets(job_type) == {"PASSWORD": "an old secret"}
    assert not Record.objects.filter(action="edited").exists()


def test_the_options_of_a_driver_stay_as_they_are_even_in_several_lines(operator: Client) -> None:
    mounts = {"TMP": {"type": "volume", "driver": "nfs", "driver_opts": {"o": "a\nb=c\u2028d"}}}
    job_type = make_job_type(job=JOB, configuration=CONFIGURATION | {"mounts": mounts})
    said(operator, sent(operator, FORM, priority="7"))
    job_type.refresh_from_db()
    assert job_type.configuration["mounts"] == mounts
    said(operator, sent(operator, FORM, **{"mounts/TMP/driver_opts": "o=a\u2028b"}))
    job_type.refresh_from_db()
    assert job_type.configuration["mounts"]["TMP"]["driver_opts"] == {"o": "a\u2028b"}


def test_each_part_of_a_configuration_is_set(operator: Client, job_type: JobType) -> None:
    changes = {
        "max_scheduled": "7",
        "is_published": "on",
        "icon_code": "f0c2",
        "priority": "1",
        "settings/HOST": "example.org",
        "settings/TEXT": "",
        "settings/PASSWORD": "a new secret",
        "mounts/DATA": "volume",
        "mounts/DATA/driver": "nfs",
        "mounts/DATA/driver_opts": "addr=10.0.0.1\n\nopts=a=b",
        "mounts/TMP": "",
        "output_workspaces/default": "",
        "output_workspaces/outputs/MASK": "workspace_1",
    }
    (sentence, *warnings) = said(operator, sent(operator, FORM, **changes))[::-1]
    assert sentence == "test 1.0.0 is configured. Jobs that exist keep their configuration."
    assert warnings == [
        "settings.TEXT: missing; the manifest declares this setting",
        "mounts.TMP: missing; the manifest declares this mount",
    ]
    job_type.refresh_from_db()
    assert job_type.configuration == {
        "mounts": {"DATA": {"type": "volume", "driver": "nfs", "driver_opts": {"addr": "10.0.0.1", "opts": "a=b"}}},
        "output_workspaces": {"default": "", "outputs": {"MASK": "workspace_1"}},
        "priority": 1,
        "settings": {"HOST": "example.org"},
    }
    assert (job_type.max_scheduled, job_type.is_published, job_type.icon_code) == (7, True, "f0c2")
    assert read_secrets(job_type) == {"PASSWORD": "a new secret"}


def test_what_the_manifest_does_not_declare_stays(operator: Client, job_type: JobType) -> None:
    other = {"OTHER": {"type": "host", "host_path": "/other"}}
    spaces = {"default": "workspace_1", "outputs": {"GONE": "workspace_2"}}
    changed = SHOWN | {"mounts": SHOWN["mounts"] | other, "output_workspaces": spaces}
    edit_job_type(name="test", version="1.0.0", fields={"configuration": changed})
    said(operator, sent(operator, FORM, priority="7"))
    job_type.refresh_from_db()
    assert job_type.configuration["mounts"] == SHOWN["mounts"] | other
    assert job_type.configuration["output_workspaces"] == spaces


def test_findings_stand_beside_their_fields(operator: Client, job_type: JobType) -> None:
    changes = {
        "priority": "2",
        "mounts/DATA/host_path": "relative",
        "output_workspaces/outputs/MASK": "nowhere",
    }
    found = faults(sent(operator, FORM, **changes))
    assert found == {
        "mounts/DATA/host_path": ["mounts.DATA.host_path: not an absolute path; it must begin with '/'"],
        "output_workspaces/outputs/MASK": [
            "output_workspaces.outputs.MASK: there is no workspace of this name",
        ],
    }
    long = faults(sent(operator, FORM, **{"settings/HOST": "x" * 10_001}))
    assert long == {"settings/HOST": ["settings.HOST: a string, not a text of at most 10000 characters"]}
    assert faults(sent(operator, FORM, priority="0", max_scheduled="no")).keys() == {"priority", "max_scheduled"}
    job_type.refresh_from_db()
    assert job_type.configuration == SHOWN


def test_secrets_are_shown_nowhere(operator: Client, job_type: JobType) -> None:
    pages = [operator.get(url) for url in (FORM, SECRET, URL)]
    pages.append(sent(operator, FORM, **{"settings/PASSWORD": "a new secret", "priority": "x"}))
    pages.append(sent(operator, SECRET, settings="a new secret" * 1_000))
    assert [page.status_code for page in pages] == [200, 200, 200, 400, 400]
    for page in pages:
        assert "an old secret" not in page.content.decode()
        assert "a new secret" not in page.content.decode()


def test_a_secret_is_removed_if_its_box_is_ticked(operator: Client, job_type: JobType) -> None:
    assert "A secret. It is set; leave this empty to keep it." in read(operator, FORM)
    said(operator, sent(operator, FORM, **{"settings/PASSWORD/remove": "on"}))
    assert read_secrets(JobType.objects.get()) == {}
    page = read(operator, FORM)
    assert "A secret. It is not set." in page
    assert "Remove the secret" not in page


@pytest.mark.parametrize(
    ("typed", "stored"), [("one", "one"), ("one\n", "one"), (" one", " one"), ("one\ntwo\n", "one\ntwo\n")]
)
def test_a_secret_is_replaced(operator: Client, job_type: JobType, typed: str, stored: str) -> None:
    assert said(operator, sent(operator, SECRET, settings=typed)) == ["The secret PASSWORD is replaced."]
    job_type.refresh_from_db()
    assert job_type.configuration == SHOWN
    assert read_secrets(JobType.objects.get()) == {"PASSWORD": stored}
    (record,) = Record.objects.filter(action="edited")
    assert (record.actor, list(record.changes)) == ("operator", ["configuration.settings.PASSWORD"])


def test_an_empty_secret_is_not_taken(operator: Client, job_type: JobType) -> None:
    for typed in ("", "\n"):
        assert faults(sent(operator, SECRET, settings=typed)).keys() == {"settings"}
    assert read_secrets(JobType.objects.get()) == {"PASSWORD": "an old secret"}


def test_what_is_no_secret_of_the_manifest_is_a_404(operator: Client, job_type: JobType) -> None:
    for name in ("HOST", "NONE"):
        assert "has no secret setting" in read(operator, f"{URL}secrets/{name}/", 404)


def test_without_a_key_secrets_are_refused_in_words(operator: Client, job_type: JobType, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = []
    answer = sent(operator, SECRET, settings="new")
    assert answer.status_code == 503
    assert "ENCRYPTION_KEYS" in words(answer.content.decode())


@pytest.mark.parametrize("url", [FORM, SECRET])
def test_nothing_is_saved_over_what_somebody_else_changed(operator: Client, job_type: JobType, url: str) -> None:
    form = operator.get(url).context["form"]
    edit_job_type(name="test", version="1.0.0", fields={"max_scheduled": 3})
    values = {bound.html_name: bound.value() or "" for bound in form} | {"settings": "new", "priority": "9"}
    found = faults(operator.post(url, values), 412)
    assert found["__all__"] == [
        "Somebody else has changed this since it was shown to you. Nothing was saved: look at it again."
    ]
    assert (JobType.objects.get().max_scheduled, JobType.objects.get().configuration) == (3, SHOWN)


@pytest.mark.parametrize("url", [FORM, SECRET])
def test_nothing_is_saved_over_what_somebody_else_changed_while_the_form_was_made(
    operator: Client, job_type: JobType, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed_after(**key: Any) -> Any:
        details = get_details(**key)
        edit_job_type(**key, fields={"max_scheduled": 3})
        return details

    with monkeypatch.context() as patch:
        patch.setattr("pages.views.job_type_edits.get_details", changed_after)
        form = operator.get(url).context["form"]
    values = {bound.html_name: bound.value() or "" for bound in form} | {"settings": "new", "priority": "9"}
    faults(operator.post(url, values), 412)
    assert (JobType.objects.get().max_scheduled, JobType.objects.get().configuration) == (3, SHOWN)


def test_active_workspaces_are_proposed(operator: Client, job_type: JobType) -> None:
    create_workspace(name="old", fields={"is_active": False})
    page = operator.get(FORM).content.decode()
    assert '<option value="workspace_1"></option>' in page
    assert '<option value="old"></option>' not in page


def test_a_manifest_with_too_many_settings_is_left_to_the_api(
    operator: Client, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.views.job_type_configuration.MOST_FIELDS", 5)
    assert "more than 5 settings, mounts and outputs; use the API" in read(operator, FORM, 400)


@pytest.mark.parametrize("url", [FORM, SECRET])
def test_who_may_not_edit_job_types_edits_no_configuration(client: Client, logged_in: Any, url: str) -> None:
    make_job_type(job=JOB)
    worker = logged_in("Workers")
    for browser, status in ((client, 302), (worker, 403)):
        assert browser.get(url).status_code == browser.post(url, {"settings": "x"}).status_code == status
    JobType.objects.update(is_system=True)
    assert logged_in("Publishers", username="publisher").get(url).status_code == 403


def test_of_a_system_job_type_no_configuration_is_changed(operator: Client, job_type: JobType) -> None:
    JobType.objects.update(is_system=True)
    answer = sent(operator, FORM, priority="7")
    assert answer.status_code == 400
    assert "is_paused is all that can be changed of it" in words(answer.content.decode())

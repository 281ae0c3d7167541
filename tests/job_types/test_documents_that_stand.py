"""Job types whose documents today's rules refuse: they go on being shown, paused, deprecated, edited and run."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from job_types.models import JobType
from job_types.secrets import read_secrets
from tests.factories import make_manifest
from tests.job_types.admin_pages import LIST
from tests.odd_documents import CONFIGURATIONS, MANIFESTS, store_configuration, store_manifest

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"
CHANGES: list[dict[str, Any]] = [
    {"is_paused": True},
    {"is_active": False},
    {"max_scheduled": 7},
    {"icon_code": "f013"},
    {"is_published": True},
    {"docker_image": "other:1"},
]
EACH = [("manifest", document) for document in MANIFESTS]
EACH += [("configuration", document) for document in CONFIGURATIONS]


@pytest.fixture(params=EACH, ids=lambda param: f"{param[0]}-{EACH.index(param)}")
def broken(request: pytest.FixtureRequest) -> JobType:
    """A job type with a document that was stored past the validation."""
    column, document = request.param
    return store_manifest(document) if column == "manifest" else store_configuration(document)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("change", CHANGES)
def test_a_plain_field_is_changed_without_a_look_at_the_documents(staff: APIClient, change: dict[str, Any]) -> None:
    answer = staff.patch(URL, change, format="json").json()
    assert (answer["is_valid"], answer["errors"], answer["warnings"]) == (True, [], [])
    shown = staff.get(URL).json()
    assert {name: shown[name] for name in change} == change


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("change", CHANGES)
def test_the_details_are_taken_back_with_one_field_changed(staff: APIClient, change: dict[str, Any]) -> None:
    before = staff.get(URL).json()
    answer = staff.patch(URL, {**before, **change}, format="json").json()
    assert (answer["is_valid"], answer["errors"]) == (True, [])
    assert answer["warnings"]
    after = staff.get(URL).json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"last_modified", "paused", "deprecated", "revision_num"} == set(change)


@pytest.mark.usefixtures("broken")
def test_the_details_that_are_taken_back_as_they_are_change_nothing(staff: APIClient) -> None:
    before = staff.get(URL).json()
    assert staff.patch(URL, before, format="json").status_code == 200
    assert staff.get(URL).json() == before


def test_the_admin_pauses_and_deprecates(admin_client: Client, broken: JobType) -> None:
    for action in ("pause", "deprecate"):
        admin_client.post(LIST, {"action": action, "_selected_action": [broken.pk], "confirmed": "yes"})
    assert JobType.objects.filter(is_paused=True, is_active=False).exists()


@pytest.mark.usefixtures("broken")
def test_a_manifest_and_a_configuration_that_are_valid_take_their_place(staff: APIClient) -> None:
    documents = {"manifest": make_manifest(title="Mended"), "configuration": {"priority": 7}}
    assert staff.patch(URL, documents, format="json").json()["errors"] == []
    shown = staff.get(URL).json()
    assert (shown["title"], shown["configuration"]["priority"]) == ("Mended", 7)


SECRETS = {"settings": [{"name": "HOST"}, {"name": "KEY", "secret": True}]}


@pytest.fixture
def with_secret() -> JobType:
    """A job type with a configuration that is refused today, and a secret setting without a value."""
    return store_configuration(CONFIGURATIONS[1], job={"interface": SECRETS})


@pytest.mark.usefixtures("with_secret")
def test_a_secret_is_set_and_removed_beside_a_configuration_that_is_refused(staff: APIClient) -> None:
    before = staff.get(URL).json()
    for value, stored in (("a secret", ["a secret"]), (None, [])):
        sent = {**before["configuration"], "settings": {"KEY": value}}
        assert staff.patch(URL, {"configuration": sent}, "json").json()["errors"] == []
        assert list(read_secrets(JobType.objects.get()).values()) == stored
    assert JobType.objects.get().configuration == CONFIGURATIONS[1]
    after = staff.get(URL).json()
    assert after.pop("last_modified") > before.pop("last_modified")
    assert after == before


@pytest.mark.usefixtures("with_secret")
def test_a_secret_that_can_be_none_is_refused_alone(staff: APIClient) -> None:
    sent = {**staff.get(URL).json()["configuration"], "settings": {"KEY": 5}}
    answer = staff.patch(URL, {"configuration": sent}, "json")
    assert answer.status_code == 400
    assert [found["path"] for found in answer.json()["errors"]] == ["/settings/KEY"]


@pytest.mark.usefixtures("with_secret")
def test_with_another_change_beside_the_secret_all_of_it_is_checked(staff: APIClient) -> None:
    sent = {**staff.get(URL).json()["configuration"], "settings": {"KEY": "a secret", "HOST": "h"}}
    answer = staff.patch(URL, {"configuration": sent}, "json")
    assert answer.status_code == 400
    assert "INVALID_PRIORITY" in [found["name"] for found in answer.json()["errors"]]


def test_the_form_of_a_secret_takes_it_beside_a_configuration_that_is_refused(
    admin_client: Client, with_secret: JobType
) -> None:
    url = "/job-types/test/1.0.0/secrets/KEY/"
    tag = admin_client.get(url).context["form"]["tag"].value()
    assert admin_client.post(url, {"tag": tag, "settings": "a secret"}).status_code == 303
    assert read_secrets(with_secret) == {"KEY": "a secret"}


def test_the_pages_and_forms_show_it(admin_client: Client, broken: JobType) -> None:
    page = "/job-types/test/1.0.0/"
    for url in (
        page,
        f"{page}configuration/",
        f"{page}revisions/1/",
        f"/admin/job_types/jobtype/{broken.pk}/change/",
    ):
        assert admin_client.get(url).status_code == 200, url


def test_revisions_are_shown_and_compared(staff: APIClient, broken: JobType) -> None:
    assert staff.get(f"{URL}revisions/{broken.revision_num}/").status_code == 200
    if broken.revision_num > 1:
        assert staff.get(f"{URL}diff/").status_code == 200


@pytest.mark.usefixtures("broken")
def test_settings_that_become_secret_leave_what_stands(staff: APIClient) -> None:
    """A manifest that makes settings secret is taken, whatever shape the configurations have that held them."""
    for secret in (False, True):
        settings = {"settings": [{"name": "KEY", "secret": secret}, {"name": "MORE", "secret": secret}]}
        manifest = make_manifest(interface=settings)
        assert staff.patch(URL, {"manifest": manifest}, "json").json()["errors"] == []
    assert not staff.get(URL).json()["configuration"]["settings"].keys() & {"KEY", "MORE"}

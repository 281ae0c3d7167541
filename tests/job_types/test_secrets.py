"""Secret settings: kept encrypted, kept by edits that do not name them, and never seen again."""

import io
import json
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from core.encryption import EncryptionError
from job_types.models import JobType, JobTypeSecret
from job_types.secrets import read_secrets, rotate_secrets
from tests.factories import changed, example, make_job_type, make_manifest, with_settings

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"
VALUE = "value-that-nobody-may-see"


def register(**settings: str | None) -> JobType:
    """A job type with the secret settings A and B and the clear one C."""
    job = with_settings(secret=["A", "B"], clear=["C"])
    return make_job_type(job=job, configuration={"settings": settings})


def configure(client: APIClient, **settings: str | None) -> Any:
    answer = client.patch(URL, {"configuration": {"settings": settings}}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def mark(client: APIClient, **settings: list[str]) -> None:
    manifest = changed(make_manifest(), **with_settings(**settings))
    assert client.patch(URL, {"manifest": manifest}, format="json").status_code == 200


def test_a_secret_is_stored_encrypted_and_shown_nowhere(staff: APIClient) -> None:
    job_type = register(A=VALUE, C="clear")
    secret = JobTypeSecret.objects.get()
    assert (secret.name, VALUE in secret.token) == ("A", False)
    assert read_secrets(job_type) == {"A": VALUE}
    assert staff.get(URL).json()["configuration"]["settings"] == {"C": "clear"}


def test_editing_without_the_secret_keeps_it(staff: APIClient) -> None:
    job_type = register(A=VALUE, B="other")
    assert configure(staff, C="new")["warnings"] == []
    assert read_secrets(job_type) == {"A": VALUE, "B": "other"}


def test_null_removes_the_secret_and_says_that_it_is_missing(staff: APIClient) -> None:
    job_type = register(A=VALUE, B="other", C="clear")
    answer = configure(staff, A=None, C="clear")
    (warning,) = answer["warnings"]
    assert (warning["name"], warning["path"]) == ("MISSING_SETTING", "/settings")
    assert read_secrets(job_type) == {"B": "other"}


def test_a_new_string_replaces_the_secret_and_the_same_one_changes_nothing(staff: APIClient) -> None:
    job_type = register(A="old", C="clear")
    before = staff.get(URL).json()
    configure(staff, A="old", C="clear")
    assert staff.get(URL).json() == before
    configure(staff, A="new", C="clear")
    assert read_secrets(job_type) == {"A": "new"}
    assert staff.get(URL).json()["last_modified"] > before["last_modified"]


def test_a_setting_that_becomes_secret_moves_into_the_store(staff: APIClient) -> None:
    job_type = register(C=VALUE)
    mark(staff, secret=["A", "B", "C"])
    assert staff.get(URL).json()["configuration"]["settings"] == {}
    assert read_secrets(job_type) == {"C": VALUE}


def test_a_setting_that_becomes_secret_with_the_shown_configuration_sent_back_moves_too(staff: APIClient) -> None:
    job_type = register(C=VALUE)
    details = staff.get(URL).json()
    details["manifest"] = changed(make_manifest(), **with_settings(secret=["C"]))
    assert staff.patch(URL, details, format="json").status_code == 200
    assert staff.get(URL).json()["configuration"]["settings"] == {}
    assert read_secrets(job_type) == {"C": VALUE}


def test_a_setting_that_stops_being_secret_is_dropped_not_disclosed(staff: APIClient) -> None:
    job_type = register(A=VALUE, B="other")
    mark(staff, secret=["B"], clear=["A"])
    assert staff.get(URL).json()["configuration"]["settings"] == {}
    assert read_secrets(job_type) == {"B": "other"}
    mark(staff, clear=["C"])
    assert not JobTypeSecret.objects.exists()


def test_a_value_of_an_unknown_setting_moves_when_the_manifest_declares_it_secret(staff: APIClient) -> None:
    job_type = make_job_type(configuration={"settings": {"LATER": VALUE}})
    mark(staff, secret=["LATER"])
    assert VALUE not in staff.get(URL).content.decode()
    assert read_secrets(job_type) == {"LATER": VALUE}


@pytest.mark.parametrize(
    "configuration",
    [
        {"settings": {"A": [VALUE]}},
        {"settings": {"A": {VALUE: VALUE}}},
        {"settings": [VALUE]},
        {"settings": VALUE},
        VALUE,
        [VALUE],
        {"mounts": {"m": {"type": "volume", "driver_opts": {"password": [VALUE]}}}, "settings": {"A": VALUE}},
        {"output_workspaces": {"default": VALUE}, "settings": {"A": VALUE}},
        {"priority": VALUE, "settings": {"A": VALUE}},
    ],
)
def test_no_refusal_repeats_a_value(staff: APIClient, configuration: Any) -> None:
    manifest = changed(make_manifest(), **with_settings(secret=["A"]))
    body = {"manifest": manifest, "configuration": configuration}
    for url, answer in (
        ("validation", staff.post("/v6/job-types/validation/", body, format="json")),
        ("registration", staff.post("/v6/job-types/", {**body, "docker_image": "x"}, format="json")),
    ):
        assert answer.json()["is_valid"] is False, url
        shown = answer.content.decode().replace(json.dumps({VALUE: 0})[1:-4], "")
        assert VALUE not in shown, url


def test_the_users_password_is_in_no_answer_no_dump_and_no_log(
    staff: APIClient, workspaces: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = example("add-seed-image")["configuration"]["settings"]["DB_PASS"]
    answers = [
        staff.post("/v6/job-types/", example("add-seed-image"), format="json"),
        staff.post("/v6/job-types/", example("add-seed-image"), format="json"),
        staff.patch(URL, example("edit-job-type"), format="json"),
        staff.post("/v6/job-types/validation/", example("validate-job-type"), format="json"),
    ]
    urls = ["job-type-names/", "job-types/", "job-types/test/", "job-types/test/1.0.0/"]
    urls += ["job-types/test/1.0.0/revisions/", "job-types/test/1.0.0/revisions/1/", "errors/", "workspaces/"]
    answers += [staff.get(f"/v6/{url}") for url in urls]
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    assert read_secrets(JobType.objects.get()) == {"DB_PASS": password}
    assert [answer.status_code for answer in answers] == [201, *[200] * 11]
    assert not [answer.request["PATH_INFO"] for answer in answers if password in answer.content.decode()]
    assert "gAAAA" in dump.getvalue()
    assert password not in dump.getvalue()
    # Django's own debug log of SQL statements is part of the log here: parameters and all.
    logged = [record for record in caplog.records if record.name != "django.db.backends"]
    assert password not in "".join(f"{record.getMessage()}{vars(record)}" for record in logged)


def test_a_lost_key_breaks_only_the_use_of_secrets(staff: APIClient, settings: Any) -> None:
    job_type = register(A=VALUE, C="clear")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    for url in ("/v6/job-types/", "/v6/job-type-names/", URL, f"{URL}revisions/1/"):
        assert staff.get(url).status_code == 200, url
    configure(staff, B="new", C="other")
    with pytest.raises(EncryptionError, match=r"^test 1\.0\.0, setting A: None of the configured keys decrypts"):
        read_secrets(job_type)
    configure(staff, A="sent again", C="other")
    assert read_secrets(job_type) == {"A": "sent again", "B": "new"}


def test_rotation_encrypts_all_secrets_with_the_newest_key(settings: Any) -> None:
    job_type = register(A=VALUE, B="other")
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    output = io.StringIO()
    call_command("rotate_secrets", stdout=output)
    assert output.getvalue() == "Secrets encrypted with the newest key: 2.\n"
    settings.ENCRYPTION_KEYS = [new]
    assert read_secrets(job_type) == {"A": VALUE, "B": "other"}


def test_rotation_goes_through_a_store_of_any_size_in_batches() -> None:
    register(A=VALUE, B="other")
    assert rotate_secrets(batch=1) == (2, [])


def test_rotation_leaves_and_names_what_no_key_decrypts(settings: Any) -> None:
    register(A=VALUE)
    token = JobTypeSecret.objects.get().token
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match=r"test 1\.0\.0: A"):
        call_command("rotate_secrets", stdout=io.StringIO())
    assert JobTypeSecret.objects.get().token == token
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="set ENCRYPTION_KEYS"):
        call_command("rotate_secrets", stdout=io.StringIO())

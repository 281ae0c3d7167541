"""Secret settings: kept encrypted, kept by edits that do not name them, and never seen again."""

import copy
import io
import json
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import Record
from core.encryption import EncryptionError
from job_types.models import JobType, JobTypeSecret
from job_types.secrets import read_secrets, rotate_secrets
from jobs import configurations
from jobs.models import Job
from tests.factories import changed, example, make_job, make_job_type, make_manifest, with_settings
from tests.threads import at_once

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


@pytest.mark.parametrize("value", ["old", "new", None])
@pytest.mark.parametrize("way", ["PATCH", "POST"])
def test_no_write_of_a_secret_shows_whether_it_was_the_stored_one(
    staff: APIClient, way: str, value: str | None
) -> None:
    """The right guess, a wrong one, null, and null for what is not stored: all change the same things."""
    job_type = register(A="old", C="clear")
    before, token = staff.get(URL), JobTypeSecret.objects.get().token
    for name, sent in (("A", value), ("B", None)):
        body = {"configuration": {"settings": {name: sent, "C": "clear"}}}
        if way == "PATCH":
            answer = staff.patch(URL, body, format="json")
        else:
            registration = {**body, "manifest": job_type.manifest, "docker_image": job_type.docker_image}
            answer = staff.post("/v6/job-types/", registration, format="json")
        after = staff.get(URL)
        assert (answer.status_code, answer.json()["revision_num"]) == (200, 1)
        assert before["ETag"] != after["ETag"] == answer["ETag"]
        old, new = dict(before.json()), dict(after.json())
        assert old.pop("last_modified") < new.pop("last_modified")
        assert new == old
        record = Record.objects.order_by("-id")[0]
        assert record.changes == {f"configuration.settings.{name}": {"changed": True}}
        before = after
    assert read_secrets(job_type) == ({} if value is None else {"A": value})
    assert not JobTypeSecret.objects.filter(token=token).exists()


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


def everything(staff: APIClient, admin_client: Client) -> str:
    """All that is shown of the one job type and its jobs, and a dump of the database."""
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    urls = [
        URL,
        f"{URL}revisions/1/",
        "/v6/audit/",
        *(f"/v6/jobs/{pk}/" for pk in Job.objects.values_list("pk", flat=True)),
    ]
    pages = [f"/admin/job_types/jobtype/{JobType.objects.get().pk}/change/"]
    answers: list[Any] = [*(staff.get(url) for url in urls), *(admin_client.get(page) for page in pages)]
    assert {answer.status_code for answer in answers} == {200}
    return dump.getvalue() + "".join(answer.content.decode() for answer in answers)


def test_the_value_of_an_undeclared_setting_is_not_kept_and_the_answer_says_so(
    staff: APIClient, admin_client: Client
) -> None:
    sentence = (
        "settings.API_KEYS: the manifest declares no setting of this name, so its value is not kept; "
        "the nearest declared name is API_KEY"
    )
    unknown = {"name": "UNKNOWN_SETTING", "description": sentence, "path": "/settings/API_KEYS"}
    body = {
        "manifest": make_manifest(**with_settings(secret=["API_KEY"])),
        "configuration": {"settings": {"API_KEYS": VALUE}},
    }
    validation = staff.post("/v6/job-types/validation/", body, format="json")
    registered = staff.post("/v6/job-types/", {**body, "docker_image": "x"}, format="json")
    again = staff.post("/v6/job-types/", {**body, "docker_image": "x"}, format="json")
    edited = staff.patch(URL, {"configuration": body["configuration"]}, format="json")
    answers = [validation, registered, again, edited]
    assert [answer.status_code for answer in answers] == [200, 201, 200, 200]
    for answer in answers:
        assert unknown in answer.json()["warnings"]
        assert VALUE not in answer.content.decode()
    assert VALUE not in everything(staff, admin_client)
    mark(staff, secret=["API_KEYS"])
    assert read_secrets(JobType.objects.get()) == {}


def test_a_setting_that_a_manifest_no_longer_declares_is_not_kept_and_the_answer_says_so(staff: APIClient) -> None:
    register(C=VALUE)
    answer = staff.patch(URL, {"manifest": changed(make_manifest(), **with_settings(clear=["D"]))}, format="json")
    assert ("UNKNOWN_SETTING", "/settings/C") in [(one["name"], one["path"]) for one in answer.json()["warnings"]]
    assert staff.get(URL).json()["configuration"]["settings"] == {}


def test_the_value_of_an_undeclared_setting_of_a_job_is_not_kept_and_the_answer_says_so(
    staff: APIClient, admin_client: Client
) -> None:
    register()
    body = {
        "job_type_name": "test",
        "job_type_version": "1.0.0",
        "configuration": {"settings": {"CC": VALUE, "C": "x"}},
    }
    answer = staff.post("/v6/jobs/", body, format="json")
    assert answer.status_code == 201
    (warning,) = answer.json()["warnings"]
    assert (warning["name"], warning["path"]) == ("UNKNOWN_SETTING", "/configuration/settings/CC")
    assert answer.json()["configuration"]["settings"] == {"C": "x"}
    assert VALUE not in answer.content.decode() + everything(staff, admin_client)


def test_a_setting_that_becomes_secret_leaves_all_jobs_of_the_job_type(staff: APIClient) -> None:
    job_type = register(C=VALUE)
    other = make_job(make_job_type("other"), configuration={"settings": {"C": "of another job type"}})
    # A name of digits is no index, and two underscores are no path.
    held = {"settings": {"X": "kept", "C": VALUE, "0": VALUE, "a__b-c": VALUE, "E": "ü"}, "priority": 3}
    for status in ("QUEUED", "RUNNING", "COMPLETED"):
        columns = {"started": timezone.now()} if status != "QUEUED" else {}
        make_job(job_type, status, configuration=held, queued=timezone.now(), **columns)
    make_job(job_type, configuration={"settings": {"C": VALUE}})
    without = make_job(job_type, configuration={"priority": 5})
    mark(staff, secret=["A", "B", "C", "0", "a__b-c"])
    *jobs, last = Job.objects.filter(job_type=job_type).exclude(pk=without.pk).order_by("pk")
    for job in jobs:
        assert list(job.configuration.items()) == [("settings", {"X": "kept", "E": "ü"}), ("priority", 3)]
        assert job.last_modified > without.last_modified
    assert last.configuration == {"settings": {}}
    other.refresh_from_db()
    assert other.configuration == {"settings": {"C": "of another job type"}}
    assert read_secrets(job_type) == {"C": VALUE}
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    assert VALUE not in dump.getvalue()


def test_what_becomes_secret_leaves_jobs_in_batches_that_read_no_others(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configurations, "_ROWS_AT_ONCE", 3)
    job_type = register(C=VALUE)
    manifest = changed(make_manifest(), **with_settings(secret=["C"]))
    for _ in range(20):
        make_job(job_type)
    for _ in range(7):
        make_job(job_type, configuration={"settings": {"C": VALUE}})
    with CaptureQueriesContext(connection) as captured:
        assert staff.patch(URL, {"manifest": manifest}, format="json").status_code == 200
    statements = [one["sql"] for one in captured if "jobs_job" in one["sql"]]
    # Three batches, each read and written, and the read that finds no more.
    assert len(statements) == 7
    assert not [job for job in Job.objects.all() if job.configuration.get("settings")]


def test_any_number_of_settings_that_become_secret_at_once_leave_jobs(staff: APIClient) -> None:
    names = [f"S{number}" for number in range(250)]
    job_type = register()
    job = make_job(job_type, configuration={"settings": dict.fromkeys([*names, "X"], VALUE)})
    mark(staff, secret=names)
    job.refresh_from_db()
    assert job.configuration == {"settings": {"X": VALUE}}


@pytest.mark.django_db(transaction=True)
def test_no_job_is_created_with_a_value_that_becomes_secret_at_this_moment(staff: APIClient) -> None:
    job_type = register()
    manifest = changed(make_manifest(), **with_settings(secret=["C"]))
    body = {"job_type_id": job_type.pk, "configuration": {"settings": {"C": VALUE}}}

    def act(number: int) -> int:
        client = copy.copy(staff)
        if number == 5:
            return client.patch(URL, {"manifest": manifest}, format="json").status_code
        return client.post("/v6/jobs/", body, format="json").status_code

    statuses = at_once(10, act)
    assert statuses[5] == 200
    assert set(statuses) <= {200, 201, 400}
    assert not [job for job in Job.objects.all() if "C" in job.configuration["settings"]]


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

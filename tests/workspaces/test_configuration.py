"""The configuration of a workspace: its broker, which is checked, and its credentials, which are never shown."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Record
from core.encryption import decrypt
from job_types.secrets import rotate_secrets
from workspaces.models import Workspace, WorkspaceSecret
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/workspaces/"
DETAILS = "/v6/workspaces/raw/"
VALIDATION = "/v6/workspaces/validation/"
MASK = "*" * 12
HOST = {"broker": {"type": "host", "host_path": "/data/raw"}}
NFS = {"broker": {"type": "nfs", "nfs_path": "nfs.example.com:/exports/raw"}}
CREDENTIALS = {"access_key_id": "an-id-of-a-key", "secret_access_key": "a-secret-of-a-key"}
BUCKET = {"type": "s3", "bucket_name": "raw-example-com", "region_name": "us-east-1", "host_path": "/mnt/raw"}
S3 = {"broker": {**BUCKET, "credentials": CREDENTIALS}}
MASKED = {"broker": {**BUCKET, "credentials": dict.fromkeys(CREDENTIALS, MASK)}}


def write(client: APIClient, configuration: Any, *, edit: bool = False) -> Any:
    if edit:
        return client.patch(DETAILS, {"configuration": configuration}, format="json")
    return client.post(URL, {"title": "Raw", "configuration": configuration}, format="json")


def secrets() -> dict[str, str]:
    return {secret.name: decrypt(secret.token) for secret in WorkspaceSecret.objects.all()}


@pytest.mark.parametrize("configuration", [HOST, NFS, {"broker": BUCKET}])
def test_a_broker_is_stored_and_shown_without_its_version(staff: APIClient, configuration: dict[str, Any]) -> None:
    answer = write(staff, {**configuration, "version": "7"})
    assert (answer.status_code, answer.json()["configuration"]) == (201, configuration)
    assert staff.get(DETAILS).json()["configuration"] == configuration
    assert "configuration" not in staff.get(URL).json()["results"][0]
    assert write(staff, None, edit=True).json()["configuration"] is None
    assert write(staff, configuration, edit=True).json()["configuration"] == configuration


def test_credentials_are_stored_encrypted_and_shown_to_nobody(staff: APIClient, anyone: APIClient) -> None:
    answers = [write(staff, S3), staff.get(DETAILS), anyone.get(DETAILS), anyone.get(URL), staff.get("/v6/audit/")]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert answers[0].json()["configuration"] == answers[2].json()["configuration"] == MASKED
    assert secrets() == CREDENTIALS
    stored = json.dumps([*Workspace.objects.values("configuration"), *WorkspaceSecret.objects.values("token")])
    for text in (stored, *(answer.content.decode() for answer in answers)):
        for value in CREDENTIALS.values():
            assert value not in text
    assert Record.objects.get().changes["configuration.credentials.secret_access_key"] == {"changed": True}


def test_asterisks_keep_a_credential_and_a_value_replaces_it(staff: APIClient) -> None:
    write(staff, S3)
    before = staff.get(DETAILS).json()
    assert write(staff, MASKED, edit=True).json() == {**before, "warnings": []}
    moved = {"broker": {**MASKED["broker"], "bucket_name": "other"}}
    assert write(staff, moved, edit=True).json()["configuration"] == moved
    assert secrets() == CREDENTIALS
    new = {"broker": {**BUCKET, "credentials": {"access_key_id": MASK, "secret_access_key": "new"}}}
    answer = write(staff, new, edit=True).json()
    assert (answer["configuration"], answer["last_modified"] > before["last_modified"]) == (MASKED, True)
    assert secrets() == {**CREDENTIALS, "secret_access_key": "new"}


@pytest.mark.parametrize("configuration", [{"broker": BUCKET}, HOST, None])
def test_a_configuration_without_credentials_removes_them(staff: APIClient, configuration: Any) -> None:
    write(staff, S3)
    assert write(staff, configuration, edit=True).json()["configuration"] == configuration
    assert secrets() == {}


def test_asterisks_for_what_is_not_stored_are_warned_of_and_not_kept(staff: APIClient) -> None:
    warnings = staff.post(VALIDATION, {"title": "Raw", "configuration": MASKED}, format="json").json()["warnings"]
    assert [(warning["name"], warning["path"]) for warning in warnings] == [
        ("MISSING_CREDENTIALS", f"/broker/credentials/{name}") for name in CREDENTIALS
    ]
    created = write(staff, MASKED).json()
    assert (created["configuration"], created["warnings"]) == ({"broker": BUCKET}, warnings)
    edited = write(staff, MASKED, edit=True).json()
    assert (edited["configuration"], edited["warnings"]) == ({"broker": BUCKET}, warnings)
    assert secrets() == {}


BROKERS = [
    ({"type": "ftp"}, "/broker/type"),
    ({"type": ["host"], "host_path": "/data"}, "/broker/type"),
    ({"host_path": "/data"}, "/broker"),
    ({"type": "host"}, "/broker"),
    ({"type": "host", "host_path": "data"}, "/broker/host_path"),
    ({"type": "host", "host_path": "/data", "nfs_path": "a:/b"}, "/broker/nfs_path"),
    ({"type": "nfs", "nfs_path": "/exports"}, "/broker/nfs_path"),
    ({"type": "s3"}, "/broker"),
    ({"type": "s3", "bucket_name": ""}, "/broker/bucket_name"),
    ({**BUCKET, "secret_access_key": "misplaced"}, "/broker/secret_access_key"),
    ({**BUCKET, "credentials": {"access_key_id": "an-id"}}, "/broker/credentials"),
    ({**BUCKET, "credentials": {**CREDENTIALS, "secret_access_key": 5}}, "/broker/credentials/secret_access_key"),
    ({**BUCKET, "credentials": {**CREDENTIALS, "token": "unknown"}}, "/broker/credentials/token"),
    ({**BUCKET, "credentials": []}, "/broker/credentials"),
    (None, "/broker"),
]
CONFIGURATIONS: list[tuple[Any, str]] = [({"broker": broker}, path) for broker, path in BROKERS]
CONFIGURATIONS += [
    ({}, ""),
    ([], ""),
    ("host", ""),
    ({**HOST, "colour": "red"}, "/colour"),
    ({**HOST, "version": 7}, "/version"),
]


@pytest.mark.parametrize(("configuration", "path"), CONFIGURATIONS)
def test_an_invalid_configuration_is_refused_with_the_findings_of_validation(
    staff: APIClient, configuration: Any, path: str
) -> None:
    report = staff.post(VALIDATION, {"title": "Raw", "configuration": configuration}, format="json")
    assert (report.status_code, report.json()["is_valid"]) == (200, False)
    assert [(error["name"], error["path"]) for error in report.json()["errors"]] == [
        ("INVALID_CONFIGURATION", path)
    ]
    create_workspace(name="raw", fields={"configuration": HOST})
    for answer in (write(staff, configuration), write(staff, configuration, edit=True)):
        assert (answer.status_code, answer.json()["errors"]) == (400, report.json()["errors"])
        assert "misplaced" not in answer.content.decode()
    assert Workspace.objects.get().configuration == HOST


def test_validation_takes_all_fields_and_writes_nothing(anyone: APIClient) -> None:
    body = {
        "name": "raw",
        "title": "Raw",
        "description": None,
        "base_url": "",
        "is_active": True,
        "configuration": S3,
    }
    assert anyone.post(VALIDATION, body, format="json").json() == {"is_valid": True, "errors": [], "warnings": []}
    answer = anyone.post(VALIDATION, {**body, "is_active": "yes", "configuration": {}}, format="json")
    assert [error["path"] for error in answer.json()["errors"]] == ["/is_active", ""]
    assert (answer.status_code, answer.json()["is_valid"]) == (200, False)
    assert anyone.post(VALIDATION, {"configuration": HOST}, format="json").status_code == 400
    assert anyone.post(VALIDATION, {**body, "colour": "red"}, format="json").status_code == 400
    assert not Workspace.objects.exists()


def test_a_name_that_exists_is_validated_as_an_edit(staff: APIClient) -> None:
    write(staff, S3)
    answer = staff.post(VALIDATION, {"name": "raw", "title": "Raw", "configuration": MASKED}, format="json")
    assert answer.json() == {"is_valid": True, "errors": [], "warnings": []}


def test_all_faults_of_a_body_and_its_configuration_are_reported_at_once(staff: APIClient) -> None:
    answer = staff.post(URL, {"title": 5, "configuration": {"broker": {"type": "ftp"}}}, format="json")
    assert [error["path"] for error in answer.json()["errors"]] == ["/title", "/broker/type"]


def test_a_stored_configuration_that_is_not_valid_stops_no_other_change(staff: APIClient) -> None:
    create_workspace(name="raw", fields={})
    Workspace.objects.update(configuration={"broker": {"type": "ftp", "mount": "a:/b"}})
    shown = staff.get(DETAILS).json()
    for change in ({"is_active": False}, {**shown, "title": "Raw"}):
        answer = staff.patch(DETAILS, change, format="json")
        assert (answer.status_code, answer.json()["configuration"]) == (200, shown["configuration"])


def test_credentials_are_rotated_with_the_other_secrets(staff: APIClient, settings: Any) -> None:
    write(staff, S3)
    before = set(WorkspaceSecret.objects.values_list("token", flat=True))
    assert rotate_secrets(batch=1) == (2, [])
    assert secrets() == CREDENTIALS
    assert before.isdisjoint(WorkspaceSecret.objects.values_list("token", flat=True))


def test_credentials_that_cannot_be_encrypted_leave_nothing_behind(staff: APIClient, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = []
    assert write(staff, S3).status_code == 503
    assert not Workspace.objects.exists()

"""POST /v6/job-types/import/: registering the manifests in the labels of images."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from audit.models import Record
from job_types import imports
from job_types.models import JobType, JobTypeRevision
from seed.registry import Credentials
from tests.conftest import client_of
from tests.factories import make_body, make_job_type, make_manifest
from tests.seed.registry.server import Request, Server, running

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/import/"
DETAILS = "/v6/job-types/test/1.0.0/"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """A registry that may be asked."""
    with running(Server()) as one:
        settings.IMAGE_REGISTRIES = [one.registry()]
        yield one


@pytest.fixture
def publisher(db: None) -> APIClient:
    """A client that may register job types."""
    return client_of("ci", "Publishers")


def label(**job: Any) -> str:
    return json.dumps(make_manifest(**job))


def body_of(server: Server, **fields: Any) -> dict[str, Any]:
    return {"image": f"{server.name}/team/image:1.0.0", **fields}


def post(client: APIClient, body: object) -> tuple[int, Any]:
    answer = client.post(URL, body, format="json")
    return answer.status_code, answer.json()


def finding(client: APIClient, body: object) -> tuple[int, str, str, str]:
    status, answer = post(client, body)
    [error] = answer["errors"]
    assert answer["detail"] == error["description"]
    return status, error["name"], error["description"], error["path"]


def test_an_image_is_registered_as_its_manifest_would_be_and_pinned(publisher: APIClient, server: Server) -> None:
    digest = server.add_image(label())
    body = body_of(server, icon_code="f1c5", is_published=True, max_scheduled=2, configuration={"priority": 7})
    answer = publisher.post(URL, body, format="json")
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver{DETAILS}")
    shown = publisher.get(DETAILS)
    assert answer.json() == {**shown.json(), "warnings": []}
    assert answer["ETag"] == shown["ETag"]
    fields = ("docker_image", "docker_image_digest", "manifest", "icon_code")
    assert {name: shown.json()[name] for name in fields} == {
        "docker_image": body["image"],
        "docker_image_digest": digest,
        "manifest": make_manifest(),
        "icon_code": "f1c5",
    }
    assert (shown.json()["max_scheduled"], shown.json()["configuration"]["priority"]) == (2, 7)
    revision = publisher.get(f"{DETAILS}revisions/1/").json()
    assert (revision["docker_image"], revision["docker_image_digest"]) == (body["image"], digest)
    [record] = Record.objects.filter(name="test")
    assert (record.actor, record.action) == ("ci", "created")
    assert record.changes["docker_image_digest"] == {"old": None, "new": digest}


def test_lists_show_images_as_they_did(publisher: APIClient, server: Server) -> None:
    server.add_image(label())
    post(publisher, body_of(server))
    for url in ("/v6/job-types/", "/v6/job-types/test/", f"{DETAILS}revisions/"):
        [row] = publisher.get(url).json()["results"]
        assert row["docker_image"] == f"{server.name}/team/image:1.0.0"
        assert "docker_image_digest" not in row


def test_another_digest_under_the_tag_is_another_revision_and_the_same_is_none(
    publisher: APIClient, server: Server
) -> None:
    first = server.add_image(label())
    post(publisher, body_of(server))
    again = {"is_valid": True, "errors": [], "warnings": [], "name": "test", "version": "1.0.0", "revision_num": 1}
    assert post(publisher, body_of(server)) == (200, again)
    # The manifest is the same, but not the text of the label.
    second = server.add_image(json.dumps(make_manifest(), indent=1))
    assert post(publisher, body_of(server)) == (200, {**again, "revision_num": 2})
    revisions = JobTypeRevision.objects.order_by("revision_num").values_list("docker_image_digest", flat=True)
    assert list(revisions) == [first, second]
    assert Record.objects.filter(name="test").latest("id").changes == {
        "docker_image_digest": {"old": first, "new": second},
        "revision_num": {"old": 1, "new": 2},
    }


def test_a_dry_run_answers_as_the_validation_and_writes_nothing(publisher: APIClient, server: Server) -> None:
    server.add_image(label(timeout=0))
    expected = publisher.post("/v6/job-types/validation/", {"manifest": label(timeout=0)}, format="json").json()
    assert expected["warnings"]
    assert post(publisher, body_of(server, dry_run=True)) == (200, expected)
    make_job_type()
    before = (JobType.objects.get().revision_num, Record.objects.count(), JobTypeRevision.objects.count())
    assert post(publisher, body_of(server, dry_run=True)) == (200, expected)
    assert (JobType.objects.get().revision_num, Record.objects.count(), JobTypeRevision.objects.count()) == before


def test_a_label_that_is_no_manifest_has_the_findings_of_one(publisher: APIClient, server: Server) -> None:
    server.add_image(json.dumps({"seedVersion": "1.0.0", "job": {"name": "Test"}}))
    status, answer = post(publisher, body_of(server))
    expected = publisher.post(
        "/v6/job-types/", make_body(manifest={"seedVersion": "1.0.0", "job": {"name": "Test"}}), format="json"
    ).json()
    assert (status, answer) == (400, expected)
    assert len(answer["errors"]) > 1
    server.add_image("no JSON")
    status, name, _, path = finding(publisher, body_of(server))
    assert (status, name, path) == (400, "JSON_VALIDATION_ERROR", "")
    assert not JobType.objects.exists()


def test_what_is_wrong_with_the_image_is_a_finding_on_it(publisher: APIClient, server: Server) -> None:
    image = f"{server.name}/team/image"
    for sent, name, sentence in (
        (image, "UNKNOWN_IMAGE", f"image: {server.name} has no such image in team/image."),
        ("a b", "INVALID_DOCKER_IMAGE", "image: This is no image reference, because it has white space."),
        (
            "elsewhere.example.com/image",
            "REGISTRY_NOT_ALLOWED",
            f"image: The registry elsewhere.example.com is none of those that may be asked: {server.name}.",
        ),
    ):
        assert finding(publisher, {"image": sent}) == (400, name, sentence, "/image")
    server.handle = lambda request: request.send(302, Location="http://127.0.0.1:1/")
    assert finding(publisher, {"image": image})[:2] == (400, "HOST_NOT_ALLOWED")
    server.handle = lambda request: request.send(500)
    assert finding(publisher, {"image": image})[:2] == (400, "REGISTRY_UNAVAILABLE")


def test_credentials_are_in_no_answer(publisher: APIClient, settings: Any, caplog: Any) -> None:
    with running(Server()) as server:
        accounts = {server.name: Credentials("ci", "s3cret")}
        settings.IMAGE_REGISTRIES = [server.registry(accounts=accounts)]
        server.handle = lambda request: request.send(401, WWW_Authenticate="Basic")
        status, answer = post(publisher, body_of(server))
    assert (status, answer["errors"][0]["name"]) == (400, "REGISTRY_ACCESS_DENIED")
    assert "s3cret" not in json.dumps(answer) + caplog.text


def test_without_the_setting_no_registry_is_asked(publisher: APIClient, settings: Any) -> None:
    settings.IMAGE_REGISTRIES = []
    sentence = "image: no registry may be asked here; an operator can name some in IMAGE_REGISTRIES."
    assert finding(publisher, {"image": "127.0.0.1:1/a"}) == (400, "REGISTRY_NOT_ALLOWED", sentence, "/image")


@pytest.mark.parametrize(
    ("fields", "name", "path"),
    [
        ({"manifest": {}}, "UNKNOWN_FIELD", "/manifest"),
        ({"docker_image": "a"}, "UNKNOWN_FIELD", "/docker_image"),
        ({"docker_image_digest": "a"}, "UNKNOWN_FIELD", "/docker_image_digest"),
        ({"dry_run": "yes"}, "INVALID_FIELD", "/dry_run"),
        ({"image": 1}, "INVALID_FIELD", "/image"),
        ({"image": ""}, "INVALID_FIELD", "/image"),
    ],
)
def test_another_body_is_refused_before_the_registry_is_asked(
    publisher: APIClient, server: Server, fields: dict[str, Any], name: str, path: str
) -> None:
    status, answer = post(publisher, body_of(server, **fields))
    assert (status, [(error["name"], error["path"]) for error in answer["errors"]]) == (400, [(name, path)])
    assert server.seen == []


def test_only_what_is_new_is_imported_if_the_client_says_so(publisher: APIClient, server: Server) -> None:
    server.add_image(label())
    make_job_type()
    answer = publisher.post(URL, body_of(server), format="json", HTTP_IF_NONE_MATCH="*")
    assert answer.status_code == 412
    assert JobType.objects.get().docker_image_digest is None


def test_edits_keep_the_digest_while_the_image_stays(publisher: APIClient, server: Server) -> None:
    digest = server.add_image(label())
    post(publisher, body_of(server))
    shown = publisher.get(DETAILS).json()
    edited = publisher.patch(DETAILS, {**shown, "icon_code": "f013"}, format="json").json()
    assert (edited["is_valid"], edited["revision_num"]) == (True, 1)
    assert publisher.get(DETAILS).json()["docker_image_digest"] == digest
    publisher.patch(DETAILS, {"docker_image": "other:1"}, format="json")
    assert publisher.get(DETAILS).json()["docker_image_digest"] is None


def test_a_manifest_that_is_not_that_of_the_pinned_image_ends_the_pin(publisher: APIClient, server: Server) -> None:
    digest = server.add_image(label())
    post(publisher, body_of(server))
    publisher.patch(DETAILS, {"manifest": make_manifest(title="Other")}, format="json")
    revisions = JobTypeRevision.objects.order_by("revision_num").values_list("docker_image_digest", flat=True)
    assert [*revisions] == [digest, None]
    assert post(publisher, body_of(server))[1]["revision_num"] == 3
    assert publisher.get(DETAILS).json()["docker_image_digest"] == digest
    pinned = f"other:1@{digest}"
    publisher.patch(DETAILS, {"docker_image": pinned}, format="json")
    publisher.patch(DETAILS, {"manifest": make_manifest(title="Third")}, format="json")
    assert publisher.get(DETAILS).json()["docker_image_digest"] == digest


def test_a_reference_with_a_digest_is_pinned_by_itself(publisher: APIClient) -> None:
    digest = f"sha256:{'0a' * 32}"
    publisher.post("/v6/job-types/", make_body(docker_image=f"a:1@{digest}"), format="json")
    assert publisher.get(DETAILS).json()["docker_image_digest"] == digest
    publisher.patch(DETAILS, {"docker_image": "a:1"}, format="json")
    shown = publisher.get(DETAILS).json()
    assert (shown["docker_image_digest"], shown["revision_num"]) == (None, 2)


def test_a_claim_hands_out_what_was_imported_and_lists_of_jobs_the_tag(staff: APIClient, server: Server) -> None:
    digest = server.add_image(label())
    post(staff, body_of(server))
    job = staff.post("/v6/jobs/", {"job_type_name": "test", "job_type_version": "1.0.0"}, format="json").json()
    assert job["job_type_rev"]["docker_image_digest"] == digest
    server.add_image(label(title="Another one"))
    offer = {"node": "a", "limit": 1}
    [claimed] = staff.post("/v6/jobs/claim/", offer, format="json").json()["results"]
    assert claimed["job_type_rev"]["docker_image"] == f"{server.name}/team/image@{digest}"
    [listed] = staff.get("/v6/jobs/").json()["results"]
    assert listed["job_type_rev"]["docker_image"] == f"{server.name}/team/image:1.0.0"


@pytest.mark.django_db(transaction=True)
def test_imports_wait_without_a_connection_and_not_in_all_threads(
    server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMAGE_READS_AT_ONCE = 1
    imports._places.cache_clear()
    publisher, other = client_of("ci", "Publishers"), client_of("other", "Publishers")
    server.add_image(label())
    asked, go_on = threading.Event(), threading.Event()
    held: list[object] = []

    def wait(request: Request) -> None:
        asked.set()
        go_on.wait(60)
        server.serve(request)

    def publish() -> None:
        answers.append(post(publisher, body_of(server))[0])
        connection.close()

    real = imports.read_label

    def read(*args: Any, **kwargs: Any) -> Any:
        held.append(connection.connection)
        return real(*args, **kwargs)

    monkeypatch.setattr(imports, "read_label", read)
    server.handle = wait
    answers: list[int] = []
    thread = threading.Thread(target=publish)
    thread.start()
    assert asked.wait(60)
    busy = other.post(URL, body_of(server), format="json")
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert busy.json()["errors"][0]["name"] == "IMPORTS_BUSY"
    go_on.set()
    thread.join(60)
    assert (answers, held) == ([201], [None])
    imports._places.cache_clear()


def test_a_registry_that_drips_is_left_in_time(publisher: APIClient, server: Server, settings: Any) -> None:
    settings.IMAGE_REGISTRY_TIMEOUT = 1
    server.handle = lambda request: time.sleep(5)
    assert finding(publisher, body_of(server))[:2] == (400, "REGISTRY_TOO_SLOW")

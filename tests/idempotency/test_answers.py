"""The same request with the same key is carried out once, and gets the same answer."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from idempotency import services
from idempotency.models import KeptAnswer
from idempotency.views import idempotent
from job_types.models import JobType
from jobs.models import Job
from tests.conftest import client_of
from tests.factories import make_job, make_job_type
from tests.files.factories import make_workspace
from tests.idempotency.requests import KEY, NEW, send
from workspaces.models import Workspace
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

ENDPOINTS = {
    "jobs/": NEW,
    "jobs/bulk/": {"jobs": [NEW]},
    "jobs/cancel/": {"status": "QUEUED"},
    "jobs/requeue/": {"status": "FAILED"},
    "files/": {"workspace": "sources", "file_path": "in/scene.tif", "file_size": 1000},
}
EACH = pytest.mark.parametrize(("path", "body"), ENDPOINTS.items())


@pytest.fixture(autouse=True)
def job_type(db: None) -> JobType:
    job_type = make_job_type()
    for status in ("QUEUED", "FAILED"):
        make_job(job_type, status)
    make_workspace("sources")
    return job_type


def rows() -> list[Any]:
    return list(Job.objects.order_by("pk").values())


@EACH
def test_a_request_that_is_sent_again_gets_the_same_answer(staff: APIClient, path: str, body: Any) -> None:
    first = send(staff, body, path=path)
    assert first.status_code in (200, 201)
    assert "Idempotency-Replayed" not in first
    after = rows()
    for _ in range(2):
        again = send(staff, body, path=path)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.get("Location") == first.get("Location")
        assert again["Idempotency-Replayed"] == "true"
    assert rows() == after
    assert first.json().get("count", 1) == 1


@EACH
def test_without_the_header_each_request_is_carried_out(staff: APIClient, path: str, body: Any) -> None:
    first, second = (staff.post(f"/v6/{path}", body, format="json") for _ in range(2))
    assert first.json() != second.json()
    assert "Idempotency-Replayed" not in second


JSON = "application/json"
BODY = '{"job_type_name": "test", "job_type_version": "1.0.0"}'


@pytest.mark.parametrize(
    ("path", "body", "media_type"),
    [
        pytest.param("jobs/", f"{BODY} ", JSON, id="another body"),
        pytest.param("jobs/?_=1", BODY, JSON, id="another query"),
        pytest.param("jobs/", BODY, f"{JSON}; charset=utf-8", id="another media type"),
        pytest.param("jobs/cancel/", '{"status": "QUEUED"}', JSON, id="another path"),
    ],
)
def test_another_request_with_the_same_key_is_a_422_and_changes_nothing(
    staff: APIClient, path: str, body: str, media_type: str
) -> None:
    headers = {"Idempotency-Key": KEY}
    first = staff.post("/v6/jobs/", BODY, content_type=JSON, headers=headers)
    after = rows()
    refused = staff.post(f"/v6/{path}", body, content_type=media_type, headers=headers)
    assert (refused.status_code, rows()) == (422, after)
    sentence = (
        "Idempotency-Key: this key was sent with another request (method, path, query, Content-Type or body). Send "
        "that request again as it was, or this one with a new key."
    )
    finding = {"name": "REUSED_KEY", "description": sentence, "path": "/Idempotency-Key"}
    assert refused.json() == {"detail": sentence, "is_valid": False, "errors": [finding], "warnings": []}
    again = staff.post("/v6/jobs/", BODY, content_type=JSON, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)


def test_keys_are_those_of_an_account(staff: APIClient) -> None:
    ids = {send(client).json()["id"] for client in (staff, client_of("other", "Operators"), staff)}
    assert len(ids) == 2


def test_an_account_that_lost_its_right_gets_no_kept_answer(staff: APIClient) -> None:
    assert send(staff).status_code == 201
    get_user_model().objects.update(is_staff=False)
    assert send(staff).status_code == 403


def test_a_request_that_was_refused_may_be_sent_again(staff: APIClient) -> None:
    job_type = "/v6/job-types/test/1.0.0/"
    staff.patch(job_type, {"is_active": False}, format="json")
    assert send(staff).status_code == 400
    assert send(staff, {**NEW, "priority": 0}).status_code == 400
    assert not KeptAnswer.objects.exists()
    staff.patch(job_type, {"is_active": True}, format="json")
    assert send(staff).status_code == 201


@pytest.mark.parametrize("where", ["jobs.views.CreatedJobSerializer", "idempotency.views.keep_answer"])
def test_a_crash_after_the_write_leaves_neither_the_write_nor_the_key(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = rows()

    def crash(*args: object, **options: object) -> None:
        assert Job.objects.count() == len(before) + 1
        raise RuntimeError

    staff.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(where, crash)
        assert send(staff).status_code == 500
    assert (rows(), KeptAnswer.objects.count()) == (before, 0)
    assert send(staff).status_code == 201
    assert Job.objects.count() == len(before) + 1


class FailingView(APIView):
    """A view that writes, and then returns an error instead of raising it."""

    permission_classes = []

    @idempotent
    def post(self, request: Request) -> Response:
        create_workspace(name="raw", fields={})
        return Response({"detail": "No."}, status=409)


def test_an_error_that_a_view_returns_undoes_what_it_wrote() -> None:
    request = APIRequestFactory().post("/", {}, headers={"Idempotency-Key": KEY})
    force_authenticate(request, get_user_model().objects.create_user("someone"))
    answer = FailingView.as_view()(request)
    assert (answer.status_code, answer.data) == (409, {"detail": "No."})
    assert Workspace.objects.get().name == "sources"
    assert not KeptAnswer.objects.exists()


def test_an_answer_that_is_too_large_to_be_kept_is_a_400_and_changes_nothing(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = send(staff, {"job_id": 1}, "another", "jobs/cancel/")
    before = rows()
    monkeypatch.setattr(services, "LARGEST_BODY", len(answer.content))
    refused = send(staff)
    assert (refused.status_code, rows()) == (400, before)
    (finding,) = refused.json()["errors"]
    assert (finding["name"], finding["path"]) == ("TOO_LARGE_ANSWER", "/Idempotency-Key")
    assert KeptAnswer.objects.count() == 1
    assert send(staff, {"job_id": 1}, "a third", "jobs/cancel/").status_code == 200


def test_the_body_of_the_request_is_not_kept(staff: APIClient) -> None:
    assert send(staff, {"job_type_name": ["test"]}, path="jobs/cancel/").status_code == 200
    (kept,) = KeptAnswer.objects.values()
    assert kept["body"] == '{"count":2,"remaining":0}'
    assert "job_type_name" not in str(kept)


def statements(client: APIClient, **headers: str) -> list[str]:
    """Return the first words of the statements that a request to create a job takes, but for transactions."""
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        assert client.post("/v6/jobs/", NEW, format="json", headers=headers).status_code == 201
    sent = (one["sql"].replace('"', "").split() for one in captured)
    words = (" ".join(one[:3]) if "idempotency_keptanswer" in one else one[0] for one in sent)
    return [one for one in words if one not in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")]


def test_a_key_costs_a_new_request_three_statements_and_another_one_two(staff: APIClient) -> None:
    statements(staff)
    plain = statements(staff)
    assert not any("idempotency" in one for one in plain)
    keyed = statements(staff, **{"Idempotency-Key": KEY})
    assert [one for one in keyed if one not in plain] == [
        "INSERT INTO idempotency_keptanswer",
        "DELETE FROM idempotency_keptanswer",
        "UPDATE idempotency_keptanswer SET",
    ]
    assert len(keyed) == len(plain) + 3
    account = plain[0]
    assert statements(staff, **{"Idempotency-Key": KEY})[:2] == [account, "INSERT INTO idempotency_keptanswer"]
    assert len(statements(staff, **{"Idempotency-Key": KEY})) == 3

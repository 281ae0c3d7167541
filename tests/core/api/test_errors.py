"""How exceptions become answers: refusals as a 400 with findings, what is missing as a 404, stale tags as a 412."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import make_job_type
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

JOB_TYPE = "/v6/job-types/test/1.0.0/"


def test_the_refusal_of_a_service_is_a_400_with_its_findings(staff: APIClient) -> None:
    create_workspace(name="raw", fields={})
    answer = staff.post("/v6/workspaces/", {"name": "raw"}, format="json")
    sentence = "name: there is a workspace 'raw' already; edit it, or choose another name."
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "detail": sentence,
            "is_valid": False,
            "errors": [{"name": "INVALID_FIELD", "description": sentence, "path": "/name"}],
            "warnings": [],
        },
    )


def test_the_detail_of_several_findings_is_the_first_and_the_number_of_the_others(staff: APIClient) -> None:
    answer = staff.patch("/v6/workspaces/raw/", {"title": 7, "is_active": 7, "colour": 7}, format="json")
    assert answer.status_code == 400
    body = answer.json()
    assert body["detail"] == "title: must be a string; and 2 more faults, all listed in errors."
    assert [(error["name"], error["path"]) for error in body["errors"]] == [
        ("INVALID_FIELD", "/title"),
        ("INVALID_FIELD", "/is_active"),
        ("UNKNOWN_FIELD", "/colour"),
    ]
    two = staff.patch("/v6/workspaces/raw/", {"title": 7, "is_active": 7}, format="json").json()["detail"]
    assert two == "title: must be a string; and 1 more fault, all listed in errors."


def test_fields_and_documents_at_fault_are_reported_in_one_answer(staff: APIClient) -> None:
    body = {"manifest": {}, "docker_image": 7}
    errors = staff.post("/v6/job-types/", body, format="json").json()["errors"]
    assert errors[0] == {
        "name": "INVALID_FIELD",
        "description": "docker_image: must be a string.",
        "path": "/docker_image",
    }
    manifest = staff.post("/v6/job-types/validation/", {"manifest": {}}, format="json").json()["errors"]
    assert errors[1:] == manifest != []


@pytest.mark.parametrize(
    ("method", "url", "sentence"),
    [
        (
            "patch",
            "/v6/workspaces/none/",
            "No workspace has the name or the id 'none'; /v6/workspaces/ lists them.",
        ),
        (
            "patch",
            "/v6/job-types/none/1.0.0/",
            "There is no job type none in version 1.0.0; /v6/job-types/none/ lists its versions.",
        ),
        ("get", "/v6/errors/999999/", "There is no such resource; the list above it shows what there is."),
    ],
)
def test_what_is_missing_is_a_404_with_one_sentence(staff: APIClient, method: str, url: str, sentence: str) -> None:
    answer = getattr(staff, method)(url, {} if method == "patch" else None, format="json")
    assert (answer.status_code, answer.json()) == (404, {"detail": sentence})


def test_an_edit_of_a_state_that_was_not_seen_is_a_412_with_the_current_tag(staff: APIClient) -> None:
    make_job_type()
    tag = staff.get(JOB_TYPE)["ETag"]
    answer = staff.patch(JOB_TYPE, {"is_paused": True}, format="json", headers={"If-Match": '"another"'})
    assert (answer.status_code, answer["ETag"], list(answer.json())) == (412, tag, ["detail"])
    assert tag in answer.json()["detail"]


def test_a_refused_edit_leaves_the_row_as_it_was(staff: APIClient) -> None:
    make_job_type()
    before: Any = JobType.objects.values().get()
    answer = staff.patch(JOB_TYPE, {"is_paused": True, "version": "2.0.0"}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "READ_ONLY_FIELD")
    assert JobType.objects.values().get() == before

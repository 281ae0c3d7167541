"""Docker images and icons: checked when they are sent, and let pass as they are stored."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from job_types.models import JobType
from job_types.services import write_system_job_type
from tests.factories import make_body, make_job_type, make_manifest

pytestmark = pytest.mark.django_db

LIST, VALIDATION = "/v6/job-types/", "/v6/job-types/validation/"
DETAILS = "/v6/job-types/test/1.0.0/"
ODD = "UPPER/Case:1"
INVALID = [("INVALID_DOCKER_IMAGE", "/docker_image")]
SHAPE = "It would be [registry[:port]/]path[:tag][@digest], such as registry.example.com:5000/team/image:1.0.0"


def names_of(findings: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(finding["name"], finding["path"]) for finding in findings]


@pytest.fixture
def odd() -> JobType:
    """A job type that was stored, with its revision, when no rule refused its image and icon."""
    job_type = make_job_type(icon_code="gear")
    JobType.objects.update(docker_image=ODD)
    return job_type


@pytest.mark.parametrize(
    "image",
    [
        "x y:1",
        "https://registry.example.com/x:1",
        ODD,
        "x@sha256:abc",
        "x:1\ny:2",
        "x:",
        "/x",
        "x-1.0.0+b-seed:1",
    ],
)
def test_an_image_that_no_registry_could_have_is_refused(staff: APIClient, image: str) -> None:
    answer = staff.post(LIST, make_body(docker_image=image), format="json")
    assert (answer.status_code, names_of(answer.json()["errors"])) == (400, INVALID)
    assert answer.json()["detail"].startswith("docker_image: no image reference, because ")
    assert answer.json()["detail"].endswith(SHAPE)
    assert not JobType.objects.exists()
    make_job_type()
    answer = staff.patch(DETAILS, {"docker_image": image}, format="json")
    assert (answer.status_code, names_of(answer.json()["errors"])) == (400, INVALID)
    answer = staff.post(LIST, make_body(docker_image=image), format="json")
    assert (answer.status_code, names_of(answer.json()["errors"])) == (400, INVALID)
    assert JobType.objects.get().docker_image == "test:1.0.0"


def test_the_image_is_checked_beside_the_documents_and_the_other_fields(staff: APIClient) -> None:
    body = make_body(docker_image="x:", icon_code="gear", manifest=make_manifest(timeout="soon"))
    errors = staff.post(LIST, body, format="json").json()["errors"]
    assert names_of(errors) == [("JSON_VALIDATION_ERROR", "/job/timeout"), *INVALID]
    report = staff.post(LIST, body | {"is_active": "yes"}, format="json").json()
    assert names_of(report["errors"]) == [
        ("INVALID_FIELD", "/is_active"),
        ("JSON_VALIDATION_ERROR", "/job/timeout"),
        *INVALID,
    ]
    assert names_of(report["warnings"]) == [("INVALID_ICON_CODE", "/icon_code")]
    # White space around it is taken off, as of every text.
    report = staff.post(LIST, body | {"is_active": "yes", "docker_image": " x:1 "}, format="json").json()
    assert [error["name"] for error in report["errors"]] == ["INVALID_FIELD", "JSON_VALIDATION_ERROR"]


def test_a_stored_image_is_let_pass_as_it_is_and_no_switch_looks_at_it(staff: APIClient, odd: JobType) -> None:
    for switch in ({"is_paused": True}, {"is_active": False}, {"max_scheduled": 3}):
        answer = staff.patch(DETAILS, switch, format="json")
        assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    shown = staff.get(DETAILS).json()
    for body in (shown, {"docker_image": ODD}, {"docker_image": ODD, "manifest": shown["manifest"]}):
        answer = staff.patch(DETAILS, body, format="json")
        assert (answer.status_code, answer.json()["revision_num"]) == (200, 1)
        assert ("INVALID_DOCKER_IMAGE", "/docker_image") in names_of(answer.json()["warnings"])
    answer = staff.patch(DETAILS, {"docker_image": "still/Odd"}, format="json")
    assert (answer.status_code, names_of(answer.json()["errors"])) == (400, INVALID)
    assert staff.patch(DETAILS, {"docker_image": "fine:1"}, format="json").json()["warnings"] == []


def test_an_icon_code_that_is_not_hexadecimal_is_warned_of_each_time(staff: APIClient) -> None:
    body = make_body(icon_code="gear")
    for status in (201, 200):
        answer = staff.post(LIST, body, format="json")
        assert answer.status_code == status
        assert names_of(answer.json()["warnings"]) == [("INVALID_ICON_CODE", "/icon_code")]
    answer = staff.patch(DETAILS, {"icon_code": "F013"}, format="json")
    assert answer.json()["warnings"] == []
    answer = staff.patch(DETAILS, {"icon_code": "x"}, format="json")
    assert names_of(answer.json()["warnings"]) == [("INVALID_ICON_CODE", "/icon_code")]


def test_a_system_job_type_may_have_no_image() -> None:
    fields: Any = make_body(docker_image="")
    for _ in range(2):
        assert write_system_job_type(fields=fields, max_tries=3).instance.docker_image == ""

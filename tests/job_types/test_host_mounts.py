"""Host mounts may be limited to directories that an operator allows."""

from typing import Any

import pytest
from django.core.checks import run_checks
from rest_framework.test import APIClient

from tests.factories import interface, make_body, make_manifest

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"


def body(path: str) -> dict[str, Any]:
    manifest = make_manifest(**interface(mounts=[{"name": "DATA", "path": "/inside"}]))
    mounts = {"DATA": {"type": "host", "host_path": path}}
    return make_body(manifest=manifest, configuration={"mounts": mounts})


def findings(answer: Any) -> list[tuple[str, str]]:
    return [(finding["name"], finding["path"]) for finding in answer.json().get("errors", [])]


REFUSED = [("HOST_PATH_NOT_ALLOWED", "/mounts/DATA/host_path")]


@pytest.mark.parametrize("path", ["/data", "/data/", "/data/a/b", "//data/a", "/data/a/../b", "/scratch/./x"])
def test_what_leads_into_an_allowed_directory_is_taken(staff: APIClient, settings: Any, path: str) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["/data", "/scratch/"]
    assert staff.post("/v6/job-types/", body(path), format="json").status_code == 201


@pytest.mark.parametrize(
    "path", ["/", "/database", "/data/../etc", "/etc//data", "/scratchy", "//etc", "/data/../.."]
)
def test_what_leads_elsewhere_is_refused_and_told_what_is_allowed(
    staff: APIClient, settings: Any, path: str
) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["/data", "/scratch/"]
    answer = staff.post("/v6/job-types/", body(path), format="json")
    assert (answer.status_code, findings(answer)) == (400, REFUSED)
    assert "/data, /scratch/" in answer.json()["detail"]
    documents = {name: body(path)[name] for name in ("manifest", "configuration")}
    checked = staff.post("/v6/job-types/validation/", documents, format="json")
    assert (checked.status_code, findings(checked)) == (200, REFUSED)


def test_without_the_setting_any_absolute_path_is_taken(staff: APIClient) -> None:
    assert staff.post("/v6/job-types/", body("/etc"), format="json").status_code == 201


def test_a_limit_of_today_stops_no_edit_of_what_was_stored_before(staff: APIClient, settings: Any) -> None:
    staff.post("/v6/job-types/", body("/etc"), format="json")
    settings.ALLOWED_HOST_MOUNTS = ["/data"]
    answer = staff.patch(URL, {"is_paused": True}, format="json")
    assert (answer.status_code, [one["name"] for one in answer.json()["warnings"]]) == (
        200,
        ["HOST_PATH_NOT_ALLOWED"],
    )
    answer = staff.patch(URL, {"configuration": body("/usr")["configuration"]}, format="json")
    assert (answer.status_code, findings(answer)) == (400, REFUSED)


def test_the_configuration_of_a_job_is_limited_too(staff: APIClient, settings: Any) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["/data"]
    staff.post("/v6/job-types/", body("/data"), format="json")
    job = {"job_type_name": "test", "job_type_version": "1.0.0", "configuration": body("/etc")["configuration"]}
    answer = staff.post("/v6/jobs/", job, format="json")
    assert (answer.status_code, findings(answer)) == (
        400,
        [("HOST_PATH_NOT_ALLOWED", "/configuration/mounts/DATA/host_path")],
    )
    job["configuration"] = body("/data/a")["configuration"]
    assert staff.post("/v6/jobs/", job, format="json").status_code == 201


def test_a_root_that_is_no_absolute_path_is_an_error_before_serving(settings: Any) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["data"]
    assert "scale.E002" in [one.id for one in run_checks(tags=["security"])]

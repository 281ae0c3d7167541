"""Host mounts may be limited to directories that an operator allows."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import changed, interface, make_body, make_manifest

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
def test_what_leads_elsewhere_is_refused_with_what_is_allowed(staff: APIClient, settings: Any, path: str) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["/data", "/scratch/"]
    answer = staff.post("/v6/job-types/", body(path), format="json")
    assert (answer.status_code, findings(answer)) == (400, REFUSED)
    assert "/data, /scratch/" in answer.json()["detail"]
    documents = {name: body(path)[name] for name in ("manifest", "configuration")}
    checked = staff.post("/v6/job-types/validation/", documents, format="json")
    assert (checked.status_code, findings(checked)) == (200, REFUSED)


def volume(driver: str | None = None, **options: str) -> dict[str, Any]:
    mount = {"type": "volume", "driver_opts": options} | ({"driver": driver} if driver else {})
    return {"mounts": {"DATA": mount}}


@pytest.mark.parametrize(
    ("configuration", "option"),
    [
        (volume(type="none", o="bind", device="/etc"), "device"),
        (volume("local", type="none", o="rw,rbind", device="/data/../etc"), "device"),
        (volume(type="none", o="bind", device="etc"), "device"),
        (volume(type="tmpfs", o="size=1m, bind", device="/etc"), "device"),
        (volume(type="ext4", device="/dev/sda1"), "device"),
        (volume(type="overlay", device="overlay", o="lowerdir=/data:/etc,upperdir=/data/u,workdir=/data/w"), "o"),
        (volume("local-persist", mountpoint="/etc"), "mountpoint"),
    ],
)
def test_a_volume_is_no_way_around_the_limit(
    staff: APIClient, settings: Any, configuration: Any, option: str
) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["/data"]
    answer = staff.post("/v6/job-types/", body("/data") | {"configuration": configuration}, format="json")
    refused = [("HOST_PATH_NOT_ALLOWED", f"/mounts/DATA/driver_opts/{option}")]
    assert (answer.status_code, findings(answer)) == (400, refused)


@pytest.mark.parametrize(
    "configuration",
    [
        {"mounts": {"DATA": {"type": "volume"}}},
        volume(type="none", o="bind", device="/data/a"),
        volume(type="nfs", o="addr=10.0.0.1,rw", device=":/export"),
        volume(type="cifs", o="username=u", device="//server/share"),
        volume(type="tmpfs", device="tmpfs", o="size=100m,uid=1000"),
        volume("rexray", size="5"),
    ],
)
def test_a_volume_that_is_not_of_the_host_is_taken(staff: APIClient, settings: Any, configuration: Any) -> None:
    settings.ALLOWED_HOST_MOUNTS = ["/data"]
    answer = staff.post("/v6/job-types/", body("/data") | {"configuration": configuration}, format="json")
    assert answer.status_code == 201, answer.content


def test_without_the_setting_any_absolute_path_is_taken(staff: APIClient) -> None:
    assert staff.post("/v6/job-types/", body("/etc"), format="json").status_code == 201


def test_a_limit_of_today_stops_no_edit_of_what_was_stored_before(staff: APIClient, settings: Any) -> None:
    staff.post("/v6/job-types/", body("/etc"), format="json")
    settings.ALLOWED_HOST_MOUNTS = ["/data"]
    manifest = changed(body("/etc")["manifest"], title="New")
    answer = staff.patch(URL, {"manifest": manifest}, format="json")
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

"""What it costs to create jobs, in queries: without the token's, and those of transactions."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import interface, make_job_type, make_manifest
from tests.files.factories import make_file
from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

OTHER = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
PARTS = interface(
    inputs={"files": [{"name": "image", "required": False}]},
    outputs={"files": [{"name": "out", "pattern": "*"}]},
    settings=[{"name": "HOST"}],
)


@pytest.fixture
def job_type(staff: APIClient) -> JobType:
    """A job type whose manifest this process has read."""
    create_workspace(name="raw", fields={})
    job_type = make_job_type(job=PARTS, configuration={"output_workspaces": {"default": "raw"}})
    tables(staff, "jobs/", {"job_type_id": job_type.pk})
    return job_type


def tables(client: APIClient, path: str, body: dict[str, Any]) -> list[str]:
    """Return for each statement of a request that creates jobs the table that comes first in it."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(f"/v6/{path}", body, format="json")
    assert answer.status_code == 201, answer.json()
    statements = [one["sql"] for one in captured]
    found = [one.split('"')[1] for one in statements if not one.startswith(OTHER)]
    return [table for table in found if table != "knox_authtoken"]


REVISION, MANIFEST, JOB = "job_types_jobtyperevision", "job_types_jobtyperevision", "jobs_job"


def test_a_job_is_one_read_and_one_write(staff: APIClient, job_type: JobType) -> None:
    assert tables(staff, "jobs/", {"job_type_id": job_type.pk}) == [REVISION, JOB]
    assert tables(staff, "jobs/", {"job_type_name": "test", "job_type_version": "1.0.0"}) == [REVISION, JOB]


def test_files_and_workspaces_are_one_read_more_each_and_settings_are_two(
    staff: APIClient, job_type: JobType
) -> None:
    body = {"job_type_id": job_type.pk}
    files = {"input": {"files": {"image": [make_file().pk]}}}
    workspaces = {"configuration": {"output_workspaces": {"default": "raw"}}}
    settings = {"configuration": {"settings": {"HOST": "a"}}}
    assert tables(staff, "jobs/", body | files) == [REVISION, "files_file", JOB]
    assert tables(staff, "jobs/", body | workspaces) == [REVISION, "workspaces_workspace", JOB]
    assert tables(staff, "jobs/", body | settings) == [REVISION, "job_types_jobtype", REVISION, JOB]


def test_the_manifest_of_each_revision_is_read_once(staff: APIClient, job_type: JobType) -> None:
    manifest = make_manifest(title="New", **PARTS)
    assert staff.patch("/v6/job-types/test/1.0.0/", {"manifest": manifest}, format="json").status_code == 200
    body = {"job_type_id": job_type.pk}
    assert tables(staff, "jobs/", body) == [REVISION, MANIFEST, JOB]
    assert tables(staff, "jobs/", body) == [REVISION, JOB]
    assert staff.post("/v6/jobs/", body, format="json").json()["job_type_rev"]["manifest"] == manifest

"""Jobs of job types whose documents today's rules refuse: they are created, run, requeued and shown."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.encryption import encrypt
from errors.services import load_builtin_errors
from job_types.models import JobType, JobTypeSecret
from tests.jobs.worker import claim, report, running
from tests.odd_documents import CONFIGURATIONS, MANIFESTS, store_configuration, store_manifest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("builtin_errors")]


@pytest.fixture
def builtin_errors(db: None) -> None:
    load_builtin_errors()


@pytest.fixture(params=MANIFESTS, ids=range(len(MANIFESTS)))
def of_manifest(request: pytest.FixtureRequest) -> JobType:
    """A job type with a manifest that was stored past the validation, and a secret."""
    job_type = store_manifest(request.param)
    JobTypeSecret.objects.create(job_type=job_type, name="KEY", token=encrypt("a secret"))
    return job_type


@pytest.fixture(params=CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def of_configuration(request: pytest.FixtureRequest) -> JobType:
    """A job type with a configuration that was stored past the validation."""
    return store_configuration(request.param)


def run(staff: APIClient, worker: APIClient, client: Client) -> dict[str, Any]:
    """Create a job, let it fail, cancel it and put it back. Return what was handed out."""
    body = {"job_type_name": "test", "job_type_version": "1.0.0"}
    created = staff.post("/v6/jobs/", body, "json")
    assert created.status_code == 201, created.content
    url = f"/v6/jobs/{created.json()['id']}/"
    (handed,) = claim(worker)
    assert report(worker, **running(handed), status="FAILED", exit_code=3)["refusal"] is None
    assert staff.post("/v6/jobs/cancel/", {"job_ids": [handed["id"]]}, "json").status_code in (200, 202)
    assert staff.post("/v6/jobs/requeue/", {"job_ids": [handed["id"]]}, "json").status_code in (200, 202)
    assert staff.get(url).status_code == 200
    assert client.get(f"/jobs/{handed['id']}/").status_code == 200
    return handed


@pytest.mark.usefixtures("of_manifest")
def test_a_job_of_an_odd_manifest_runs(staff: APIClient, worker: APIClient, client: Client) -> None:
    run(staff, worker, client)


def test_a_job_of_an_odd_configuration_runs_with_what_of_it_is_usable(
    staff: APIClient, worker: APIClient, client: Client, of_configuration: JobType
) -> None:
    handed = run(staff, worker, client)
    configuration = handed["configuration"]
    assert list(configuration) == ["mounts", "output_workspaces", "priority", "settings"]
    assert handed["priority"] == 100
    assert all(isinstance(mount, dict) for mount in configuration["mounts"].values())
    texts = [*configuration["settings"].values(), *configuration["output_workspaces"]["outputs"].values()]
    assert all(isinstance(text, str) for text in texts)

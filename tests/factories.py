"""Small documents and job types for tests."""

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from errors.models import Error
from errors.services import builtin_error
from job_types.models import JobType
from job_types.services import register_job_type
from jobs.models import Job, JobExecution
from jobs.states import Status, entering

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def example(name: str) -> dict[str, Any]:
    """One of the request bodies of the users' document: add-seed-image, edit-job-type, validate-job-type."""
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def make_manifest(name: str = "test", version: str = "1.0.0", **job: Any) -> dict[str, Any]:
    """A small valid manifest without outputs; `job` adds or replaces members of its job."""
    return {
        "seedVersion": "1.0.0",
        "job": {
            "name": name,
            "jobVersion": version,
            "packageVersion": "1.0.0",
            "title": f"Title of {name}",
            "description": f"Description of {name}",
            "maintainer": {"name": "John Doe", "email": "jdoe@example.com"},
            "timeout": 60,
            **job,
        },
    }


def make_body(name: str = "test", version: str = "1.0.0", **fields: Any) -> dict[str, Any]:
    """A small valid body of a registration; `fields` adds or replaces its members."""
    image = f"{name}:{version.replace('+', '-')}"  # no tag has a plus
    return {"manifest": make_manifest(name, version), "docker_image": image, **fields}


def make_job_type(name: str = "test", version: str = "1.0.0", **fields: Any) -> JobType:
    """A registered job type."""
    job = fields.pop("job", {})
    body = make_body(name, version, manifest=make_manifest(name, version, **job), **fields)
    return register_job_type(fields=body).instance  # type: ignore[arg-type]


def make_job(job_type: JobType, status: str = "QUEUED", **columns: Any) -> Job:
    """A job that entered `status` at `last_status_change` (by default now); `columns` replaces what that sets.

    One that FAILED did so of the built-in error `unknown`, unless `error` says otherwise.
    """
    when = columns.pop("last_status_change", None) or timezone.now()
    error: Error | None = columns.pop("error", None)
    if status == Status.FAILED and error is None:
        error = builtin_error("unknown")
    values = {
        "created": when,
        "last_modified": when,
        "max_tries": job_type.max_tries,
        **entering(Status(status), when),
        "error_id": error.pk if error else None,
        "canceled_from": Status.QUEUED if status == Status.CANCELED else None,
        **columns,
    }
    revision = job_type.revisions.get(revision_num=job_type.revision_num)
    account: User | None = values.pop("account", None)
    job = Job.objects.create(
        job_type=job_type, job_type_rev=revision, configuration_num=job_type.configuration_num, **values
    )
    if job.started is not None or job.node is not None:
        make_try(job, account=account)
    return job


def make_try(job: Job, **columns: Any) -> JobExecution:
    """The last try of a job that runs or ran, as the job shows it; `columns` replaces what that sets."""
    values = {
        "job_type_rev": job.job_type_rev,
        "exe_num": job.num_exes,
        "status": job.status,
        "end": None if job.status == Status.RUNNING else job.status.lower(),
        "started": job.started or job.ended,
        **{name: getattr(job, name) for name in ("error", "node", "exit_code", "queued", "ended")},
        **columns,
    }
    return JobExecution.objects.create(job=job, **values)


def iso(moment: datetime | None) -> str:
    """A moment as answers show it."""
    assert moment is not None
    return moment.isoformat().replace("+00:00", "Z")


def interface(**members: Any) -> dict[str, Any]:
    """A job's `interface` as a keyword argument for make_manifest."""
    return {"interface": {"command": "run", **members}}


def with_settings(*, secret: list[str] | None = None, clear: list[str] | None = None) -> dict[str, Any]:
    """An interface with these settings."""
    settings = [{"name": name, "secret": True} for name in secret or []]
    settings += [{"name": name} for name in clear or []]
    return interface(settings=settings)


def changed(document: dict[str, Any], **job: Any) -> dict[str, Any]:
    """A manifest with other members of its job."""
    document = copy.deepcopy(document)
    document["job"] |= job
    return document

"""Jobs for agents: a script of the shell, its files, and where its products go."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from files.models import File
from job_types.models import JobType
from jobs.models import Job, JobExecution
from tests.factories import make_job, make_job_type
from workspaces.models import Workspace
from workspaces.services import create_workspace

# Parts of interfaces, and a configuration.
TILES = {"outputs": {"json": [{"name": "TILES", "type": "integer"}]}}
OUT = {"outputs": {"files": [{"name": "OUT", "pattern": "*.txt", "mediaType": "text/plain", "multiple": True}]}}
TO_PRODUCTS = {"output_workspaces": {"default": "products"}}


def script_type(script: str, name: str = "test", **job: Any) -> JobType:
    """Return a job type whose command is a script of the shell; ``interface`` is merged into its own."""
    fields = {field: job.pop(field) for field in ("configuration", "docker_image") if field in job}
    command = "sh -c '{}'".format(script.replace("'", "'\\''"))
    interface = {"command": command, **job.pop("interface", {})}
    return make_job_type(name, job={"timeout": 60, "interface": interface, **job}, **fields)


def script_job(script: str, **job: Any) -> Job:
    """Return a queued job that runs a script."""
    columns = {name: job.pop(name) for name in ("input", "max_tries") if name in job}
    return make_job(script_type(script, **job), **columns)


def host_workspace(name: str, root: Path) -> Workspace:
    """Return a workspace that is a folder, which is made."""
    root.mkdir(parents=True, exist_ok=True)
    configuration = {"broker": {"type": "host", "host_path": str(root)}}
    return create_workspace(name=name, fields={"title": name, "configuration": configuration})[0]


def registered(workspace: Workspace, root: Path, path: str, content: str = "42 tiles\n", **columns: Any) -> File:
    """Write a file into a workspace, and return it as it was registered."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content)
    place.chmod(0o644)
    known = {
        "file_name": place.name,
        "file_size": place.stat().st_size,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
    return File.objects.create(workspace=workspace, file_path=path, **{**known, **columns})


def end_of(job: Job) -> tuple[str, str | None, int | None]:
    """Return how the last try of a job ended: its status, error and exit code."""
    job.refresh_from_db()
    one = JobExecution.objects.filter(job=job).select_related("error").latest("exe_num")
    return job.status, one.error.name if one.error else None, one.exit_code


def wait_for(seen: Callable[[], Any]) -> None:
    """Wait until ``seen`` returns something, a minute at most."""
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)

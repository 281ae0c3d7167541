"""The writes that the benchmark sends, each with another number in it, so that all of them write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from job_types.models import JobType
from jobs.models import Job
from jobs.states import Status
from tests.factories import example, make_manifest


@dataclass(frozen=True, slots=True)
class Write:
    """A write: `body` and `path` are made from the number of the request, which no other has."""

    name: str
    method: str
    path: Callable[[int], str]
    body: Callable[[int], Any]
    status: int


def writes() -> list[Write]:
    """All of them, for the data set that `data.load` made."""
    job_type = JobType.objects.get(name="algorithm-000", version="1.0.0")
    running = list(Job.objects.filter(status=Status.RUNNING).order_by("id").values_list("id", flat=True)[:50_000])
    own = "/v6/job-types/algorithm-000/1.0.0/"
    manifest = example("add-seed-image")["manifest"]["job"]
    shared = {k: v for k, v in manifest.items() if k not in ("name", "jobVersion", "title", "description")}

    def registration(number: int) -> dict[str, Any]:
        return {
            "manifest": make_manifest(f"new-{number}", "1.0.0", **shared),
            "docker_image": f"new-{number}-1.0.0-seed:1.0.0",
            "configuration": {"output_workspaces": {"default": "workspace_1"}},
        }

    def documents(number: int) -> dict[str, Any]:
        return {name: value for name, value in registration(number).items() if name != "docker_image"}

    def report(number: int) -> dict[str, Any]:
        change = {"job_id": running[number % len(running)], "status": Status.COMPLETED, "exit_code": 0}
        return {"changes": [change]}

    return [
        Write("validate a job type", "POST", lambda n: "/v6/job-types/validation/", documents, 200),
        Write("register a job type", "POST", lambda n: "/v6/job-types/", registration, 201),
        Write("edit: pause, resume", "PATCH", lambda n: own, lambda n: {"is_paused": n % 2 == 0}, 200),
        Write("edit: a new revision", "PATCH", lambda n: own, lambda n: {"docker_image": f"new-seed:1.0.{n}"}, 200),
        Write("create a job", "POST", lambda n: "/v6/jobs/", lambda n: _job(job_type), 201),
        Write("report one job", "POST", lambda n: "/v6/jobs/transitions/", report, 200),
        Write("claim ten jobs", "POST", lambda n: "/v6/jobs/claim/", lambda n: {"node": "bench", "limit": 10}, 200),
        Write("create a workspace", "POST", lambda n: "/v6/workspaces/", lambda n: {"name": f"new-{n}"}, 201),
    ]


def _job(job_type: JobType) -> dict[str, Any]:
    files = job_type.manifest["job"].get("interface", {}).get("inputs", {}).get("files", [])
    values = job_type.manifest["job"].get("interface", {}).get("inputs", {}).get("json", [])
    kinds: dict[str, Any] = {"integer": 1, "number": 1.5, "string": "x", "boolean": True, "array": [], "object": {}}
    return {
        "job_type_id": job_type.pk,
        "input": {
            "files": {one["name"]: [1] for one in files if one.get("required", True)},
            "json": {one["name"]: kinds[one["type"]] for one in values if one.get("required", True)},
        },
    }

"""The writes that the benchmark sends, each with a number of its own in it, so that each changes something."""

import time
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model

from files.models import File
from job_types.models import JobType
from jobs.models import Job, JobExecution, Node
from jobs.states import Status
from tests.benchmarks.data import definition
from tests.benchmarks.entries import Write
from tests.factories import example

_JOB_TYPE = "/v6/job-types/algorithm-000/1.0.0/"
_BEATING = "beating"
_CLAIMING = 8  # nodes: as many as a server on two cores serves at once
_RECIPE_TYPE = "/v6/recipe-types/recipe-001/"


def writes() -> list[Write]:
    """Return all writes, for the data set that ``data.load`` makes; each call makes new names."""
    run = f"{int(time.time()):x}"
    return [*_job_types(run), *_jobs(), *_nodes(), *_recipe_types(run), *_workspaces(run), *_files(run)]


def _job_types(run: str) -> list[Write]:
    validated = example("validate-job-type")

    def registration(number: int) -> dict[str, Any]:
        body = example("add-seed-image")
        body["manifest"]["job"]["name"] = name = f"new-{run}-{number}"
        return body | {"docker_image": f"{name}-1.0.0-seed:1.0.0"}

    return [
        Write(
            "job types",
            "POST /v6/job-types/validation/, the users' example",
            "POST",
            lambda n: "/v6/job-types/validation/",
            lambda n: validated,
            answers={"is_valid": True},
        ),
        Write(
            "job types",
            "POST /v6/job-types/, the users' example under a new name",
            "POST",
            lambda n: "/v6/job-types/",
            registration,
            status=201,
        ),
        Write(
            "job types",
            f"PATCH {_JOB_TYPE}, pause or resume",
            "PATCH",
            lambda n: _JOB_TYPE,
            lambda n: {"is_paused": n % 2 == 0},
            rate=False,
        ),
        Write(
            "job types",
            f"PATCH {_JOB_TYPE}, a new revision, which a recipe type follows",
            "PATCH",
            lambda n: _JOB_TYPE,
            lambda n: {"docker_image": f"new-seed:{run}.{n}"},
            rate=False,
        ),
    ]


def claiming_node(number: int) -> str:
    """Return the node of a claim. Those of one node wait for each other: few that are served at once are."""
    return f"bench-{number % _CLAIMING}"


def _jobs() -> list[Write]:
    job_type = JobType.objects.get(name="algorithm-000", version="1.0.0")
    created = {
        "job_type_id": job_type.pk,
        "input": {"files": {"INPUT_TEXT": [File.objects.order_by("id")[0].pk]}, "json": {"READ_LENGTH": 1}},
    }
    # Held, so that the queue of the claims below stays what it is.
    many = {
        "job_type_id": job_type.pk,
        "inputs": [created["input"]] * 1000,
        "status": Status.PENDING,
    }
    running, pending, failed = (_ids(status) for status in (Status.RUNNING, Status.PENDING, Status.FAILED))

    beating = [{"job_id": pk, "num_exes": 1} for pk in running[-100:]]
    account, _ = get_user_model().objects.get_or_create(username="bench", defaults={"is_staff": True})
    JobExecution.objects.filter(job_id__in=running[-100:]).update(node=_BEATING, account=account)

    # Half of what is left is reported alone, the other half with a claim.
    alone = (len(running) - len(beating)) // 2

    def report(number: int) -> dict[str, Any]:
        return {"changes": [{"job_id": running[number], "status": Status.COMPLETED, "exit_code": 0}]}

    return [
        Write("jobs", "POST /v6/jobs/", "POST", lambda n: "/v6/jobs/", lambda n: created, status=201),
        Write(
            "jobs",
            "POST /v6/jobs/bulk/, a thousand jobs",
            "POST",
            lambda n: "/v6/jobs/bulk/",
            lambda n: many,
            status=201,
            rows=1000,
            answers={"count": 1000},
            rate=False,
        ),
        Write(
            "jobs",
            "POST /v6/jobs/transitions/, one job",
            "POST",
            lambda n: "/v6/jobs/transitions/",
            report,
            answers={"changed": 1},
            most=alone,
        ),
        Write(
            "jobs",
            "POST /v6/jobs/transitions/, one job and a claim of one",
            "POST",
            lambda n: "/v6/jobs/transitions/",
            lambda n: {
                **report(alone + n),
                "claim": {"node": claiming_node(n), "limit": 1, "claim_id": str(uuid4())},
            },
            answers={"changed": 1},
            most=len(running) - len(beating) - alone,
        ),
        Write(
            "jobs",
            "POST /v6/jobs/claim/, ten jobs",
            "POST",
            lambda n: "/v6/jobs/claim/",
            lambda n: {"node": claiming_node(n), "limit": 10, "claim_id": str(uuid4())},
            rows=10,
        ),
        Write(
            "jobs",
            "POST /v6/jobs/claim/, ten jobs, resources named",
            "POST",
            lambda n: "/v6/jobs/claim/",
            lambda n: {
                "node": f"bench-{n % 64}",
                "limit": 10,
                "resources": dict.fromkeys(["cpus", "mem", "sharedMem", "disk"], 2**20),
            },
            rows=10,
        ),
        Write(
            "nodes",
            "POST /v6/nodes/heartbeat/, a node with a hundred jobs",
            "POST",
            lambda n: "/v6/nodes/heartbeat/",
            lambda n: {"node": _BEATING, "jobs": beating},
            rate=False,
        ),
        _step("cancel", pending),
        _step("requeue", failed),
    ]


def _step(verb: str, ids: list[int]) -> Write:
    return Write(
        "jobs",
        f"POST /v6/jobs/{verb}/, ten jobs",
        "POST",
        lambda n: f"/v6/jobs/{verb}/",
        lambda n: {"job_id": ids[10 * n : 10 * n + 10]},
        rows=10,
        answers={"count": 10},
        most=len(ids) // 10,
    )


def _nodes() -> list[Write]:
    node = f"/v6/nodes/{Node.objects.order_by('id')[0].pk}/"
    return [
        Write(
            "nodes",
            "PATCH /v6/nodes/{id}/, pause or resume",
            "PATCH",
            lambda n: node,
            lambda n: {"is_paused": n % 2 == 0},
            rate=False,
        ),
        Write(
            "nodes",
            "PATCH /v6/scheduler/, pause or resume",
            "PATCH",
            lambda n: "/v6/scheduler/",
            lambda n: {"is_paused": n % 2 == 0},
            rate=False,
        ),
    ]


def _ids(status: Status) -> list[int]:
    return list(Job.objects.filter(status=status).order_by("id").values_list("id", flat=True)[:50_000])


def _recipe_types(run: str) -> list[Write]:
    return [
        Write(
            "recipe types",
            "POST /v6/recipe-types/validation/",
            "POST",
            lambda n: "/v6/recipe-types/validation/",
            lambda n: {"definition": definition(0)},
            answers={"is_valid": True},
        ),
        Write(
            "recipe types",
            "POST /v6/recipe-types/",
            "POST",
            lambda n: "/v6/recipe-types/",
            lambda n: {"name": f"new-{run}-{n}", "definition": definition(0)},
            status=201,
        ),
        Write(
            "recipe types",
            f"PATCH {_RECIPE_TYPE}, a new revision",
            "PATCH",
            lambda n: _RECIPE_TYPE,
            lambda n: {"definition": definition(1, scene=f"scene-{run}-{n}")},
            rate=False,
        ),
    ]


def _files(run: str) -> list[Write]:
    file = File.objects.order_by("id")[0]
    new = {"workspace": "workspace_1", "file_size": 1000, "sha256": "ab" * 32}
    return [
        Write(
            "files",
            "POST /v6/files/",
            "POST",
            lambda n: "/v6/files/",
            lambda n: {**new, "file_path": f"new/{run}/{n}.tif"},
            status=201,
        ),
        Write(
            "files",
            "PATCH /v6/files/{id}/",
            "PATCH",
            lambda n: f"/v6/files/{file.pk}/",
            lambda n: {"media_type": f"image/{n}"},
            rate=False,
        ),
    ]


def _workspaces(run: str) -> list[Write]:
    return [
        Write(
            "workspaces",
            "POST /v6/workspaces/validation/",
            "POST",
            lambda n: "/v6/workspaces/validation/",
            lambda n: {"title": "New", "configuration": {"broker": {"type": "host", "host_path": "/data/new"}}},
            answers={"is_valid": True},
        ),
        Write(
            "workspaces",
            "POST /v6/workspaces/",
            "POST",
            lambda n: "/v6/workspaces/",
            lambda n: {"name": f"new-{run}-{n}"},
            status=201,
        ),
        Write(
            "workspaces",
            "PATCH /v6/workspaces/workspace_1/",
            "PATCH",
            lambda n: "/v6/workspaces/workspace_1/",
            lambda n: {"description": f"Edited {n} times"},
            rate=False,
        ),
    ]

"""Load this service with what a live Scale 7 had been sent, and repeat the requests that were recorded there."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.core.management import call_command
from rest_framework.response import Response
from rest_framework.test import APIClient

from errors.services import load_builtin_errors
from job_types.models import JobType
from job_types.services import write_system_job_type
from tests.recorded.compact import DATA, reduced
from tests.recorded.shapes import Found, differences

# status -> the statuses that lead a job there, from the one that it is created in
_STEPS = {
    "PENDING": ["QUEUED", "PENDING"],
    "BLOCKED": ["QUEUED", "PENDING", "BLOCKED"],
    "QUEUED": ["QUEUED"],
    "RUNNING": ["QUEUED", "RUNNING"],
    "COMPLETED": ["QUEUED", "RUNNING", "COMPLETED"],
    "FAILED": ["QUEUED", "RUNNING", "FAILED"],
    "CANCELED": ["QUEUED", "CANCELED"],
}


def rows_of(file: str) -> list[dict[str, Any]]:
    """Return the rows of a file of the data."""
    return [json.loads(line) for line in (DATA / file).read_text(encoding="utf-8").splitlines()]


def details_of(kind: str) -> list[dict[str, Any]]:
    """Return the details of all ``job-types`` or ``recipe-types`` that the live system showed."""
    return [
        row["body"] for row in rows_of("answers.jsonl") if row["whole"] and row["url"].startswith(f"/v6/{kind}/")
    ]


def load(client: APIClient) -> Iterator[Found]:
    """Bring this service to the state of the live system; yield the requests that end with another status here."""
    load_builtin_errors()
    call_command("seed_system_job_types", stdout=StringIO())
    _add_system_job_types()
    for sent in rows_of("requests.jsonl"):
        answer = client.generic(sent["method"], sent["path"], json.dumps(sent["body"]), "application/json")
        if answer.status_code != sent["status"]:
            yield Found(_called(sent), "", str(sent["status"]), str(answer.status_code))
    for details in details_of("recipe-types"):
        if details["is_system"]:
            fields = {name: details[name] for name in ("name", "title", "description", "definition")}
            _taken(client.post("/v6/recipe-types/", fields, "json"))
    for details in details_of("job-types"):
        # Not every edit of the live system was recorded.
        job_type = JobType.objects.filter(name=details["name"], version=details["version"], is_system=False).first()
        if job_type and job_type.revision_num < details["revision_num"]:
            fields = {name: details[name] for name in ("manifest", "docker_image")}
            _taken(client.patch(f"/v6/job-types/{job_type.name}/{job_type.version}/", fields, "json"))
    jobs = rows_of("jobs.jsonl")
    files = _register_files(client, jobs)
    for node in {job["node"] for job in jobs if job["node"]}:
        _taken(client.post("/v6/jobs/claim/", {"node": node, "limit": 1, "resources": {}}, "json"))
    for job in jobs:
        _make_job(client, job, files)


def repeat(client: APIClient, anyone: APIClient) -> Iterator[Found]:
    """Repeat all requests that were recorded, and yield where the answers differ.

    The pages of a list are compared all together, since the live system put other rows on them in another order.
    """
    numbers = _numbers(client)
    answers: defaultdict[str, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for row in rows_of("answers.jsonl"):
        url = re.sub(r"<(.*?)>", lambda one: str(numbers[one[1]]), row["url"])
        answer = (anyone if row["anonymous"] else client).get(url)
        request = f"GET {row['url'].partition('?')[0]}" + row["anonymous"] * " without an account"
        if answer.status_code != row["status"]:
            yield Found(request, "", str(row["status"]), str(answer.status_code))
        elif answer.status_code == 200:
            there, here = answers[request]
            there.append(row["body"])
            here.append(answer.json() if row["whole"] else reduced(answer.json()))
    for request, (there, here) in answers.items():
        yield from differences(request, there, here)


def _add_system_job_types() -> None:
    """Register the system job types of the live system that this service does not bring along."""
    brought = set(JobType.objects.values_list("name", flat=True))
    for details in details_of("job-types"):
        if details["is_system"] and details["name"] not in brought:
            fields = {name: details[name] for name in ("manifest", "docker_image", "icon_code", "configuration")}
            write_system_job_type(fields=fields, max_tries=details["max_tries"])  # type: ignore[arg-type]


def _taken(answer: Response) -> Any:
    assert answer.status_code in (200, 201), answer.content
    return json.loads(answer.content)


def _called(sent: dict[str, Any]) -> str:
    """Return what a request of ``requests.jsonl`` is called in the list of differences."""
    manifest = sent["body"].get("manifest", {}).get("job", {})
    name = manifest and f"{manifest['name']} {manifest['jobVersion']}"
    return f"{sent['method']} {sent['path']} {name or sent['body'].get('title', '')}".rstrip()


def _register_files(client: APIClient, jobs: list[dict[str, Any]]) -> dict[int, int]:
    """Register the files that jobs read, and return the ids that they have here, by those that they had there."""
    read = {pk for job in jobs for ids in job["input"]["files"].values() for pk in ids}
    file = {"workspace": "raw-imagery", "file_size": 1000, "data_started": "2026-11-25T11:37:41Z"}
    paths = {pk: f"in/scene-{pk:02}.tif" for pk in sorted(read)}
    return {
        pk: _taken(client.post("/v6/files/", {**file, "file_path": path}, "json"))["id"]
        for pk, path in paths.items()
    }


def _make_job(client: APIClient, job: dict[str, Any], files: dict[int, int]) -> None:
    """Create a job, and lead it to the status that it had.

    A job that fails here is queued again as long as it has tries left, so that it takes these steps several times.
    """
    body = {name: job[name] for name in ("job_type_name", "job_type_version")}
    given = {name: [files[pk] for pk in ids] for name, ids in job["input"]["files"].items()}
    body["input"] = {**job["input"], "files": given}
    status, *steps = _STEPS[job["status"]]
    number = _taken(client.post("/v6/jobs/", {**body, "status": status}, "json"))["id"]
    while status != job["status"]:
        for step in steps:
            happened = {"RUNNING": {"node": job["node"]}, "FAILED": {"error": job["error"]}}.get(step, {})
            changes = [{"job_id": number, "status": step, **happened}]
            answer = client.post("/v6/jobs/transitions/", {"changes": changes, "atomic": True}, "json")
            status = _taken(answer)["results"][0]["status"]


def _numbers(client: APIClient) -> dict[str, int]:
    """Return the ids that errors, workspaces and jobs have here, by what they are called in the data.

    The live system made the name of a workspace of its title, whatever name it was sent.
    """
    named = {
        row["name"].replace("_", "-"): row["id"]
        for kind in ("errors", "workspaces")
        for row in client.get(f"/v6/{kind}/?page_size=1000").json()["results"]
    }
    jobs = client.get("/v6/jobs/", {"page_size": "1000", "order": "id"}).json()["results"]
    return named | {str(number): job["id"] for number, job in enumerate(jobs, start=1)}

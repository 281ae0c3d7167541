"""What the largest bodies cost that are taken, made to cost as much as they can: CPU time, and bytes answered."""

import json
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, starmap
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from core.actors import Actor, Source, acting
from core.http.bodies import MOST_PARTS as MOST_PARTS_OF_A_FORM
from job_types.models import JobTypeRevision
from jobs.models import Job
from recipes.services import register_recipe_type
from seed.documents import LONGEST_TEXT, MOST_MEMBERS, MOST_PARTS
from tests.benchmarks.measure import Bench, Row
from tests.factories import make_job_type

_ROUNDS = 3
_JOB_NODE = {
    "node_type": "job",
    "job_type_name": "algorithm-000",
    "job_type_version": "1.0.0",
    "job_type_revision": 1,
}


class Body(NamedTuple):
    """A body that is sent: bytes, or a JSON value."""

    title: str
    path: str
    content: Any
    method: str = "POST"
    content_type: str = "application/json"


@acting(Actor("bench", Source.COMMAND, command="tests.benchmarks"))
def measure(bench: Bench) -> list[Row]:
    """Return the median of the CPU time that this process takes for each request, and the size of its answer.

    What the requests change is rolled back, so that they find the same each time.
    """
    client = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Token {bench.token}"})
    rows: list[Row] = []
    with transaction.atomic():
        for body in chain(starmap(Body, _bodies()), _forms(), _stored()):
            rows.append(_measured(client, body))
        transaction.set_rollback(True)
    return rows


def _measured(client: Client, body: Body) -> Row:
    content = body.content
    text = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":")).encode()
    assert len(text) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE, body.title
    spent = []
    for _ in range(_ROUNDS):
        with transaction.atomic():
            began = time.process_time()
            answer = client.generic(body.method, body.path, text, content_type=body.content_type)
            spent.append(time.process_time() - began)
            transaction.set_rollback(True)
    assert answer.status_code < 500, (body.title, answer.status_code)
    return {
        "": body.method,
        "path": body.path,
        "body": body.title,
        "bytes": len(text),
        "status": answer.status_code,
        "CPU s": round(statistics.median(spent), 3),
        "bytes answered": len(answer.content),
    }


def _forms() -> Iterator[Body]:
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    multipart = "multipart/form-data; boundary=B"
    head = b'--B\r\nContent-Disposition: form-data; name="n"' + b";a" * 450 + b"\r\n\r\n"
    part = head + b"x" * (size // MOST_PARTS_OF_A_FORM - len(head) - 10) + b"\r\n"
    pairs = b"&".join([b"%41=" + b"%41" * 160] * 4_000)
    for path in ("/accounts/login/", "/admin/login/"):
        yield Body("2 MB of boundaries", path, b"--B\r\n" * (size // 5), content_type=multipart)
        yield Body(
            "as many boundaries as are taken", path, b"--B\r\n" * MOST_PARTS_OF_A_FORM, content_type=multipart
        )
        yield Body(
            "as many long fields as are taken",
            path,
            part * (MOST_PARTS_OF_A_FORM - 1) + b"--B--\r\n",
            content_type=multipart,
        )
        yield Body("4,000 pairs, escaped", path, pairs, content_type="application/x-www-form-urlencoded")


def _stored() -> Iterator[Body]:
    """Yield bodies that cost the most by what is stored, and store it."""
    running = Job.objects.filter(status="RUNNING").values_list("pk", flat=True)[:1_000]
    ended = timezone.now()
    changes = [
        {
            "job_id": pk,
            "status": "FAILED" if pk % 2 else "COMPLETED",
            "exit_code": pk % 2,
            "when": (ended + timedelta(microseconds=index)).isoformat(),
        }
        for index, pk in enumerate(running)
    ]
    yield Body("1,000 changes of 1,000 jobs", "/v6/jobs/transitions/", {"changes": changes})
    job_type = make_job_type("plain")
    nodes = {f"N{index}": {"node_type": _runs("plain", 1)} for index in range(1_000)}
    for number in range(30):
        register_recipe_type(fields={"name": f"plain-{number}", "definition": {"nodes": nodes}})
    yield Body(
        "an image, with 30 recipe types of 1,000 nodes",
        "/v6/job-types/plain/1.0.0/",
        {"docker_image": "p:2"},
        "PATCH",
    )
    manifest = _full_manifest()
    manifest["job"]["interface"]["inputs"] = {}
    revisions = range(2, 2 + 60)
    JobTypeRevision.objects.bulk_create(
        JobTypeRevision(
            job_type=job_type,
            revision_num=number,
            docker_image="p:2",
            manifest={**manifest, "job": {**manifest["job"], "title": f"t{number}"}},
            resources={},
            created=ended,
        )
        for number in revisions
    )
    for count in (20, 60):
        nodes = {f"N{number}": {"node_type": _runs("plain", number)} for number in revisions[:count]}
        yield Body(
            f"{count} revisions of a large manifest",
            "/v6/recipe-types/validation/",
            {"definition": {"nodes": nodes}},
        )


def _runs(name: str, revision: int) -> dict[str, Any]:
    return {**_JOB_NODE, "job_type_name": name, "job_type_revision": revision}


def _bodies() -> Iterator[tuple[str, str, Any]]:
    """Yield a title, a path, and a JSON value or the bytes of a body."""
    job_types, recipes = "/v6/job-types/validation/", "/v6/recipe-types/validation/"
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for title, part in (("empty objects", b"{}"), ("empty strings", b'""'), ("numbers", b"1"), ("arrays", b"[]")):
        yield f"an array of {title}", job_types, _filled(b'{"manifest":[', part, b"]}", size)
    yield "quotes that are escaped", job_types, b'{"manifest":"' + b'\\"' * (size // 2 - 20) + b'"}'
    yield "a string that is not closed", job_types, b'"' + b'\\"' * (size // 2 - 20)
    yield "a number of many digits", job_types, b'{"manifest":' + b"1" * (size - 20) + b"}"
    inputs: dict[str, Any] = {"inputs": {"files": [{}] * (MOST_PARTS // 2 - 100)}}
    yield "empty objects as inputs", job_types, {"manifest": _manifest(interface=inputs)}
    yield "1,000 empty objects as inputs", job_types, {"manifest": _manifest(interface=_each({}))}
    yield "1,000 right objects in each array", job_types, {"manifest": _full_manifest()}
    alike = _each({"name": "A", "type": "string"})
    yield "names that are alike", job_types, {"manifest": _manifest(interface=alike)}
    yield "unknown members", job_types, {f"member {index}": 1 for index in range(MOST_PARTS - 100)}
    members = {f"S{index}": "x" * 1_000 for index in range(MOST_MEMBERS)}
    yield "1,000 unknown settings", job_types, {"manifest": _manifest(), "configuration": {"settings": members}}
    layers = {"o": f"lowerdir={':' * (LONGEST_TEXT - 100)}"}
    volumes = {f"M{index}": {"type": "volume", "driver_opts": layers} for index in range(200)}
    yield "2,000,000 layers of volumes", job_types, {"manifest": _manifest(), "configuration": {"mounts": volumes}}
    half = {
        "manifest": json.dumps(_manifest(tags=["t"] * (MOST_PARTS - 8_100))),
        "configuration": {"x": [{}] * 4_000},
    }
    yield "many parts in a string, and beside it", job_types, half
    yield "nodes that depend on each other", recipes, {"definition": {"nodes": dict(_dense(90))}}
    yield "nodes that feed each other", recipes, {"definition": {"nodes": dict(_fed(9_000 // 12))}}
    yield "12 nodes of 1,000 inputs", recipes, {"definition": {"nodes": dict(_fed(12, inputs=MOST_MEMBERS))}}
    filters = [{"name": "A", "type": "string", "condition": "==", "values": ["x"]}]
    yield "8 conditions of 1,000 filters", recipes, _conditions(8, filters * MOST_MEMBERS, [])
    yield "900 conditions", recipes, _conditions(900, filters * 5, [{"name": "A"}])
    many = [{"name": f"F{index}", "required": True, "multiple": True} for index in range(MOST_MEMBERS)]
    yield "9 conditions of 1,000 inputs", recipes, _conditions(9, [], many)
    yield "1,000 empty nodes", recipes, {"definition": {"nodes": {f"N{index}": {} for index in range(1_000)}}}
    yield (
        "empty inputs of the recipe",
        recipes,
        {"definition": {"nodes": {"A": {"node_type": _JOB_NODE}}, "input": {"files": [{}] * 20_000}}},
    )
    change = {"job_id": 1, "status": "FAILED", "when": "2000-01-01T00:00:00Z", "exit_code": 1, "node": "n" * 200}
    yield "1,000 changes of no job", "/v6/jobs/transitions/", {"changes": [change] * 1_000}
    yield "empty changes", "/v6/jobs/transitions/", {"changes": [{}] * (MOST_PARTS // 2 - 100)}
    yield (
        "1,000 changes of unknown members",
        "/v6/jobs/transitions/",
        {"changes": [{f"member {index}": 1 for index in range(40)}] * 1_000},
    )
    yield "10,000 ids", "/v6/jobs/cancel/", {"job_id": list(range(10**15, 10**15 + 10_000))}
    yield "40,000 ids", "/v6/jobs/cancel/", {"job_id": list(range(40_000))}
    yield (
        "40,000 files",
        "/v6/jobs/",
        {
            "job_type_name": "algorithm-000",
            "job_type_version": "1.0.0",
            "input": {"files": {"INPUT": list(range(1, 40_000))}},
        },
    )
    yield (
        "20,000 unknown inputs",
        "/v6/jobs/",
        {
            "job_type_name": "algorithm-000",
            "job_type_version": "1.0.0",
            "input": {"files": {f"INPUT_{index}": [] for index in range(20_000)}},
        },
    )


def _filled(start: bytes, part: bytes, end: bytes, size: int) -> bytes:
    parts = (size - len(start) - len(end)) // (len(part) + 1)
    return start + b",".join([part] * parts) + end


def _manifest(**job: Any) -> dict[str, Any]:
    maintainer = {"name": "n", "email": "e"}
    versions = {"jobVersion": "1.0.0", "packageVersion": "1.0.0"}
    words = {"name": "a", "title": "t", "description": "d", "timeout": 1, "maintainer": maintainer}
    return {"seedVersion": "1.0.0", "job": {**words, **versions, **job}}


def _each(item: dict[str, Any]) -> dict[str, Any]:
    items = [item] * MOST_MEMBERS
    return {"inputs": {"files": items, "json": items}, "outputs": {"files": items, "json": items}}


def _full_manifest() -> dict[str, Any]:
    def many(prefix: str, **members: Any) -> list[dict[str, Any]]:
        return [{"name": f"{prefix}{index}", **members} for index in range(MOST_MEMBERS)]

    return _manifest(
        interface={
            "inputs": {"files": many("IF", mediaTypes=["a/b"], multiple=True), "json": many("IJ", type="string")},
            "outputs": {"files": many("OF", pattern="*", multiple=True), "json": many("OJ", type="string")},
            "mounts": many("M", path="/m", mode="ro"),
            "settings": many("S", secret=True),
        },
        errors=[{**item, "code": code, "title": "t"} for code, item in enumerate(many("e", category="job"))],
        resources={"scalar": many("R", value=1.5, inputMultiplier=1.0)},
    )


def _dense(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield nodes that all depend on each other."""
    for index in range(number):
        others = [{"name": f"N{other}"} for other in range(number * 2) if other != index]
        yield f"N{index}", {"dependencies": others, "node_type": _JOB_NODE}


def _fed(number: int, *, inputs: int = 8) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield nodes, each of which is fed by the one before it in several ways."""
    for index in range(number):
        connection = {"type": "dependency", "node": f"N{index - 1}", "output": "OUTPUT"}
        fed = {f"INPUT_{number}": connection for number in range(inputs)}
        yield f"N{index}", {"dependencies": [{"name": f"N{index - 1}"}], "input": fed, "node_type": _JOB_NODE}


def _conditions(number: int, filters: list[dict[str, Any]], files: list[dict[str, Any]]) -> dict[str, Any]:
    condition = {
        "node_type": "condition",
        "interface": {"files": files},
        "data_filter": {"filters": filters},
    }
    return {"definition": {"nodes": {f"N{index}": {"node_type": condition} for index in range(number)}}}

"""``python -m tests.benchmarks.takeover_server``: a live Scale that answers at once, with so many jobs.

It prints its port, and ends when its standard input does. Its answers are of the size of real ones, and are made
of text alone, so that what is measured is not this process.
"""

import argparse
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

PAGE = 1000
NAMES, VERSIONS, REVISIONS = 200, 5, 5
NODES = 100
BASE = "/api/v6/"
# The last change of each job is a second after that of the one before it.
BEGIN = datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
_DETAILS = re.compile(rb"jobs/(\d+)/$")
_JOB_TYPE = re.compile(r"job-types/type-(\d+)/1\.(\d+)\.0/(?:revisions/(\d+/)?)?$")
_STATUSES = ("COMPLETED",) * 17 + ("FAILED",) * 2 + ("CANCELED",)
_NOTHING_YET = (
    *("ingest_event", "recipe", "batch", "superseded_job", "input_file_size", "superseded", "source_started"),
    *("source_ended", "source_sensor_class", "source_sensor", "source_collection", "source_task"),
)
_ERROR = {
    "id": 1,
    "name": "node-lost",
    "title": "Node Lost",
    "description": "The node that ran the job was lost.",
    "job_type_name": None,
    "category": "SYSTEM",
    "is_builtin": True,
    "should_be_retried": True,
    "created": "2026-01-01T00:00:00Z",
    "last_modified": "2026-01-01T00:00:00Z",
}


def manifest_of(name: int, version: int, revision: int) -> dict[str, Any]:
    """Return the manifest of a revision, as long as those of real job types."""
    image = {"required": True, "multiple": False, "partial": False, "mediaTypes": ["image/tiff"]}
    return {
        "seedVersion": "1.0.0",
        "job": {
            "name": f"type-{name}",
            "jobVersion": f"1.{version}.0",
            "packageVersion": f"1.0.{revision}",
            "title": f"Type {name}",
            "description": "Finds what is to be found in a scene, and writes where it is. " * 4,
            "tags": ["imagery", "benchmark"],
            "maintainer": {"name": "Sam Reed", "email": "sam.reed@example.com"},
            "timeout": 3600,
            "interface": {
                "command": "${IMAGE} ${MASK} ${THRESHOLD} ${OUTPUT_DIR}",
                "inputs": {
                    "files": [{"name": "IMAGE", **image}, {"name": "MASK", **image, "required": False}],
                    "json": [{"name": "THRESHOLD", "type": "number", "required": False}],
                },
                "outputs": {
                    "files": [{"name": "OUTPUT", "mediaType": "image/tiff", "pattern": "*.tif", "required": True}],
                    "json": [{"name": "COUNT", "type": "integer", "required": True}],
                },
                "settings": [{"name": "MODEL", "secret": False}],
            },
            "resources": {"scalar": [{"name": "cpus", "value": 1.0}, {"name": "mem", "value": 512.0 + revision}]},
        },
    }


def job_type_row(name: int, version: int) -> dict[str, Any]:
    """Return a job type as lists show it."""
    pk = name * VERSIONS + version + 1
    return {
        "id": pk,
        "name": f"type-{name}",
        "version": f"1.{version}.0",
        "title": f"Type {name}",
        "description": "Finds what is to be found in a scene, and writes where it is.",
        "is_active": True,
        "is_paused": False,
        "is_system": False,
        "is_published": True,
        "icon_code": None,
        "unmet_resources": None,
        "max_scheduled": None,
        "max_tries": 3,
        "revision_num": REVISIONS,
        "docker_image": f"registry.example.com/type-{name}-1.{version}.0-seed:1.0.{REVISIONS}",
        "created": "2026-01-01T00:00:00.000001Z",
        "deprecated": None,
        "paused": None,
        "last_modified": "2026-01-01T00:00:00.000001Z",
    }


def revision_row(name: int, version: int, revision: int) -> dict[str, Any]:
    """Return a revision as lists show it."""
    return {
        "id": (name * VERSIONS + version) * REVISIONS + revision,
        "job_type": {"id": name * VERSIONS + version + 1},
        "revision_num": revision,
        "docker_image": f"registry.example.com/type-{name}-1.{version}.0-seed:1.0.{revision}",
        "created": f"2026-01-01T00:00:0{revision}Z",
    }


_CONFIGURATION = {
    "mounts": {},
    "priority": 100,
    "output_workspaces": {"default": "", "outputs": {}},
    "settings": {"MODEL": "v1"},
}


class Scale:
    """The answers, by path and query. ``jobs`` is how many jobs are over."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._templates = {status: self._template(status) for status in set(_STATUSES)}

    def answer(self, path: bytes, query: bytes) -> bytes | None:
        """Return the body at a path below the base; None for a 404."""
        if found := _DETAILS.match(path):
            return self._job(int(found[1]), whole=True)
        params = parse_qs(query.decode())
        if path == b"jobs/":
            return self._jobs(params)
        document = self._document(unquote(path.decode()))
        return None if document is None else json.dumps(document).encode()

    def _jobs(self, params: dict[str, list[str]]) -> bytes:
        if "COMPLETED" not in params.get("status", ()):
            return json.dumps(_list([])).encode()
        since = datetime.fromisoformat(params["started"][0]) if "started" in params else BEGIN
        first = max(0, -((BEGIN - since) // timedelta(seconds=1)))
        count = max(0, self.jobs - first)
        rows = b",".join(self._job(first + 1 + index, whole=False) for index in range(min(PAGE, count)))
        following = b'"https://example.com/next"' if count > PAGE else b"null"
        return b'{"count":%d,"next":%b,"previous":null,"results":[%b]}' % (count, following, rows)

    def _job(self, number: int, *, whole: bool) -> bytes:
        name, version = number % NAMES, number % VERSIONS
        moment = BEGIN + timedelta(seconds=number - 1)
        row, more = self._templates[_STATUSES[number % len(_STATUSES)]]
        text = row + more if whole else row + "}"
        for placeholder, value in (
            ("@ID@", str(number)),
            ("@TYPE@", str(name * VERSIONS + version + 1)),
            ("@REVISION@", str((name * VERSIONS + version) * REVISIONS + REVISIONS)),
            ("@NAME@", f"type-{name}"),
            ("@VERSION@", f"1.{version}.0"),
            ("@NODE@", str(number % NODES)),
            ("@CREATED@", (moment - timedelta(hours=1)).isoformat()[:-6]),
            ("@STARTED@", (moment - timedelta(minutes=10)).isoformat()[:-6]),
            ("@ENDED@", moment.isoformat()[:-6]),
        ):
            text = text.replace(placeholder, value)
        return text.encode()

    def _template(self, status: str) -> tuple[str, str]:
        """Return the text of a row of the list without its last brace, and what details have after that."""
        job_type = {
            **job_type_row(0, 0),
            "id": "@TYPE@",
            "name": "@NAME@",
            "version": "@VERSION@",
        }
        brief = {name: job_type[name] for name in list(job_type)[:11]}
        revision = {"id": "@REVISION@", "job_type": {"id": "@TYPE@"}, "revision_num": REVISIONS}
        has_run, error = status != "CANCELED", _ERROR if status == "FAILED" else None
        node = {"id": 1, "hostname": "node-@NODE@.example.com"} if has_run else None
        started, ended = ("@STARTED@Z", "@ENDED@Z") if has_run else (None, None)
        row = {
            "id": "@ID@",
            "job_type": brief,
            "status": status,
            "job_type_rev": revision,
            "event": {"id": "@ID@", "type": "USER", "occurred": "@CREATED@Z"},
            **dict.fromkeys(_NOTHING_YET),
            "is_superseded": False,
            "node": node,
            "error": error,
            "max_tries": 3,
            "num_exes": 1,
            "input_files": {"IMAGE": ["scene-@ID@.tif"]},
            "created": "@CREATED@Z",
            "queued": "@CREATED@Z",
            "started": started,
            "ended": ended,
            "last_status_change": "@ENDED@Z",
            "last_modified": "@ENDED@Z",
        }
        resources = {"resources": {"cpus": 1.0, "mem": 512.0, "disk": 100.0, "gpus": 0.0}}
        last_try = {
            "id": "@ID@",
            "status": status,
            "exe_num": 1,
            "cluster_id": "scale_job_1_@ID@x1",
            "created": started,
            "queued": "@CREATED@Z",
            "started": started,
            "ended": ended,
            "job": {"id": "@ID@"},
            "node": node,
            "error": error,
            "job_type": brief,
            "timeout": 3600,
            "input_file_size": 10.0,
            "task_results": {"tasks": [], "version": "1.0"},
            "resources": resources,
            "configuration": {"tasks": [], "version": "2.0"},
            "output": {"output_data": [], "version": "1.0"},
        }
        manifest = manifest_of(0, 0, REVISIONS)
        more = {
            "job_type_rev": {**revision, "job_type": brief, "docker_image": "a:1", "manifest": manifest},
            "superseded_by_job": None,
            "resources": resources,
            "execution": last_try if has_run else None,
            "input": {"files": {"IMAGE": ["@ID@"]}, "json": {"THRESHOLD": 0.5}},
            "output": {"files": {"OUTPUT": ["@ID@"]}, "json": {"COUNT": 7}},
            "configuration": _CONFIGURATION,
        }
        return _text(row)[:-1], "," + _text(more)[1:]

    def _document(self, path: str) -> dict[str, Any] | None:
        if found := _JOB_TYPE.match(path):
            name, version, number = int(found[1]), int(found[2]), found[3]
            if number:
                revision = int(number.rstrip("/"))
                return revision_row(name, version, revision) | {"manifest": manifest_of(name, version, revision)}
            if path.endswith("revisions/"):
                return _list([revision_row(name, version, 1 + index) for index in range(REVISIONS)])
            manifest = manifest_of(name, version, REVISIONS)
            return job_type_row(name, version) | {"manifest": manifest, "configuration": _CONFIGURATION}
        if path == "job-types/":
            return _list([job_type_row(name, version) for name in range(NAMES) for version in range(VERSIONS)])
        if path == "errors/":
            return _list([_ERROR])
        if path in ("workspaces/", "recipe-types/"):
            return _list([])
        return {"version": "7.2.2"} if path == "version/" else None

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of a connection until it is closed."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for target in _targets(connection):
            path, _, query = target.removeprefix(BASE.encode()).partition(b"?")
            body = self.answer(path, query)
            status = b"200 OK" if body is not None else b"404 Not Found"
            head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            connection.sendall(head % (status, len(body or b"")) + (body or b""))


def _list(rows: list[Any]) -> dict[str, Any]:
    return {"count": len(rows), "next": None, "previous": None, "results": rows}


def _text(document: dict[str, Any]) -> str:
    """Return JSON in which placeholders of numbers are no strings."""
    return re.sub(r'"(@(?:ID|TYPE|REVISION)@)"', r"\1", json.dumps(document, separators=(",", ":")))


def _targets(connection: socket.socket) -> Iterator[bytes]:
    """Yield the target of each request, which has no body."""
    read = b""
    while True:
        while b"\r\n\r\n" not in read:
            some = connection.recv(65_536)
            if not some:
                return
            read += some
        head, _, read = read.partition(b"\r\n\r\n")
        yield head.split(b" ", 2)[1]


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, required=True)
    scale = Scale(parser.parse_args().jobs)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)

        def accept() -> None:
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=scale.serve, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()

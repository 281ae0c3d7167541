"""A small system of the other kind, made of documents that tests change, behind a real HTTP server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Document = dict[str, Any]
THEN = "2020-03-01T12:00:00Z"
LATER = "2021-06-30T08:15:30.123456Z"


@dataclass
class Answer:
    """An answer in the place of the usual one; one that is cut ends before its length, and its connection too."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def content(self) -> bytes:
        """The body as bytes; what is neither text nor bytes as JSON."""
        body = self.body if isinstance(self.body, str | bytes) else json.dumps(self.body)
        return body.encode() if isinstance(body, str) else body


@dataclass
class OldSystem:
    """What the system holds, by id, and what happens to requests for a path: ``instead`` is used up, in order."""

    token: str = ""
    workspaces: dict[int, Document] = field(default_factory=dict)
    errors: dict[int, Document] = field(default_factory=dict)
    job_types: dict[int, Document] = field(default_factory=dict)
    recipe_types: dict[int, Document] = field(default_factory=dict)
    revisions: dict[str, list[Document]] = field(default_factory=dict)
    jobs: dict[int, Document] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    instead: dict[str, list[Answer]] = field(default_factory=dict)
    always: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    url: str = ""

    def add_workspace(self, pk: int, name: str, **fields: Any) -> Document:
        """Add a workspace."""
        self.workspaces[pk] = {
            "id": pk,
            "name": name,
            "title": name.title(),
            "description": f"About {name}",
            "base_url": "",
            "is_active": True,
            "created": THEN,
            "deprecated": None,
            "last_modified": THEN,
            "configuration": {"broker": {"type": "host", "host_path": f"/data/{name}"}},
            **fields,
        }
        return self.workspaces[pk]

    def add_error(self, pk: int, name: str, **fields: Any) -> Document:
        """Add an error of the job type ``algorithm``."""
        self.errors[pk] = {
            "id": pk,
            "name": name,
            "title": name.title(),
            "description": None,
            "category": "ALGORITHM",
            "job_type_name": "algorithm",
            "is_builtin": False,
            "should_be_retried": False,
            "created": THEN,
            "last_modified": LATER,
            **fields,
        }
        return self.errors[pk]

    def add_job_type(
        self, pk: int, name: str = "algorithm", version: str = "1.0.0", job: Document | None = None, **fields: Any
    ) -> Document:
        """Add a job type with one revision, whose id is ten times its own and one."""
        manifest = manifest_of(name, version, **(job or {}))
        self.job_types[pk] = {
            "id": pk,
            "name": name,
            "version": version,
            "title": manifest["job"]["title"],
            "description": manifest["job"]["description"],
            "is_active": True,
            "is_system": False,
            "is_paused": False,
            "is_published": False,
            "icon_code": "f013",
            "unmet_resources": None,
            "max_scheduled": None,
            "max_tries": 3,
            "revision_num": 1,
            "docker_image": f"{name}:1.0.0",
            "created": THEN,
            "deprecated": None,
            "paused": None,
            "last_modified": LATER,
            "manifest": manifest,
            "configuration": {
                "mounts": {},
                "output_workspaces": {"default": "", "outputs": {}},
                "priority": 100,
                "settings": {},
            },
            "recipe_types": [],
            **fields,
        }
        key = f"{name}/{version}"
        self.revisions[key] = []
        self._add_revision(self.job_types[pk], key)
        return self.job_types[pk]

    def revise(self, pk: int, **job: Any) -> Document:
        """Change members of the manifest of a job type, which makes a revision."""
        job_type = self.job_types[pk]
        manifest = job_type["manifest"]
        job_type["manifest"] = {**manifest, "job": {**manifest["job"], **job}}
        job_type["title"] = job_type["manifest"]["job"]["title"]
        job_type["revision_num"] += 1
        job_type["last_modified"] = f"2022-01-{job_type['revision_num']:02d}T00:00:00Z"
        self._add_revision(job_type, f"{job_type['name']}/{job_type['version']}")
        return job_type

    def _add_revision(self, job_type: Document, key: str) -> None:
        number = job_type["revision_num"]
        self.revisions[key].append(
            {
                "id": job_type["id"] * 10 + number,
                "job_type": {"id": job_type["id"], "name": job_type["name"], "version": job_type["version"]},
                "revision_num": number,
                "docker_image": job_type["docker_image"],
                "created": job_type["last_modified"],
                "manifest": job_type["manifest"],
            }
        )

    def add_recipe_type(self, pk: int, name: str, definition: Document, **fields: Any) -> Document:
        """Add a recipe type with one revision, whose id is ten times its own and one."""
        self.recipe_types[pk] = {
            "id": pk,
            "name": name,
            "title": name.title(),
            "description": None,
            "revision_num": 1,
            "is_active": True,
            "is_system": False,
            "created": THEN,
            "deprecated": None,
            "last_modified": LATER,
            "definition": definition,
            "job_types": [],
            "sub_recipe_types": [],
            "super_recipe_types": [],
            **fields,
        }
        self.revisions[name] = [
            {
                "id": pk * 10 + 1,
                "recipe_type": {"id": pk, "name": name},
                "revision_num": 1,
                "created": LATER,
                "definition": definition,
            }
        ]
        return self.recipe_types[pk]

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """Return the answer to a GET of ``path`` below ``v6/``."""
        if waiting := self.instead.get(path):
            return waiting.pop(0)
        if path in self.always:
            return self.always[path]
        match [unquote(part) for part in path.strip("/").split("/")]:
            case ["version"]:
                return Answer(body={"version": "7.2.2"})
            case ["workspaces" | "errors" | "job-types" | "recipe-types" as name]:
                details = ("manifest", "configuration", "definition")
                rows = getattr(self, name.replace("-", "_")).values()
                return _page([{k: v for k, v in row.items() if k not in details} for row in rows], query)
            case ["jobs"]:
                jobs = [{"id": pk, **job} for pk, job in self.jobs.items()]
                statuses = query.get("status", [])
                return _page([job for job in jobs if not statuses or job.get("status") in (None, *statuses)], query)
            case ["workspaces" | "jobs" as name, pk]:
                return _found(getattr(self, name).get(int(pk)))
            case ["job-types", name, version, *rest] if f"{name}/{version}" not in self.unreadable:
                rows = self.job_types.values()
                found = [row for row in rows if (row["name"], row["version"]) == (name, version)]
                return self._details(f"{name}/{version}", found, rest, query)
            case ["recipe-types", name, *rest]:
                found = [row for row in self.recipe_types.values() if row["name"] == name]
                return self._details(name, found, rest, query)
        return _found(None)

    def _details(self, key: str, found: list[Document], rest: list[str], query: dict[str, list[str]]) -> Answer:
        match rest:
            case []:
                return _found(found[0] if found else None)
            case ["revisions"]:
                rows = [{k: v for k, v in row.items() if k not in ("manifest", "definition")}
                        for row in reversed(self.revisions.get(key, []))]  # fmt: skip
                return _page(rows, query)
            case ["revisions", number]:
                numbered = [row for row in self.revisions.get(key, []) if row["revision_num"] == int(number)]
                return _found(numbered[0] if numbered else None)
        return _found(None)


def manifest_of(name: str, version: str, **job: Any) -> Document:
    """A manifest as the other system shows it: with the defaults of Seed filled in."""
    return {
        "seedVersion": "1.0.0",
        "job": {
            "name": name,
            "jobVersion": version,
            "packageVersion": "1.0.0",
            "title": f"Title of {name}",
            "description": f"Description of {name}",
            "tags": ["tag"],
            "timeout": 60,
            "maintainer": {"name": "Jo Vale", "email": "jo.vale@example.com"},
            "interface": {"inputs": {"files": [], "json": []}, "outputs": {"files": [], "json": []}},
            "resources": {"scalar": [{"name": "cpus", "value": 1.0}]},
            **job,
        },
    }


def definition_of(*job_types: tuple[str, str, int]) -> Document:
    """A definition that runs job types of these names, versions and revisions, with nothing between them."""
    return {
        "input": {"files": [], "json": []},
        "nodes": {
            f"node-{number}": {
                "dependencies": [],
                "input": {},
                "node_type": {
                    "node_type": "job",
                    "job_type_name": name,
                    "job_type_version": version,
                    "job_type_revision": revision,
                },
            }
            for number, (name, version, revision) in enumerate(job_types)
        },
    }


@contextmanager
def serving(system: OldSystem) -> Iterator[OldSystem]:
    """Serve a system at ``system.url`` for the length of a ``with`` block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for an answer, which is not waited for

        def do_GET(self) -> None:
            path, _, query = self.path.removeprefix("/api/v6/").partition("?")
            system.requests.append((self.command, self.path, self.headers["Authorization"]))
            if system.token and self.headers["Authorization"] != f"Token {system.token}":
                answer = Answer(401, {"detail": "Invalid token."})
            else:
                answer = system.answer(urlsplit(path).path, parse_qs(query))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content) + 10 * answer.cut))
            self.end_headers()
            self.wfile.write(answer.content)
            self.close_connection = answer.cut

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    system.url = f"http://127.0.0.1:{server.server_port}/api/"
    try:
        yield system
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _page(rows: list[Document], query: dict[str, list[str]]) -> Answer:
    size, number = int(query.get("page_size", ["100"])[0]), int(query.get("page", ["1"])[0])
    shown = rows[(number - 1) * size : number * size]
    if number > 1 and not shown:
        return _found(None)
    following = "http://elsewhere.example.com/v6/?page=99" if number * size < len(rows) else None
    return Answer(body={"count": len(rows), "next": following, "previous": None, "results": shown})


def _found(document: Document | None) -> Answer:
    return Answer(404, {"detail": "Not found."}) if document is None else Answer(body=document)

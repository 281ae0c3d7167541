"""Bodies at fault: no JSON, of another type, too large, with bad names and bad numbers."""

import json
from collections.abc import Iterator
from typing import Any

from tests.factories import make_body, make_manifest
from tests.recipes.factories import job_node
from tests.scale.bad_input.case import HOSTILE, JOB_TYPE, Case, as_json

# (method, path) -> a valid body, which each case spoils.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v6/job-types/"): make_body("new"),
    ("POST", "/v6/job-types/import/"): {"image": "registry.example.com/new:1.0.0"},
    ("POST", "/v6/job-types/validation/"): {"manifest": make_manifest("new")},
    ("PATCH", JOB_TYPE): {"manifest": make_manifest(title="Other")},
    ("POST", "/v6/recipe-types/"): {"name": "new", "definition": {"nodes": {"a": job_node("test")}}},
    ("POST", "/v6/recipe-types/validation/"): {"definition": {"nodes": {"a": job_node("test")}}},
    ("PATCH", "/v6/recipe-types/recipe/"): {"title": "Other"},
    ("POST", "/v6/jobs/"): {"job_type_name": "test", "job_type_version": "1.0.0"},
    ("POST", "/v6/jobs/bulk/"): {"job_type_name": "test", "job_type_version": "1.0.0", "inputs": [{}]},
    ("POST", "/v6/jobs/transitions/"): {"changes": [{"job_id": 1, "status": "RUNNING"}]},
    ("POST", "/v6/jobs/claim/"): {"node": "a", "limit": 1},
    ("POST", "/v6/jobs/cancel/"): {"status": "QUEUED"},
    ("POST", "/v6/jobs/requeue/"): {"status": "FAILED"},
    ("POST", "/v6/nodes/heartbeat/"): {"node": "a", "jobs": [{"job_id": 1, "num_exes": 1}]},
    ("PATCH", "/v6/scheduler/"): {"is_paused": True},
    ("POST", "/v6/accounts/login/"): {"username": "somebody", "password": "wrong"},
    ("POST", "/v6/workspaces/"): {"name": "new"},
    ("POST", "/v6/workspaces/validation/"): {"title": "New"},
    ("PATCH", "/v6/workspaces/raw/"): {"title": "Other"},
    ("POST", "/v6/files/"): {"workspace": "raw", "file_path": "in/scene.tif", "file_size": 1},
}
_TOO_LARGE = b'{"x": "' + b"x" * 50_000_000 + b'"}'


def cases() -> Iterator[Case]:
    """Yield every case of a body."""
    for (method, path), body in BODIES.items():
        yield from _broken_bodies(method, path, body)
    yield from _bad_names()
    yield from _bad_files()
    yield from _bad_numbers()


def _broken_bodies(method: str, path: str, body: dict[str, Any]) -> Iterator[Case]:
    """Yield bodies that no endpoint accepts."""
    rest = json.dumps(body)[1:]
    refused = "no acceptable JSON"
    bodies: dict[str, tuple[bytes, str]] = {
        "NUL in a string": (rf'{{"x": "\u0000", {rest}'.encode(), refused),
        "NUL in a member name": (rf'{{"\u0000": 1, {rest}'.encode(), refused),
        "lone surrogate": (rf'{{"x": "\ud800", {rest}'.encode(), refused),
        "lone surrogate in a member name": (rf'{{"\udfff": 1, {rest}'.encode(), refused),
        "NaN": (f'{{"x": NaN, {rest}'.encode(), refused),
        "Infinity": (f'{{"x": Infinity, {rest}'.encode(), refused),
        "-Infinity": (f'{{"x": -Infinity, {rest}'.encode(), refused),
        "a number that overflows": (f'{{"x": 1e999, {rest}'.encode(), refused),
        "400 digits": (f'{{"x": {"9" * 400}, {rest}'.encode(), refused),
        "5,000 digits": (f'{{"x": {"9" * 5000}, {rest}'.encode(), refused),
        "arrays 100,000 deep": (b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b", " + rest.encode(), refused),
        "objects 100,000 deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, refused),
        "a member twice": (f'{{"x": 1, "x": 2, {rest}'.encode(), refused),
        "invalid UTF-8": (b'{"x": "\xff", ' + rest.encode(), refused),
        "an overlong NUL": (b'{"x": "\xc0\x80", ' + rest.encode(), refused),
        "UTF-16": (json.dumps(body).encode("utf-16"), refused),
        "cut short": (json.dumps(body).encode()[:-1], refused),
        "null": (b"null", "not a JSON object"),
        "an array": (f"[{json.dumps(body)}]".encode(), "not a JSON object"),
        "a string": (b'"text"', "not a JSON object"),
        "a number": (b"7", "not a JSON object"),
        "an unknown field": (f'{{"colour": 1, {rest}'.encode(), "colour"),
    }
    for title, (sent, says) in bodies.items():
        yield Case(title, method, path, 400, says, sent)
    # An empty edit is valid; every other body has required fields.
    yield Case("nothing", method, path, 200 if method == "PATCH" else 400, "", b"")
    whole = json.dumps(body).encode()
    yield Case("50 MB", method, path, 413, "2097152 bytes", _TOO_LARGE)
    yield Case("XML", method, path, 415, "application/xml", whole, {"Content-Type": "application/xml"})
    yield Case("plain text", method, path, 415, "text/plain", whole, {"Content-Type": "text/plain"})
    yield Case("a form", method, path, 400, "JSON", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"})
    yield Case("a broken type", method, path, 415, "", whole, {"Content-Type": "json; charset=\xff"})
    yield Case("no type and no JSON", method, path, 400, refused, b"a=1", {})


def _bad_names() -> Iterator[Case]:
    for text in [*HOSTILE, "x" * 51]:
        for path, body in (
            ("/v6/workspaces/", {"name": text}),
            ("/v6/recipe-types/", {"name": text, "definition": {"nodes": {"a": job_node("test")}}}),
            ("/v6/job-types/", make_body(manifest=make_manifest(text))),
            ("/v6/job-types/", make_body(manifest=make_manifest("new", text))),
        ):
            legal = text == "_" and path in ("/v6/workspaces/", "/v6/recipe-types/")
            if not legal:
                yield Case(f"new {text[:30]!r}", "POST", path, 400, "ame" if "name" in body else "", as_json(body))
    huge = "9" * 300
    body = make_body(manifest=make_manifest("new", f"{huge}.{huge}.{huge}"))
    yield Case("a version of 300-digit numbers", "POST", "/v6/job-types/", 400, "jobVersion", as_json(body))
    for docker_image in ("", "x" * 501, 7, None, ["x"]):
        body = {**make_body("new"), "docker_image": docker_image}
        yield Case(f"image {str(docker_image)[:9]}", "POST", "/v6/job-types/", 400, "docker_image", as_json(body))
    manifests: list[Any] = [None, [], 7, "", "{", "[1]", {"job": []}, {"seedVersion": 1}]
    for manifest in manifests:
        for path in ("/v6/job-types/", "/v6/job-types/validation/"):
            body = {"manifest": manifest} | ({"docker_image": "x"} if path == "/v6/job-types/" else {})
            status = 400 if path == "/v6/job-types/" else 200
            yield Case(f"manifest {manifest!r}", "POST", path, status, "", as_json(body))


def _bad_files() -> Iterator[Case]:
    right = {"workspace": "raw", "file_path": "in/scene.tif", "file_size": 1}
    values: dict[str, list[Any]] = {
        "file_path": [
            "",
            "/",
            "..",
            "a/../b",
            "a/",
            "./a",
            "a\0",
            "a\n",
            "\ud800",
            "x" * 1001,
            "é" * 501,
            "x" * 251,
            None,
            7,
        ],
        "file_name": ["", "..", "a/b", "a\0", "x" * 251, None, 7],
        "file_size": [-1, 2**63, 1.5, "1", None, True, [], {}],
        "sha256": ["", "ab", "g" * 64, "٣" * 64, None, 7],
        "uuid": ["", "7", None, 7],
        "media_type": ["a\nb", "x" * 251, None, 7],
        "workspace": ["", "none", "raw\0", None, 7],
        "data_started": ["P1D", "yesterday", 7, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"],
        "meta_data": [None, [], "a", 7],
        "is_deleted": [True],
    }
    for name, texts in values.items():
        for text in texts:
            body = as_json({**right, name: text})
            yield Case(f"{name} {str(text)[:20]!r}", "POST", "/v6/files/", 400, name.partition("_")[0], body)


def _bad_numbers() -> Iterator[Case]:
    number: Any
    for number in (0, -1, 2**31, 2**63 - 1, 1.5, "5", True, [], {}):
        body = as_json({"max_scheduled": number})
        yield Case(f"max_scheduled {number!r}", "PATCH", JOB_TYPE, 400, "max_scheduled", body)
    for number in (0, -1, 2**63 - 1, 1.5, "5", None):
        body = as_json({"node": "a", "limit": number})
        yield Case(f"limit {number!r}", "POST", "/v6/jobs/claim/", 400, "limit", body)
    for number in (0, -1, 0.5, "1", None, True, [1]):
        body = as_json({"changes": [{"job_id": number, "status": "RUNNING"}]})
        yield Case(f"job_id {number!r}", "POST", "/v6/jobs/transitions/", 400, "job_id", body)
    body = as_json({"changes": [{"job_id": 2**62, "status": "RUNNING"}]})
    yield Case("no such job", "POST", "/v6/jobs/transitions/", 200, "", body)
    for number in (0, 2**31, "high", 1.5):
        body = as_json({"job_type_name": "test", "job_type_version": "1.0.0", "priority": number})
        yield Case(f"priority {number!r}", "POST", "/v6/jobs/", 400, "priority", body)
    for moment in ("P1D", "yesterday", 7, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        body = as_json({"changes": [{"job_id": 1, "status": "RUNNING", "when": moment}]})
        yield Case(f"when {moment!r}", "POST", "/v6/jobs/transitions/", 400, "when", body)
    node = {**job_node("test"), "node_type": {**job_node("test")["node_type"], "job_type_revision": 2**63 - 1}}
    body = as_json({"name": "new", "definition": {"nodes": {"a": node}}})
    yield Case("a revision of 63 bits", "POST", "/v6/recipe-types/", 400, "revision", body)

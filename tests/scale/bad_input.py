"""What clients send by mistake or on purpose: each case a request, and how it must be answered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.factories import make_body, make_manifest
from tests.recipes.factories import job_node

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the status of its answer, and a part of the sentence in its `detail` (2xx: none)."""

    title: str
    method: str
    path: str
    status: int
    says: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


# Where bodies go: (method, path) -> a body that is right but for the member that a case adds or puts elsewhere.
JOB_TYPE = "/v6/job-types/test/1.0.0/"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v6/job-types/"): make_body("new"),
    ("POST", "/v6/job-types/validation/"): {"manifest": make_manifest("new")},
    ("PATCH", JOB_TYPE): {"manifest": make_manifest(title="Other")},
    ("POST", "/v6/recipe-types/"): {"name": "new", "definition": {"nodes": {"a": job_node("test")}}},
    ("POST", "/v6/recipe-types/validation/"): {"definition": {"nodes": {"a": job_node("test")}}},
    ("PATCH", "/v6/recipe-types/recipe/"): {"title": "Other"},
    ("POST", "/v6/jobs/"): {"job_type_name": "test", "job_type_version": "1.0.0"},
    ("POST", "/v6/jobs/transitions/"): {"changes": [{"job_id": 1, "status": "RUNNING"}]},
    ("POST", "/v6/jobs/claim/"): {"node": "a", "limit": 1},
    ("POST", "/v6/jobs/cancel/"): {"status": "QUEUED"},
    ("POST", "/v6/jobs/requeue/"): {"status": "FAILED"},
    ("POST", "/v6/workspaces/"): {"name": "new"},
    ("PATCH", "/v6/workspaces/raw/"): {"title": "Other"},
}
LISTS = [
    "/v6/job-types/",
    "/v6/job-type-names/",
    "/v6/job-types/test/",
    "/v6/job-types/status/",
    "/v6/job-types/pending/",
    "/v6/job-types/running/",
    "/v6/job-types/system-failures/",
    "/v6/jobs/",
    "/v6/recipe-types/",
    "/v6/errors/",
    "/v6/workspaces/",
    "/v6/audit/",
    "/v6/job-types/test/1.0.0/revisions/",
    "/v6/recipe-types/recipe/revisions/",
]
TIMED = ["/v6/job-types/status/", "/v6/jobs/", "/v6/errors/", "/v6/workspaces/", "/v6/audit/"]
ORDERED = ["/v6/job-types/", "/v6/job-type-names/", "/v6/jobs/", "/v6/recipe-types/", "/v6/workspaces/"]

# Texts that mean something elsewhere; here they are texts.
HOSTILE = [
    "'; DROP TABLE job_types_jobtype; --",
    '" OR 1=1',
    "100%",
    "_",
    "\\",
    "a\nb\r\nc",
    "\u202egnp.exe",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{7*7}}",
]


def cases() -> Iterator[Case]:
    """Every case there is."""
    for (method, path), body in BODIES.items():
        yield from _broken_bodies(method, path, body)
    for path in LISTS:
        yield from _bad_pages(path)
    yield from _bad_queries()
    yield from _bad_paths()
    yield from _bad_names()
    yield from _bad_numbers()
    yield from _bad_headers()


def _broken_bodies(method: str, path: str, body: dict[str, Any]) -> Iterator[Case]:
    """Bodies that are no acceptable JSON, whatever the endpoint."""
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
    # An edit of nothing is one; everything else needs something.
    yield Case("nothing", method, path, 200 if method == "PATCH" else 400, "", b"")
    whole = json.dumps(body).encode()
    yield Case("50 MB", method, path, 413, "2097152 bytes", b'{"x": "' + b"x" * 50_000_000 + b'"}')
    yield Case("XML", method, path, 415, "application/xml", whole, {"Content-Type": "application/xml"})
    yield Case("plain text", method, path, 415, "text/plain", whole, {"Content-Type": "text/plain"})
    yield Case("a form", method, path, 400, "JSON", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"})
    yield Case("a broken type", method, path, 415, "", whole, {"Content-Type": "json; charset=\xff"})
    yield Case("no type and no JSON", method, path, 400, refused, b"a=1", {})


def _bad_pages(path: str) -> Iterator[Case]:
    for text, status, says in [
        ("0", 400, "page:"),
        ("-1", 400, "page:"),
        ("two", 400, "page:"),
        ("1.5", 400, "page:"),
        ("%00", 400, "page:"),
        ("%D9%A3", 400, "page:"),  # a digit, but not one of ours
        (str(2**63), 404, "past the end"),
        ("9" * 400, 404, "past the end"),
    ]:
        yield Case(f"page {text[:20]}", "GET", f"{path}?page={text}", status, says)
    for text in ("0", "-5", "1001", "many", "9" * 400, "1e3"):
        yield Case(f"page_size {text[:20]}", "GET", f"{path}?page_size={text}", 400, "page_size:")


def _bad_queries() -> Iterator[Case]:
    for path in TIMED:
        for text in ("P99999Y", "PT1e9H", "yesterday", "P", "PT", "%00", "9" * 400, "2015-02-30T00:00:00Z"):
            yield Case(f"started {text[:20]}", "GET", f"{path}?started={text}", 400, "started:")
        for text in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):
            yield Case(f"started {text}", "GET", f"{path}?started={text}", 400, "calendar")
        yield Case(
            "from year 1 to 9999", "GET", f"{path}?started=0001-01-01T00:00:00Z&ended=9999-12-31T23:59:59Z", 200
        )
        yield Case(
            "with offsets", "GET", f"{path}?started=2015-01-01T00:00:00%2B02:00&ended=2015-01-01T00:00:00Z", 200
        )
        yield Case("until -P1D", "GET", f"{path}?ended=-P1D", 200)
        yield Case("from -P1D", "GET", f"{path}?started=-P1D&ended=P1D", 400, "started:")
    for path in ORDERED:
        for text in HOSTILE:
            yield Case(f"order {text!r}", "GET", f"{path}?order={quote(text)}", 400, "order:")
        yield Case("order NUL", "GET", f"{path}?order=%00", 400, "order:")
        yield Case("order of a relation", "GET", f"{path}?order=revisions__manifest", 400, "order:")
    for path in ("/v6/job-types/", "/v6/job-type-names/", "/v6/recipe-types/"):
        for text in HOSTILE:
            yield Case(f"keyword {text!r}", "GET", f"{path}?keyword={quote(text)}", 200)
        yield Case("keyword NUL", "GET", f"{path}?keyword=%00", 400, "keyword:")
        yield Case("keyword of invalid UTF-8", "GET", f"{path}?keyword=%FF%FE", 200)
        yield Case("keyword of a surrogate", "GET", f"{path}?keyword=%ED%A0%80", 200)
        yield Case("700 keywords", "GET", path + "?" + "&".join(["keyword=a"] * 700), 400, "keyword:")
        yield Case("a keyword of 5,000", "GET", f"{path}?keyword={'x' * 5000}", 200)
    for parameter in ("job_id", "job_type_id", "error_id"):
        yield Case(f"{parameter} beyond 64 bits", "GET", f"/v6/jobs/?{parameter}={2**64}", 200)
        yield Case(f"{parameter} of 400 digits", "GET", f"/v6/jobs/?{parameter}=-{'9' * 400}", 200)
        yield Case(f"{parameter} NUL", "GET", f"/v6/jobs/?{parameter}=%00", 400, f"{parameter}:")
    yield Case("status", "GET", "/v6/jobs/?status=LOST", 400, "status:")
    for parameter in ("is_active", "is_system"):
        yield Case(parameter, "GET", f"/v6/job-types/?{parameter}=%00", 400, f"{parameter}:")


def _bad_paths() -> Iterator[Case]:
    huge = "9" * 300
    for path in (
        "/v6/job-types/a%00/",
        "/v6/job-types/%FF%FE/1.0.0/",
        f"/v6/job-types/{'a' * 51}/1.0.0/",
        f"/v6/job-types/test/{'1' * 51}/",
        f"/v6/job-types/test/{huge}.{huge}.{huge}/",
        f"/v6/job-types/test/1.0.0/revisions/{2**63}/",
        f"/v6/job-types/test/1.0.0/revisions/{'9' * 400}/",
        "/v6/job-types/test/1.0.0/revisions/-1/",
        "/v6/job-types/test/1.0.0/revisions/0/",
        f"/v6/recipe-types/recipe/revisions/{2**63}/",
        "/v6/recipe-types/%00/",
        f"/v6/errors/{2**63}/",
        f"/v6/errors/{'9' * 17}/",
        f"/v6/jobs/{2**63}/",
        "/v6/jobs/%D9%A3/",
        "/v6/workspaces/..%2F..%2Fetc%2Fpasswd/",
        "/v6/workspaces/%E2%80%AEraw/",
        "/v6/nothing/at/all/",
        "/v6/" + "x" * 7000 + "/",
    ):
        yield Case(f"path {path[:60]}", "GET", path, 404)
    for text in HOSTILE:
        yield Case(f"name {text!r}", "GET", f"/v6/job-types/{quote(text, safe='')}/1.0.0/", 404)
        yield Case(f"patched name {text!r}", "PATCH", f"/v6/workspaces/{quote(text, safe='')}/", 404, "", b"{}")


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
                yield Case(f"new {text[:30]!r}", "POST", path, 400, "ame" if "name" in body else "", _json(body))
    huge = "9" * 300
    body = make_body(manifest=make_manifest("new", f"{huge}.{huge}.{huge}"))
    yield Case("a version of 300-digit numbers", "POST", "/v6/job-types/", 400, "jobVersion", _json(body))
    for docker_image in ("", "x" * 501, 7, None, ["x"]):
        body = {**make_body("new"), "docker_image": docker_image}
        yield Case(f"image {str(docker_image)[:9]}", "POST", "/v6/job-types/", 400, "docker_image", _json(body))
    manifests: list[Any] = [None, [], 7, "", "{", "[1]", {"job": []}, {"seedVersion": 1}]
    for manifest in manifests:
        for path in ("/v6/job-types/", "/v6/job-types/validation/"):
            body = {"manifest": manifest} | ({"docker_image": "x"} if path == "/v6/job-types/" else {})
            status = 400 if path == "/v6/job-types/" else 200
            yield Case(f"manifest {manifest!r}", "POST", path, status, "", _json(body))


def _bad_numbers() -> Iterator[Case]:
    number: Any
    for number in (0, -1, 2**31, 2**63 - 1, 1.5, "5", True, [], {}):
        body = _json({"max_scheduled": number})
        yield Case(f"max_scheduled {number!r}", "PATCH", JOB_TYPE, 400, "max_scheduled", body)
    for number in (0, -1, 2**63 - 1, 1.5, "5", None):
        body = _json({"node": "a", "limit": number})
        yield Case(f"limit {number!r}", "POST", "/v6/jobs/claim/", 400, "limit", body)
    for number in (0, -1, 0.5, "1", None, True, [1]):
        body = _json({"changes": [{"job_id": number, "status": "RUNNING"}]})
        yield Case(f"job_id {number!r}", "POST", "/v6/jobs/transitions/", 400, "job_id", body)
    body = _json({"changes": [{"job_id": 2**62, "status": "RUNNING"}]})
    yield Case("no such job", "POST", "/v6/jobs/transitions/", 200, "", body)
    for number in (0, 2**31, "high", 1.5):
        body = _json({"job_type_name": "test", "job_type_version": "1.0.0", "priority": number})
        yield Case(f"priority {number!r}", "POST", "/v6/jobs/", 400, "priority", body)
    for moment in ("P1D", "yesterday", 7, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        body = _json({"changes": [{"job_id": 1, "status": "RUNNING", "when": moment}]})
        yield Case(f"when {moment!r}", "POST", "/v6/jobs/transitions/", 400, "when", body)
    node = {**job_node("test"), "node_type": {**job_node("test")["node_type"], "job_type_revision": 2**63 - 1}}
    body = _json({"name": "new", "definition": {"nodes": {"a": node}}})
    yield Case("a revision of 63 bits", "POST", "/v6/recipe-types/", 400, "revision", body)


def _bad_headers() -> Iterator[Case]:
    for method in ("TRACE", "FOO", "PUT", "DELETE"):
        yield Case(f"method {method}", method, "/v6/job-types/", 405, method)
    overridden = {"Content-Type": JSON, "X-HTTP-Method-Override": "DELETE"}
    yield Case("a method override", "PATCH", JOB_TYPE, 200, "", b"{}", overridden)
    yield Case("another host", "GET", "/v6/job-types/", 400, "host name", None, {"Host": "elsewhere.example.com"})
    yield Case("a broken host", "GET", "/v6/job-types/", 400, "host name", None, {"Host": "a b"})
    yield Case("only XML wanted", "GET", "/v6/job-types/", 406, "Accept", None, {"Accept": "application/xml"})
    for text in ("Token", "Token a b", "Token \xff\xfe", f"Token {'a' * 64}"):
        yield Case(
            f"authorization {text[:12]!r}", "GET", "/v6/job-types/", 401, "oken", None, {"Authorization": text}
        )
    yield Case("a broken cookie", "GET", "/v6/job-types/", 200, "", None, {"Cookie": "sessionid=; =;;"})
    yield Case("a strange session", "GET", "/v6/job-types/", 200, "", None, {"Cookie": "sessionid=%00' OR 1=1"})


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()

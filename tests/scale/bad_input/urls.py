"""Query parameters and paths at fault."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.scale.bad_input.case import HOSTILE, Case

LISTS = [
    "/v6/job-types/",
    "/v6/job-type-names/",
    "/v6/job-types/test/",
    "/v6/job-types/status/",
    "/v6/job-types/pending/",
    "/v6/job-types/running/",
    "/v6/job-types/system-failures/",
    "/v6/queue/status/",
    "/v6/ingests/status/",
    "/v6/jobs/",
    "/v6/job-executions/",
    "/v6/nodes/",
    "/v6/recipe-types/",
    "/v6/errors/",
    "/v6/workspaces/",
    "/v6/files/",
    "/v6/audit/",
    "/v6/job-types/test/1.0.0/revisions/",
    "/v6/recipe-types/recipe/revisions/",
]

TIMED = [
    "/v6/job-types/status/",
    "/v6/ingests/status/",
    "/v6/jobs/",
    "/v6/job-executions/",
    "/v6/nodes/",
    "/v6/errors/",
    "/v6/workspaces/",
    "/v6/files/",
    "/v6/audit/",
]

ORDERED = [
    "/v6/job-types/",
    "/v6/job-type-names/",
    "/v6/jobs/",
    "/v6/job-executions/",
    "/v6/nodes/",
    "/v6/recipe-types/",
    "/v6/workspaces/",
    "/v6/files/",
]


def cases() -> Iterator[Case]:
    """Yield every case of a query parameter or a path."""
    for path in LISTS:
        yield from _bad_pages(path)
    yield from _bad_queries()
    yield from _bad_paths()


def _bad_pages(path: str) -> Iterator[Case]:
    for text, status, says in [
        ("0", 400, "page:"),
        ("-1", 400, "page:"),
        ("two", 400, "page:"),
        ("1.5", 400, "page:"),
        ("%00", 400, "page:"),
        ("%D9%A3", 400, "page:"),  # an Arabic digit
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
    for text in HOSTILE:
        yield Case(f"hostname {text!r}", "GET", f"/v6/nodes/?hostname={quote(text)}", 200)
    yield Case("hostname NUL", "GET", "/v6/nodes/?hostname=%00", 400, "hostname:")
    yield Case("600 hostnames", "GET", "/v6/nodes/?" + "&".join(["hostname=a"] * 600), 400, "hostname:")
    for parameter in ("job_id", "node_id", "error_id"):
        yield Case(f"{parameter} of a try", "GET", f"/v6/job-executions/?{parameter}={2**64}", 200)
    yield Case("end", "GET", "/v6/job-executions/?end=lost", 400, "end:")
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
        f"/v6/jobs/{2**63}/executions/",
        f"/v6/jobs/{'9' * 17}/executions/",
        f"/v6/jobs/1/executions/{'9' * 17}/",
        f"/v6/job-executions/{'9' * 17}/",
        "/v6/job-executions/1/logs/%00/",
        "/v6/job-executions/1/logs/..%2F..%2Fetc%2Fpasswd/",
        f"/v6/nodes/{2**63}/",
        "/v6/workspaces/..%2F..%2Fetc%2Fpasswd/",
        "/v6/workspaces/%E2%80%AEraw/",
        "/v6/nothing/at/all/",
        "/v6/" + "x" * 7000 + "/",
    ):
        yield Case(f"path {path[:60]}", "GET", path, 404)
    for text in HOSTILE:
        yield Case(f"name {text!r}", "GET", f"/v6/job-types/{quote(text, safe='')}/1.0.0/", 404)
        yield Case(f"patched name {text!r}", "PATCH", f"/v6/workspaces/{quote(text, safe='')}/", 404, "", b"{}")

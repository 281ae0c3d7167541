"""Methods and headers at fault."""

from collections.abc import Iterator

from tests.scale.bad_input.case import JOB_TYPE, JSON, Case


def cases() -> Iterator[Case]:
    """Yield every case of a method or a header."""
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

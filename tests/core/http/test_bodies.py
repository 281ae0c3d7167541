"""The bound on request bodies, on a real server: any URL, any method, with a length or in chunks."""

import contextlib
import http.client
import json
import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_django
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser
from django.test import Client

from core.http.bodies import MOST_PARTS
from scale.worker import LONGEST_LINE
from tests.core.http.test_security_headers import assert_secured
from tests.load.server import Server

SIZE = 300_000_000
LIMIT = 2 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "multipart/form-data; boundary=x"
UPLOAD_BEGINS = b'--x\r\nContent-Disposition: form-data; name="file"; filename="large"\r\n\r\n'


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, tmp_path_factory: Any
) -> Iterator[Server]:
    """A server of one process, whose temporary files would lie in ``tmp`` beside its log."""
    folder: Path = tmp_path_factory.mktemp("server")
    (folder / "tmp").mkdir()
    with (
        django_db_blocker.unblock(),
        Server(folder, TMPDIR=str(folder / "tmp"), WEB_CONCURRENCY="1", WEB_THREADS="2") as running,
    ):
        # What a process loads for its first page is no memory of an upload.
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
        for path in ("/admin/login/", "/accounts/login/", "/v6/job-types/"):
            connection.request("GET", path)
            connection.getresponse().read()
        connection.close()
        yield running


@dataclass
class Upload:
    """What became of an upload: the bytes that were sent, the files seen meanwhile, and the answer."""

    sent: int = 0
    files: set[Path] = field(default_factory=set)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def upload(server: Server, method: str, path: str, *, chunked: bool, size: int = SIZE) -> Upload:
    """Send a file of ``size`` bytes in a form until there is an answer or the connection is closed."""
    result = Upload()
    block = UPLOAD_BEGINS + b"x" * (65536 - len(UPLOAD_BEGINS))
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {BOUNDARY}\r\n{framing}\r\n"
        # With the cookie, the form is parsed in search of the token.
        connection.sendall(f"{head}Cookie: csrftoken={'x' * 32}\r\n\r\n".encode())
        with contextlib.suppress(OSError):
            while result.sent < size and not select.select([connection], [], [], 0)[0]:
                connection.sendall(b"10000\r\n%b\r\n" % block if chunked else block)
                result.sent += len(block)
                block = b"x" * 65536
                result.files |= set((server.log.parent / "tmp").iterdir())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        result.status, result.body = answer.status, answer.read()
        result.headers = {name.lower(): value for name, value in answer.getheaders()}
    return result


def peak_memory(server: Server) -> int:
    """Return the most memory that the worker has had, in bytes."""
    (worker,) = server.workers()
    status = Path(f"/proc/{worker.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


@pytest.mark.django_db
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/admin/login/"),
        ("POST", "/admin/job_types/jobtype/"),
        ("POST", "/accounts/login/"),
        ("POST", "/v6/job-types/"),
        ("GET", "/v6/job-types/"),
        ("POST", "/v6/nothing/"),
        ("POST", "/nothing/"),
        ("PUT", "/healthz"),
        ("GET", "/static/admin/css/base.css"),
    ],
)
def test_an_upload_of_300_mb_is_refused_before_it_was_sent_and_leaves_nothing(
    server: Server, method: str, path: str, chunked: bool
) -> None:
    before = peak_memory(server)
    result = upload(server, method, path, chunked=chunked)
    assert result.status == 413
    assert result.sent < SIZE / 3
    assert result.files == set()
    assert peak_memory(server) - before < 16_000_000
    sentence = f"The body is larger than the limit of {LIMIT} bytes."
    if path.startswith("/v6/"):
        assert json.loads(result.body) == {"detail": sentence}
    else:
        assert result.body.decode() == f"{sentence}\n"
    assert "frame-ancestors 'none'" in result.headers["content-security-policy"]
    assert result.headers["x-content-type-options"] == "nosniff"
    line = json.loads(server.log.read_text(encoding="utf-8").splitlines()[-1])
    assert (line["path"], line["status"], line["request_id"]) == (path, 413, result.headers["x-request-id"])


@pytest.mark.django_db
def test_a_client_that_goes_away_or_breaks_its_chunks_is_no_fault_of_the_service(server: Server) -> None:
    begin = "POST /v6/job-types/ HTTP/1.1\r\nHost: localhost\r\n"
    requests = [
        f"{begin}Content-Length: 500\r\n\r\n" + "{",
        f"{begin}Content-Length: {SIZE}\r\n\r\n" + "{",
        f"{begin}Transfer-Encoding: chunked\r\n\r\n5\r\n" + "{",
        f"{begin}Transfer-Encoding: chunked\r\n\r\nno size\r\n",
        f"{begin}Transfer-Encoding: chunked\r\n\r\n{LIMIT + 10:x}\r\n{' ' * (LIMIT + 10)}\r\nno size\r\n",
    ]
    begins = len(server.log.read_text(encoding="utf-8"))
    for request in requests:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").read()
            assert not answer or 400 <= int(answer.split()[1]) < 500, answer
    log = server.log.read_text(encoding="utf-8")[begins:]
    assert "Traceback" not in log
    assert psutil.Process(server.process.pid).is_running()


@pytest.mark.django_db
def test_a_form_with_a_file_is_read_without_the_file() -> None:
    get_user_model().objects.create_superuser("operator", password="a password of the tests")
    form = {"username": "operator", "password": "a password of the tests"}
    answer = Client().post("/admin/login/?next=/admin/", {**form, "file": SimpleUploadedFile("a", b"x" * 100_000)})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


MANY = "&".join(f"a{number}=1" for number in range(32_769))
MANY_PARTS = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n1\r\n' for n in range(4097))
MANY_FILES = "".join(
    f'--x\r\nContent-Disposition: form-data; name="{n}"; filename="a"\r\n\r\n1\r\n' for n in range(101)
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, MANY),
        (BOUNDARY, f"{MANY_PARTS}--x--\r\n"),
        (BOUNDARY, f"{MANY_FILES}--x--\r\n"),
        ("multipart/form-data", "no boundary"),
    ],
    ids=["fields", "parts", "files", "no boundary"],
)
@pytest.mark.parametrize(
    "path", ["/admin/login/", "/accounts/login/", "/admin/workspaces/workspace/add/", "/nothing/", "/healthz"]
)
def test_a_form_that_is_too_much_or_broken_is_a_400_page(
    admin_client: Client, path: str, content_type: str, body: str
) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies = admin_client.cookies
    client.cookies["csrftoken"] = "x" * 32
    answer = client.generic("POST", path, body, content_type=content_type)
    assert answer.status_code == 400
    assert_secured(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=B", 'multipart/form-data; boundary*="B"'])
@pytest.mark.parametrize("path", ["/admin/login/", "/accounts/login/", "/nothing/", "/healthz"])
def test_a_form_of_more_parts_than_any_form_has_is_refused_before_it_is_parsed(
    path: str, content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []
    parse = MultiPartParser.parse

    def counting(parser: MultiPartParser) -> Any:
        parsed.append(1)
        return parse(parser)

    monkeypatch.setattr(MultiPartParser, "parse", counting)
    client = Client(raise_request_exception=False)
    answer = client.generic("POST", path, b"--B\r\n" * (MOST_PARTS + 1), content_type=content_type)
    assert (answer.status_code, parsed) == (400, [])
    assert_secured(answer)
    client.generic("POST", path, b"--B\r\n" * MOST_PARTS, content_type=content_type)
    assert parsed == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"), [("/accounts/login/", 403), ("/nothing/", 404), ("/healthz", 405), ("/static/none", 404)]
)
@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "none-such"])
def test_a_form_in_another_charset_is_read_as_utf_8(path: str, status: int, charset: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrftoken"] = "x" * 32
    answer = client.generic("POST", path, "a=1", content_type=f"{FORM}; charset={charset}")
    assert answer.status_code == status
    assert_secured(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
@pytest.mark.parametrize("path", ["/v6/job-types/", "/v6/schema/", "/admin/login/", "/nothing/"])
def test_as_many_query_parameters_as_a_request_can_hold_are_no_fault_of_the_service(
    server: Server, path: str, content_type: str
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    query = "a&" * ((LONGEST_LINE - len(f"GET {path}? HTTP/1.1")) // 2)
    connection.request("GET", f"{path}?{query}", headers={"Content-Type": content_type})
    assert connection.getresponse().status in (200, 400, 404)
    connection.close()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/v6/job-types/", "/admin/login/", "/healthz", "/nothing/"])
@pytest.mark.parametrize("length", ["x", "1.5", "0x10", "1,1"])
def test_a_length_that_is_no_number_is_a_400(path: str, length: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.generic("POST", path, "{}", content_type=FORM, CONTENT_LENGTH=length)
    assert answer.status_code == 400
    assert_secured(answer)

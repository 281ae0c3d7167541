"""Nothing that a client sent, and no row, is in the log of a server or the output of a command."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from knox.models import AuthToken

from tests.factories import make_job, make_job_type
from tests.load.server import ROOT, Server

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary"
LIMIT = 2 * 1024 * 1024
PRIVATE = {"settings": {"NAME": "canary-of-a-row"}}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FAULTS = (
    "violate_a_check",
    "violate_a_key",
    "send_what_is_no_number",
    "send_what_is_no_sql",
    "fail_over_a_fault",
    "fail_beside_a_fault",
)
# What the log says of them, by database.
SAID = {
    "postgresql": [
        "psycopg2.errors.CheckViolation: new row for relation … (SQLSTATE 23514, table jobs_job, constraint job_",
        "psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint … (SQLSTATE 23505, table ",
        "django.db.utils.DataError: invalid input syntax for type integer: … (SQLSTATE 22P02)",
        "django.db.utils.ProgrammingError: syntax error at or near … (SQLSTATE 42601)",
    ],
    "sqlite": [
        "django.db.utils.IntegrityError: CHECK constraint failed: job_",
        "django.db.utils.IntegrityError: UNIQUE constraint failed: workspaces_workspace.name",
        "django.db.utils.OperationalError: near …: syntax error",
    ],
}


@dataclass
class Sender:
    """Sends requests with a canary in their query and in every header that may hold one."""

    port: int
    token: str

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """Return the status of the answer."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {
            "Authorization": f"Token {self.token}",
            "Cookie": "sessionid=canary-in-cookie; csrftoken=canary-in-csrf-cookie",
            "User-Agent": "canary-in-user-agent",
            "X-Request-ID": "canary in request id",
            "Referer": "https://canary.example.com/?canary-in-referer",
            "X-Canary": "canary-in-header",
            **headers,
        }
        client.request(method, f"{path}?_=canary-in-query", body, sent)
        status = client.getresponse().status
        client.close()
        return status

    def send_raw(self, request: bytes) -> bytes:
        """Return the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return client.makefile("rb").readline()


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that logs as much as it can."""
    loud = {"LOG_LEVEL": "DEBUG", "GUNICORN_CMD_ARGS": "--log-level=debug"}
    with Server(tmp_path_factory.mktemp("server"), "tests.core.http.faulty", **loud) as running:
        yield running


@pytest.fixture
def sender(server: Server, transactional_db: None) -> Sender:
    """A sender with the token of an operator, beside a job with a private setting."""
    make_job(make_job_type(), configuration=PRIVATE)
    user = get_user_model().objects.create_user("staff", is_staff=True)
    return Sender(server.port, AuthToken.objects.create(user)[1])


def lines_since(server: Server, begin: int) -> list[dict[str, Any]]:
    """Return the lines that the server has logged after the first ``begin`` bytes, none with a canary."""
    text = server.log.read_bytes()[begin:].decode()
    assert CANARY not in text
    return [json.loads(line) for line in text.splitlines()]


def test_a_fault_is_logged_by_its_class_and_its_place(server: Server, sender: Sender) -> None:
    begin = server.log.stat().st_size
    for fault in FAULTS:
        body = json.dumps({"title": f"canary-in-body-of-{fault}"}).encode()
        status = sender.send("PATCH", f"/v6/workspaces/{fault}/", body, **{"Content-Type": "application/json"})
        # SQLite raises OperationalError for it, which counts as an outage.
        unavailable = (fault, connection.vendor) == ("send_what_is_no_sql", "sqlite")
        assert status == (503 if unavailable else 500)
    lines = lines_since(server, begin)
    log = "\n".join(line.get("exc_info", line.get("cause", "")) for line in lines)
    for said in [*SAID[connection.vendor], "RuntimeError\n", "The exception above led to this one", "KeyError"]:
        assert said in f"{log}\n"
    for fault in FAULTS:
        assert f", in {fault}\n" in log or fault == "send_what_is_no_sql"
    assert [line for line in lines if line["logger"] == "py.warnings"]


def test_a_refusal_is_a_line_without_what_was_sent(server: Server, sender: Sender) -> None:
    begin = server.log.stat().st_size
    login = b"username=operator&password=canary-in-password&next=canary-in-form"
    # Referer and Origin are checked where a session sends a form.
    requests = [
        ("POST", "/v6/workspaces/", b'{"name": canary-in-body}', {}, 400),
        ("POST", "/v6/workspaces/", b'{"name": "canary-in-body", "canary-in-body": 1}', {}, 400),
        ("POST", "/v6/workspaces/", b"{}", {"Content-Type": "canary/in-type"}, 415),
        ("POST", "/v6/workspaces/", b"canary-in-body" + b" " * LIMIT, {}, 413),
        ("POST", "/admin/login/", b"canary-in-body" + b" " * LIMIT, FORM, 413),
        ("GET", "/v6/workspaces/", b"", {"Authorization": "Token canary-in-token-of-some-length"}, 401),
        ("GET", "/v6/workspaces/", b"", {"Authorization": "Basic canary"}, 200),
        ("GET", "/v6/workspaces/", b"", {"Accept": "canary/in-accept"}, 406),
        ("GET", "/v6/workspaces/", b"", {"Host": "canary.example.com"}, 400),
        ("GET", "/admin/", b"", {"Host": "canary/in host"}, 400),
        ("GET", "/v6/workspaces/none/", b"", {}, 404),
        ("GET", "/nothing/", b"", {}, 404),
        ("GET", "/admin", b"", {}, 301),
        ("POST", "/admin/login/", login, FORM, 403),
        ("POST", "/admin/login/", login, {**FORM, "Origin": "https://canary.example.com"}, 403),
        ("POST", "/accounts/login/", b"canary=1&" * 33_000, FORM, 400),
        ("POST", "/accounts/login/", b"canary", {"Content-Type": "multipart/form-data; boundary=\xe9canary"}, 400),
        ("GET", "/static/../canary", b"", {}, 404),
    ]
    for method, path, body, headers, status in requests:
        if CANARY not in path:
            assert sender.send(method, path, body, **headers) == status, (path, headers)
    logged = [line for line in lines_since(server, begin) if line["logger"] == "scale.requests"]
    assert [line["status"] for line in logged] == [status for _, path, *_, status in requests if CANARY not in path]


def test_failed_logins_are_lines_with_the_account_and_the_address_alone(server: Server, sender: Sender) -> None:
    begin = server.log.stat().st_size
    csrf = "a" * 32
    login = f"username=operator&password=canary-in-password&csrfmiddlewaretoken={csrf}".encode()
    headers = {**FORM, "Cookie": f"csrftoken={csrf}; other=canary-in-cookie"}
    statuses = [sender.send("POST", "/admin/login/", login, **headers) for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    messages = [line["message"] for line in lines_since(server, begin) if line["logger"].startswith("axes")]
    assert "AXES: Locking out operator at 127.0.0.1 after repeated login failures." in messages


@pytest.mark.parametrize(
    "request_line_and_headers",
    [
        b"GET /?canary HTTP/1.1 canary",
        b"canary-in-method!\x00 / HTTP/1.1",
        b"GET / canary/1.1",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\ncanary in name: 1",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\nX: canary\x00in value",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n canary-in-fold",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\nExpect: canary",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\nContent-Length: canary",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: canary",
        b"GET /?" + b"canary" * 20_000 + b" HTTP/1.1",
        b"GET /?canary HTTP/1.1\r\nHost: localhost\r\nX: " + b"canary" * 20000,
        b"POST /v6/jobs/?canary HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\ncanary\"'",
        b"POST /v6/jobs/?canary HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1canary",
        b"POST /v6/jobs/?canary HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\ncanary",
    ],
)
def test_what_is_no_http_leaves_nothing_of_it(
    server: Server, sender: Sender, request_line_and_headers: bytes
) -> None:
    begin = server.log.stat().st_size
    answer = sender.send_raw(request_line_and_headers + b"\r\n\r\n")
    assert not answer or 400 <= int(answer.split()[1]) <= 501
    assert answer.split()[1:2] != [b"500"]
    lines_since(server, begin)


def test_a_command_that_fails_shows_no_row(tmp_path: Path) -> None:
    """``loaddata`` repeats the message of the database in one of its own."""
    job = make_job(make_job_type(), configuration=PRIVATE)
    dump = tmp_path / "jobs.json"
    call_command("dumpdata", "jobs.job", output=str(dump), verbosity=0)
    rows = json.loads(dump.read_text(encoding="utf-8"))
    when = timezone.now().isoformat()
    rows[0]["fields"] |= {"status": "COMPLETED", "started": when, "ended": "2000-01-01T00:00:00Z"}
    dump.write_text(json.dumps(rows), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "manage.py", "loaddata", str(dump)],
        cwd=ROOT,
        env=Server(tmp_path).environment,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert (done.returncode, CANARY in output) == (1, False), output
    assert "job_ends_after_it_started" in output
    assert "loaddata.py" in output
    job.refresh_from_db()
    assert job.status == "QUEUED"

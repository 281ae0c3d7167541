"""Bad requests to a real server: each is refused with a sentence that helps, and nothing is written."""

import hashlib
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.contrib.auth import get_user_model
from django.core.management import call_command
from knox.models import AuthToken

from jobs.models import Scheduler
from tests.factories import interface, make_job, make_job_type, make_manifest
from tests.load.server import Server
from tests.models import models_of
from tests.recipes.factories import job_node, make_recipe
from tests.scale.bad_input import bodies, headers, urls
from tests.scale.bad_input.case import Case
from workspaces.services import create_workspace

CASES = [*bodies.cases(), *urls.cases(), *headers.cases()]
APPS = ("audit", "errors", "files", "job_types", "jobs", "recipes", "workspaces")


class Service:
    """A server with a few rows, and the token of an operator."""

    def __init__(self, server: Server, token: str, blocker: pytest_django.DjangoDbBlocker) -> None:
        self.server, self.token, self.blocker = server, token, blocker

    def send(self, case: Case) -> tuple[int, dict[str, str], bytes]:
        """Send a request over a connection of its own; return status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = {"Authorization": f"Token {self.token}", **case.headers}
        connection.putrequest(case.method, case.path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value.encode("latin-1"))
        if case.body is not None:
            connection.putheader("Content-Length", str(len(case.body)))
        connection.endheaders(case.body)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def digest(self) -> str:
        """Return a digest of every row of the service, but for that which says when it was last seen alive."""
        found = hashlib.sha256()
        with self.blocker.unblock():
            for model in models_of(*APPS):
                if model is Scheduler:
                    continue
                for row in model._default_manager.order_by("pk").values_list():
                    # PostgreSQL returns bytes as memoryviews, whose repr is their address.
                    plain = [bytes(value) if isinstance(value, memoryview) else value for value in row]
                    found.update(repr(plain).encode())
        return found.hexdigest()


# Committed rows, since the server is another process, which cannot see into the transaction of a test.
@pytest.fixture(scope="module")
def service(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, tmp_path_factory: Any
) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("service")
    with django_db_blocker.unblock():
        make_job_type()
        make_recipe(definition={"nodes": {"a": job_node("test")}})
        create_workspace(name="raw", fields={})
        job_type = make_job_type("busy")
        make_job(job_type, "COMPLETED")
        _, token = AuthToken.objects.create(get_user_model().objects.create_user("staff", is_staff=True))
    with Server(folder) as server:
        yield Service(server, token, django_db_blocker)
        assert "Traceback" not in server.log.read_text()
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.path[:50]} {case.title}")
def test_a_bad_request_is_refused_with_a_sentence_and_changes_nothing(service: Service, case: Case) -> None:
    before = service.digest()
    status, headers, body = service.send(case)
    assert status == case.status, body[:500]
    if status >= 400:
        assert headers["content-type"] == "application/json"
        detail = json.loads(body)["detail"]
        assert case.says in detail
        assert len(detail) > 10
    assert b"Traceback" not in body
    assert service.digest() == before


@pytest.mark.django_db
def test_a_body_in_chunks_is_read_and_one_that_is_too_long_refused(service: Service) -> None:
    headers = {"Authorization": f"Token {service.token}", "Content-Type": "application/json"}
    for chunks, status, says in [
        ([b'{"manifest"', b": {}}"], 200, "seedVersion"),
        ([b"x" * 65536] * 100, 413, "2097152 bytes"),
        ([], 400, "manifest"),
    ]:
        connection = http.client.HTTPConnection("127.0.0.1", service.server.port, timeout=60)
        connection.request("POST", "/v6/job-types/validation/", iter(chunks), headers, encode_chunked=True)
        answer = connection.getresponse()
        body = answer.read().decode()
        assert (answer.status, says in body) == (status, True), body
        connection.close()


@pytest.mark.django_db
def test_a_thousand_inputs_are_checked_in_a_time_that_grows_with_their_number(service: Service) -> None:
    def seconds(count: int) -> float:
        files = [{"name": f"INPUT_{number}", "mediaTypes": ["image/tiff"]} for number in range(count)]
        manifest = make_manifest("large", **interface(inputs={"files": files}))
        body = json.dumps({"manifest": manifest}).encode()
        began = time.perf_counter()
        status, _, answer = service.send(Case("inputs", "POST", "/v6/job-types/validation/", 200, body=body))
        assert (status, json.loads(answer)["is_valid"]) == (200, True)
        return time.perf_counter() - began

    hundred, thousand = min(seconds(100) for _ in range(3)), min(seconds(1_000) for _ in range(3))
    # Quadratic growth would be a factor of 100; the margin below it is for a machine that is busy.
    assert thousand < 50 * hundred

"""The probes on a port of their own."""

import json
import socket
import time
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.db import OperationalError

from scale import probes


def get(port: int, path: str) -> tuple[int, Any]:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error) if error.headers["Content-Type"] == "application/json" else None


def worker(*, silent_for: float) -> SimpleNamespace:
    last = time.monotonic() - silent_for
    return SimpleNamespace(tmp=SimpleNamespace(last_update=lambda: last))


@pytest.fixture
def arbiter() -> SimpleNamespace:
    return SimpleNamespace(WORKERS={1: worker(silent_for=0), 2: worker(silent_for=100)})


@pytest.fixture
def port(arbiter: SimpleNamespace) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    probes.serve(f"127.0.0.1:{port}", arbiter)
    return port


@pytest.mark.django_db(transaction=True)
def test_both_probes_report_ok_while_a_worker_gives_signs_of_life(port: int) -> None:
    assert get(port, "/healthz") == (200, {"status": "ok"})
    assert get(port, "/readyz") == (200, {"status": "ok"})


def test_without_a_worker_that_gives_signs_of_life_both_are_a_503(port: int, arbiter: SimpleNamespace) -> None:
    arbiter.WORKERS.pop(1)
    assert get(port, "/healthz") == (503, {"status": "unready", "detail": "No worker process is alive."})
    assert get(port, "/readyz")[0] == 503


def test_a_database_that_does_not_answer_makes_it_unready_and_not_unhealthy(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr("core.outages.MigrationRecorder.applied_migrations", fail)
    assert get(port, "/healthz")[0] == 200
    assert get(port, "/readyz") == (503, {"status": "unready", "detail": "The database does not answer."})


def test_there_is_nothing_else_on_that_port(port: int) -> None:
    assert get(port, "/v6/job-types/")[0] == 404

"""A server that has just started, and many clients at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.load.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/v6/schema/", "/v6/docs/", "/v6/job-types/", "/admin/login/"])
def test_many_first_requests_at_once_are_all_answered(tmp_path: Path, path: str) -> None:
    with Server(tmp_path) as server, ThreadPoolExecutor(16) as clients:
        statuses = list(clients.map(lambda _: status(server.port, path), range(16)))
    assert set(statuses) == {200}


def status(port: int, path: str) -> int:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return int(answer.status)

"""A server that receives SIGTERM finishes the requests that it has accepted."""

import os
import signal
from pathlib import Path

import pytest

from tests.load.database import wait_for
from tests.load.server import Server
from tests.load.writers import Writers
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_server_that_is_asked_to_stop_finishes_the_requests_that_it_accepted(tmp_path: Path, token: str) -> None:
    with Server(tmp_path) as server:
        writers = Writers(server, token)
        with writers.at_work():
            wait_for(lambda: writers.answers[201] > 20)
            os.kill(server.process.pid, signal.SIGTERM)
            server.process.wait(timeout=40)
        writers.check()
        # A connection may end between two requests, as with any server; none ends within one.
        names = set(Workspace.objects.values_list("name", flat=True))
        assert names == writers.acknowledged, writers.cut
        print(f"\nSIGTERM: {dict(writers.answers)}; connections that ended between requests: {len(writers.cut)}")

"""A run that is killed and started again ends as one that was not."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from takeover.run import Options
from tests.takeover.acceptance.house import bring, house, outcomes
from tests.takeover.replay import Replay

STEP = 10
KEPT = Options(keeps_ids=True)


class Killed(BaseException):
    """The process ended here; no code of it handles that."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """End everything with the request of this number."""
    send, seen = HTTPConnection.putrequest, iter(range(1, number + 1))

    def putrequest(self: HTTPConnection, *args: Any, **options: Any) -> None:
        if next(seen, number) == number:
            raise Killed
        send(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(HTTPConnection, "putrequest", putrequest)
        yield


@pytest.fixture
def undisturbed(server: Replay, installed: None) -> Any:
    """What a run that nothing interrupts leaves."""
    with transaction.atomic():
        bring(server, KEPT)
        left = house()
        transaction.set_rollback(True)
    return left


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(ends=st.lists(st.integers(1, 190), min_size=1, max_size=3))
def test_a_run_that_ends_anywhere_and_is_started_again_ends_the_same(
    server: Replay, undisturbed: Any, monkeypatch: pytest.MonkeyPatch, ends: list[int]
) -> None:
    with transaction.atomic():
        for number in ends:
            # A run that has little left to read may come to its end before.
            with killed_at(monkeypatch, number), suppress(Killed):
                bring(server, KEPT)
        bring(server, KEPT)
        assert house() == undisturbed
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_again_and_again_ends_the_same(server: Replay, undisturbed: Any) -> None:
    kills = 0
    while _status_of_a_process(server, ends_at=(kills + 1) * STEP) == -signal.SIGKILL:
        kills += 1
    # The further a run is, the less the next one reads again.
    assert kills >= 5
    assert house() == undisturbed
    assert outcomes(bring(server, KEPT)) == {"unchanged": 93}


def _status_of_a_process(server: Replay, *, ends_at: int) -> int:
    """Take the other system over in a process of its own, which is killed at this request of it."""
    first = len(server.requests)
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            bring(server, KEPT)
        finally:
            os._exit(0)
    server.watch = lambda number: os.kill(pid, signal.SIGKILL) if number - first == ends_at else None
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        server.watch = lambda _number: None

"""The other system, and an installation that takes it over."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
import pytest_django

from tests.rows import shared
from tests.takeover.acceptance.house import bring, install
from tests.takeover.replay import Replay, at, replay


@pytest.fixture
def server() -> Iterator[Replay]:
    """A server that replays all recordings."""
    with replay() as running:
        yield running


@pytest.fixture
def installed(db: None) -> None:
    """A new installation."""
    install()


@pytest.fixture(scope="module")
def arrived_from(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[Replay]:
    """The server, after all of it has arrived in a new installation."""
    with shared(django_db_blocker), replay() as running:
        install()
        bring(running)
        yield running


@pytest.fixture
def moved(arrived_from: Replay, db: None) -> Iterator[Replay]:
    """The server that everything has arrived from; what a test changes in it and here is undone."""
    recordings, watch = deepcopy(arrived_from.recordings), arrived_from.watch
    arrived_from.requests.clear()
    yield arrived_from
    arrived_from.recordings, arrived_from.plan = recordings, at({})
    arrived_from.watch = watch

"""The other system, and the command that takes it over."""

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from takeover.source import Limits, Source
from tests.takeover.old_system import OldSystem, serving

Import = Callable[..., str]


@pytest.fixture
def old() -> Iterator[OldSystem]:
    """A system of the other kind that holds nothing yet."""
    with serving(OldSystem()) as system:
        yield system


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, in seconds, of which none is waited for."""
    paused: list[float] = []
    monkeypatch.setattr("takeover.source.session.time.sleep", paused.append)
    return paused


@pytest.fixture
def source(old: OldSystem, pauses: list[float]) -> Iterator[Source]:
    """A source that tries three times."""
    with Source(old.url, limits=Limits(tries=3, timeout=60)) as opened:
        yield opened


@pytest.fixture
def import_scale(old: OldSystem, pauses: list[float], db: None) -> Import:
    """The command, which returns what it prints."""

    def run(*options: str) -> str:
        printed = StringIO()
        call_command("import_scale", old.url, *options, stdout=printed)
        return printed.getvalue()

    return run

"""Registries that run on 127.0.0.1."""

from collections.abc import Iterator

import pytest

from tests.seed.registry.server import Server, running


@pytest.fixture
def server() -> Iterator[Server]:
    """A registry without images, that speaks plain HTTP."""
    with running(Server()) as one:
        yield one

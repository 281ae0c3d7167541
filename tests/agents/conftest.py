"""What all tests of agents need: a log without each request of the tests themselves."""

import logging

import pytest


@pytest.fixture(autouse=True, scope="session")
def quiet() -> None:
    """Let the tests' own requests be no lines of what they print."""
    logging.getLogger("httpx").setLevel(logging.WARNING)

"""Fixtures of the tests of numbers over time."""

import pytest

from metrics.hours import recount


@pytest.fixture(autouse=True)
def counted(db: None) -> None:
    """Begin with right counts: tests before may have left the database emptied table by table, in any order."""
    recount()

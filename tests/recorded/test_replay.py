"""Loaded with what a live Scale 7 had been sent, this service returns what that did, but for known differences."""

import pytest

from tests.recorded.known import DIFFERENCES, Difference
from tests.recorded.shapes import Found

# As of the other tests of this folder, which use what is loaded: tests without a database run apart.
pytestmark = pytest.mark.usefixtures("db")


def unexplained(found: list[Found], *methods: str) -> list[str]:
    mine = [one for one in found if one.request.startswith(methods)]
    return [str(one) for one in mine if not any(known.covers(one) for known in DIFFERENCES)]


def test_what_the_live_system_took_is_taken(found: list[Found]) -> None:
    assert unexplained(found, "POST", "PATCH") == []


def test_what_the_live_system_showed_is_shown(found: list[Found]) -> None:
    assert unexplained(found, "GET") == []


@pytest.mark.parametrize("known", DIFFERENCES, ids=lambda known: known.reason)
def test_a_known_difference_is_still_there(found: list[Found], known: Difference) -> None:
    assert any(known.covers(one) for one in found)

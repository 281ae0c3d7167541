"""What can go wrong with an answer, and plans that say with which."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto

Plan = Callable[[int], "Fault | None"]
"""Says what goes wrong with the n-th request, which is the first one for 1."""


class Fault(Enum):
    """What goes wrong with one answer."""

    SLOW = auto()  # it is right, and comes after ``Replay.delay`` seconds
    MISSING = auto()  # a 404
    BROKEN = auto()  # a 500 with an HTML page
    UNAVAILABLE = auto()  # a 503
    TOO_MANY = auto()  # a 429 with Retry-After
    REFUSED = auto()  # a 401
    NO_JSON = auto()  # a 200 with an HTML page
    RESET = auto()  # the connection is reset before the answer
    CUT_OFF = auto()  # half of the body, and then the connection is closed


PASSING = [fault for fault in Fault if fault is not Fault.REFUSED]
"""All that a further try mends."""


def nothing(_number: int) -> Fault | None:
    """Plan no fault."""
    return None


def at(faults: Mapping[int, Fault]) -> Plan:
    """Plan the faults of these requests."""
    return faults.get


def every(step: int, faults: Sequence[Fault]) -> Plan:
    """Plan a fault of every ``step``-th request, in turn, so that a try right after it is without."""
    return lambda number: None if number % step else faults[number // step % len(faults)]

"""The reads of another system and of this one, side by side."""

from takeover.comparing.compare import Comparison
from takeover.comparing.differences import ABSENT, Difference, differences
from takeover.comparing.expected import EXPECTED, Expected, reason_for
from takeover.comparing.jobs import JobComparison
from takeover.comparing.ours import Ours

__all__ = [
    "ABSENT",
    "EXPECTED",
    "Comparison",
    "Difference",
    "Expected",
    "JobComparison",
    "Ours",
    "differences",
    "reason_for",
]

"""What services return, and the one exception with which they refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from seed import Finding, Report

Instance = TypeVar("Instance")


class Refused(Exception):
    """A service refuses to do what it was asked for; ``report`` holds every reason. Nothing was written.

    The exception handler of the API turns it into a 400 with the findings, and the admin into messages.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(" ".join(finding.description for finding in report.errors))
        self.report = report

    @classmethod
    def because(cls, name: str, description: str, path: str = "") -> "Refused":
        """Return the refusal for a single reason."""
        return cls(Report(errors=(Finding(name, description, path),)))


class Missing(Exception):
    """What a service was asked to change is not there; the message says so in a sentence. A 404 in the API."""


@dataclass(frozen=True, slots=True)
class Written(Generic[Instance]):
    """A row after it was registered or edited, its entity tag, and the warnings that came up on the way."""

    instance: Instance
    report: Report
    tag: str
    created: bool = False


def require_valid(report: Report) -> Report:
    """Return ``report`` when it holds no error. Raises Refused otherwise."""
    if not report.is_valid:
        raise Refused(report)
    return report


def check_shown(shown: Mapping[str, Any], reasons: Mapping[str, str], *states: object) -> Report:
    """Return a READ_ONLY_FIELD error for each field that a client sent back with a value that no state has.

    ``shown`` maps fields to the values that were sent, ``reasons`` the fields that are compared to where their
    value comes from ("" where that needs no word), and ``states`` are the row as it is and as it would be.
    """
    return Report(
        errors=tuple(
            Finding(
                "READ_ONLY_FIELD",
                f"{field}: cannot be set to another value{reason and f'; {reason}'}.",
                f"/{field}",
            )
            for field, reason in reasons.items()
            if field in shown and shown[field] not in [getattr(state, field, None) for state in states]
        )
    )

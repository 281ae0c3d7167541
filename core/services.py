"""What services return, and the exceptions that they raise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from seed import Finding, Report

Instance = TypeVar("Instance")


class Refused(Exception):
    """A service refuses a request and has written nothing; ``report`` holds every reason.

    The exception handler of the API turns it into an answer with the findings, and the admin into messages.
    ``status`` is that of the answer: 400, 403 where the reason is the account that asks, 409, 410 or 422 where it
    is an earlier request, or 503 where it is others that are served at the moment.
    """

    def __init__(self, report: Report, status: int = 400) -> None:
        super().__init__(" ".join(finding.description for finding in report.errors))
        self.report, self.status = report, status

    @classmethod
    def because(cls, name: str, description: str, path: str = "", *, status: int = 400) -> "Refused":
        """Return a refusal with a single finding."""
        return cls(Report(errors=(Finding(name, description, path),)), status)


class Missing(Exception):
    """The resource to read or change does not exist. In the API the message, a sentence, becomes a 404."""


@dataclass(frozen=True, slots=True)
class Written(Generic[Instance]):
    """A row that was registered or edited, its new entity tag, and a report with the warnings."""

    instance: Instance
    report: Report
    tag: str
    created: bool = False


def require_valid(report: Report) -> Report:
    """Return ``report`` if it holds no errors; raise Refused if it does."""
    if not report.is_valid:
        raise Refused(report)
    return report


def check_shown(shown: Mapping[str, Any], reasons: Mapping[str, str], *states: object) -> Report:
    """Return a READ_ONLY_FIELD error for each field that a client tries to change and that cannot be changed.

    ``shown`` holds the read-only fields that the client sent, with their values. A value is accepted if one of
    ``states`` (the row before and after the edit) has it. Only the fields in ``reasons`` are checked: it maps each
    of them to a clause that explains where its value comes from, or to "".
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

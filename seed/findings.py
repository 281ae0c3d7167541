"""The result of checking a document: findings, gathered in a report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from seed.wording import location

MOST_FINDINGS = 100
"""How many errors, and how many warnings, of a report are shown."""

MOST_COUNTED = 1_000
"""How many errors, and how many warnings, a check looks for: there it stops."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or one thing worth a warning, in a document.

    ``name`` is upper snake case and stable, ``description`` a sentence for a person, and ``path`` a JSON
    Pointer (RFC 6901) into the document at fault, "" for its root.
    """

    name: str
    description: str
    path: str = ""

    @classmethod
    def at(cls, place: tuple[str | int, ...], name: str, sentence: str) -> "Finding":
        """Return a finding whose description begins with ``place``: member names and indexes, as in a pointer."""
        return cls(name, f"{location(place)}: {sentence}", json_pointer(place))

    def as_dict(self) -> dict[str, str]:
        """Return the finding as the API shows it: ``{"name", "description", "path"}``."""
        return {"name": self.name, "description": self.description, "path": self.path}


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a check; reports of several documents add up with ``+``."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, *, errors: Iterable[Finding] = (), warnings: Iterable[Finding] = ()) -> "Report":
        """Return a report of the first ``MOST_COUNTED`` errors and warnings; no more are looked for."""
        return cls(tuple(islice(errors, MOST_COUNTED)), tuple(islice(warnings, MOST_COUNTED)))

    @property
    def is_valid(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not self.errors

    def as_warnings(self) -> "Report":
        """Return the findings on a document that stays as it is: all of them as warnings, errors first."""
        return Report.of(warnings=chain(self.errors, self.warnings))

    def __add__(self, other: "Report") -> "Report":
        return Report.of(errors=chain(self.errors, other.errors), warnings=chain(self.warnings, other.warnings))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as the API shows it: ``{"is_valid", "errors": [...], "warnings": [...]}``."""
        return {
            "is_valid": self.is_valid,
            "errors": [finding.as_dict() for finding in shown(self.errors)],
            "warnings": [finding.as_dict() for finding in shown(self.warnings)],
        }


def shown(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the first ``MOST_FINDINGS`` of ``findings``, and a MORE_FINDINGS that says how many more there are."""
    more = len(findings) - MOST_FINDINGS
    if more <= 0:
        return findings
    number = f"{more} more" if len(findings) < MOST_COUNTED else f"at least {more} more; checking stopped there"
    return (*findings[:MOST_FINDINGS], Finding("MORE_FINDINGS", f"The document: there are {number}"))


def json_pointer(parts: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901, section 3) of the member names and indexes that lead to a value."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)

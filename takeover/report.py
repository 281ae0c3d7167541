"""The report of a run: what came, what differs and why, and what a person has to do."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict

from seed.wording import printable

_LONGEST_TEXT = 1_000
MOST_ENTRIES = 2_000
"""How many remarks, duties and faults of a run are kept; the rest is counted."""


class Outcome(StrEnum):
    """What became of an object."""

    CREATED = "created"
    MATCHED = "found here already"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "changed here, and kept"
    LEFT = "left out"
    FAILED = "failed"


class Entry(TypedDict):
    """One line of the report: a kind, what it is about, and a sentence."""

    kind: str
    name: str
    sentence: str


@dataclass
class Entries:
    """The first ``MOST_ENTRIES`` entries, and how many there were."""

    first: list[Entry] = field(default_factory=list)
    count: int = 0

    def add(self, kind: str, name: str, sentence: str) -> None:
        """Add an entry, of whose texts the other system may have sent parts."""
        self.count += 1
        if len(self.first) < MOST_ENTRIES:
            self.first.append({"kind": kind, "name": _shown(name), "sentence": _shown(sentence)})

    def extend(self, entries: Iterable[Entry]) -> None:
        """Add entries."""
        for entry in entries:
            self.add(**entry)

    def as_dict(self) -> dict[str, Any]:
        """Return ``{"count", "first"}``."""
        return {"count": self.count, "first": self.first}


def _shown(text: str) -> str:
    text = printable(text[: _LONGEST_TEXT + 1])
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


@dataclass
class Report:
    """What a run did. Nothing in it is a secret: names and sentences alone.

    ``remarks`` say what differs and why, ``duties`` what a person has to do, ``faults`` what did not come.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    remarks: Entries = field(default_factory=Entries)
    duties: Entries = field(default_factory=Entries)
    faults: Entries = field(default_factory=Entries)

    def count(self, kind: str, outcome: Outcome, number: int = 1) -> None:
        """Count what became of ``number`` objects of a kind."""
        self.counts.setdefault(kind, Counter())[outcome] += number

    def fail(self, kind: str, name: str, sentence: str) -> None:
        """Note an object that did not come; the run ends with 1."""
        self.count(kind, Outcome.FAILED)
        self.faults.add(kind, name, sentence)

    def brief(self) -> str:
        """Return what happened in one line: how many objects were created, updated and so on, of all kinds."""
        totals = sum(self.counts.values(), Counter[str]())
        return (
            ", ".join(f"{totals[outcome]} {outcome}" for outcome in Outcome if totals[outcome]) or "nothing there"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as it is stored: ``{"counts", "remarks", "duties", "faults"}``."""
        return {
            "counts": {kind: dict(counter) for kind, counter in self.counts.items()},
            "remarks": self.remarks.as_dict(),
            "duties": self.duties.as_dict(),
            "faults": self.faults.as_dict(),
        }

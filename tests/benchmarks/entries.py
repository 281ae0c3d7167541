"""What the benchmark measures: reads and writes, each with its place in the table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

AREAS = (
    "job types",
    "status",
    "jobs",
    "tries",
    "nodes",
    "numbers over time",
    "recipe types",
    "errors",
    "workspaces",
    "files",
    "audit",
    "service",
)


@dataclass(frozen=True, slots=True)
class Read:
    """A GET. ``floors`` are statements that fetch the rows of its answer; the fastest one counts.

    With ``counts``, the last column of their rows is a number of jobs, as in the answer; without it they have a row
    for each result. ``share`` is the part of the rounds in which it is sent, and ``rate`` whether many clients also
    send it at once.
    """

    area: str
    path: str
    floors: tuple[str, ...] = ()
    name: str = ""
    counts: bool = False
    share: float = 1
    rate: bool = True

    @property
    def method(self) -> str:
        return "GET"

    @property
    def title(self) -> str:
        """Return its name in the table."""
        return self.name or self.path

    @property
    def example(self) -> str:
        """Return a path at which it is measured."""
        return self.path


@dataclass(frozen=True, slots=True)
class Write:
    """A write: ``path`` and ``body`` make the request from its number.

    ``answers`` are members that the answer must have. ``most`` is how often the data set allows it, and ``rate``
    whether many clients also send it at once: not where all of them would change the same row.
    """

    area: str
    title: str
    method: str
    path: Callable[[int], str]
    body: Callable[[int], Any]
    status: int = 200
    rows: int = 1
    answers: Mapping[str, Any] = field(default_factory=dict)
    most: int = 1_000_000
    rate: bool = True

    @property
    def example(self) -> str:
        return self.path(0)


Entry = Read | Write

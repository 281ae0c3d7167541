"""What the benchmark measures: reads and writes, each with its place in the table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

AREAS = ("job types", "status", "jobs", "recipe types", "errors", "workspaces", "audit", "service")


@dataclass(frozen=True, slots=True)
class Read:
    """A GET. `floors` are statements that fetch the rows of its answer, of which the fastest counts.

    `counts` says that the last column of their rows counts jobs, as the answer does; otherwise there is a row of
    theirs for each result. `share` is the part of the rounds that it is asked, and `rate` whether many clients
    ask it at once.
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
        """How the table names it."""
        return self.name or self.path

    @property
    def example(self) -> str:
        """A path that it is measured at."""
        return self.path


@dataclass(frozen=True, slots=True)
class Write:
    """A write: `path` and `body` are made from the number of the request, of which each has another.

    `answers` are members that the answer must have. `most` is how often it can be done over the data set, and
    `rate` whether many clients do it at once: not where all of them would change the same row.
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

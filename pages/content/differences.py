"""The differences between two documents, side by side: the lines of their canonical form."""

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile, zip_longest
from typing import NamedTuple

MOST_LINES = 1_000
"""How many lines of each document are compared, beside those that are alike at both ends."""

_AROUND = 3
_LONGEST_LINE = 300


class Line(NamedTuple):
    """A line of a document: its number, from 1, and its text, which may be cut."""

    number: int
    text: str


class Row(NamedTuple):
    """Two lines side by side, of which one may be missing. ``kind`` is same, changed, removed, added or skipped."""

    kind: str
    old: Line | None = None
    new: Line | None = None


class Difference(NamedTuple):
    """The rows to show; ``is_whole`` is false if too many lines differ to be compared."""

    rows: list[Row]
    is_whole: bool = True


def canonical(document: object) -> list[str]:
    """Return the lines of a JSON value, indented, with the members of objects in the order of their names."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def difference(old: object, new: object) -> Difference:
    """Compare two JSON values, and return the lines that differ with three lines around them.

    It takes a quarter of a second at most, as no more than ``MOST_LINES`` lines are compared.
    """
    before, after = canonical(old), canonical(new)
    head = max(0, _number_alike(before, after) - _AROUND)
    tail = max(0, _number_alike(before[head:][::-1], after[head:][::-1]) - _AROUND)
    before, after = before[head : len(before) - tail], after[head : len(after) - tail]
    if max(len(before), len(after)) > MOST_LINES:
        return Difference([], is_whole=False)
    matcher = SequenceMatcher(None, before, after)
    rows: list[Row] = []
    for group in matcher.get_grouped_opcodes(_AROUND):
        if rows:
            rows.append(Row("skipped"))
        for tag, i1, i2, j1, j2 in group:
            rows += _rows(tag, _lines(before[i1:i2], head + i1), _lines(after[j1:j2], head + j1))
    return Difference(rows)


def _number_alike(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines are alike at the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _lines(texts: Sequence[str], skipped: int) -> list[Line]:
    cut = (text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…" for text in texts)
    return [Line(number, text) for number, text in enumerate(cut, start=skipped + 1)]


def _rows(tag: str, before: Sequence[Line], after: Sequence[Line]) -> Iterator[Row]:
    for old, new in zip_longest(before, after):
        changed = "added" if old is None else "removed" if new is None else "changed"
        yield Row("same" if tag == "equal" else changed, old, new)

"""Findings beside the lines of a JSON text that they are about."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from seed import DocumentError, Finding, Report, lines_of, parse_document, shown

_AROUND = 2
_LONGEST_LINE = 200


@dataclass(slots=True)
class Line:
    """A line of a text: its number, from 1, its text, which may be cut, and the findings on it.

    ``follows`` is whether the line before it is shown, too.
    """

    number: int
    text: str
    follows: bool
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


def listing(text: str, report: Report) -> tuple[list[Line], Report]:
    """Return the lines of ``text`` that the findings of ``report`` are on, and the findings that are on none.

    Two lines before and behind stand with each of them. Of a text that is no JSON, as a label, all findings are on
    none, but for one that says so.
    """
    errors, warnings = shown(report.errors), shown(report.warnings)
    numbers = lines_of(text, [finding.path for finding in (*errors, *warnings)])
    lines = _around(text, sorted(set(numbers.values())))
    rest: tuple[list[Finding], list[Finding]] = ([], [])
    for kind, findings in enumerate((errors, warnings)):
        for finding in findings:
            line = lines.get(numbers.get(finding.path, 0))
            (rest if line is None else (line.errors, line.warnings))[kind].append(finding)
    return list(lines.values()), Report(errors=tuple(rest[0]), warnings=tuple(rest[1]))


def indented(text: str) -> str:
    """Return a JSON text of a single line in lines, and any other text as it is."""
    if "\n" in text.strip():
        return text
    try:
        document = parse_document(text)
    except DocumentError:
        return text
    return json.dumps(document, indent=2, ensure_ascii=False) if isinstance(document, dict) else text


def _around(text: str, numbers: Iterable[int]) -> dict[int, Line]:
    """Return the lines with ascending ``numbers``, and those around them, by number."""
    texts = text.split("\n")
    found: dict[int, Line] = {}
    for number in numbers:
        for each in range(max(1, number - _AROUND), min(len(texts), number + _AROUND) + 1):
            cut = texts[each - 1][:_LONGEST_LINE]
            found.setdefault(each, Line(each, cut, follows=each - 1 in found or each == 1))
    return found

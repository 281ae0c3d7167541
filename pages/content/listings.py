"""Findings beside the lines of a JSON text that they are about."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seed import DocumentError, Finding, Report, parse_document, shown

_AROUND = 2
_LONGEST_LINE = 200
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[][{}:,]|[^][{}:,"\s]+', re.DOTALL)


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


@dataclass(slots=True)
class _Place:
    """A place of a document that findings lead to or through, and the line at which it begins."""

    line: int | None = None
    inner: dict[str, "_Place"] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """An object or an array that the walk along a text is in: its place, and that of its present member."""

    place: _Place | None
    is_object: bool
    member: _Place | None = None
    index: int = 0
    is_name_next: bool = True


def listing(text: str, report: Report) -> tuple[list[Line], Report]:
    """Return the lines of ``text`` that the findings of ``report`` are on, and the findings that are on none.

    Two lines before and behind stand with each of them. Of a text that is no JSON, as a label, all findings are on
    none, but for one that says so.
    """
    errors, warnings = shown(report.errors), shown(report.warnings)
    numbers = _lines_of(text, [finding.path for finding in (*errors, *warnings)])
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


def _lines_of(text: str, pointers: Iterable[str]) -> Mapping[str, int]:
    """Return the line of ``text`` that each JSON Pointer leads to, or else the last one on the way there.

    A pointer that leads out of the document has none. The empty one leads to where a text ceases to be JSON.
    """
    try:
        is_object = isinstance(parse_document(text), dict)
    except DocumentError as error:
        cause = error.__cause__
        return {"": cause.lineno} if isinstance(cause, json.JSONDecodeError) else {}
    if not is_object:
        return {}
    root = _Place()
    ways: dict[str, list[_Place]] = {}
    for pointer in pointers:
        place, ways[pointer] = root, []
        for part in pointer.split("/")[1:]:
            place = place.inner.setdefault(part.replace("~1", "/").replace("~0", "~"), _Place())
            ways[pointer].append(place)
    _walk(text, root)
    lines = {pointer: [place.line for place in way if place.line is not None] for pointer, way in ways.items()}
    return {pointer: known[-1] for pointer, known in lines.items() if known}


def _walk(text: str, root: _Place) -> None:
    """Note at which lines of ``text``, which is JSON, the places inside of ``root`` begin: one pass."""
    opened: list[_Open] = []
    line, seen = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen, sign = token.start(), token[0]
        top = opened[-1] if opened else None
        if sign in "}]":
            opened.pop()
        elif top is None:
            opened.append(_Open(root, sign == "{"))
        elif sign == ",":
            top.index, top.is_name_next = top.index + 1, True
        elif sign == ":":
            top.is_name_next = False
        elif top.is_object and top.is_name_next:
            top.member = top.place and _begun(top.place, json.loads(sign), line)
        else:
            if not top.is_object:
                top.member = top.place and _begun(top.place, str(top.index), line)
            if sign in "{[":
                opened.append(_Open(top.member, sign == "{"))


def _begun(place: _Place, part: str, line: int) -> _Place | None:
    """Return the place inside of ``place`` that begins at ``line``, if a finding leads there."""
    inner = place.inner.get(part)
    if inner is not None:
        inner.line = line
    return inner

"""The lines of a JSON text at which the places that findings are about begin."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seed.documents import DocumentError, parse_document

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[][{}:,]|[^][{}:,"\s]+', re.DOTALL)


@dataclass(slots=True)
class _Place:
    """A place of a document that pointers lead to or through, and the line at which it begins."""

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


def lines_of(text: str, pointers: Iterable[str]) -> Mapping[str, int]:
    """Return the line of ``text``, from 1, that each JSON Pointer leads to, or else the last one on the way there.

    A pointer that leads out of the document has none. The empty one leads to where a text ceases to be JSON. A text
    that is no object and no array in JSON has no other lines.
    """
    try:
        document = parse_document(text)
    except DocumentError as error:
        cause = error.__cause__
        return {"": cause.lineno} if isinstance(cause, json.JSONDecodeError) else {}
    if not isinstance(document, dict | list):
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

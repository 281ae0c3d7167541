"""Strict reading of JSON of bounded size: an accepted document can be stored in any database and sent again."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from seed.findings import json_pointer
from seed.wording import location, quoted

MAX_DEPTH = 100
"""How many arrays and objects may stand inside one another."""

MOST_PARTS = 50_000
"""How many commas and opening brackets a document may hold outside of its strings: they separate its values."""

MOST_MEMBERS = 1_000
"""How many elements an array, and how many members an object, of a checked document may have."""

LONGEST_TEXT = 10_000
"""How many characters a string, and the name of a member, of a checked document may have."""

_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1
_LONGEST_INTEGER = len(str(_MIN_INTEGER))

_TOO_DEEP = f"The document: more than {MAX_DEPTH} arrays and objects stand inside one another"
# A string that is not closed ends with the text, so that no text makes this search start again and again.
_STRING = re.compile(r'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)


class DocumentError(ValueError):
    """A document that is not JSON, or that could not be stored and sent again.

    ``description`` is a sentence for a person that shows no value of the document; ``path`` is the JSON
    Pointer of the place at fault, "" where it is unknown.
    """

    def __init__(self, description: str, path: str = "") -> None:
        super().__init__(description)
        self.description = description
        self.path = path


def parse_document(text: str | bytes, *, most_parts: int = MOST_PARTS) -> Any:
    """Parse JSON (RFC 8259) strictly; bytes are UTF-8, with or without a byte order mark.

    ``most_parts`` is how many commas and opening brackets it may hold outside of its strings: fewer for a document
    that is a string in another one, so that both hold no more together than one.

    Raises DocumentError for what is not UTF-8 or not JSON, for a member name that one object has twice, and
    for all that ``check_document`` refuses.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        if _parts_of_text(decoded) > most_parts and _parts_of_text(_STRING.sub("", decoded)) > most_parts:
            raise DocumentError(
                f"The document: more than {most_parts} commas and opening brackets outside of its strings"
            )
        value = json.loads(decoded.removeprefix("\ufeff"), object_pairs_hook=_read_object, parse_int=_read_integer)
    except UnicodeDecodeError as error:
        raise DocumentError("The document is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"The document is not JSON: it cannot be read at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise DocumentError(_TOO_DEEP) from error
    check_document(value)
    return value


def number_of_parts(value: object) -> int:
    """Return how many commas and opening brackets a JSON value has outside of its strings, as MOST_PARTS counts."""
    number, pending = 0, [value]
    while pending:
        node = pending.pop()
        if isinstance(node, dict | list):
            number += max(len(node), 1)  # A bracket, and a comma before each member but the first.
            pending.extend(node.values() if isinstance(node, dict) else node)
    return number


def _parts_of_text(text: str) -> int:
    return sum(map(text.count, ",[{"))


def is_within_bounds(value: object) -> bool:
    """Return whether no array and no object in ``value`` is above MOST_MEMBERS, and no text above LONGEST_TEXT.

    The schemas of this package state the same bounds. The rules that follow them look at no other document, so that
    the work of a check is bounded.
    """
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            if len(node) > LONGEST_TEXT:
                return False
        elif isinstance(node, dict | list):
            if len(node) > MOST_MEMBERS:
                return False
            pending.extend(node)
            if isinstance(node, dict):
                pending.extend(node.values())
    return True


def check_document(value: object) -> None:
    """Check that a parsed JSON value can be stored in PostgreSQL and SQLite and sent again.

    Raises DocumentError for NaN and the infinities, integers outside signed 64 bits, U+0000 and lone
    surrogates in strings and member names, nesting deeper than ``MAX_DEPTH``, and values that JSON has not.
    """
    # A loop, since recursion would exhaust the stack on the very documents that this refuses.
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while pending:
        parts, node = pending.pop()
        children: Iterable[tuple[str | int, Any]]
        if isinstance(node, dict):
            if not all(isinstance(name, str) and _is_storable(name) for name in node):
                raise _refusal(parts, "a member name with U+0000 or a lone surrogate cannot be stored")
            children = node.items()
        elif isinstance(node, list):
            children = enumerate(node)
        else:
            children = ()
            if fault := _scalar_fault(node):
                raise _refusal(parts, fault)
        for key, child in children:
            if isinstance(child, dict | list):
                if len(parts) + 2 > MAX_DEPTH:
                    raise DocumentError(_TOO_DEEP)
                pending.append(((*parts, key), child))
            elif fault := _scalar_fault(child):
                raise _refusal((*parts, key), fault)


def _refusal(parts: tuple[str | int, ...], fault: str) -> DocumentError:
    return DocumentError(f"{location(parts)}: {fault}", json_pointer(parts))


def _scalar_fault(value: object) -> str | None:
    match value:
        case str():
            return None if _is_storable(value) else "a string with U+0000 or a lone surrogate cannot be stored"
        case None | bool():
            return None
        case int():
            fits = _MIN_INTEGER <= value <= _MAX_INTEGER
            return None if fits else "an integer outside the signed 64-bit range cannot be stored"
        case float():
            return None if math.isfinite(value) else "NaN, Infinity and numbers that overflow are not JSON"
        case _:
            return "this is not a JSON value"


def _is_storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        repeated, _ = Counter(name for name, _ in members).most_common(1)[0]
        raise DocumentError(f"The document: an object has the member {quoted(repeated)} more than once")
    return value


def _read_integer(digits: str) -> int:
    # Longer ones are out of range whatever follows, and int() raises for some 4,000 digits.
    return int(digits[: _LONGEST_INTEGER + 1])

"""Places and values of a document as words in a sentence: short, printable, and as JSON has them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MAX_QUOTED = 60
# Two names of 60 characters are compared in 1 ms at most, so that all comparisons of a check take 0.2 s.
_MOST_COMPARISONS = 200
_LONGEST_COMPARED = 60


def printable(text: str) -> str:
    """Return ``text`` with escapes for what would break a line or not show."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def shortened(text: str) -> str:
    """Return ``text`` cut to 60 characters, and printable."""
    return printable(text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…")


def location(parts: Iterable[str | int]) -> str:
    """Return the place as a person writes it, ``job.errors[0].code``; the root is ``The document``."""
    dotted = "".join(f"[{part}]" if isinstance(part, int) else "." + (shortened(part) or "''") for part in parts)
    return dotted.removeprefix(".") or "The document"


def kind(value: object) -> str:
    """Return the JSON type of a value, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case _:
            return "an object"


def quoted(value: object) -> str:
    """Return a scalar as it stands in JSON, a string in single quotes and cut; of anything else its kind."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{shortened(value)}'"
        case float():
            return str(value)
        # Python refuses to write integers of more than some 4,000 digits.
        case int() if value.bit_length() <= 64:
            return str(value)
        case _:
            return kind(value)


def nearest_names(unknown: Sequence[str], declared: Sequence[str]) -> dict[str, str]:
    """Return the declared name that each unknown one resembles in any case, where there is one.

    Long names, and those beyond a bounded number of comparisons, are left out.
    """
    by_folded = {name.casefold(): name for name in declared[:_MOST_COMPARISONS] if len(name) <= _LONGEST_COMPARED}
    nearest = {}
    for name in unknown[: _MOST_COMPARISONS // max(len(by_folded), 1)]:
        if len(name) <= _LONGEST_COMPARED and (found := get_close_matches(name.casefold(), by_folded, n=1)):
            nearest[name] = by_folded[found[0]]
    return nearest

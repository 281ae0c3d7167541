"""The query parameters of a request, with what browser clients send for "nothing" left out."""

from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

ABSENT_VALUES = frozenset({"", "null", "undefined"})


def query_parameters(request: Request | Any) -> QueryDict:
    """The query of `request` without the values that count as absent; a parameter with none left is gone."""
    cleaned = QueryDict(mutable=True)
    for name, values in request.query_params.lists():
        if kept := [value for value in values if value not in ABSENT_VALUES]:
            cleaned.setlist(name, kept)
    return cleaned


def whole_number(text: str) -> int:
    """The integer that `text` writes in decimal digits. Raises ValueError with a sentence for anything else.

    A number that is longer than any column's is cut to 20 digits, which are beyond all columns too.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("must be a whole number.")
    # int() refuses to read thousands of digits.
    number = int(digits.lstrip("0")[:20] or "0")
    return -number if text.startswith("-") else number

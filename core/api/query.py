"""The query parameters of a request, without the values that clients send for "nothing"."""

from django.http import QueryDict
from rest_framework.request import Request

ABSENT_VALUES = frozenset({"", "null", "undefined"})


def query_parameters(request: Request) -> QueryDict:
    """Return the query parameters of ``request`` that have a value, without the values in ABSENT_VALUES."""
    cleaned = QueryDict(mutable=True)
    for name, values in request.query_params.lists():
        if present := [value for value in values if value not in ABSENT_VALUES]:
            cleaned.setlist(name, present)
    return cleaned


def whole_number(text: str) -> int:
    """Return the integer that ``text`` holds in decimal digits. Raise ValueError for anything else.

    A number of more than 20 digits is cut to 20, which is still more than any column can hold.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("must be a whole number.")
    # int() raises ValueError for thousands of digits.
    number = int(digits.lstrip("0")[:20] or "0")
    return -number if text.startswith("-") else number

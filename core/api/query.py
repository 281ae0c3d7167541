"""The query parameters of a request, without what clients send for "nothing" or add to every request."""

from collections.abc import Sequence

from django.utils.datastructures import MultiValueDict
from rest_framework.request import Request

from core.services import Refused
from seed import Finding, Report, json_pointer, nearest_names, shortened

ABSENT_VALUES = frozenset({"", "null", "undefined"})
# What stray signs make, and what JavaScript libraries add so that no cache answers.
IGNORED_NAMES = frozenset({"", "_"})
IGNORED_PARAMETER = ("format", "json")


def query_parameters(request: Request) -> MultiValueDict[str, str]:
    """Return the query parameters of ``request`` that ask for something.

    Left out are values in ABSENT_VALUES, parameters in IGNORED_NAMES, and ``format=json``: all answers are JSON.
    """
    cleaned: MultiValueDict[str, str] = MultiValueDict()
    for name, values in request.query_params.lists():
        present = [value for value in values if value not in ABSENT_VALUES and (name, value) != IGNORED_PARAMETER]
        if present and name not in IGNORED_NAMES:
            cleaned.setlist(name, present)
    return cleaned


def refuse_unknown(request: Request, known: Sequence[str]) -> None:
    """Raise Refused, with a finding for each query parameter of ``request`` that is not one of ``known``."""
    unknown = [name for name in query_parameters(request) if name not in known]
    if not unknown:
        return
    nearest = nearest_names(unknown, known)
    hints = {name: f"the nearest known one is {found}; " for name, found in nearest.items()}
    rest = f"the known ones are: {', '.join(known)}." if known else "this URL has none."
    findings = (
        Finding(
            "UNKNOWN_PARAMETER",
            f"{shortened(name)}: unknown query parameter; {hints.get(name, '')}{rest}",
            json_pointer((name,)),
        )
        for name in unknown
    )
    raise Refused(Report.of(errors=findings))


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

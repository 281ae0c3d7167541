"""Points in time as a query writes them: an ISO-8601 datetime, or a duration that means "that long ago"."""

import re
from datetime import UTC, datetime, timedelta

import isodate

# A bare `+` in a query arrives as a space: 2015-01-01T00:00:00 02:00 was meant as an offset.
_LOST_PLUS = re.compile(r"(T[0-9:.,]+) (\d\d:?\d\d|\d\d)\Z", re.ASCII)
_LONGEST = 100


def parse_moment(text: str, *, now: datetime) -> datetime:
    """The moment that `text` means, in UTC.

    `text` is an ISO-8601 datetime (without an offset it is UTC) or an ISO-8601 duration before `now`.
    Raises ValueError with a sentence for anything else, and for what lies outside the years 1 to 9999.
    """
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError(_EXPECTED)
    try:
        moment = _read(text)
    except OverflowError:
        raise ValueError(_LEAVES) from None
    except (ValueError, ArithmeticError, TypeError, AttributeError):
        # isodate lets the errors of what it is built on through for texts that only resemble ISO 8601.
        raise ValueError(_EXPECTED) from None
    try:
        if not isinstance(moment, datetime):
            return now - moment
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError(_LEAVES) from None


def _read(text: str) -> datetime | timedelta | isodate.Duration:
    if not text.lstrip("+-").startswith("P"):
        moment = isodate.parse_datetime(_LOST_PLUS.sub(r"\1+\2", text))
        # Asking for the offset raises when it is longer than a day.
        return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment
    if text.endswith("T"):
        # isodate takes PT for no time at all; ISO 8601 wants a time behind the T.
        raise ValueError(text)
    return isodate.parse_duration(text)


_EXPECTED = "must be an ISO-8601 datetime such as 2015-01-01T00:00:00Z, or a duration such as PT3H."
_LEAVES = "leaves the calendar, which goes from year 1 to 9999."

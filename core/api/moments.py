"""Points in time in query parameters: ISO-8601 datetimes and dates, and durations that mean "that long ago"."""

import re
from datetime import UTC, datetime, timedelta

import isodate

# An unescaped `+` in a query string is read as a space: 2015-01-01T00:00:00 02:00 had an offset.
_LOST_PLUS = re.compile(r"(T[0-9:.,]+) (\d\d:?\d\d|\d\d)\Z", re.ASCII)
_DATE = re.compile(r"\d{4}(-\d\d-\d\d|\d{4})", re.ASCII)
_LONGEST = 100


def parse_moment(text: str, *, now: datetime) -> datetime:
    """Return the moment that ``text`` denotes, in UTC.

    ``text`` is an ISO-8601 datetime, in UTC if it has no offset; a date alone, which is its midnight in UTC; or an
    ISO-8601 duration before ``now``.
    Raise ValueError, with a message for the client, for anything else and for moments outside the years 1 to 9999.
    """
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError(_EXPECTED)
    try:
        moment = _read(text)
    except OverflowError:
        raise ValueError(_OUT_OF_RANGE) from None
    except (ValueError, ArithmeticError, TypeError, AttributeError):
        # For text that only resembles ISO 8601, isodate does not catch the errors of the functions that it calls.
        raise ValueError(_EXPECTED) from None
    try:
        if not isinstance(moment, datetime):
            return now - moment
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError(_OUT_OF_RANGE) from None


def _read(text: str) -> datetime | timedelta | isodate.Duration:
    if _DATE.fullmatch(text):
        text += "T00:00:00Z"
    if not text.lstrip("+-").startswith("P"):
        moment = isodate.parse_datetime(_LOST_PLUS.sub(r"\1+\2", text))
        # utcoffset() raises ValueError for an offset of a day or more.
        return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment
    if text.endswith("T"):
        # isodate reads PT as an empty duration; ISO 8601 requires a time after the T.
        raise ValueError(text)
    return isodate.parse_duration(text)


_EXPECTED = (
    "must be an ISO-8601 datetime such as 2015-01-01T00:00:00Z, a date such as 2015-01-01, or a duration "
    "such as PT3H."
)
_OUT_OF_RANGE = "is outside the calendar, which covers the years 1 to 9999."

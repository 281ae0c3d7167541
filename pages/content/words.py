"""Jobs, job types, sizes and times in words, for sentences and URLs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")


def jobs_in_words(count: int) -> str:
    """Return a number of jobs in words."""
    return "1 job" if count == 1 else f"{count:,} jobs"


def job_type_in_words(job_type: Mapping[str, Any]) -> str:
    """Return the title, or else the name, of a job type, and its version."""
    return f"{job_type['title'] or job_type['name']} {job_type['version']}"


def size_in_words(size: int) -> str:
    """Return a number of bytes in the largest unit of which there is one: ``1.5 MiB``."""
    if size < 1024:
        return "1 byte" if size == 1 else f"{size} bytes"
    amount, units = size / 1024, iter(_UNITS)
    unit = next(units)
    while round(amount, 1) >= 1024 and unit != _UNITS[-1]:
        amount, unit = amount / 1024, next(units)
    return f"{amount:,.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"


def utc(moment: datetime) -> str:
    """Return a moment as query parameters and ``<time>`` have it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

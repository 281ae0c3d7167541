"""Jobs, job types and times in words, for sentences and URLs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def jobs_in_words(count: int) -> str:
    """Return a number of jobs in words."""
    return "1 job" if count == 1 else f"{count:,} jobs"


def job_type_in_words(job_type: Mapping[str, Any]) -> str:
    """Return the title, or else the name, of a job type, and its version."""
    return f"{job_type['title'] or job_type['name']} {job_type['version']}"


def utc(moment: datetime) -> str:
    """Return a moment as query parameters and ``<time>`` have it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

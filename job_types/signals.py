"""What job types tell the rooms above them, within the transaction that it happens in.

A receiver gets `job_type` (locked, as it is from now on) and answers a `seed.Report` with what the client should
be warned of; what it raises undoes the edit.
"""

from typing import Any, cast

from django.dispatch import Signal

from seed import Report

# The job type has a new revision, which others should follow to.
revised = Signal()
# The job type was active and is deprecated now.
deprecated = Signal()


def tell(signal: Signal, job_type: Any) -> Report:
    """Sends `signal`, and adds up the answers."""
    report = Report()
    for _, answer in signal.send(type(job_type), job_type=job_type):
        report += cast(Report, answer)
    return report

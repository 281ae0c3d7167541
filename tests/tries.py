"""What must be true of the tries of a job, whatever happened to the nodes that ran it."""

from collections.abc import Sequence
from itertools import pairwise

from jobs.models import Job, JobExecution
from jobs.states import End, Status


def check_tries(job: Job, tries: Sequence[JobExecution]) -> None:
    """Check that a job that is over, or queued, agrees with its tries, oldest first, and that none overlap."""
    assert job.status in (Status.COMPLETED, Status.FAILED, Status.QUEUED, Status.CANCELED)
    assert [one.exe_num for one in tries] == list(range(1, job.num_exes + 1))
    assert job.error_id or job.status != Status.FAILED
    returned = sum(one.end == End.RETURNED for one in tries)
    assert job.num_exes <= job.max_tries + returned
    for one, following in pairwise(tries):
        assert one.end
        assert one.ended is not None
        assert one.lease_expires is not None
        assert following.started >= one.ended
        if one.end in (End.NODE_LOST, End.TIMED_OUT, End.CANCELED):
            assert following.started >= one.lease_expires, "its node still had a lease"

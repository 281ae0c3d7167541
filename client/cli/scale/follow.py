"""The logs of a job, as they are, and as they grow."""

import sys
import time
from typing import TextIO

from client import Scale
from client.cli.scale.session import Refused
from client.models import Execution
from seed.wording import printable

_FINAL = ("COMPLETED", "FAILED", "CANCELED")
# Workers report logs with their heartbeats, every few seconds.
_SECONDS = 2.0
# The characters by which the end of what was printed is found in a log whose beginning is gone.
_ANCHOR = 200


def print_log(scale: Scale, job_id: int, number: int | None, log: str) -> None:
    """Print a log of a try, the last one unless ``number`` names another. Raises Refused if there was none."""
    tries = list(scale.jobs.executions(job_id))
    chosen = tries[0] if tries and number is None else next((one for one in tries if one.exe_num == number), None)
    if chosen is None:
        raise Refused(f"Job {job_id} has no try{f' {number}' if number else ' yet'}.")
    _write(sys.stdout, scale.executions.log(chosen.id, log))


def follow_logs(scale: Scale, job_id: int) -> None:
    """Print the logs of a job as they grow, on standard output and standard error, until the job is over."""
    printed: dict[tuple[int, str], str] = {}
    while True:
        # The status first: what is reported before the end is read after it.
        status = scale.jobs.show(job_id).status
        latest = next(iter(scale.jobs.executions(job_id, page_size=1)), None)
        if latest is not None:
            _print_new(scale, latest, printed)
        if status in _FINAL:
            print(f"Job {job_id}: {status}", file=sys.stderr)
            return
        time.sleep(_SECONDS)


def _print_new(scale: Scale, execution: Execution, printed: dict[tuple[int, str], str]) -> None:
    for log, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        before = printed.get((execution.id, log), "")
        now = scale.executions.log(execution.id, log)
        _write(stream, added(before, now))
        printed[execution.id, log] = now


def added(before: str, now: str) -> str:
    """Return what a log has now that it had not before; both are tails, so that its beginning may be gone."""
    if now.startswith(before):
        return now[len(before) :]
    anchor = before[-_ANCHOR:]
    place = now.rfind(anchor)
    return now[place + len(anchor) :] if place >= 0 else f"…\n{now}"


def _write(stream: TextIO, text: str) -> None:
    # A terminal obeys what a log holds; a file keeps it as it is.
    if stream.isatty():
        text = "".join(one if one in "\n\t" else printable(one) for one in text)
    stream.write(text)
    stream.flush()

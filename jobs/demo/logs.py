"""The logs of the tries of the demo, as the programs of its job types might write them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random

from jobs.models import JobExecution
from jobs.states import End
from seed import Manifest

# What a program leaves that is aborted.
_CRASH = "terminate called after throwing an instance of 'std::bad_alloc'\nAborted (core dumped)\n"


def write_logs(one: JobExecution, *, manifest: Manifest, steps: Sequence[str], now: datetime, rng: Random) -> None:
    """Set the logs of a try: its start, its ``steps`` as far as it came, and how it ended.

    What fails of an error of the system never came as far as to write anything.
    """
    if one.end == End.FAILED and one.error and one.error.category == "SYSTEM":
        return
    one.stdout = "".join(f"{line}\n" for line in _lines(one, manifest, steps, now, rng))
    if one.end == End.FAILED and one.error:
        is_declared = one.error.job_type_name is not None
        one.stderr = f"error: {one.error.description}\n" if is_declared else _CRASH


def _lines(
    one: JobExecution, manifest: Manifest, steps: Sequence[str], now: datetime, rng: Random
) -> Iterator[str]:
    until = one.ended or now
    came = len(steps) if one.end == End.COMPLETED else rng.randint(0, len(steps))
    yield f"{_time(one.started)} {manifest.name} {manifest.version} on {one.node}"
    for number, step in enumerate(steps[:came], 1):
        when = one.started + (until - one.started) * (number / (came + 1))
        yield f"{_time(when)} {step.format(n=rng.randint(2, 4000))}"
    if one.end == End.COMPLETED:
        outputs = [one.name for one in manifest.output_files] + [one.name for one in manifest.output_json]
        wrote = f"wrote {', '.join(outputs)}" if outputs else "done"
        yield f"{_time(until)} {wrote}"


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds")[:23]

"""Details of jobs and tries of the other system, read as the rows that they become here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from job_types.models import LONGEST_TIMEOUT
from jobs.history import PastJob, PastTry
from jobs.states import ENDED, REPORTED_ENDS, End, Status
from takeover.readers.fields import Document, moment_of, moment_or_none, number_of, object_of, text_of
from takeover.readers.job_references import LARGEST_NUMBER, References
from takeover.source import BadAnswer

UNSHOWN = "the other system lists it and does not show it, so that its input and output are not known"
NO_END = "when it ended is not known, so that it is the time of its last change of status"
BACKWARDS = "it ended before it started, so that it is shown to have ended when it started"
NO_RUN = "the recipe run or batch that it belongs to does not come"
SUPERSEDED = "it was superseded by another job, which is not shown here"
UNENDED_TRY = "its last try was not over, so that it is shown to have ended with the job"
LATER_TRY = "its last try was not over yet; it comes with a later run"

# What ended a try of which the other system names the error alone.
_ENDS_BY_ERROR = {"node-lost": End.NODE_LOST, "timeout": End.TIMED_OUT}


@dataclass(frozen=True, slots=True)
class ShownJob:
    """What the other system shows of a job that is over: its ``details``, or its row of the list, and its tries."""

    details: Document
    tries: Sequence[Document]
    is_whole: bool = True


def past_job(
    shown: ShownJob, references: References, job_type: int, *, recent: datetime
) -> tuple[PastJob, list[str]]:
    """Return a job as it is to be stored, without an id of its own, and how it differs from ``shown``.

    ``job_type`` is the id of its job type here. A try that is not over is left out where the job has changed since
    ``recent``, as its end may be on the way. Raises BadAnswer.
    """
    details, status = shown.details, text_of(shown.details, "status")
    revision, of_revision = references.revision(object_of(details, "job_type_rev"), job_type)
    configuration = references.configuration(details, job_type, revision)
    error, of_error = references.error(object_of(details, "error")) if status == Status.FAILED else (None, ())
    started = moment_or_none(details, "started")
    known_end, modified = moment_or_none(details, "ended"), moment_of(details, "last_modified")
    changed = moment_or_none(details, "last_status_change") or modified
    ended = _not_before(started, known_end or changed)
    over = [one for one in shown.tries if one.get("status") in ENDED]
    tries = over if modified > recent else shown.tries
    job = PastJob(
        job_type_id=job_type,
        job_type_rev_id=revision,
        configuration_num=configuration.number,
        status=status,
        error_id=error,
        priority=configuration.priority,
        input=_without_version(object_of(details, "input")),
        output=_without_version(object_of(details, "output")),
        configuration=configuration.difference,
        node=_node(details),
        max_tries=_count_of(details, "max_tries"),
        num_exes=_count_of(details, "num_exes"),
        created=moment_of(details, "created"),
        queued=moment_or_none(details, "queued"),
        started=started,
        ended=ended,
        last_status_change=changed,
        last_modified=modified,
        tries=[_past_try(one, references, revision, status=status, ended=ended) for one in tries],
    )
    remarks = (*of_revision, *of_error, *configuration.remarks, *_remarks(shown, job, known_end))
    return job, list(dict.fromkeys(remarks))


def _past_try(shown: Document, references: References, revision: int, *, status: str, ended: datetime) -> PastTry:
    """Return a try as it is to be stored; with ``status`` and ``ended``, those of its job, if it is not over."""
    own_status = text_of(shown, "status")
    if own_status in ENDED:
        status = own_status
    started, ended = moment_or_none(shown, "started"), moment_or_none(shown, "ended") or ended
    error, _ = references.error(object_of(shown, "error")) if status == Status.FAILED else (None, ())
    started = started or ended
    timeout: Any = shown.get("timeout")
    has_timeout = isinstance(timeout, int) and 0 < timeout < LONGEST_TIMEOUT
    name: Any = object_of(shown, "error").get("name")
    return PastTry(
        id=references.kept_id(shown),
        job_type_rev_id=revision,
        exe_num=_count_of(shown, "exe_num"),
        status=status,
        end=_ENDS_BY_ERROR.get(name, End.FAILED) if status == Status.FAILED else REPORTED_ENDS[Status(status)],
        error_id=error,
        node=_node(shown),
        queued=moment_or_none(shown, "queued"),
        started=started,
        ended=_not_before(started, ended),
        times_out=started + timedelta(seconds=timeout) if has_timeout else None,
    )


def _remarks(shown: ShownJob, job: PastJob, known_end: datetime | None) -> Iterator[str]:
    if not shown.is_whole:
        yield UNSHOWN
    # A job that is canceled has no end in v6.
    if known_end is None and job.status != Status.CANCELED:
        yield NO_END
    if known_end is not None and job.ended != known_end:
        yield BACKWARDS
    if shown.details.get("recipe") or shown.details.get("batch"):
        yield NO_RUN
    if shown.details.get("is_superseded"):
        yield SUPERSEDED
    if any(one.get("status") not in ENDED for one in shown.tries):
        yield UNENDED_TRY if len(job.tries) == len(shown.tries) else LATER_TRY


def _without_version(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "version"} if "version" in data else data


def _count_of(document: Document, name: str) -> int:
    number = number_of(document, name)
    if not 0 <= number <= LARGEST_NUMBER:
        raise BadAnswer(f"Its {name} is no number from 0 to {LARGEST_NUMBER}.")
    return number


def _node(document: Document) -> str | None:
    """Return the host name of the node of a job or try."""
    node = object_of(document, "node")
    return text_of(node, "hostname") if node else None


def _not_before(started: datetime | None, ended: datetime) -> datetime:
    return max(started, ended) if started else ended

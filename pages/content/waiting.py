"""What can be done about what keeps a job from running."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from job_types.rights import SYSTEM_RIGHT
from jobs.waiting import Name, Reason
from pages.navigation import url_of

# Reasons by the page that does something about them, and what it does.
_OF_JOB_TYPE = {
    Name.JOB_TYPE_PAUSED: ("resume-job-type", "Resume it…"),
    Name.JOB_TYPE_DEPRECATED: ("activate-job-type", "Activate it…"),
    Name.MAX_SCHEDULED: ("configure-job-type", "Change the limit…"),
}
_OF_NODES = (Name.UNMET_RESOURCES, Name.NODES_PAUSED, Name.NO_NODES, Name.QUEUE)


class Hint(TypedDict):
    """Why a job waits, in words, and a page that helps, if there is one: its URL, what it does, and for whom.

    ``right`` is the permission that the page needs; "" where reading is enough.
    """

    text: str
    url: str
    action: str
    right: str


def hints(reasons: Sequence[Reason], job_type: Mapping[str, Any]) -> Iterator[Hint]:
    """Yield the ``reasons`` for which a job of ``job_type`` waits, each with what can be done about it."""
    right = SYSTEM_RIGHT if job_type["is_system"] else "job_types.change_jobtype"
    for reason in reasons:
        name, url, action, needed = Name(reason["name"]), "", "", ""
        if name in _OF_JOB_TYPE:
            page, action = _OF_JOB_TYPE[name]
            url, needed = url_of(page, name=job_type["name"], version=job_type["version"]), right
        elif name == Name.SCHEDULER_PAUSED:
            url, action, needed = url_of("resume-scheduler"), "Resume it…", "jobs.change_scheduler"
        elif name in _OF_NODES:
            url, action = url_of("nodes"), "Look at the nodes"
        yield Hint(text=reason["description"], url=url, action=action, right=needed)

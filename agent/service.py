"""The service as the agent asks it: again and again while it is away, and for each manifest once."""

import logging
import random
import threading
from collections.abc import Callable, Container, Iterator
from typing import Any, TypeVar

import httpx

from agent.assignment import Assignment
from client import (
    Forbidden,
    NotFound,
    Rejected,
    Retries,
    Scale,
    ScaleError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from client.models import Claimed, Orders, Outcome
from seed.images import pinned_image
from seed.manifest import Manifest

log = logging.getLogger(__name__)
T = TypeVar("T")

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0
_CLIENT_ERRORS = range(400, 500)
# By these the service says that a report is not in order, or too large; another one is answered with an outcome.
_NO_REPORT = (400, 413)


class GaveUp(Exception):
    """A request that had no answer when it was no longer wanted."""


def pauses(first: float = _FIRST_PAUSE, longest: float = _LONGEST_PAUSE) -> Iterator[float]:
    """Yield the seconds between one try and the next: ever longer, and half of it by chance."""
    full = first
    while True:
        yield full / 2 + random.uniform(0, full / 2)  # noqa: S311  (it spreads nodes, and is no secret)
        full = min(full * 2, longest)


def is_passing(error: ScaleError, final: Container[int] = _CLIENT_ERRORS) -> bool:
    """Return whether a request that failed so may succeed later without being another one.

    ``final`` are the statuses by which the service says that it will not. From anything on the way to it, such as a
    proxy that is being set up, they say nothing.
    """
    if not isinstance(error, Rejected) or not error.is_of_service:
        return True
    # A token that was revoked, or a right that was taken, may be given again.
    return isinstance(error, Unauthorized | Forbidden | Unavailable) or error.status not in final


class Service:
    """The requests of the agent. Threads may share it."""

    def __init__(self, url: str, token: str, node: str) -> None:
        # How often is decided here, where it is known until when an answer is wanted.
        self._scale = Scale(url, token, scheme="Bearer", timeout=_TIMEOUT, retries=Retries(most=0))
        self.url = self._scale.url
        self.node = node
        self._revisions: dict[int, tuple[str, Manifest]] = {}

    def close(self) -> None:
        """Close all connections."""
        self._scale.close()

    def claim(self, body: dict[str, Any]) -> Claimed:
        """Send a claim once. Raises ScaleError."""
        return self._scale.jobs.claim(body)

    def heartbeat(self, body: dict[str, Any]) -> Orders:
        """Send a heartbeat once. Raises ScaleError."""
        return self._scale.nodes.heartbeat({"node": self.node, **body})

    def report(self, change: dict[str, Any], give_up: threading.Event) -> Outcome:
        """Report what became of a try. Raises GaveUp, and Rejected for a report that is not in order."""
        body = {"changes": [{"node": self.node, **change}]}
        return until_answered(lambda: self._scale.jobs.report(body), give_up, "report", _NO_REPORT).results[0]

    def may_count(self, job_id: int, number: int, give_up: threading.Event) -> bool:
        """Return whether the products of a try may count: unless it is known to have ended without completing.

        A try that the service does not know, as after its database was restored, may have completed. Raises GaveUp,
        also if the try has not ended for the service.
        """
        try:
            one = until_answered(lambda: self._scale.jobs.execution(job_id, number), give_up, "look at the try")
        except NotFound:
            log.warning(
                "the service does not know a try; its products stay", extra={"job_id": job_id, "num_exes": number}
            )
            return True
        if one.status == "RUNNING":
            raise GaveUp("the end of the try")
        return one.status == "COMPLETED"

    def revision(self, one: Assignment, give_up: threading.Event) -> tuple[str, Manifest]:
        """Return the image, by its digest if that is known, and the manifest of a revision, which never change.

        Raises GaveUp, and Rejected if there is no such revision.
        """
        if (kept := self._revisions.get(one.revision_id)) is None:
            shown = until_answered(
                lambda: self._scale.job_types.revision(one.job_type, one.version, one.revision), give_up, "manifest"
            )
            image = pinned_image(shown.docker_image, shown.docker_image_digest)
            kept = self._revisions[one.revision_id] = (image, Manifest.read(shown.manifest))
        return kept


def until_answered(
    ask: Callable[[], T], give_up: threading.Event, what: str, final: Container[int] = _CLIENT_ERRORS
) -> T:
    """Ask until there is an answer, with pauses that grow and differ.

    Raises GaveUp once ``give_up`` is set, and ScaleError where asking again would not help (see ``is_passing``).
    """
    for pause in pauses():
        try:
            return ask()
        except ScaleError as error:
            if not is_passing(error, final):
                raise
            level = logging.INFO if isinstance(error, Unreachable) else logging.WARNING
            log.log(level, "no answer", extra={"request": what, "reason": str(error), "again_in": round(pause, 2)})
        if give_up.wait(pause):
            raise GaveUp(what)
    raise AssertionError("pauses never end")

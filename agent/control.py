"""Orders to end a try early, and the state that its threads share."""

import threading
from enum import StrEnum


class Stop(StrEnum):
    """Why a try is to end: the orders of the service by their names, and the end of the agent."""

    CANCELED = "canceled"
    NOT_YOURS = "not-yours"
    TIMED_OUT = "timed-out"
    LEAVING = "leaving"


class Stopped(Exception):
    """A try that ended because it was told to: it may begin anew elsewhere."""


class Control:
    """What others have said to a try. Threads may share it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.reason: Stop | None = None
        # Set when no answer of the service is waited for any longer.
        self.no_answer = threading.Event()
        self.is_hurried = False
        self._is_reporting = False
        self._lock = threading.Lock()

    def end(self, reason: Stop) -> None:
        """Let it end as soon as it can. An order of the service counts for more than the end of the agent."""
        with self._lock:
            if self.reason is None or self.reason == Stop.LEAVING:
                self.reason = reason
            if self.is_unwanted:
                self.no_answer.set()
            self.stop.set()

    def begin_to_report(self) -> bool:
        """Let no order count from now on, as the answer to the report does; return False if one counts already.

        A try that is reported is over for the service, whose answer may be lost: it says "not yours" then.
        """
        with self._lock:
            self._is_reporting = not self.is_unwanted
            return self._is_reporting

    def hurry(self) -> None:
        """Let it end at once: what runs is killed, and what has no answer is left for the next start."""
        self.is_hurried = True
        self.no_answer.set()

    @property
    def is_unwanted(self) -> bool:
        """Whether the service wants to know nothing of it any longer."""
        return not self._is_reporting and self.reason in (Stop.CANCELED, Stop.NOT_YOURS)

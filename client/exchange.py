"""How a request is carried out, without doing it: what to send, when to wait, what to remember."""

import random
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TypeVar

import httpx

from client.calls import Answer, Call
from client.errors import Unreachable, error_of

T = TypeVar("T")
Outcome = httpx.Response | httpx.RequestError
Step = float | dict[str, str]
"""What to do next: wait for so many seconds, or send the request with these headers."""

TOO_MANY, IN_PROGRESS, NOT_MODIFIED = 429, 409, 304
_PASSING = (TOO_MANY, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again, and after how many seconds: twice as many each time, half of it by chance.

    A service that asks for more than ``longest`` by ``Retry-After`` is not asked again.
    """

    most: int = 4
    first: float = 0.5
    longest: float = 60.0

    def pause(self, number: int, outcome: Outcome) -> float | None:
        """Return the seconds before try ``number`` + 1 (the first one is 0), or None for none."""
        if number >= self.most:
            return None
        asked = _retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if asked is not None:
            return asked if asked <= self.longest else None
        full = min(self.first * 2**number, self.longest)
        return full / 2 + random.uniform(0, full / 2)  # noqa: S311  (it spreads clients, and is no secret)


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds in ``Retry-After`` (RFC 9110, section 10.2.3), or None without any that can be read."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None


class Memory:
    """The latest answers with an entity tag, by path, up to ``most_bytes``; the least used is forgotten first."""

    def __init__(self, most_bytes: int = 8 * 1024 * 1024) -> None:
        self._most_bytes = most_bytes
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, path: str) -> Answer | None:
        """Return the answer that ``path`` last had, if it is remembered."""
        with self._lock:
            if path in self._answers:
                self._answers.move_to_end(path)
            return self._answers.get(path)

    def put(self, path: str, answer: Answer) -> None:
        """Remember an answer, in place of the one before."""
        with self._lock:
            if (old := self._answers.pop(path, None)) is not None:
                self._bytes -= len(old.content)
            if answer.etag is None:
                return
            self._answers[path] = answer
            self._bytes += len(answer.content)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._answers.popitem(last=False)[1].content)


def exchange(call: Call[T], retries: Retries, memory: Memory) -> Generator[Step, Outcome | None, T]:
    """Yield the steps that carry out ``call``, take what came of each request, and return what was read.

    Raises Rejected, Unreachable and UnexpectedAnswer.
    """
    # The tag is that of JSON, not of the same thing in another type.
    seen = memory.get(call.path) if call.method == "GET" and "Accept" not in call.headers else None
    headers = dict(call.headers) | ({"If-None-Match": seen.etag} if seen and seen.etag else {})
    number = 0
    while True:
        outcome = yield headers
        assert outcome is not None  # noqa: S101  (it is what came of the request)
        if isinstance(outcome, httpx.Response):
            if seen is not None and outcome.status_code == NOT_MODIFIED:
                return call.read(seen)
            if outcome.is_success:
                answer = Answer(outcome.status_code, outcome.content, outcome.headers.get("ETag"))
                if call.method == "GET" and "Accept" not in call.headers:
                    memory.put(call.path, answer)
                return call.read(answer)
        pause = retries.pause(number, outcome) if _may_repeat(call, outcome) else None
        if pause is None:
            raise error_of(outcome) if isinstance(outcome, httpx.Response) else _unreachable(outcome)
        yield pause
        number += 1


def _may_repeat(call: Call[T], outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.Response):
        # 409: the same request with the same key is being carried out at this moment.
        passing = outcome.status_code in _PASSING or (
            outcome.status_code == IN_PROGRESS and "Idempotency-Key" in call.headers
        )
        return passing and call.repeatable
    # What was never sent can be sent, whatever it does.
    never_sent = isinstance(outcome, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return never_sent or (call.repeatable and isinstance(outcome, httpx.TransportError))


def _unreachable(error: httpx.RequestError) -> Unreachable:
    url = error.request.url
    place = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{place} did not answer in time.")
    return Unreachable(f"{place} cannot be reached: {error or type(error).__name__}.")

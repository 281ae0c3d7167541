"""Source: GET requests to a live Scale, as patient and as careful as its users need it to be."""

import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, NoReturn, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx
import orjson

from takeover.source.connections import ConnectionFailed, Connections, Response, TooLarge
from takeover.source.errors import BadAnswer, SourceError
from takeover.source.lists import Rows, read_rows

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_API = "/v6/"
_LARGEST_PORT = 65535
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_LONGEST_QUOTE = 200  # characters of what the other system said
_MOST_FAILING_IN_A_ROW = 5
_PASSING = (408, 425, 429, 500, 502, 503, 504)
# With these, however often they come, the fault may be that of what was asked for alone.
_OF_ONE_URL = (200, 500)
# Of whole numbers of more than 64 bits, orjson makes fractions.
_LONG_NUMBER = b"0" * 19
_DIGITS = bytes(ord("0") if chr(byte).isdecimal() else ord(" ") for byte in range(128)) + b" " * 128


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: tries, seconds between them and for an answer, and bytes of an answer."""

    tries: int = 8
    first_pause: float = 0.5
    longest_pause: float = 30.0
    longest_asked_for: float = 300.0  # by Retry-After
    connect_timeout: float = 10.0
    timeout: float = 120.0
    most_bytes: int = 128 * 1024 * 1024


class _Again(Exception):
    """A request came to nothing, as it may for a moment.

    ``status`` is that of the answer, None without one, and ``pause`` the seconds that it asked for, if any.
    """

    def __init__(self, reason: str, *, status: int | None = None, pause: float | None = None) -> None:
        super().__init__(reason)
        self.status, self.pause = status, pause


class Source:
    """A live Scale at ``url``, of which it only ever reads.

    ``url`` is the base of the API, with or without ``v6/`` at its end; every request goes below it, whatever the
    answers link to. ``token`` is that of an account there. ``parallel`` is how many requests may be under way at
    once in ``map``. ``requests`` counts all that were sent. Raises SourceError for a URL that cannot be one.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        parallel: int = 1,
        limits: Limits = Limits(),
    ) -> None:
        self.base = _base_of(url)
        self._version = f"{self.base}version/"
        self.requests = self._failing = 0
        self._limits, self._parallel = limits, parallel
        self._connections = Connections(
            {"Accept": "application/json", **_authorization(token)},
            connect_timeout=limits.connect_timeout,
            timeout=limits.timeout,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def get(self, path: str, **params: object) -> dict[str, Any] | None:
        """Return the JSON object at ``path`` below the base; None where there is none.

        That is a 404 which comes again after a pause, of a system that is well meanwhile: before a system that is
        being restarted, a proxy may answer 404 to everything.

        Raises BadAnswer if this URL has no usable answer, and SourceError if the system cannot be reached or
        refuses the token.
        """
        url = f"{self.base}{path.lstrip('/')}" + (f"?{urlencode(params, doseq=True)}" if params else "")
        was_missing = False
        for number in range(self._limits.tries):
            is_last = number + 1 == self._limits.tries
            try:
                found = self._ask(url)
                if found is None and not was_missing:
                    was_missing = url == self._version or self._is_well()
                    raise _Again("it answers 404", status=404)
            except _Again as again:
                if is_last:
                    raise self._failure(url, again) from None
                time.sleep(self._pause(number, again.pause))
                continue
            self._failing = 0
            return found
        return None

    def rows(self, path: str, key: str = "id") -> Rows:
        """Return all rows of a list, each ``key`` once, with a remark if some are missing. Raises as ``get``."""
        return read_rows(lambda **page: self.get(path, **page), key)

    def all_rows(self, path: str) -> list[dict[str, Any]]:
        """Return all rows of a list. Raises BadAnswer if some may be missing, and as ``get``."""
        rows = self.rows(path)
        if rows.remark:
            raise BadAnswer(f"{self.base}{path}: {rows.remark}.")
        return rows.items

    def map(self, read: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """Yield ``read`` of each item in order, with up to ``parallel`` of them under way at once."""
        if self._parallel == 1:
            yield from map(read, items)
            return
        with ThreadPoolExecutor(self._parallel) as pool:
            under_way: deque[Future[Outcome]] = deque()
            try:
                for item in items:
                    under_way.append(pool.submit(read, item))
                    if len(under_way) >= self._parallel:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                for future in under_way:
                    future.cancel()

    def _ask(self, url: str) -> dict[str, Any] | None:
        """Send one request, after redirects to the same host. Raises _Again and SourceError."""
        for _ in range(_MOST_REDIRECTS + 1):
            self.requests += 1
            try:
                response = self._connections.get(url, most_bytes=self._limits.most_bytes)
            except ConnectionFailed as error:
                raise _Again(f"the connection failed ({error})") from None
            except TooLarge:
                sentence = f"{url}: its answer is larger than {self._limits.most_bytes} bytes."
                raise BadAnswer(sentence) from None
            target = response.headers.get("location")
            if response.status not in _REDIRECTS or not target:
                return _document(url, response)
            url = _redirected(url, target)
        raise BadAnswer(f"{url}: it redirects more than {_MOST_REDIRECTS} times.")

    def _failure(self, url: str, again: _Again) -> SourceError:
        """Return what to raise after the last try. Where nothing answers any more, nothing else is tried."""
        self._failing += 1
        sentence = f"{url}: {again}, {self._limits.tries} times in a row."
        if again.status is not None and self._failing < _MOST_FAILING_IN_A_ROW:
            return BadAnswer(sentence)
        if again.status in _OF_ONE_URL and self._is_well():
            self._failing = 0
            return BadAnswer(sentence)
        return SourceError(sentence)

    def _is_well(self) -> bool:
        """Return whether the system answers where nothing can be wrong with what was asked for."""
        try:
            return self._ask(self._version) is not None
        except (_Again, SourceError):
            return False

    def _pause(self, number: int, asked: float | None) -> float:
        """Return the seconds before the next try: twice as many each time, half of it by chance."""
        full = min(self._limits.first_pause * 2**number, self._limits.longest_pause)
        pause = full / 2 + random.uniform(0, full / 2)  # noqa: S311  (it spreads clients, and is no secret)
        return max(pause, min(asked or 0, self._limits.longest_asked_for))


def _document(url: str, response: Response) -> dict[str, Any] | None:
    """Return what an answer holds, None for a 404. Raises _Again and SourceError."""
    status, content = response.status, response.content
    if status in _PASSING:
        raise _Again(f"it answers {status}", status=status, pause=_retry_after(response))
    if status == 404:
        return None
    if status in (401, 403):
        raise SourceError(
            f"{url}: it answers {status}; put the token of an account that may read everything there, "
            "of a member of the staff, into a file and name it with --token-file."
        )
    if status != 200:
        said = content[:_LONGEST_QUOTE].decode(errors="replace")
        raise BadAnswer(f"{url}: it answers {status}: {said!r}.")
    try:
        document = _parsed(content)
    except (ValueError, RecursionError):
        raise _Again("it answers 200 with what is no JSON", status=status) from None
    if not isinstance(document, dict):
        raise _Again("it answers 200 with JSON that is no object", status=status)
    return document


def _parsed(content: bytes) -> Any:
    """Return JSON with all of its digits, and no number that is none. Raises ValueError and RecursionError."""
    if _LONG_NUMBER not in content.translate(_DIGITS):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass  # It refuses more than what is no JSON, such as a lone surrogate.
    return json.loads(content, parse_constant=_no_number, parse_float=_finite)


def path_to(*parts: str | int) -> str:
    """Return the path of names, versions and numbers below the base, each quoted: ``job-types/a/1.0.0%2Bb/``."""
    # A lone surrogate, which no path has, leads to a 404.
    return "".join(f"{quote(str(part), safe='', errors='replace')}/" for part in parts)


def _base_of(url: str) -> str:
    """Return the base of the API, with its version and a slash at its end. Raises SourceError."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or (parsed.port or 0) > _LARGEST_PORT:
        raise SourceError("The URL must be that of the API, such as https://scale.example.com/api/.")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise SourceError("The URL must hold no account, query or fragment; a token goes into a file.")
    path = parsed.path.rstrip("/") + "/"
    return str(parsed.copy_with(path=path if path.endswith(_API) else path.rstrip("/") + _API))


def _authorization(token: str) -> dict[str, str]:
    if not token:
        return {}
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SourceError("The token must be one word of ASCII characters.")
    return {"Authorization": f"Token {token}"}


def _redirected(url: str, target: str) -> str:
    """Return where ``url`` redirects to. Raises BadAnswer for another host, which must not see the token."""
    old = httpx.URL(url)
    try:
        new = old.join(target)
    except httpx.InvalidURL:
        new = httpx.URL()
    if not new.host or (new.port or 0) > _LARGEST_PORT:
        raise BadAnswer(f"{url}: it redirects to what is no URL.")
    is_safer = (old.scheme, new.scheme) == ("http", "https")
    if old.host != new.host or not (is_safer or (old.scheme, old.port) == (new.scheme, new.port)):
        raise BadAnswer(f"{url}: it redirects to another host, {new.scheme}://{new.host}, which is not followed.")
    return str(new)


def _retry_after(response: Response) -> float | None:
    """Return the seconds in ``Retry-After`` (RFC 9110, section 10.2.3), or None without any that can be read."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    """Return a number, which is none if it is so large that it could not be sent on."""
    number = float(text)
    return number if isfinite(number) else _no_number(text)

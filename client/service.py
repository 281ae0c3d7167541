"""The clients: ``Scale``, and ``AsyncScale`` for asyncio, which differ in how they wait and in nothing else."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Generator, Iterator
from itertools import count
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack

import httpx

from client.base import Model
from client.calls import Call, Listing
from client.errors import NotFound
from client.exchange import Memory, Outcome, Retries, Step, exchange
from client.groups import (
    Accounts,
    Audit,
    Errors,
    Executions,
    Files,
    Fleet,
    Jobs,
    JobTypes,
    Nodes,
    RecipeTypes,
    Workspaces,
)

T = TypeVar("T")
M = TypeVar("M", bound=Model)

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds for each read and write, and for a connection. The service ends its own requests sooner."""


def base_url_of(url: str) -> str:
    """Return the URL that all paths follow, such as ``https://scale.example.com/v6/``; ``/v6`` may be missing.

    Raises ValueError for what is no such URL, without repeating a password in it.
    """
    try:
        parts = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError):
        parts = httpx.URL("")
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueError(
            "The URL of a service begins with http:// or https:// and names a host: http://127.0.0.1:8000"
        )
    if parts.userinfo or parts.query or parts.fragment:
        raise ValueError("The URL of a service has no account, query or fragment; the token is given by itself.")
    path = parts.path.rstrip("/")
    return str(parts.copy_with(path=f"{path.removesuffix('/v6')}/v6/"))


def _trust_for(url: str) -> ssl.SSLContext | bool:
    """Return whom a client of ``url`` trusts by default: as httpx does, but without TLS nobody.

    To read the authorities takes longer than a request.
    """
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Options(TypedDict, total=False):
    """What a client may be told beside the URL and the token."""

    scheme: str
    timeout: httpx.Timeout | float
    retries: Retries
    verify: ssl.SSLContext | bool


class _Client:
    """What both clients know: where the service is, the token, how often to try, and the latest answers."""

    def __init__(self, url: str, token: str | None = None, **options: Unpack[Options]) -> None:
        """Prepare a client of the service at ``url``.

        ``token`` is sent as ``Authorization: Token …``, or with ``scheme="Bearer"``. ``timeout`` is in seconds,
        ``retries`` how often a request is sent again, and ``verify`` an ``ssl.SSLContext`` for a certificate
        authority of one's own. Raises ValueError for a URL or a token that cannot be one.
        """
        if token is not None and (not token or not token.isascii() or not token.isprintable() or " " in token):
            raise ValueError("The token is none: it has characters that no token has.")
        self.url = base_url_of(url)
        self._retries = options.get("retries", Retries())
        self._memory = Memory()
        headers = {"Accept": "application/json", "User-Agent": "scale-job-types-client"}
        if token is not None:
            headers["Authorization"] = f"{options.get('scheme', 'Token')} {token}"
        # A redirect is not followed: it would take the token, or turn a POST into a GET.
        self._options: dict[str, Any] = {
            "base_url": self.url,
            "headers": headers,
            "timeout": options.get("timeout", TIMEOUT),
            "verify": options.get("verify", _trust_for(self.url)),
            "follow_redirects": False,
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def _steps(self, call: Call[T]) -> Generator[Step, Outcome | None, T]:
        return exchange(call, self._retries, self._memory)


class Scale(_Client):
    """A client of the service. Close it, or use it in a ``with`` statement; threads may share it."""

    def __init__(self, url: str, token: str | None = None, **options: Unpack[Options]) -> None:
        """Prepare a client, as the base class says."""
        super().__init__(url, token, **options)
        self._http = httpx.Client(**self._options)
        self.job_types: JobTypes[Scale] = JobTypes(self)
        self.recipe_types: RecipeTypes[Scale] = RecipeTypes(self)
        self.jobs: Jobs[Scale] = Jobs(self)
        self.executions: Executions[Scale] = Executions(self)
        self.nodes: Nodes[Scale] = Nodes(self)
        self.fleet: Fleet[Scale] = Fleet(self)
        self.workspaces: Workspaces[Scale] = Workspaces(self)
        self.files: Files[Scale] = Files(self)
        self.errors: Errors[Scale] = Errors(self)
        self.audit: Audit[Scale] = Audit(self)
        self.accounts: Accounts[Scale] = Accounts(self)

    def send(self, call: Call[T]) -> T:
        """Carry out a request. Raises Rejected, Unreachable and UnexpectedAnswer."""
        steps = self._steps(call)
        outcome: Outcome | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                return done.value
            if isinstance(step, float):
                time.sleep(step)
                outcome = None
                continue
            try:
                outcome = self._http.request(call.method, call.path, json=call.body, headers=step)
            except httpx.RequestError as error:
                outcome = error

    def rows(self, listing: Listing[M]) -> Iterator[M]:
        """Yield the rows of all pages. A page that is gone when it is asked for is the end."""
        for number in count(1):
            try:
                page = self.send(listing.page(number))
            except NotFound:
                if number == 1:
                    raise
                return
            yield from page.results
            if page.next is None:
                return

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncScale(_Client):
    """A client of the service for asyncio. Close it, or use it in an ``async with`` statement."""

    def __init__(self, url: str, token: str | None = None, **options: Unpack[Options]) -> None:
        """Prepare a client, as the base class says."""
        super().__init__(url, token, **options)
        self._http = httpx.AsyncClient(**self._options)
        self.job_types: JobTypes[AsyncScale] = JobTypes(self)
        self.recipe_types: RecipeTypes[AsyncScale] = RecipeTypes(self)
        self.jobs: Jobs[AsyncScale] = Jobs(self)
        self.executions: Executions[AsyncScale] = Executions(self)
        self.nodes: Nodes[AsyncScale] = Nodes(self)
        self.fleet: Fleet[AsyncScale] = Fleet(self)
        self.workspaces: Workspaces[AsyncScale] = Workspaces(self)
        self.files: Files[AsyncScale] = Files(self)
        self.errors: Errors[AsyncScale] = Errors(self)
        self.audit: Audit[AsyncScale] = Audit(self)
        self.accounts: Accounts[AsyncScale] = Accounts(self)

    async def send(self, call: Call[T]) -> T:
        """Carry out a request. Raises Rejected, Unreachable and UnexpectedAnswer."""
        steps = self._steps(call)
        outcome: Outcome | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                return done.value
            if isinstance(step, float):
                await asyncio.sleep(step)
                outcome = None
                continue
            try:
                outcome = await self._http.request(call.method, call.path, json=call.body, headers=step)
            except httpx.RequestError as error:
                outcome = error

    async def rows(self, listing: Listing[M]) -> AsyncIterator[M]:
        """Yield the rows of all pages. A page that is gone when it is asked for is the end."""
        for number in count(1):
            try:
                page = await self.send(listing.page(number))
            except NotFound:
                if number == 1:
                    raise
                return
            for row in page.results:
                yield row
            if page.next is None:
                return

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

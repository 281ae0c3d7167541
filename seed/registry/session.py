"""Requests to one registry for one repository: redirects, authorization, and what they may take."""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from itertools import zip_longest
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore

from seed.documents import DocumentError, parse_document
from seed.registry.errors import RegistryError
from seed.registry.network import Budget, CheckedNetwork
from seed.registry.registries import Origin, Registry
from seed.wording import shortened

_LARGEST_TOKEN_ANSWER = 64 << 10  # bytes
_REDIRECTS = (301, 302, 303, 307, 308)
_URL = re.compile(r"[!-~]{1,8000}")
# A challenge (RFC 9110, section 11.6.1): a scheme, and parameters that are tokens or quoted strings.
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z]+)\s+(?=[\w-]+\s*=)")
# It begins where a name does, and gives nothing back: the time is linear in the length of a header.
_PARAMETER = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s",]++))""")
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading an image may take: seconds in all, bytes of a manifest and of a configuration, requests."""

    seconds: float = 10
    document_bytes: int = 4 << 20
    requests: int = 12


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Session:
    """Requests for a repository of a registry, to be used as a context manager."""

    def __init__(self, registry: Registry, repository: str, limits: Limits) -> None:
        self.registry, self.repository, self.limits = registry, repository, limits
        # The index, the manifest, the configuration and some tokens; and what comes with them.
        most_bytes = 4 * limits.document_bytes
        self._budget = Budget(time.monotonic() + limits.seconds, most_bytes, limits.requests)
        self._authorization: str | None = None
        network = CheckedNetwork(registry, self._budget)
        self._pool = httpcore.ConnectionPool(ssl_context=_trusted(registry.ca_file), network_backend=network)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.close()

    def get(self, path: str, *, accept: str) -> Answer:
        """Return the answer (200) of the registry to a GET below the repository. Raises RegistryError."""
        url = f"{self.registry.origin.url}/v2/{self.repository}/{path}"
        answer = self._follow(url, accept)
        if answer.status == HTTPStatus.UNAUTHORIZED and self._authorization is None:
            self._authorize(answer)
            answer = self._follow(url, accept)
        if answer.status == HTTPStatus.OK:
            return answer
        raise self._refusal(answer.status)

    def _follow(self, url: str, accept: str) -> Answer:
        """Return the answer at ``url``, or where that leads to. Credentials go to the registry itself alone."""
        while True:
            origin = _origin(url)
            headers = {"Accept": accept}
            if self._authorization and origin == self.registry.origin:
                headers["Authorization"] = self._authorization
            answer = self._request(url, origin, headers, self.limits.document_bytes)
            if answer.status not in _REDIRECTS:
                return answer
            url = _led_to(url, answer.headers.get("location", ""))
            if not self.registry.has_blobs_at(target := _origin(url)):
                raise _elsewhere("redirects to", target)

    def _authorize(self, refused: Answer) -> None:
        """Do what the challenge of an answer asks for (RFC 9110, section 11.6.1). Raises RegistryError."""
        challenges = _challenges(refused.headers.get("www-authenticate", ""))
        if "bearer" in challenges:
            self._authorization = f"Bearer {self._token(challenges['bearer'])}"
        elif "basic" in challenges and self.registry.credentials:
            self._authorization = self.registry.credentials.basic
        elif "basic" in challenges:
            raise RegistryError(
                "REGISTRY_ACCESS_DENIED", f"{self.registry.name} asks for an account, and none is set for it."
            )
        else:
            raise RegistryError(
                "INVALID_REGISTRY_ANSWER",
                f"{self.registry.name} asks for neither Bearer nor Basic authentication in its 401.",
            )

    def _token(self, challenge: Mapping[str, str]) -> str:
        """Fetch a token to pull from this repository, and for nothing else, whatever scope is asked for."""
        url = _led_to(
            f"{self.registry.origin.scheme}://{self.registry.origin.authority}/", challenge.get("realm", "")
        )
        origin = _origin(url)
        if not self.registry.hands_out_tokens_at(origin):
            raise _elsewhere("wants a token to be fetched from", origin)
        query = {"service": challenge["service"]} if "service" in challenge else {}
        query["scope"] = f"repository:{self.repository}:pull"
        headers = {"Accept": "application/json"}
        if self.registry.credentials:
            headers["Authorization"] = self.registry.credentials.basic
        url = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
        answer = self._request(url, origin, headers, _LARGEST_TOKEN_ANSWER)
        if answer.status != HTTPStatus.OK:
            raise self._refusal(HTTPStatus.UNAUTHORIZED if answer.status == HTTPStatus.NOT_FOUND else answer.status)
        document = read_object(answer.body, "The answer with a token")
        for name in ("token", "access_token"):
            if isinstance(token := document.get(name), str) and _TOKEN.fullmatch(token):
                return token
        raise RegistryError(
            "INVALID_REGISTRY_ANSWER", "The answer with a token has neither token nor access_token."
        )

    def _request(self, url: str, origin: Origin, headers: Mapping[str, str], most_bytes: int) -> Answer:
        self._budget.take_request()
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        address = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target)
        # Compressed answers would be larger than what was counted.
        sent = {"Host": origin.authority, "User-Agent": "scale-seed", "Accept-Encoding": "identity", **headers}
        try:
            with self._pool.stream("GET", address, headers=[*sent.items()]) as response:
                received = {
                    name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
                }
                body = b"" if response.status in _REDIRECTS else _read(response, received, most_bytes)
        except (httpcore.ProtocolError, httpcore.NetworkError) as error:
            kind = "breaks off" if isinstance(error, httpcore.NetworkError) else "is no HTTP"
            raise RegistryError(
                "REGISTRY_UNAVAILABLE", f"The answer of {shortened(origin.authority)} {kind}."
            ) from None
        return Answer(response.status, received, body)

    def _refusal(self, status: int) -> RegistryError:
        name = self.registry.name
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            who = "the account that is set for it" if self.registry.credentials else "anyone without an account"
            sentence = f"{name} refuses {self.repository} to {who}, or has no such repository."
            return RegistryError("REGISTRY_ACCESS_DENIED", sentence)
        if status == HTTPStatus.NOT_FOUND:
            return RegistryError("UNKNOWN_IMAGE", f"{name} has no such image in {self.repository}.")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return RegistryError(
                "REGISTRY_UNAVAILABLE", f"{name} answered with the status {status}; try again later."
            )
        return RegistryError(
            "INVALID_REGISTRY_ANSWER", f"{name} answered with the status {status}, instead of 200."
        )


def read_object(body: bytes, what: str) -> dict[str, Any]:
    """Return a JSON object. Raises RegistryError for anything else; ``what`` begins its sentence."""
    try:
        document = parse_document(body)
    except DocumentError as error:
        raise RegistryError(
            "INVALID_REGISTRY_ANSWER", f"{what} is not acceptable JSON: {error.description}"
        ) from None
    if not isinstance(document, dict):
        raise RegistryError("INVALID_REGISTRY_ANSWER", f"{what} is not a JSON object.")
    return document


def _read(response: httpcore.Response, headers: Mapping[str, str], most_bytes: int) -> bytes:
    """Read the body of an answer. Raises RegistryError for one that is larger, or compressed."""
    if headers.get("content-encoding", "identity") != "identity":
        raise RegistryError(
            "INVALID_REGISTRY_ANSWER", "The registry compressed its answer, which it was asked not to."
        )
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > most_bytes:
            raise RegistryError(
                "REGISTRY_ANSWER_TOO_LARGE",
                f"An answer of the registry is larger than the limit of {most_bytes} bytes.",
            )
    return bytes(body)


@lru_cache(maxsize=64)
def _trusted(ca_file: str | None) -> ssl.SSLContext:
    """Return what a certificate is verified with: to read all that the system trusts takes longer than to ask."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError:
            raise RegistryError(
                "UNTRUSTED_CERTIFICATE", "The file of certificates that is set for the registry cannot be read."
            ) from None
    return context


def _challenges(header: str) -> dict[str, dict[str, str]]:
    """Return the parameters of each challenge by its scheme, both in lower case."""
    starts = [*_SCHEME.finditer(header)]
    ends = [start.start() for start in starts[1:]]
    challenges = {
        start[1].lower(): {
            name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain
            for name, quoted, plain in _PARAMETER.findall(header[start.end() : end])
        }
        for start, end in zip_longest(starts, ends)
    }
    if header.strip().lower() == "basic":
        challenges["basic"] = {}
    return challenges


def _led_to(url: str, reference: str) -> str:
    """Return the URL that a server leads to from ``url``, without its fragment. Raises RegistryError."""
    try:
        if _URL.fullmatch(reference):
            return urljoin(url, reference).partition("#")[0]
    except ValueError:
        pass
    raise RegistryError("INVALID_REGISTRY_ANSWER", "The registry leads to something that is no URL.")


def _origin(url: str) -> Origin:
    try:
        return Origin.of(url)
    except ValueError:
        raise RegistryError(
            "INVALID_REGISTRY_ANSWER", "The registry leads to something that is no URL of http or https."
        ) from None


def _elsewhere(does: str, origin: Origin) -> RegistryError:
    sentence = f"The registry {does} {shortened(str(origin))}, which its settings do not name as a host of it."
    return RegistryError("HOST_NOT_ALLOWED", sentence)

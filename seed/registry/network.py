"""Connections to hosts whose addresses were checked, which end with the time and the bytes that are allowed."""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpcore

from seed.registry.errors import RegistryError
from seed.registry.registries import Registry
from seed.wording import printable, shortened


@dataclass
class Budget:
    """What reading an image may still take: until when, by ``time.monotonic()``; bytes; requests."""

    end: float
    bytes: int
    requests: int

    def seconds(self) -> float:
        """Return how much time is left. Raises RegistryError if there is none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise too_slow()
        return left

    def take_bytes(self, number: int) -> None:
        """Count bytes that were received. Raises RegistryError if there are too many."""
        self.bytes -= number
        if self.bytes < 0:
            raise RegistryError(
                "REGISTRY_ANSWER_TOO_LARGE", "The registry sends more than an image's manifests have."
            )

    def take_request(self) -> None:
        """Count a request. Raises RegistryError if there are too many."""
        self.requests -= 1
        if self.requests < 0:
            raise RegistryError(
                "INVALID_REGISTRY_ANSWER", "The registry leads from one URL to the next without end."
            )


def too_slow() -> RegistryError:
    """Return the error for an image that was not read in time."""
    return RegistryError("REGISTRY_TOO_SLOW", "The registry did not answer in time; try again later.")


class CheckedNetwork(httpcore.NetworkBackend):
    """Opens connections to addresses that ``registry`` may have: a name is looked up once for check and use."""

    def __init__(self, registry: Registry, budget: Budget) -> None:
        self.registry, self.budget = registry, budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of ``host`` that accepts it. Raises RegistryError."""
        addresses = self._addresses(host, port)
        if not all(self.registry.may_be_at(host, address) for address in addresses):
            raise RegistryError(
                "HOST_NOT_ALLOWED",
                f"{shortened(host)} has an address of the internal network, and is not named as internal in the "
                "settings; only an operator can allow that.",
            )
        for address in addresses:
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, self.budget.seconds())
            except httpcore.ConnectError:
                continue
            except httpcore.ConnectTimeout:
                raise too_slow() from None
            return _BoundedStream(stream, self.budget, host)
        raise RegistryError("REGISTRY_UNAVAILABLE", f"{shortened(host)} accepts no connection at port {port}.")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Look up a host. The resolver of the system knows no deadline, so that it gets a thread to be left in."""
        found: list[str] = []

        def look_up() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                return
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

        thread = Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self.budget.seconds())
        if thread.is_alive():
            raise too_slow()
        if not found:
            raise RegistryError("REGISTRY_UNAVAILABLE", f"No address is known for the host {shortened(host)}.")
        return found


class _BoundedStream(httpcore.NetworkStream):
    """A connection of which each step ends with the budget, whatever timeouts the client has."""

    def __init__(self, stream: httpcore.NetworkStream, budget: Budget, host: str) -> None:
        self._stream, self._budget, self._host = stream, budget, host

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data = self._stream.read(max_bytes, self._budget.seconds())
        except httpcore.ReadTimeout:
            raise too_slow() from None
        self._budget.take_bytes(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._stream.write(buffer, self._budget.seconds())
        except httpcore.WriteTimeout:
            raise too_slow() from None

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, self._budget.seconds())
        except httpcore.ConnectTimeout:
            raise too_slow() from None
        except httpcore.ConnectError as error:
            cause = error.__cause__ or error.__context__
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise RegistryError(
                    "UNTRUSTED_CERTIFICATE",
                    f"The certificate of {shortened(self._host)} is not valid: {printable(cause.verify_message)}",
                ) from None
            raise RegistryError(
                "REGISTRY_UNAVAILABLE", f"{shortened(self._host)} does not speak TLS as it should."
            ) from None
        return _BoundedStream(stream, self._budget, self._host)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

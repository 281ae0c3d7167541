"""The registries that may be asked, and the hosts that each of them may lead to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self
from urllib.parse import urlsplit

from seed.registry.credentials import Credentials

_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+:[0-9a-f:.]*")
# What references call docker.io is served, and hands out its tokens, elsewhere.
_DOCKER_HUB = "docker.io"
_DOCKER_HUB_HOST, _DOCKER_HUB_TOKENS = "registry-1.docker.io", "auth.docker.io"
_TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 addresses in IPv6 (RFC 6052, section 2.1)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a server is: scheme, host in lower case, and port. A host ``*.`` and a domain is any in it."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``[http[s]://]host[:port]``; https is meant without a scheme. Raises ValueError."""
        url = text if "://" in text else f"https://{text}"
        if re.search(r"[/?#@]", url.partition("://")[2]):
            raise ValueError("more than [http://]host[:port]")
        return cls.of(url)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the origin of a URL. Raises ValueError."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host) or parts.port == 0:
            raise ValueError("no URL of http or https")
        return cls(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme])

    def covers(self, other: "Origin") -> bool:
        """Return whether ``other`` is this, or one in its domain."""
        if (self.scheme, self.port) != (other.scheme, other.port):
            return False
        return self.host == other.host or (self.host.startswith("*.") and other.host.endswith(self.host[1:]))

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL, without the default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL of the server, without a path."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.authority if self.scheme == "https" else self.url


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A registry that may be asked.

    ``origin`` is where its API is; ``tokens`` hands out its tokens, and from ``blobs`` its files may come, if they
    are elsewhere. Of all these, the hosts in ``internal`` may have addresses of the internal network. One that
    ``leads_anywhere`` may name any host, as it may for the commands of Docker: for a person who names the image.
    ``ca_file`` holds certificates (PEM) that are trusted besides those that the system trusts.
    """

    name: str
    origin: Origin
    tokens: Origin | None = None
    blobs: tuple[Origin, ...] = ()
    internal: frozenset[str] = frozenset()
    leads_anywhere: bool = False
    ca_file: str | None = None
    credentials: Credentials | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, entry: str, accounts: Mapping[str, Credentials] | None = None) -> Self:
        """Read ``[http://]host[:port]`` and options behind it, with spaces between.

        These are ``tokens=HOST``, ``blobs=HOST`` (several times, if need be), ``internal`` for the registry itself,
        ``internal=HOST``, and ``ca=FILE``. The account is that of the registry's name in ``accounts``. Raises
        ValueError.
        """
        first, *options = entry.split()
        given = Origin.parse(first)
        name = given.authority
        internal, tokens, blobs, ca_file = set(), None, [], None
        if name == _DOCKER_HUB:
            given, tokens = Origin.parse(_DOCKER_HUB_HOST), Origin.parse(_DOCKER_HUB_TOKENS)
        if _is_address(given.host) or given.host == "localhost":
            internal.add(given.host)  # Nothing else can be meant.
        for option in options:
            match option.partition("="):
                case "tokens", "=", value:
                    tokens = Origin.parse(value)
                case "blobs", "=", value:
                    blobs.append(Origin.parse(value))
                case "internal", "=", value:
                    internal.add(Origin.parse(value).host)
                case "internal", "", "":
                    internal.add(given.host)
                case "ca", "=", value if value:
                    ca_file = value
                case _:
                    raise ValueError("no option of a registry")
        return cls(
            name=name,
            origin=given,
            tokens=tokens,
            blobs=tuple(blobs),
            internal=frozenset(internal),
            ca_file=ca_file,
            credentials=(accounts or {}).get(name),
        )

    def is_called(self, name: str) -> bool:
        """Return whether this is the registry that references call ``name``: host, and port if it has one."""
        try:
            return Origin.parse(f"{self.origin.scheme}://{name}") == Origin.parse(
                f"{self.origin.scheme}://{self.name}"
            )
        except ValueError:
            return False

    def hands_out_tokens_at(self, origin: Origin) -> bool:
        """Return whether the credentials of this registry may be sent to ``origin`` for a token."""
        if self.leads_anywhere:
            return origin.scheme == "https" or origin == self.origin
        return origin in (self.origin, self.tokens)

    def has_blobs_at(self, origin: Origin) -> bool:
        """Return whether a redirect to ``origin`` may be followed."""
        if origin == self.origin or any(each.covers(origin) for each in self.blobs):
            return True
        return self.leads_anywhere and origin.scheme == "https"

    def may_be_at(self, host: str, address: str) -> bool:
        """Return whether a connection to ``host`` may go to ``address``."""
        return self.leads_anywhere or host in self.internal or is_public(address)


def is_public(address: str) -> bool:
    """Return whether an IP address, and the one that it stands for, is one of the internet."""
    parsed = ip_address(address.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in (parsed, *_meant(parsed)))


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return []
    translated = IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else None
    teredo = address.teredo[1] if address.teredo else None
    return [each for each in (address.ipv4_mapped, address.sixtofour, teredo, translated) if each]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

"""The addresses of clients, behind any number of trusted proxies."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

# What proxies add; one that runs on this host has its address.
_PROXIED = frozenset(
    {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA"}
)


def client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """Return the address that a request came from; None where there is none, as over a Unix socket.

    Behind TRUSTED_PROXIES proxies, it is the one that the outermost proxy added to ``X-Forwarded-For``. What a
    client wrote there itself is further to the left and is ignored.
    """
    proxies = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    client = _parse(forwarded[-proxies]) if proxies and len(forwarded) >= proxies else None
    return client or _parse(request.META.get("REMOTE_ADDR", ""))


def is_confidential(request: HttpRequest) -> bool:
    """Whether nobody on a network can read the response: over TLS, or without a proxy from this host."""
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    is_local = address is not None and address.is_loopback and _PROXIED.isdisjoint(request.META)
    return request.is_secure() or is_local


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in ``text``, which may have a port, a zone or brackets; None when it is no address."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address

"""Where a request came from, whatever proxies of ours it came through."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The address that a request came from; None where there is none, as over a socket that is a file.

    Behind TRUSTED_PROXIES proxies it is what the outermost of them wrote into `X-Forwarded-For`; what a client
    wrote there itself stands further to the left, and is not looked at.
    """
    proxies = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    told = _address(forwarded[-proxies]) if proxies and len(forwarded) >= proxies else None
    return told or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that `text` writes, perhaps with a port, a zone or brackets; None when it is no address."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address

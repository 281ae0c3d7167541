"""Logging in with a password: too many failures lock the account and the address out for a while."""

from ipaddress import IPv6Address, IPv6Network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.http.addresses import client_address


class LoginHandler(AxesDatabaseHandler):
    """Counts failures as django-axes does, save what a login that succeeds makes of them."""

    def reset_user_attempts(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """Forgets the failures of this account from this address, and no other.

        Axes would forget all of the address: whoever has one account could guess at others without end.
        """
        username = (credentials or {}).get("username")
        count, _ = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address).delete()
        return count


def login_address(request: HttpRequest) -> str | None:
    """The address that failures are counted by: of IPv6 the network, whose 2^64 addresses one client may have."""
    address = client_address(request)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False).network_address)
    return str(address) if address else None


def locked_out(request: HttpRequest, credentials: dict[str, str] | None = None, *args: object) -> HttpResponse:
    """The answer to whoever is locked out: the same whether or not there is such an account."""
    minutes = settings.LOGIN_LOCK_MINUTES
    return HttpResponse(
        f"Too many failed logins. Wait {minutes} minutes, or ask an operator to unlock you.\n",
        content_type="text/plain; charset=utf-8",
        status=429,
        headers={"Retry-After": str(60 * minutes)},
    )

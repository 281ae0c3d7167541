"""Logging in with a password: too many failures lock the account and the address for some minutes."""

from ipaddress import IPv6Address, IPv6Network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.http.addresses import client_address


class LoginHandler(AxesDatabaseHandler):
    """Counts failures as django-axes does, but forgets fewer of them after a successful login."""

    def reset_user_attempts(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """Delete the failures of this account from this address alone; return how many there were.

        django-axes would delete all of the address, so that the owner of one account could guess the passwords of
        others without limit.
        """
        username = (credentials or {}).get("username")
        count, _ = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address).delete()
        return count


def login_address(request: HttpRequest) -> str | None:
    """Return the address that failures are counted for.

    For IPv6, that is the /64 network, since one client may have all of its addresses.
    """
    address = client_address(request)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False).network_address)
    return str(address) if address else None


def who_logs_in(username: str, address: str, *rest: object) -> str:
    """Return what the log shows of a login: neither the browser, nor in quotes, which the log leaves out."""
    return f"{username} at {address}"


def locked_out(request: HttpRequest, credentials: dict[str, str] | None = None, *args: object) -> HttpResponse:
    """Return the answer to a login while it is locked: the same whether or not the account exists."""
    minutes = settings.LOGIN_LOCK_MINUTES
    return HttpResponse(
        f"Too many failed logins. Wait {minutes} minutes, or ask an operator to unlock you.\n",
        content_type="text/plain; charset=utf-8",
        status=429,
        headers={"Retry-After": str(60 * minutes)},
    )

"""Logging in with a password: too many failures lock the account and the address out for a while."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address(request: HttpRequest) -> str:
    """The address that a request came from.

    Behind TRUSTED_PROXIES proxies it is what the outermost of them wrote into `X-Forwarded-For`; what a client
    wrote there itself stands further to the left, and is not looked at.
    """
    proxies = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def locked_out(request: HttpRequest, credentials: dict[str, str] | None = None, *args: object) -> HttpResponse:
    """The answer to whoever is locked out: the same whether or not there is such an account."""
    minutes = settings.LOGIN_LOCK_MINUTES
    return HttpResponse(
        f"Too many failed logins. Wait {minutes} minutes, or ask an operator to unlock you.\n",
        content_type="text/plain; charset=utf-8",
        status=429,
        headers={"Retry-After": str(60 * minutes)},
    )

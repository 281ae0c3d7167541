"""``scale login`` and ``scale logout``: keep a token, or forget it."""

import os
import sys
from typing import Annotated

import httpx
import typer

from client.cli.scale.credentials import Credentials, forget_credentials, keep_credentials
from client.cli.scale.session import CommandError, client_of, given_token, settings_of

_LOCAL = ("localhost", "127.0.0.1", "::1")


def login(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="The URL of the service; --url and SCALE_URL do as well.")
    ] = None,
) -> None:
    """Keep the URL of a service and a token for it.

    The token is that of --token-file or SCALE_TOKEN; otherwise it is asked for, or read from standard input. It is
    kept only if the service knows it, in a file that only you can read.
    """
    settings = settings_of(context)
    url = url or settings.url or os.environ.get("SCALE_URL")
    if not url:
        raise CommandError("Which service? Give its URL: scale login https://scale.example.com")
    token = given_token(settings) or _asked()
    with client_of(url, token) as scale:
        if scale.url.startswith("http:") and (host := httpx.URL(scale.url).host) not in _LOCAL:
            print(f"warning  the token goes to {host} without TLS, for all to read", file=sys.stderr)
        name = scale.accounts.profile().username
        path = keep_credentials(Credentials(scale.url, token))
    print(f"Logged in at {scale.url} as {name}; the token is in {path}.")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Token", hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def logout() -> None:
    """Forget the kept token. The service still knows it: revoke it at /tokens/ there."""
    print("Logged out." if forget_credentials() else "There was no login.")

"""``manage.py tokens``: creates, lists and revokes the API tokens of accounts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from knox.models import AuthToken

from core.actors import ActingCommand

SHOWN = 8  # characters of a token: enough to recognize it, and far too few to use it


class Command(ActingCommand):
    help = "Creates, lists and revokes API tokens. A new token is printed once; only its digest is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        create = commands.add_parser("create", help="create another token for an account")
        create.add_argument("user")
        create.add_argument("--days", type=int, help="the days until it expires; TOKEN_TTL_DAYS by default")
        shown = commands.add_parser("list", help="list the tokens of an account, or all")
        shown.add_argument("user", nargs="?")
        revoke = commands.add_parser("revoke", help="revoke one token, or all of an account")
        revoke.add_argument("token", nargs="?", help=f"its first {SHOWN} characters, as `list` shows them")
        revoke.add_argument("--user", help="revoke all tokens of this account")

    def handle(self, *args: object, action: str, **options: object) -> None:
        actions: dict[str, Callable[..., None]] = {
            "create": self._create,
            "list": self._list,
            "revoke": self._revoke,
        }
        actions[action](**options)

    def _create(self, user: str, days: int | None, **options: object) -> None:
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days: must be from 1 to 36500.")
        lifetime = {} if days is None else {"expiry": timedelta(days=days)}
        stored, token = AuthToken.objects.create(self._account(user), **lifetime)
        until = f"until {stored.expiry:%Y-%m-%d}" if stored.expiry else "without an end"
        self.stdout.write(f"A token of {user}, {until}. This is shown once, keep it:\n{token}")

    def _list(self, user: str | None, **options: object) -> None:
        tokens = AuthToken.objects.select_related("user").order_by("user__username", "created")
        if user is not None:
            tokens = tokens.filter(user=self._account(user))
        for token in tokens:
            expired = token.expiry is not None and token.expiry < timezone.now()
            until = f"{token.expiry:%Y-%m-%d}{' (expired)' if expired else ''}" if token.expiry else "no end"
            start = token.token_key[:SHOWN]
            self.stdout.write(f"{start}…  {token.user}  made {token.created:%Y-%m-%d}  until {until}")

    def _revoke(self, token: str | None, user: str | None, **options: object) -> None:
        if (token is None) == (user is None):
            raise CommandError("Give either the first characters of a token, or --user.")
        if user is not None:
            count, _ = AuthToken.objects.filter(user=self._account(user)).delete()
            self.stdout.write(f"Tokens of {user} revoked: {count}.")
            return
        start = (token or "").rstrip("…")
        if len(start) < SHOWN:
            raise CommandError(f"Give the first {SHOWN} characters of the token.")
        found = list(AuthToken.objects.filter(token_key__startswith=start[:SHOWN])[:2])
        if len(found) != 1:
            raise CommandError(f"{'Several tokens begin' if found else 'No token begins'} with {start[:SHOWN]}.")
        found[0].delete()
        self.stdout.write(f"Token {start[:SHOWN]}… of {found[0].user} revoked at {timezone.now():%H:%M:%S} UTC.")

    def _account(self, username: str) -> Any:
        accounts = get_user_model().objects
        account = accounts.filter(username=username).first()
        if account is None:
            raise CommandError(f"There is no account {username}.")
        return account

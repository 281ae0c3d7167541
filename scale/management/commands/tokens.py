"""``manage.py tokens``: creates, lists and revokes the API tokens of accounts."""

from collections.abc import Callable

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from knox.models import AuthToken

from core.actors import ActingCommand
from core.services import Refused
from scale.models import MAX_TOKEN_NAME_LENGTH
from scale.tokens import MOST_DAYS, SHOWN, details_of, issue_token


class Command(ActingCommand):
    help = "Creates, lists and revokes API tokens. A new token is printed once; only its digest is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        create = commands.add_parser("create", help="create another token for an account")
        create.add_argument("user")
        create.add_argument("--name", default="", help="what the token is for")
        create.add_argument(
            "--group",
            help="make the account a member of this group, such as Workers or Publishers; an account that does not "
            "exist is created, without a password",
        )
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

    @transaction.atomic
    def _create(self, user: str, name: str, group: str | None, days: int | None, **options: object) -> None:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days: must be from 1 to {MOST_DAYS}.")
        if len(name) > MAX_TOKEN_NAME_LENGTH:
            raise CommandError(f"--name: must be at most {MAX_TOKEN_NAME_LENGTH} characters long.")
        account = self._account(user) if group is None else self._member(user, group)
        try:
            stored, token = issue_token(account=account, name=name, days=days)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        until = f"until {stored.expiry:%Y-%m-%d}" if stored.expiry else "without an end"
        self.stdout.write(f"A token of {user}, {until}. This is shown once, keep it:\n{token}")

    def _list(self, user: str | None, **options: object) -> None:
        tokens = AuthToken.objects.select_related("user", "details").order_by("user__username", "created")
        if user is not None:
            tokens = tokens.filter(user=self._account(user))
        for token in tokens:
            expired = token.expiry is not None and token.expiry < timezone.now()
            until = f"{token.expiry:%Y-%m-%d}{' (expired)' if expired else ''}" if token.expiry else "no end"
            start = token.token_key[:SHOWN]
            details = details_of(token)
            used = f"{details.last_used:%Y-%m-%d %H:00}" if details.last_used else "never"
            self.stdout.write(
                f"{start}…  {token.user}  made {token.created:%Y-%m-%d}  until {until}  used {used}  {details.name}"
            )

    def _revoke(self, token: str | None, user: str | None, **options: object) -> None:
        if (token is None) == (user is None):
            raise CommandError("Give either the first characters of a token, or --user.")
        if user is not None:
            _, counts = AuthToken.objects.filter(user=self._account(user)).delete()
            self.stdout.write(f"Tokens of {user} revoked: {counts.get(AuthToken._meta.label, 0)}.")
            return
        start = (token or "").rstrip("…")
        if len(start) < SHOWN:
            raise CommandError(f"Give the first {SHOWN} characters of the token.")
        found = list(AuthToken.objects.filter(token_key__startswith=start[:SHOWN])[:2])
        if len(found) != 1:
            raise CommandError(f"{'Several tokens begin' if found else 'No token begins'} with {start[:SHOWN]}.")
        found[0].delete()
        self.stdout.write(f"Token {start[:SHOWN]}… of {found[0].user} revoked at {timezone.now():%H:%M:%S} UTC.")

    def _account(self, username: str) -> User:
        account = User.objects.filter(username=username).first()
        if account is None:
            raise CommandError(f"There is no account {username}; --group makes one.")
        return account

    def _member(self, username: str, group: str) -> User:
        """Return the account, which is created if there is none, as a member of ``group``."""
        found = Group.objects.filter(name=group).first()
        if found is None:
            names = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"--group: there is no group {group}; there are: {names}.")
        account = User.objects.filter(username=username).first() or User(username=username)
        if account.pk is None:
            account.set_unusable_password()
            try:
                account.full_clean()
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            account.save()
        account.groups.add(found)
        return account

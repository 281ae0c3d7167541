"""Token authentication: tokens are stored as digests, found by one query, and their use is noted once an hour."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from secrets import compare_digest
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, Error, connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework import exceptions
from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request

from catalogue.models import as_text, columns
from core.reads.prepared import prepared
from core.reads.rows import columns_of, nested
from scale.models import TokenDetails

logger = logging.getLogger(__name__)

# The digests of tokens, and the hour for which this process saw to it that their use is noted.
noted: dict[str, datetime] = {}

# Where a request has the account and the token that it was authenticated with before its view, or why it was not.
_EARLY = "scale.authenticated"
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{15,200}")
_TOKEN_COLUMNS = ("digest", "token_key", "user_id", "created", "expiry")
# All columns but the password hash, which no request needs.
_ACCOUNT_COLUMNS = tuple(field.attname for field in User._meta.concrete_fields if field.attname != "password")


@prepared
def _tokens(*, token_key: str) -> QuerySet[Any, dict[str, Any]]:
    """Return the tokens whose first characters are ``token_key``, each with its account.

    With them comes the revision of the catalogue, which most requests need: a query of its own would take as long.
    """
    number, stamp = columns()
    tokens = AuthToken.objects.filter(token_key=token_key)
    return tokens.values(*_TOKEN_COLUMNS, *columns_of("user", _ACCOUNT_COLUMNS), number=number, stamp=stamp)


class TokenAuthentication(KnoxTokenAuthentication):
    """``Authorization: Token …`` or ``Bearer …`` (RFC 6750), in any case of that word (RFC 9110, section 11.1).

    As in knox, except that a malformed token is a 401, and that a token and its account are read in one query.
    Expired tokens are kept, because deleting them would make requests that only read write to the database.
    """

    def authenticate(self, request: Request | HttpRequest) -> tuple[User, AuthToken] | None:
        if isinstance(early := request.META.get(_EARLY), Exception):
            raise early
        if early:
            return cast(tuple[User, AuthToken], early)
        scheme, *credentials = get_authorization_header(request).split() or [b""]  # type: ignore[arg-type]
        if scheme.lower() not in (b"token", b"bearer"):
            return None
        if len(credentials) != 1:
            raise exceptions.AuthenticationFailed("Authorization: send one token after the word Token or Bearer.")
        return self.authenticate_credentials(credentials[0])

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        if not _TOKEN.fullmatch(token):
            raise exceptions.AuthenticationFailed("Invalid token.")
        text = token.decode()
        now = timezone.now()
        for row in _tokens(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH]):
            is_expired = row["expiry"] is not None and row["expiry"] < now
            if not is_expired and compare_digest(hash_token(text), row["digest"]):
                authenticated = self.validate_user(_token_from_row(row))
                _note_use(row["digest"], now)
                return authenticated
        raise exceptions.AuthenticationFailed("Invalid token.")

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api", Token realm="api"'


def authenticate_early(request: HttpRequest) -> str | None:
    """Authenticate a request for its view, which then need not, and return the revision of the catalogue.

    None if it has no token, or a wrong one, or if the database does not answer.
    """
    try:
        authenticated = TokenAuthentication().authenticate(request)
    except (exceptions.AuthenticationFailed, Error) as error:
        request.META[_EARLY] = error
        return None
    if authenticated is None:
        return None
    request.META[_EARLY] = authenticated
    request.user, token = authenticated
    return cast(str, token.catalogue_revision)


def _token_from_row(row: dict[str, Any]) -> AuthToken:
    """Return the token of a row of ``_tokens`` and its account, as the ORM would have fetched them."""
    token = AuthToken.from_db(DEFAULT_DB_ALIAS, _TOKEN_COLUMNS, [row[column] for column in _TOKEN_COLUMNS])
    account = nested(row, "user", _ACCOUNT_COLUMNS)
    token.catalogue_revision = as_text(row["number"], row["stamp"])
    token.user = User.from_db(DEFAULT_DB_ALIAS, _ACCOUNT_COLUMNS, list(account.values()))
    return token


def _note_use(digest: str, now: datetime) -> None:
    """Note the hour in which the token with this digest is used, once in that hour.

    A request neither waits for this nor fails with it: where nothing can be written at the moment, a later request
    of the hour notes the use.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    if noted.get(digest, hour - timedelta(hours=1)) >= hour:
        return
    details = TokenDetails.objects.filter(token=digest)
    try:
        with _without_waiting():
            if not details.filter(Q(last_used=None) | Q(last_used__lt=hour)).update(last_used=hour):
                # Another process has noted it, or there is no row yet.
                first = TokenDetails(token_id=digest, last_used=hour)
                TokenDetails.objects.bulk_create([first], ignore_conflicts=True)
        noted[digest] = hour
    except Error:
        logger.info("use of a token not noted, which a later request will do")


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Let a write on SQLite fail at once, instead of waiting, while another connection writes.

    There a writer waits for every other one, however long; on PostgreSQL, for those of the same row alone.
    """
    if connection.vendor != "sqlite":
        yield
        return
    (timeout,) = connection.connection.execute("PRAGMA busy_timeout").fetchone()
    connection.connection.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {timeout}")

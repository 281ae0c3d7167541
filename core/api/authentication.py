"""Token authentication: tokens are stored as digests, and requests only read them."""

import re
from secrets import compare_digest
from typing import Any

from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework import exceptions
from rest_framework.request import Request

from core.reads.prepared import prepared
from core.reads.rows import columns_of, nested

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{15,200}")
_TOKEN_COLUMNS = ("digest", "token_key", "user_id", "created", "expiry")
# All columns but the password hash, which no request needs.
_ACCOUNT_COLUMNS = tuple(field.attname for field in User._meta.concrete_fields if field.attname != "password")


@prepared
def _tokens(*, token_key: str) -> QuerySet[Any, dict[str, Any]]:
    """Return the tokens whose first characters are ``token_key``, each with its account."""
    tokens = AuthToken.objects.filter(token_key=token_key)
    return tokens.values(*_TOKEN_COLUMNS, *columns_of("user", _ACCOUNT_COLUMNS))


class TokenAuthentication(KnoxTokenAuthentication):
    """``Authorization: Token …`` as in knox, except that a malformed token is a 401 and no row is ever deleted.

    A token and its account are read in one query. Expired tokens are kept, because deleting them would make
    requests that only read write to the database.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        if not _TOKEN.fullmatch(token):
            raise exceptions.AuthenticationFailed("Invalid token.")
        text = token.decode()
        now = timezone.now()
        for row in _tokens(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH]):
            is_expired = row["expiry"] is not None and row["expiry"] < now
            if not is_expired and compare_digest(hash_token(text), row["digest"]):
                return self.validate_user(_token_from_row(row))
        raise exceptions.AuthenticationFailed("Invalid token.")

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def _token_from_row(row: dict[str, Any]) -> AuthToken:
    """Return the token of a row of ``_tokens`` and its account, as the ORM would have fetched them."""
    token = AuthToken.from_db(DEFAULT_DB_ALIAS, _TOKEN_COLUMNS, [row[column] for column in _TOKEN_COLUMNS])
    account = nested(row, "user", _ACCOUNT_COLUMNS)
    token.user = User.from_db(DEFAULT_DB_ALIAS, _ACCOUNT_COLUMNS, list(account.values()))
    return token

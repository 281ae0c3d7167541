"""Token authentication: tokens are stored as digests, and a request only ever reads them."""

import re

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.models import AuthToken
from rest_framework import exceptions
from rest_framework.request import Request

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{15,200}")


class TokenAuthentication(KnoxTokenAuthentication):
    """`Authorization: Token …`, as knox does it, save that a strange token is a 401 and no row is deleted."""

    def authenticate_credentials(self, token: bytes) -> tuple[object, AuthToken]:
        if not _TOKEN.fullmatch(token):
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        """Whether the token has expired. Knox deletes here, which would make every read a writer."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()

    def authenticate_header(self, request: Request) -> str:
        return "Token"

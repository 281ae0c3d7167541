"""Issuing and revoking API tokens, for the page of accounts, the admin and the commands."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from knox.models import AuthToken
from knox.settings import CONSTANTS, knox_settings

from core.services import Refused
from scale.models import TokenDetails

SHOWN = 8  # characters of a token: enough to recognize it, and far too few to use it
MOST_TOKENS = 100  # of an account
MOST_DAYS = 36_500


@transaction.atomic
def issue_token(*, account: User, name: str = "", days: int | None = None) -> tuple[AuthToken, str]:
    """Make another token for ``account``. Return its row, and the token itself, which is stored nowhere.

    It expires after ``days``, by default TOKEN_TTL_DAYS. Raises Refused if the account has too many tokens, or if
    its password was changed since ``account`` was read: tokens end with the password.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=account.pk)
    if locked.password != account.password:
        raise Refused.because("CHANGED_PASSWORD", "The password of the account was changed; log in again.")
    if AuthToken.objects.filter(user=locked).count() >= MOST_TOKENS:
        raise Refused.because(
            "TOO_MANY_TOKENS", f"An account has at most {MOST_TOKENS} API tokens; revoke one that is not used."
        )
    lifetime = knox_settings.TOKEN_TTL if days is None else timedelta(days=days)
    stored, token = AuthToken.objects.create(locked, expiry=lifetime)
    TokenDetails.objects.create(token=stored, name=name)
    return stored, token


def revoke_token(*, account: User, token_key: str) -> bool:
    """Revoke the token of ``account`` that begins with ``token_key``; return whether there was one."""
    if len(token_key) != CONSTANTS.TOKEN_KEY_LENGTH or not token_key.isalnum():
        return False
    count, _ = AuthToken.objects.filter(user=account, token_key=token_key).delete()
    return bool(count)


def details_of(token: AuthToken) -> TokenDetails:
    """Return the name and the last use of ``token``, which has neither before its first use if it is an old one."""
    return getattr(token, "details", None) or TokenDetails(token=token)

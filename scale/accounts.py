"""Accounts: what staff may do, what ends with a password, and locks after too many failed logins."""

import logging
from collections.abc import Collection
from ipaddress import IPv6Address, IPv6Network
from typing import Any, TypeAlias

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from knox.models import AuthToken

from core.api.errors import in_words
from core.http.addresses import client_address
from core.reads.prepared import prepared
from core.rights import GROUPS, OPERATORS

AnyAccount: TypeAlias = User | AnonymousUser

logger = logging.getLogger(__name__)


class StaffAreOperators:
    """Gives active staff the rights of Operators, without a query; it authenticates nobody."""

    def authenticate(self, request: HttpRequest, **credentials: object) -> None:
        return None

    def get_all_permissions(self, account: AnyAccount, obj: object = None) -> frozenset[str]:
        is_operator = account.is_active and account.is_staff and obj is None
        return GROUPS[OPERATORS] if is_operator else frozenset()

    def has_perm(self, account: AnyAccount, permission: str, obj: object = None) -> bool:
        return permission in self.get_all_permissions(account, obj)

    def has_module_perms(self, account: AnyAccount, app_label: str) -> bool:
        return any(permission.startswith(f"{app_label}.") for permission in self.get_all_permissions(account))


class RightsInOneQuery(ModelBackend):
    """Reads the rights of an account and those of its groups in one query; it authenticates nobody.

    They stay with the account, for the length of a request, where Django's ``ModelBackend`` finds them, too.
    """

    def authenticate(self, *args: object, **credentials: object) -> None:
        return None

    def get_all_permissions(self, account: Any, obj: Any = None) -> set[str]:
        is_read = hasattr(account, "_perm_cache")
        if account.is_active and not account.is_superuser and obj is None and not is_read:
            account._perm_cache = {f"{app}.{name}" for app, name in _rights(account=account.pk)}
        return super().get_all_permissions(account, obj)


@prepared
def _rights(*, account: int) -> QuerySet[Permission, tuple[str, str]]:
    own = User.user_permissions.through.objects.filter(user_id=account).values("permission_id")
    of_groups = Group.permissions.through.objects.filter(group__user=account).values("permission_id")
    held = Permission.objects.filter(Q(pk__in=own) | Q(pk__in=of_groups)).order_by()
    return held.values_list("content_type__app_label", "codename")


class TokensEndWithThePassword:
    """Ends the API tokens of an account whose password was changed.

    Django calls it wherever a changed password is saved, in the admin, by a command or in code, and not when a
    login only stores the same password with more rounds of its hash. It has no rule of its own for passwords.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        pass

    def get_help_text(self) -> str:
        return "A changed password ends all API tokens of the account."

    def password_changed(self, password: str, user: AbstractBaseUser) -> None:
        _end_tokens(user)


def end_tokens_without_password(instance: User, update_fields: Collection[str] | None, **kwargs: object) -> None:
    """End the API tokens of an account that is about to lose its password: a receiver of ``pre_save``.

    The admin can take the password of an account away. Django then calls no validator, since there is no new one.
    """
    if instance.pk is None or instance.has_usable_password() or "password" not in (update_fields or ["password"]):
        return
    stored = User.objects.filter(pk=instance.pk).first()
    if stored is not None and stored.has_usable_password():
        _end_tokens(instance)


def _end_tokens(account: AbstractBaseUser) -> None:
    count, _ = AuthToken.objects.filter(user=account).delete()
    if count:
        logger.info("tokens ended with a changed password", extra={"account": account.get_username()})


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
    return in_words(
        request,
        f"Too many failed logins. Wait {minutes} minutes, or ask an operator to unlock you.",
        status=429,
        headers={"Retry-After": str(60 * minutes)},
    )

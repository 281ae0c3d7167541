"""Permissions: reading is public or requires an account, all else is for accounts with the right to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import BasePermission, DjangoModelPermissions

from core.rights import described

if TYPE_CHECKING:
    # At run time these two modules import the default permissions, which are in this module.
    from rest_framework.request import Request
    from rest_framework.views import APIView

_NO_ACTION = (None, "metadata")  # a method that the view does not have, which is a 405, and OPTIONS


class ReadersRead(BasePermission):
    """Anyone if PUBLIC_READ_API is true, else any authenticated user, for all methods.

    For endpoints that change nothing: validation is a POST, but it only reads.
    """

    message = "Reading requires an account: send a token or log in."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return settings.PUBLIC_READ_API or bool(request.user and request.user.is_authenticated)


class RightsDecide(ReadersRead):
    """Reading as in ReadersRead; what else a view does is for accounts that have the right to it.

    That is Django's permission to add or change the model of the view, as in DjangoModelPermissions, or the
    ``right`` of the view or of its action, which may also be one to read.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        right = right_to(str(request.method), view)
        if right is None:
            return super().has_permission(request, view)
        self.message = f"This needs {described(right)}; ask an operator."
        return bool(request.user and request.user.has_perm(right))


def right_to(method: str, view: APIView) -> str | None:
    """Return the permission, ``app.codename``, that ``method`` of ``view`` needs; None where reading is enough."""
    if getattr(view, "action", "") in _NO_ACTION or RightsDecide not in view.permission_classes:
        return None
    if right := getattr(view, "right", None):
        return str(right)
    queryset = view.queryset  # type: ignore[attr-defined]  # all of our views that change something have one
    rights = DjangoModelPermissions().get_required_permissions(method, queryset.model)
    return next(iter(rights), None)

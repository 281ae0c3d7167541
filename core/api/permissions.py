"""Who may do what: reading is public or for accounts, writing is for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission

if TYPE_CHECKING:
    # At run time these two import the default permissions, which are here.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class ReadersRead(BasePermission):
    """Anyone while PUBLIC_READ_API is true, else any authenticated user; whatever the method.

    For endpoints that change nothing: validation is a POST, yet it only reads.
    """

    message = "Reading needs an account here: send a token or log in."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return settings.PUBLIC_READ_API or bool(request.user and request.user.is_authenticated)


class StaffOnly(BasePermission):
    """Staff, whatever the method."""

    message = "Only staff may see this; ask an operator for the right."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.is_staff)


class ReadersReadStaffWrite(ReadersRead):
    """Safe methods as ReadersRead, all others for staff."""

    message = "Only staff may change this; ask an operator for the right."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return super().has_permission(request, view)
        return bool(request.user and request.user.is_staff)

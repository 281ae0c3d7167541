"""Permissions: reading is public or requires an account, writing is for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission

if TYPE_CHECKING:
    # At run time these two modules import the default permissions, which are in this module.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class ReadersRead(BasePermission):
    """Anyone if PUBLIC_READ_API is true, else any authenticated user, for all methods.

    For endpoints that change nothing: validation is a POST, but it only reads.
    """

    message = "Reading requires an account: send a token or log in."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return settings.PUBLIC_READ_API or bool(request.user and request.user.is_authenticated)


class StaffOnly(BasePermission):
    """Staff, for all methods."""

    message = "Only staff may see this; ask an operator for permission."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.is_staff)


class ReadersReadStaffWrite(ReadersRead):
    """Safe methods as in ReadersRead, all others for staff."""

    message = "Only staff may change this; ask an operator for permission."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return super().has_permission(request, view)
        return bool(request.user and request.user.is_staff)

"""The admin site: its titles, and the pages of API tokens and failed logins."""

from datetime import datetime

from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken
from knox.settings import knox_settings

from core.admin import ReadOnlyAdmin

admin.site.site_header = "Scale job types"
admin.site.site_title = "Scale job types"
admin.site.index_title = "Operation"


admin.site.unregister(AuthToken)  # The page of knox lets the digest and the owner be edited.


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):
    """Pages to issue a token, which is shown once, and to revoke it by deleting it; tokens are never edited."""

    list_display = ["starts_with", "user", "created", "expiry"]
    list_filter = ["created", "expiry"]
    search_fields = ["token_key", "user__username"]
    ordering = ["-created"]
    raw_id_fields = ()
    autocomplete_fields = ["user"]

    def get_fields(self, request: HttpRequest, obj: AuthToken | None = None) -> list[str]:
        return ["starts_with", "user", "created", "expiry"] if obj else ["user", "expiry"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, datetime | str | list[str]]:
        """Let a new token expire after TOKEN_TTL_DAYS, unless the operator enters another time."""
        ttl = knox_settings.TOKEN_TTL
        expiry = {"expiry": timezone.now() + ttl} if ttl else {}
        return {**super().get_changeform_initial_data(request), **expiry}

    def has_change_permission(self, request: HttpRequest, obj: AuthToken | None = None) -> bool:
        return False

    @admin.display(description="token", ordering="token_key")
    def starts_with(self, token: AuthToken) -> str:
        """Return enough of a token to recognize it, and far too little to use it."""
        return f"{token.token_key[:8]}…"


@admin.register(AccessAttempt)
class FailedLoginAdmin(ReadOnlyAdmin):
    """Pages of failed logins; deleting the rows of a lock ends it."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    list_filter = ["attempt_time"]
    search_fields = ["username", "ip_address"]
    ordering = ["-attempt_time"]
    fields = ["username", "ip_address", "user_agent", "path_info", "failures_since_start", "attempt_time"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

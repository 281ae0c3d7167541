"""What admin pages share, and the pages of API tokens."""

import json
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken
from knox.settings import knox_settings

admin.site.site_header = "Scale job types"
admin.site.site_title = "Scale job types"
admin.site.index_title = "Operation"


class NoDeleteAdmin(admin.ModelAdmin):
    """Rows that others refer to for good: nothing is ever deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """The links of the page's own filters.

        Django lets any column be looked up by a URL, and some lookups fail in some databases: in a JSON
        column, or of a NUL.
        """
        field, _, kind = lookup.rpartition("__")
        return field in self.list_filter and kind in ("exact", "isnull") and "\0" not in value


class ReadOnlyAdmin(NoDeleteAdmin):
    """Pages to look things up."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ServiceAdmin(NoDeleteAdmin):
    """Rows that services write. What a service refuses is told to the operator, and nothing is written."""

    refusals: tuple[type[Exception], ...]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, again when a service refuses what the form let pass: another operator was faster."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as refusal:
            self.tell(request, refusal)
            return HttpResponseRedirect(request.get_full_path())

    def tell(self, request: HttpRequest, refusal: Exception) -> None:
        """Shows the operator why a service refused."""
        self.message_user(request, str(refusal), messages.ERROR)


admin.site.unregister(AuthToken)  # knox's own page, which lets the digest and the owner be edited


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):
    """Issues a token, which is shown once, and revokes it by deleting it; one that exists is never edited."""

    list_display = ["starts_with", "user", "created", "expiry"]
    list_filter = ["created", "expiry"]
    search_fields = ["token_key", "user__username"]
    ordering = ["-created"]
    raw_id_fields = ()
    autocomplete_fields = ["user"]

    def get_fields(self, request: HttpRequest, obj: AuthToken | None = None) -> list[str]:
        return ["starts_with", "user", "created", "expiry"] if obj else ["user", "expiry"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, datetime | str | list[str]]:
        """A new token expires as one that the service makes itself."""
        ttl = knox_settings.TOKEN_TTL
        expiry = {"expiry": timezone.now() + ttl} if ttl else {}
        return {**super().get_changeform_initial_data(request), **expiry}

    def has_change_permission(self, request: HttpRequest, obj: AuthToken | None = None) -> bool:
        return False

    @admin.display(description="token", ordering="token_key")
    def starts_with(self, token: AuthToken) -> str:
        """Enough to tell tokens apart, and far from enough to use one."""
        return f"{token.token_key[:8]}…"


@admin.register(AccessAttempt)
class FailedLoginAdmin(ReadOnlyAdmin):
    """Who failed to log in, from where and how often; deleting the rows of a lock ends it."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    list_filter = ["attempt_time"]
    search_fields = ["username", "ip_address"]
    ordering = ["-attempt_time"]
    fields = ["username", "ip_address", "user_agent", "path_info", "failures_since_start", "attempt_time"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


def readable_json(document: object) -> SafeString:
    """A JSON document, indented and scrolling, for a read-only field."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return format_html('<pre class="scale-document">{}</pre>', text)

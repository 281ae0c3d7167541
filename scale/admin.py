"""The admin site: its titles, and the pages of accounts, groups, API tokens and failed logins."""

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from knox.admin import AuthTokenAdmin, AuthTokenCreateForm
from knox.models import AuthToken
from knox.settings import knox_settings

from core.admin import ReadOnlyAdmin, TaggedAdmin
from core.forms import TaggedForm
from scale.models import MAX_TOKEN_NAME_LENGTH, TokenDetails
from scale.tokens import SHOWN, details_of

admin.site.site_header = "Scale job types"
admin.site.site_title = "Scale job types"
admin.site.index_title = "Operation"


# The pages of Django save all fields as they were shown, and that of knox lets the digest and the owner be edited.
admin.site.unregister([User, Group, AuthToken])


class RightsAdmin(TaggedAdmin):
    """Pages of rows with related rights, which save the columns and the relations that the operator changed."""

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=columns.intersection(form.changed_data) if change else None)

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        if change:
            form.cleaned_data = {name: form.cleaned_data[name] for name in form.changed_data}
        super().save_related(request, form, formsets, change)


class AccountForm(TaggedForm, UserChangeForm):
    """What an operator can change of an account; its password has a page of its own."""


@admin.register(User)
class AccountAdmin(RightsAdmin, UserAdmin):
    form = AccountForm
    readonly_fields = ["last_login", "date_joined"]


class GroupForm(TaggedForm):
    """The name and the permissions of a group."""

    class Meta:
        model = Group
        fields = ("name", "permissions")


@admin.register(Group)
class RightsOfGroupAdmin(RightsAdmin, GroupAdmin):
    form = GroupForm
    fields = ["name", "permissions"]


class TokenForm(AuthTokenCreateForm):
    """A new token of any account, with its name."""

    name = forms.CharField(max_length=MAX_TOKEN_NAME_LENGTH, required=False)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):
    """Pages to issue a token, which is shown once, and to revoke it by deleting it; tokens are never edited."""

    add_form = TokenForm
    list_display = ["starts_with", "name", "user", "created", "expiry", "last_used"]
    list_select_related = ["user", "details"]
    list_filter = ["created", "expiry"]
    search_fields = ["token_key", "user__username", "details__name"]
    ordering = ["-created"]
    raw_id_fields = ()
    autocomplete_fields = ["user"]

    def get_fields(self, request: HttpRequest, obj: AuthToken | None = None) -> list[str]:
        return list(self.list_display) if obj else ["user", "name", "expiry"]

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
        return f"{token.token_key[:SHOWN]}…"

    @admin.display(ordering="details__name")
    def name(self, token: AuthToken) -> str:
        return details_of(token).name

    @admin.display(ordering="details__last_used")
    def last_used(self, token: AuthToken) -> datetime | None:
        return details_of(token).last_used

    def save_model(self, request: HttpRequest, obj: AuthToken, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        TokenDetails.objects.create(token=obj, name=form.cleaned_data["name"])


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

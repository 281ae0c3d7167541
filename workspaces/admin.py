"""Workspaces in the admin, written by the same services as through the API."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from scale.admin import NoDeleteAdmin
from workspaces import services
from workspaces.models import Workspace


@admin.register(Workspace)
class WorkspaceAdmin(NoDeleteAdmin):
    list_display = ["name", "title", "is_active", "deprecated", "last_modified"]
    list_filter = ["is_active"]
    search_fields = ["name", "title", "description"]
    ordering = ["name"]
    fields = [
        "name",
        "title",
        "description",
        "base_url",
        "is_active",
        "created",
        "deprecated",
        "last_modified",
    ]
    readonly_fields = ["created", "deprecated", "last_modified"]

    def get_readonly_fields(self, request: HttpRequest, obj: Workspace | None = None) -> list[str]:
        """A name is for good: configurations refer to it."""
        return [*self.readonly_fields, "name"] if obj else list(self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Workspace, form: forms.ModelForm, change: bool) -> None:
        fields: services.WorkspaceFields = {
            "title": obj.title,
            "description": obj.description,
            "base_url": obj.base_url,
            "is_active": obj.is_active,
        }
        if change:
            services.edit_workspace(name=obj.name, fields=fields)
        else:
            # The admin goes on with its own instance, which must be the row that was written.
            obj.pk = services.create_workspace(name=obj.name, fields=fields).pk

"""Workspaces in the admin, written by the same services as through the API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from audit.admin import AuditedServiceAdmin
from audit.models import Kind
from core.admin import document, state
from core.forms import TaggedForm
from workspaces import services
from workspaces.models import Workspace


class WorkspaceForm(TaggedForm):
    """The fields of a workspace that an operator can set."""

    class Meta:
        model = Workspace
        fields = ("name", "title", "description", "base_url", "is_active")
        widgets = {"description": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})}


@admin.register(Workspace)
class WorkspaceAdmin(AuditedServiceAdmin):
    audit_kind = Kind.WORKSPACE
    form = WorkspaceForm
    list_display = ["name", "title", state, "deprecated", "last_modified"]
    list_filter = ["is_active"]
    search_fields = ["name", "title", "description"]
    search_help_text = "Searches names, titles and descriptions."
    ordering = ["name"]
    fields = [
        *("name", "title", "description", "base_url", "is_active"),
        *("created", "deprecated", "last_modified", "configuration_text"),
    ]
    configuration_text = document("configuration")

    def get_readonly_fields(self, request: HttpRequest, obj: Workspace | None = None) -> list[str]:
        shown = ["created", "deprecated", "last_modified", "configuration_text"]
        return ["name", *shown] if obj else shown

    def write(self, row: Workspace, fields: Any, change: bool) -> None:
        if change:
            services.edit_workspace(name=row.name, fields=fields)
        else:
            # The admin goes on with its own instance, which has to be the row that was written.
            fields = {field: getattr(row, field) for field in services.WorkspaceFields.__annotations__}
            workspace, _ = services.create_workspace(name=row.name, fields=fields)
            row.pk = workspace.pk

"""Files in the admin, written by the same services as through the API."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.admin import AuditedServiceAdmin
from audit.models import Kind
from audit.services import Subject
from core.admin import document
from core.forms import TaggedForm
from files import services
from files.models import File


class FileForm(TaggedForm):
    """What an operator says of a file."""

    class Meta:
        model = File
        fields = ("media_type", "is_deleted", "data_started", "data_ended")


@admin.register(File)
class FileAdmin(AuditedServiceAdmin):
    form = FileForm
    list_display = ["file_name", "workspace", "file_path", "media_type", "file_size", "is_deleted", "last_modified"]
    list_filter = ["is_deleted", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["=file_name", "=uuid"]
    search_help_text = "Finds whole names and UUIDs."
    ordering = ["-last_modified", "id"]
    show_full_result_count = False
    readonly_fields = [
        *("file_name", "workspace", "file_path", "file_size", "sha256", "uuid", "job", "exe_num", "job_output"),
        *("created", "deleted", "last_modified", "meta_data_text"),
    ]
    fields = [*readonly_fields[:4], *FileForm.Meta.fields, *readonly_fields[4:]]
    meta_data_text = document("meta_data")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def subject(self, row: File) -> Subject:
        return Subject(Kind.FILE, str(row.pk))

    def write(self, row: File, fields: Any, change: bool) -> None:
        services.edit_file(key=str(row.pk), fields=fields)

"""Files in the admin, written by the same services as through the API."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.admin import AuditedServiceAdmin
from audit.models import Kind
from audit.services import Subject
from core.admin import BoundedPaginator, document
from core.forms import TaggedForm
from files import services
from files.models import File


class FileForm(TaggedForm):
    """What an operator says of a file."""

    class Meta:
        model = File
        fields = ("media_type", "is_deleted")


@admin.register(File)
class FileAdmin(AuditedServiceAdmin):
    form = FileForm
    list_display = ["file_name", "workspace", "file_path", "media_type", "file_size", "is_deleted", "last_modified"]
    list_filter = ["is_deleted", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["file_name"]  # it is looked up below
    search_help_text = "Finds whole names and UUIDs."
    ordering = ["-last_modified", "id"]
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count all files
    readonly_fields = [
        *("file_name", "workspace", "file_path", "file_size", "sha256", "uuid", "job", "exe_num", "job_output"),
        *("data_started", "data_ended", "created", "deleted", "last_modified", "meta_data_text"),
    ]
    fields = [*readonly_fields[:4], *FileForm.Meta.fields, *readonly_fields[4:]]
    meta_data_text = document("meta_data")

    def get_queryset(self, request: HttpRequest) -> QuerySet[File]:
        return super().get_queryset(request).defer("meta_data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[File], search_term: str
    ) -> tuple[QuerySet[File], bool]:
        """Look up a name or a UUID; never scan the whole table."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(uuid=UUID(term)), False
        except ValueError:
            return queryset.filter(file_name=term), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def subject(self, row: File) -> Subject:
        return Subject(Kind.FILE, str(row.pk))

    def write(self, row: File, fields: Any, change: bool) -> None:
        services.edit_file(key=str(row.pk), fields=fields)

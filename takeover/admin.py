"""Takeovers in the admin, which are read-only there: the command alone writes them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin, document, findings_shown
from jobs.admin import BoundedPaginator
from takeover.models import Imported, Takeover


@admin.register(Takeover)
class TakeoverAdmin(ReadOnlyAdmin):
    list_display = ["url", "origin_version", "started", "finished"]
    search_fields = ["url"]
    ordering = ["-started"]
    fields = ["url", "origin_version", "started", "finished", "options_text", "report_text"]
    options_text = document("options")
    report_text = document("report")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Takeover]:
        """Leave out the reports, which only the page of one takeover reads."""
        return super().get_queryset(request).defer("options", "report")


@admin.register(Imported)
class ImportedAdmin(ReadOnlyAdmin):
    list_display = ["kind", "source_id", "object_id", "is_whole", "takeover"]
    list_display_links = ["source_id"]
    list_filter = ["takeover", "kind", "is_whole"]
    ordering = ["takeover_id", "kind", "source_id"]
    paginator = BoundedPaginator
    show_full_result_count = False
    fields = ["takeover", "kind", "source_id", "object_id", "is_whole", "written", "findings_text", "remarks_text"]
    findings_text = findings_shown
    remarks_text = document("remarks")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Imported]:
        """Leave out the findings and remarks, which only the page of one object reads."""
        rows = super().get_queryset(request).select_related("takeover")
        return rows.defer("findings", "remarks", "takeover__options", "takeover__report")

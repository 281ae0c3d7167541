"""Records in the admin, which are read-only there."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from audit.models import Kind, Record
from core.admin import ReadOnlyAdmin, document


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "source", "kind", "name", "version", "action", "fields_changed"]
    list_display_links = ["at"]
    list_filter = ["at", "kind", "action", "source"]
    search_fields = ["name", "actor", "request_id"]
    search_help_text = "Searches names, actors and request ids."
    ordering = ["-id"]
    # The links from objects to their records, and those of the filter by time.
    linked_lookups = ("name__exact", "version__exact", "actor__exact", "at__gte", "at__lt")
    fields = ["at", "actor", "source", "request_id", "command", "kind", "name", "version", "action", "changes_text"]
    changes_text = document("changes")

    @admin.display(description="fields")
    def fields_changed(self, record: Record) -> str:
        return ", ".join(record.changes)


class AuditedAdmin(admin.ModelAdmin):
    """Pages of objects whose changes are recorded: *History* leads to the records of the object."""

    audit_kind: Kind

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the records of the object instead of Django's history, which is of the admin alone."""
        found: Model | None = self.get_object(request, object_id)
        if found is None or not self.has_view_or_change_permission(request, found):
            return super().history_view(request, object_id, extra_context)
        key = {
            "kind__exact": self.audit_kind.value,
            "name__exact": getattr(found, "name", ""),
            "version__exact": getattr(found, "version", ""),
        }
        return HttpResponseRedirect(f"{reverse('admin:audit_record_changelist')}?{urlencode(key)}")

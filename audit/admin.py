"""Records in the admin, which are read-only there."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from audit.models import Kind, Record
from audit.selectors import last_changes
from audit.services import Subject
from core.admin import ReadOnlyAdmin, ServiceAdmin, TaggedAdmin, document
from core.forms import TaggedForm


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

    def subject(self, row: Any) -> Subject:
        """Return what the records call a row."""
        return Subject(self.audit_kind, row.name, getattr(row, "version", ""))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the records of the object instead of Django's history, which is of the admin alone."""
        found: Model | None = self.get_object(request, object_id)
        if found is None or not self.has_view_or_change_permission(request, found):
            return super().history_view(request, object_id, extra_context)
        subject = self.subject(found)
        key = {
            "kind__exact": subject.kind.value,
            "name__exact": subject.name,
            "version__exact": subject.version,
        }
        return HttpResponseRedirect(f"{reverse('admin:audit_record_changelist')}?{urlencode(key)}")


class AuditedServiceAdmin(AuditedAdmin, TaggedAdmin, ServiceAdmin):
    """Pages of audited rows that services write: they save what the operator changed, and say who was faster."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Let the service write what the operator changed."""
        self.write(obj, {field: form.cleaned_data[field] for field in form.changed_data}, change)

    def write(self, row: Any, fields: Any, change: bool) -> None:
        """Set ``fields`` of a row by its service; if ``change`` is false, create it."""
        raise NotImplementedError

    def changes_since(self, form: TaggedForm) -> Iterator[str]:
        """Name who made the last change of each field, from where and when."""
        for record, fields in last_changes(subject=self.subject(form.instance), fields=form.overtaken).items():
            done = " and ".join(f"{field} to {form.words(field)}" for field in fields)
            when = f"{record.at:%Y-%m-%d %H:%M:%S} UTC"
            yield f"After this page was shown, {record.actor} ({record.source}) set {done}, at {when}."

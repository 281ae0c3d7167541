"""The audit: who changed what."""

from typing import Any

from audit.filters import RecordFilterSet
from audit.models import Record
from audit.serializers import RecordSerializer
from audit.views import RecordViewSet
from pages.content.audit import record_rows
from pages.views.base import ListPage


class AuditPage(ListPage):
    """The records, the newest first, with the filters of the API and for those who may read them there."""

    template = "pages/audit.html"
    right = RecordViewSet.right
    filterset_class = RecordFilterSet

    def rows(self, **kwargs: Any) -> Any:
        return Record.objects.values(*RecordSerializer.Meta.fields)

    def shown(self, rows: Any) -> Any:
        return record_rows(rows)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Audit"}

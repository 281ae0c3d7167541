"""HTTP for records: read-only, for operators."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin

from audit.filters import RecordFilterSet
from audit.models import Record
from audit.serializers import RecordSerializer
from core.api.views import ApiViewSet


@extend_schema_view(list=extend_schema(summary="List what was changed, and by whom"))
class RecordViewSet(ListModelMixin, ApiViewSet[Record]):
    """The changes to job types, workspaces and recipe types, mass changes of jobs, and secrets that nodes were
    handed; newest first."""

    right = "audit.view_record"
    queryset = Record.objects.values(*RecordSerializer.Meta.fields)
    serializer_class = RecordSerializer
    filterset_class = RecordFilterSet

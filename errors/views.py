"""HTTP for errors: read-only."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import RetrieveModelMixin

from catalogue.views import CatalogueMixin
from core.api.views import ApiViewSet
from errors.filters import ErrorFilterSet
from errors.models import Error
from errors.selectors import COLUMNS
from errors.serializers import ErrorSerializer


@extend_schema_view(
    list=extend_schema(summary="List errors"),
    retrieve=extend_schema(summary="Show one error"),
)
class ErrorViewSet(CatalogueMixin, RetrieveModelMixin, ApiViewSet[Error]):
    """The errors with which jobs fail: those that are built in and those that manifests declare."""

    queryset = Error.objects.values(*COLUMNS)
    serializer_class = ErrorSerializer
    filterset_class = ErrorFilterSet
    lookup_value_converter = "number"

"""The base of the views of the API."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model
from django_filters.rest_framework import FilterSet
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from core.api.bodies import BodySerializer
from core.api.query import refuse_unknown

AnyModel = TypeVar("AnyModel", bound=Model, covariant=True)


class ApiViewSet(GenericViewSet[AnyModel]):
    """A viewset that refuses query parameters that it does not declare, and says which body each action takes.

    ``filterset_class`` and the paginator declare the parameters of a list. ``bodies`` maps actions to the
    serializers of their bodies, whose fields the API document, the forms of pages in a browser and OPTIONS show.
    The body of an action without an entry is that of its ``serializer_class``.
    """

    filterset_class: type[FilterSet] | None = None
    bodies: Mapping[str, type[BodySerializer]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.query_params:
            refuse_unknown(request, self._known_parameters())

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        # By the method and not by ``self.action``, which is "metadata" when OPTIONS asks what a POST takes.
        action = self.action_map.get(str(self.request.method).lower(), "")
        return self.bodies.get(action) or super().get_serializer_class()

    def _known_parameters(self) -> list[str]:
        """Return the parameters of the list at this URL, if there is one.

        They are known to its other methods too, which they do not change: the forms of a page in a browser are sent
        to the URL of the page.
        """
        if "list" not in self.action_map.values():
            return []
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        pages = self.paginator.get_schema_operation_parameters(self) if self.paginator else ()
        return [*filters, *(parameter["name"] for parameter in pages)]

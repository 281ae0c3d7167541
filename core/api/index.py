"""The index of the API: the URLs of its lists, from which clients and people find the rest."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.routers import APIRootView, DefaultRouter
from rest_framework.schemas import DefaultSchema

from core.api.permissions import ReadersRead
from core.api.query import refuse_unknown

_URLS = {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}


@extend_schema_view(get=extend_schema("index", summary="Show the index", responses={200: _URLS}, tags=["index"]))
class IndexView(APIRootView):
    """The URLs of all lists, by their paths below `/v6/`."""

    name = "Scale"
    permission_classes = [ReadersRead]
    schema = DefaultSchema()  # unlike the index of the framework, it is in the API document

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, known=())


class IndexRouter(DefaultRouter):
    """The routes of the routers of all apps, and an index of their lists."""

    APIRootView = IndexView
    include_format_suffixes = False
    root_view_name = "index"

    def get_api_root_view(self, api_urls: Any = None) -> Callable[..., Any]:
        # A list and its details may share a prefix. Lists below other resources have no URL of their own.
        lists = {prefix: f"{name}-list" for prefix, viewset, name in self.registry if hasattr(viewset, "list")}
        return self.APIRootView.as_view(api_root_dict=lists)

"""Pages of lists: ``count``, ``next``, ``previous`` and ``results``."""

from typing import Any

from django.core.paginator import Paginator
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.exceptions import InvalidParameter
from core.api.query import query_parameters, whole_number
from core.reads.pages import MOST_SKIPPED, BoundedPaginator, FrugalPaginator, GroupPaginator


class Pagination(PageNumberPagination):
    """``page`` counts from 1, ``page_size`` is 1 to 1000. A page past the end is a 404, any other value a 400.

    So is a page that more than ``MOST_SKIPPED`` results come before.
    """

    django_paginator_class: "type[Paginator[Any]]" = FrugalPaginator
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    page_query_description = (
        f"The page of the results to return, from 1; at most {MOST_SKIPPED} results may come before it."
    )
    page_size_query_description = "The number of results on a page, from 1 to 1000."
    invalid_page_message = "Page {page_number} is past the end of the results."

    def get_page_size(self, request: Request) -> int:
        size = _whole_number(request, "page_size", self.page_size)
        if not 1 <= size <= self.max_page_size:
            raise InvalidParameter(f"page_size: must be from 1 to {self.max_page_size}.")
        return size

    def get_page_number(self, request: Request, paginator: Paginator) -> int:
        number = _whole_number(request, "page", 1)
        if number < 1:
            raise InvalidParameter("page: pages are numbered from 1.")
        if MOST_SKIPPED < (number - 1) * paginator.per_page < paginator.count:
            raise InvalidParameter(
                f"page: more than {MOST_SKIPPED} results come before this page. Use filters that match fewer "
                "results, such as a window from started to ended."
            )
        return number

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        limits = {"page": {"minimum": 1}, "page_size": {"minimum": 1, "maximum": self.max_page_size}}
        return [
            {**parameter, "schema": {**parameter["schema"], **limits[parameter["name"]]}}
            for parameter in super().get_schema_operation_parameters(view)
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        # drf-spectacular wraps the examples of lists in these examples.
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {
                    "type": "integer",
                    "description": "The number of results on all pages.",
                    "example": 1,
                },
                "next": {**link, "description": "The URL of the next page; null on the last one."},
                "previous": {**link, "description": "The URL of the page before; null on the first one."},
                "results": schema,
            },
        }


class BoundedPagination(Pagination):
    """For people, who need not know how many rows there are beyond ten thousand."""

    django_paginator_class = BoundedPaginator


class SequencePagination(Pagination):
    """For rows that are there as a whole."""

    django_paginator_class = Paginator


class GroupPagination(Pagination):
    """For groups of many rows: one pass over those rows returns both the page and the count."""

    django_paginator_class = GroupPaginator


def _whole_number(request: Request, name: str, default: int) -> int:
    text = query_parameters(request).get(name)
    if text is None:
        return default
    try:
        return whole_number(text)
    except ValueError as error:
        raise InvalidParameter(f"{name}: {error}") from None
